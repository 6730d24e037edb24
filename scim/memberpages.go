package scim

import (
	"doorlist/store"
)

// memberPage is how many members are read at a time.
const memberPage = 1000

// memberPages reads the members of a group page by page, so that a large group needs no more memory than a small one.
type memberPages struct {
	call  *call
	group string
	page  []store.Member
	read  bool
}

func (c *call) memberPages(group string) *memberPages { return &memberPages{call: c, group: group} }

// fill reads the first page ahead of the answer, when an error can still be told to the client.
func (p *memberPages) fill() error {
	if p == nil || p.read {
		return nil
	}
	return p.next("")
}

func (p *memberPages) next(after string) (err error) {
	p.read = true
	p.page, err = p.call.directory.Members(p.call.Context(), p.group, after, memberPage)
	return err
}

// each calls fn for every member.
func (p *memberPages) each(fn func(store.Member) error) error {
	if err := p.fill(); err != nil {
		return err
	}
	for len(p.page) > 0 {
		for _, m := range p.page {
			if err := fn(m); err != nil {
				return err
			}
		}
		if len(p.page) < memberPage {
			return nil
		}
		if err := p.next(p.page[len(p.page)-1].ID); err != nil {
			return err
		}
	}
	return nil
}

// members writes the attribute "members"; an empty group has none.
func (e *encoder) members(p *memberPages) error {
	list := e.list(membersAttribute)
	err := p.each(func(m store.Member) error {
		endpoint := userType.endpoint
		if m.Kind == store.GroupMember {
			endpoint = groupType.endpoint
		}
		list.element(m.ID, e.call.root+endpoint+"/"+m.ID, string(m.Kind), m.Display)
		return nil
	})
	list.end()
	return err
}

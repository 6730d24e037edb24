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
	wanted := e.projection.parts(membersAttribute)
	first := true
	err := p.each(func(m store.Member) error {
		if first {
			e.WriteString(`,"` + membersAttribute.name + `":[`)
		} else {
			e.WriteByte(',')
		}
		first = false
		e.member(m, wanted)
		return nil
	})
	if !first {
		e.WriteByte(']')
	}
	return err
}

func (e *encoder) member(m store.Member, wanted func(sub *attribute) bool) {
	endpoint := userType.endpoint
	if m.Kind == store.GroupMember {
		endpoint = groupType.endpoint
	}
	values := map[string]string{valueKey: m.ID, refKey: e.call.root + endpoint + "/" + m.ID, typeKey: string(m.Kind), displayKey: m.Display}
	before := byte('{')
	for _, sub := range membersAttribute.sub {
		if values[sub.name] == "" || !wanted(sub) {
			continue
		}
		e.WriteByte(before)
		e.quoted(sub.name)
		e.WriteByte(':')
		e.quoted(values[sub.name])
		before = ','
	}
	if before == '{' {
		e.WriteByte('{')
	}
	e.WriteByte('}')
}

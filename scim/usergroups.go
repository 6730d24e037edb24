package scim

import "doorlist/store"

// Values of the sub-attribute "type" of a user's groups.
const (
	directGroup   = "direct"
	indirectGroup = "indirect"
)

// userGroups reads the groups of the users of an answer: by one query for all of them or, where they are in very many
// groups, some at a time.
type userGroups struct {
	call   *call
	groups map[string][]store.UserGroup
	unread []string // the users whose groups are not read yet, in the order of the answer
}

// readGroups completes users with the groups that they are in. It reads the first of them ahead of the answer, when an
// error can still be told to the client, and nothing unless the answer has groups in it.
func (c *call) readGroups(resources []stored, p projection) error {
	if !p.wants(groupsAttribute) {
		return nil
	}
	g := &userGroups{call: c}
	for i, r := range resources {
		if r.rt.isUser() && r.fewGroups == nil {
			resources[i].groups = g
			g.unread = append(g.unread, r.id)
		}
	}
	if len(g.unread) == 0 {
		return nil
	}
	return g.next()
}

// next reads the groups of the next users in the place of those before.
func (g *userGroups) next() error {
	groups, taken, err := g.call.directory.GroupsOf(g.call.Context(), g.unread)
	if err == nil {
		g.groups, g.unread = groups, g.unread[taken:]
	}
	return err
}

// of is asked for the users in the order of the answer.
func (g *userGroups) of(userID string) ([]store.UserGroup, error) {
	if len(g.unread) > 0 && g.unread[0] == userID {
		if err := g.next(); err != nil {
			return nil, err
		}
	}
	return g.groups[userID], nil
}

// groups writes the attribute "groups" of a user. It is no part of the document: a change of a group is no change of its
// members, whose version stays.
func (e *encoder) groups(r stored) error {
	groups, err := r.fewGroups, error(nil)
	if r.groups != nil {
		groups, err = r.groups.of(r.id)
	}
	if err != nil {
		return err
	}
	list := e.list(groupsAttribute)
	for _, g := range groups {
		kind := indirectGroup
		if g.Direct {
			kind = directGroup
		}
		list.element(g.ID, e.call.root+groupType.endpoint+"/"+g.ID, g.DisplayName, kind)
	}
	list.end()
	return nil
}

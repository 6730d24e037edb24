package scim

import "doorlist/store"

// Values of the sub-attribute "type" of a user's groups.
const (
	directGroup   = "direct"
	indirectGroup = "indirect"
)

// readGroups completes users with the groups that they are in, all of them by one query. Unless the answer has groups in
// it, nothing is read.
func (c *call) readGroups(resources []stored, p projection) error {
	if !p.wants(groupsAttribute) {
		return nil
	}
	var ids []string
	for _, r := range resources {
		if r.rt.isUser() {
			ids = append(ids, r.id)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	groups, err := c.directory.GroupsOf(c.Context(), ids)
	if err != nil {
		return err
	}
	for i, r := range resources {
		if r.rt.isUser() {
			resources[i].groups = groups[r.id]
		}
	}
	return nil
}

// groups writes the attribute "groups" of a user. It is no part of the document: a change of a group is no change of its
// members, whose version stays.
func (e *encoder) groups(groups []store.UserGroup) {
	if len(groups) == 0 {
		return
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
}

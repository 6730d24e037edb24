package admin

import (
	"slices"

	"doorlist/auth"
	"doorlist/store"
)

// shownGrant is a reason for a role, with what comes of it.
type shownGrant struct {
	Role, By, Name string
	GroupID        string
	RoleID         string // of a role given by hand, which can be taken back
	Wins           bool
	Fate           string // why it does not win; "" for the winner
}

// bySource says where a grant comes from; the name of the group or app role follows.
var bySource = map[string]string{
	"group": "through the group", "app_role": "by the app role", "local": "given by hand", "default": "the default role of the organization",
}

// grantsOf lists what gives a person a role, the winning one first, and why the others do not win.
func grantsOf(p store.PersonRecord, why auth.Explanation) []shownGrant {
	var list []shownGrant
	add := func(g auth.ExplainedGrant, fate string) {
		if g.Mapped != "" {
			fate = joinWords(fate, "mapped to "+g.Mapped+", which is above the ceiling of the connection")
		}
		list = append(list, shownGrant{Role: g.Role, By: bySource[g.Source], Name: g.Name, GroupID: g.GroupID, Wins: fate == "" || g.Role == why.Role && len(list) == 0, Fate: fate})
	}
	for i, g := range why.Grants {
		add(g, fateOf(i, g, why))
	}
	for _, g := range why.Overridden {
		add(g, "without effect: the provider gives a role, and its word wins")
	}
	for _, g := range p.Grants {
		if counts(g, why) {
			continue
		}
		add(auth.ExplainedGrant{Role: g.Role.Name, Source: string(g.Source), Name: g.Name, GroupID: g.GroupID}, uncounted(g))
	}
	for i := range list {
		list[i].RoleID = assignedRole(p, list[i])
	}
	return list
}

// assignedRole is the id of a role that was given by hand, "" for other grants.
func assignedRole(p store.PersonRecord, shown shownGrant) string {
	for _, g := range p.Grants {
		if shown.By == bySource[string(store.LocalGrant)] && g.Source == store.LocalGrant && g.Role.Name == shown.Role {
			return g.Role.ID
		}
	}
	return ""
}

func fateOf(i int, g auth.ExplainedGrant, why auth.Explanation) string {
	switch {
	case why.Role == "":
		return "no role: the grants point to several, and the organization wants exactly one"
	case i == 0:
		return ""
	case g.Role == why.Role:
		return "gives the same role"
	}
	return "lower than " + why.Role
}

// counts says that the kind of a grant is among those that are listed already.
func counts(g store.Grant, why auth.Explanation) bool {
	listed := slices.Concat(why.Grants, why.Overridden)
	return slices.ContainsFunc(listed, func(e auth.ExplainedGrant) bool {
		return e.Source == string(g.Source) || pushed(e.Source) && pushed(string(g.Source))
	})
}

func pushed(source string) bool { return source == "group" || source == "app_role" }

func uncounted(g store.Grant) string {
	switch g.Source {
	case store.LocalGrant:
		return "without effect: the connection takes roles from the provider alone"
	case store.DefaultGrant:
		return "counts only where nothing else gives a role"
	}
	return "without effect: the connection takes roles given by hand alone"
}

func joinWords(a, b string) string {
	if a == "" {
		return b
	}
	return a + "; " + b
}

// shownUserGroup is a group of a person's.
type shownUserGroup struct {
	store.UserGroup
	Through []string // names of the groups that lead to it, for those the person is no member of
	Gives   []string // roles
}

// groupsOf lists a person's groups: those the person is a member of first.
func (r *request) groupsOf(p store.PersonRecord) ([]shownUserGroup, error) {
	ids := []string{p.User.ID}
	for _, g := range p.Groups {
		ids = append(ids, g.ID)
	}
	groups, _, err := r.Store.Directory(p.Directory).GroupsOf(r.Request().Context(), ids)
	if err != nil {
		return nil, err
	}
	var direct, indirect []shownUserGroup
	for _, g := range groups[p.User.ID] {
		shown := shownUserGroup{UserGroup: g}
		for _, grant := range p.Grants {
			if grant.GroupID == g.ID {
				shown.Gives = append(shown.Gives, grant.Role.Name)
			}
		}
		if g.Direct {
			direct = append(direct, shown)
			continue
		}
		for _, member := range p.Groups {
			if slices.ContainsFunc(groups[member.ID], func(above store.UserGroup) bool { return above.ID == g.ID }) {
				shown.Through = append(shown.Through, member.DisplayName)
			}
		}
		indirect = append(indirect, shown)
	}
	return append(direct, indirect...), nil
}

package admin

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"doorlist/store"
)

var mappingsTemplate = parsePage("mappings")

// shownGroups is how many groups a page shows; who has more of them searches.
const shownGroups = 100

// shownMapping is a mapping in words.
type shownMapping struct {
	store.Mapping
	Role     store.Role
	Group    store.Group // zero where the provider has not pushed it, and for app roles
	MayUnmap bool
}

type mappingsContent struct {
	Path     string // of the connection
	Search   string
	Unmapped []store.Group // by name
	More     bool          // there are groups that are not shown
	Any      bool          // the provider has pushed groups
	Mappings []shownMapping
}

// showMappings lists the groups that give no role yet, and what gives one, the highest role first.
func showMappings(r *request) error {
	ctx := r.Request().Context()
	content := mappingsContent{Path: r.connectionPath(), Search: r.QueryParam("q")}
	if len(content.Search) > maxValue {
		content.Search = ""
	}
	mapped, err := r.mappings(ctx)
	if err != nil {
		return err
	}
	content.Mappings = mapped
	groups, err := r.groupsNamed(ctx, content.Search)
	if err != nil {
		return err
	}
	content.Any, content.More = len(groups) > 0 || content.Search != "", len(groups) > shownGroups
	content.Unmapped = slices.DeleteFunc(groups[:min(len(groups), shownGroups)], func(g store.Group) bool {
		return slices.ContainsFunc(mapped, func(m shownMapping) bool { return m.maps(g) })
	})
	return r.ok(mappingsTemplate, "Roles from groups of "+r.connection.Name, content)
}

// maps says whether a group is the mapping's.
func (m shownMapping) maps(g store.Group) bool {
	return m.GroupID == g.ID || m.GroupExternalID != "" && sameExternal(m.GroupExternalID, g.ExternalID)
}

// sameExternal compares external ids; GUIDs are spelled in both cases.
func sameExternal(a, b string) bool { return a == b || guid.MatchString(a) && strings.EqualFold(a, b) }

// groupsNamed are the groups whose name holds a text, by name, and one more than a page shows if there are more.
func (r *request) groupsNamed(ctx context.Context, text string) ([]store.Group, error) {
	q := store.Query{Sort: &store.Sort{Path: []string{"displayname"}}, Limit: shownGroups + 1}
	if text != "" {
		q.Where = store.Compare{Path: []string{"displayname"}, Op: store.Contains, Value: store.Fold(text)}
	}
	page, err := r.Store.Directory(r.connection.Directory()).Groups(ctx, q)
	return page.Groups, err
}

// mappings are those of the connection, with what they point to.
func (r *request) mappings(ctx context.Context) ([]shownMapping, error) {
	scope := r.Store.Organization(r.org.ID)
	all, err := scope.Mappings(ctx)
	if err != nil {
		return nil, err
	}
	roles, err := scope.Roles(ctx)
	if err != nil {
		return nil, err
	}
	var list []shownMapping
	var named store.Or
	for _, m := range all {
		i := slices.IndexFunc(roles, func(x store.Role) bool { return x.ID == m.RoleID })
		if m.ConnectionID != r.connection.ID || i < 0 {
			continue
		}
		list = append(list, shownMapping{Mapping: m, Role: roles[i], MayUnmap: r.mayGrant(roles[i])})
		named = append(named, groupsOf(m)...)
	}
	if err := r.nameGroups(ctx, list, named); err != nil {
		return nil, err
	}
	slices.SortStableFunc(list, func(a, b shownMapping) int { return cmp.Compare(b.Role.Rank, a.Role.Rank) })
	return list, nil
}

// groupsOf are the conditions that hold for a mapping's group.
func groupsOf(m store.Mapping) store.Or {
	equals := func(path, value string) store.Compare {
		return store.Compare{Path: []string{path}, Op: store.Equal, Value: value}
	}
	switch {
	case m.GroupID != "":
		return store.Or{equals("id", m.GroupID)}
	case m.GroupExternalID != "":
		return store.Or{equals("externalid", m.GroupExternalID), equals("externalid", strings.ToLower(m.GroupExternalID))}
	}
	return nil
}

// groupName is what the group of a mapping is called today; "" if it is not there, and for app roles.
func groupName(ctx context.Context, s *store.Store, c store.Connection, m store.Mapping) (string, error) {
	named := groupsOf(m)
	if len(named) == 0 {
		return "", nil
	}
	page, err := s.Directory(c.Directory()).Groups(ctx, store.Query{Where: named, Limit: 1})
	if err != nil || len(page.Groups) == 0 {
		return "", err
	}
	return page.Groups[0].DisplayName, nil
}

// maxNamed bounds the conditions of one query for groups; what is beyond is shown by its id.
const maxNamed = 1000

func (r *request) nameGroups(ctx context.Context, list []shownMapping, named store.Or) error {
	if len(named) == 0 {
		return nil
	}
	page, err := r.Store.Directory(r.connection.Directory()).Groups(ctx, store.Query{Where: named[:min(len(named), maxNamed)], Limit: maxNamed})
	if err != nil {
		return err
	}
	for i := range list {
		for _, g := range page.Groups {
			if list[i].maps(g) {
				list[i].Group = g
			}
		}
	}
	return nil
}

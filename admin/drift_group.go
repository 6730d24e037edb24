package admin

import (
	"context"
	"slices"
	"strings"

	"doorlist/store"
)

// FindDriftGroup finds a group of a connection by its name, object id or id; store.ErrNotFound when there is none.
func FindDriftGroup(ctx context.Context, d *store.Directory, named string) (store.Group, error) {
	equals := func(path, value string) store.Compare {
		return store.Compare{Path: []string{path}, Op: store.Equal, Value: value}
	}
	page, err := d.Groups(ctx, store.Query{Limit: 1, Where: store.Or{
		equals("displayname", store.Fold(named)), equals("externalid", named), equals("externalid", strings.ToLower(named)), equals("id", strings.ToLower(named)),
	}})
	if err != nil {
		return store.Group{}, err
	}
	if len(page.Groups) == 0 {
		return store.Group{}, store.ErrNotFound
	}
	return page.Groups[0], nil
}

// DriftRoleOf is the name of the role that a group of an organization's connection gives; "" for none.
func DriftRoleOf(ctx context.Context, o *store.OrganizationScope, c store.Connection, g store.Group) (string, error) {
	mappings, err := o.Mappings(ctx)
	if err != nil {
		return "", err
	}
	roles, err := o.Roles(ctx)
	if err != nil {
		return "", err
	}
	var best store.Role
	for _, m := range mappings {
		gives := m.ConnectionID == c.ID && (m.GroupID == g.ID || m.GroupExternalID != "" && strings.EqualFold(m.GroupExternalID, g.ExternalID))
		i := slices.IndexFunc(roles, func(r store.Role) bool { return r.ID == m.RoleID })
		if gives && i >= 0 && roles[i].Rank > best.Rank {
			best = roles[i]
		}
	}
	return best.Name, nil
}

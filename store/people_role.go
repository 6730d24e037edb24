package store

import (
	"context"
	"slices"
	"strings"
)

// roleFilter demands that some grant may give the role that is asked for, and tells where such grants are. Which role wins is
// not for the store to say.
func (s *peopleStream) roleFilter(ctx context.Context) ([][]source, error) {
	roleID, directory := s.l.q.RoleID, s.in.Directory.DirectoryID
	if roleID == "" {
		return nil, nil
	}
	if !validID(roleID) {
		s.conditions.and(never)
		return [][]source{{}}, nil
	}
	if s.in.Connection.ID != "" && s.in.Organization.DefaultRoleID == roleID {
		return nil, nil // anybody may have it
	}
	groups, appRoles, err := s.giving(ctx, roleID)
	if err != nil {
		return nil, err
	}
	organization := s.in.Organization.ID
	found := []source{{"SELECT a.user_id FROM role_assignments a WHERE a.organization_id = ? AND a.directory_id = ? AND a.role_id = ? ORDER BY a.user_id", []any{organization, directory, roleID}}}
	// Scalar sub-selects are looked up for each row; PostgreSQL might read all members for an EXISTS among alternatives.
	either := []string{"(SELECT 1 FROM role_assignments a WHERE a.organization_id = ? AND a.directory_id = u.directory_id AND a.user_id = u.id AND a.role_id = ?) IS NOT NULL"}
	args := []any{organization, roleID}
	for _, g := range groups {
		found = append(found, source{"SELECT m.member_id FROM members m WHERE m.directory_id = ? AND m.group_id = ? ORDER BY m.member_id", []any{directory, g}})
		either = append(either, "(SELECT 1 FROM members m WHERE m.directory_id = u.directory_id AND m.group_id = ? AND m.member_id = u.id) IS NOT NULL")
		args = append(args, g)
	}
	for _, a := range appRoles {
		found = append(found, source{"SELECT a.user_id FROM user_app_roles a WHERE a.directory_id = ? AND a.value_key = ? ORDER BY a.user_id", []any{directory, a}})
		either = append(either, "(SELECT 1 FROM user_app_roles a WHERE a.directory_id = u.directory_id AND a.user_id = u.id AND a.value_key = ?) IS NOT NULL")
		args = append(args, a)
	}
	s.conditions.and("("+strings.Join(either, " OR ")+")", args...)
	return [][]source{found}, nil
}

// giving lists the groups and the app roles of the directory that may give a role: those that are mapped to it and, where the
// role is the connection's ceiling, all that are mapped.
func (s *peopleStream) giving(ctx context.Context, roleID string) (groups, appRoles []string, err error) {
	o := s.l.o
	var keys []any
	err = o.rows(ctx, `SELECT coalesce(CAST(mp.group_id AS text), ''), mp.external_key, mp.app_role_key FROM mappings mp
		LEFT JOIN connection_ceilings ce ON ce.organization_id = ? AND ce.connection_id = mp.connection_id
		WHERE mp.organization_id = ? AND mp.directory_id = ? AND (mp.role_id = ? OR ce.role_id = ?)`,
		[]any{s.in.Directory.OrganizationID, s.in.Organization.ID, s.in.Directory.DirectoryID, roleID, roleID}, func(scan scanner) error {
			var group, key, appRole string
			err := scan(&group, &key, &appRole)
			switch {
			case appRole != "":
				appRoles = append(appRoles, appRole)
			case group != "":
				groups = append(groups, group)
			default:
				keys = append(keys, key)
			}
			return err
		})
	if err != nil || len(keys) == 0 {
		return groups, appRoles, err
	}
	err = o.rows(ctx, "SELECT g.id FROM groups g WHERE g.directory_id = ? AND g.external_key IN "+valueRows(1, len(keys)),
		slices.Concat([]any{s.in.Directory.DirectoryID}, keys), func(scan scanner) error {
			var id string
			err := scan(&id)
			groups = append(groups, id)
			return err
		})
	return groups, appRoles, err
}

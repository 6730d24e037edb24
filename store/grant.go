package store

import (
	"context"
	"encoding/json"
	"fmt"
)

// GrantSource says where a grant comes from.
type GrantSource string

// The sources of grants.
const (
	GroupGrant   GrantSource = "group"
	AppRoleGrant GrantSource = "app_role"
	LocalGrant   GrantSource = "local"
	DefaultGrant GrantSource = "default" // the organization's default role; it counts where no other grant does
)

// Grant is one reason why a user has a role.
type Grant struct {
	Role      Role
	Source    GrantSource
	MappingID string // "" for local and default grants
	GroupID   string // group grants
	Name      string // the group's display name, or the app role's value
	Ceiling   Role   // the most that the connection's pushes may give; the zero Role for no limit, and where nothing is pushed
}

// grantsOf is a subquery that gathers all grants of the user u in an organization as JSON: direct memberships of mapped groups, mapped
// app roles, roles given by hand, and the default role of synced people; and, as a row of its own, the ceiling of what is pushed. owner and connection
// are the ids of the user's connection and its organization, NULL for local people. It relies on members_member, the primary
// keys, and there being few mappings. A mapping that was made for a group's id holds only while the group keeps the external id it had then.
// It is one list, because PostgreSQL takes as long to set up what it reads as to read it.
func (d *dialect) grantsOf(organization, owner, connection string) string {
	mapped := " JOIN mappings mp ON mp.organization_id = " + organization + ".id AND mp.directory_id = u.directory_id AND "
	return d.jsonRows("r.id, r.name, r.rank, r.console, r.shared_only, x.source, x.mapping_id, x.group_id, x.name", `(
		SELECT mp.organization_id, mp.role_id, 'group' AS source, mp.id AS mapping_id, gr.id AS group_id, gr.display_name AS name FROM members m
			JOIN groups gr ON gr.directory_id = m.directory_id AND gr.id = m.group_id`+mapped+`mp.app_role_key = ''
			AND (mp.group_id IS NULL OR mp.group_id = gr.id) AND mp.external_key = gr.external_key WHERE m.directory_id = u.directory_id AND m.member_id = u.id
		UNION ALL SELECT mp.organization_id, mp.role_id, 'app_role', mp.id, NULL, a.value FROM user_app_roles a`+mapped+`mp.app_role_key = a.value_key
			WHERE a.directory_id = u.directory_id AND a.user_id = u.id
		UNION ALL SELECT a.organization_id, a.role_id, 'local', NULL, NULL, '' FROM role_assignments a
			WHERE a.organization_id = `+organization+`.id AND a.directory_id = u.directory_id AND a.user_id = u.id
		UNION ALL SELECT dr.organization_id, dr.id, 'default', NULL, NULL, '' FROM roles dr WHERE dr.organization_id = `+organization+`.id
			AND dr.name_key = `+organization+`.default_role_key AND dr.console = 'none' AND `+connection+` IS NOT NULL
		UNION ALL SELECT ce.organization_id, ce.role_id, '`+ceilingSource+`', NULL, NULL, '' FROM connection_ceilings ce
			WHERE ce.organization_id = `+owner+` AND ce.connection_id = `+connection+`
		) x JOIN roles r ON r.organization_id = x.organization_id AND r.id = x.role_id`)
}

// ceilingSource stands in the row of grantsOf that is no grant (see ceilingJoin).
const ceilingSource = "ceiling"

// readGrants reads what grantsOf gathers.
func readGrants(text string) ([]Grant, error) {
	var rows [][]any
	if err := json.Unmarshal([]byte(text), &rows); err != nil {
		return nil, fmt.Errorf("reading grants: %w", err)
	}
	var grants []Grant
	var ceiling Role
	for _, r := range rows {
		if r[5] == ceilingSource {
			ceiling = roleOf(r)
			continue
		}
		grants = append(grants, Grant{Role: roleOf(r), Source: GrantSource(str(r[5])), MappingID: str(r[6]), GroupID: str(r[7]), Name: str(r[8])})
	}
	for i := range grants {
		if grants[i].MappingID != "" {
			grants[i].Ceiling = ceiling
		}
	}
	return grants, nil
}

// roleOf reads a role from five columns.
func roleOf(r []any) Role {
	rank, _ := r[2].(float64)
	return Role{ID: str(r[0]), Name: str(r[1]), Rank: int(rank), Console: Console(str(r[3])), SharedOnly: truth(r[4])}
}

func str(v any) string { s, _ := v.(string); return s }

// truth reads a truth value, which SQLite writes as a number.
func truth(v any) bool { return v == true || v == 1.0 }

// Grants lists every reason why the user has a role now in the organization that the directory's people sign in to.
func (d *DirectoryTx) Grants(userID string) ([]Grant, error) {
	return d.read().grants(d.tx.ctx, d.destination(), userID)
}

func (d *Directory) grants(ctx context.Context, organizationID, userID string) ([]Grant, error) {
	if !d.valid() || !validID(userID) || !validID(organizationID) {
		return nil, ErrNotFound
	}
	var text string
	err := d.row(ctx, "SELECT "+d.d.grantsOf("o", "d.organization_id", "d.connection_id")+` FROM users u JOIN directories d ON d.id = u.directory_id
		JOIN organization_lines l ON l.organization_id = ? AND l.ancestor_id = d.organization_id JOIN organizations o ON o.id = l.organization_id
		WHERE d.organization_id = ? AND u.directory_id = ? AND u.id = ?`,
		[]any{organizationID, d.key.OrganizationID, d.key.DirectoryID, userID}, &text)
	if err != nil {
		return nil, err
	}
	return readGrants(text)
}

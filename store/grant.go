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

// grantColumns is a subquery that gathers all grants of the user u of organization o as JSON: direct memberships of mapped
// groups, mapped app roles, roles given by hand, and the default role of synced people. It relies on members_member, the primary keys, and there being
// few mappings. A mapping that was made for a group's id holds only while the group keeps the external id it had then.
func (d *dialect) grantsOf(user, organizationID string) string {
	list := func(source, mapping, group, name, ceiling, from string) string {
		return "(SELECT " + d.jsonRows("r.id, r.name, r.rank, r.console, r.shared_only, '"+source+"', "+mapping+", "+group+", "+name+ceiling) + " FROM " + from + ")"
	}
	const role = " JOIN roles r ON r.organization_id = mp.organization_id AND r.id = mp.role_id" + ceilingJoin
	groups := list("group", "mp.id", "g.id", "g.display_name", ", "+ceilingColumns, "members m"+
		" JOIN groups g ON g.directory_id = m.directory_id AND g.id = m.group_id"+
		" JOIN mappings mp ON mp.organization_id = "+organizationID+" AND mp.directory_id = m.directory_id AND mp.app_role_key = ''"+
		" AND (mp.group_id IS NULL OR mp.group_id = g.id) AND mp.external_key = g.external_key"+role+
		" WHERE m.directory_id = "+user+".directory_id AND m.member_id = "+user+".id")
	appRoles := list("app_role", "mp.id", "''", "a.value", ", "+ceilingColumns, "user_app_roles a"+
		" JOIN mappings mp ON mp.organization_id = "+organizationID+" AND mp.directory_id = a.directory_id AND mp.app_role_key = a.value_key"+role+
		" WHERE a.directory_id = "+user+".directory_id AND a.user_id = "+user+".id")
	local := list("local", "''", "''", "''", "", "role_assignments a"+
		" JOIN roles r ON r.organization_id = a.organization_id AND r.id = a.role_id"+
		" WHERE a.organization_id = "+organizationID+" AND a.directory_id = "+user+".directory_id AND a.user_id = "+user+".id")
	standard := list("default", "''", "''", "''", "", "organizations og JOIN directories dd ON dd.id = "+user+".directory_id AND dd.connection_id IS NOT NULL"+
		" JOIN roles r ON r.organization_id = og.id AND r.name_key = og.default_role_key AND r.console = 'none'"+
		" WHERE og.id = "+organizationID)
	return groups + ", " + appRoles + ", " + local + ", " + standard
}

// grantTexts receives the columns of grantsOf.
type grantTexts [4]string

func (t *grantTexts) fields() []any { return []any{&t[0], &t[1], &t[2], &t[3]} }

func (t *grantTexts) grants() ([]Grant, error) {
	var grants []Grant
	for _, text := range t {
		var rows [][]any
		if err := json.Unmarshal([]byte(text), &rows); err != nil {
			return nil, fmt.Errorf("reading grants: %w", err)
		}
		for _, r := range rows {
			g := Grant{Role: roleOf(r), Source: GrantSource(str(r[5])), MappingID: str(r[6]), GroupID: str(r[7]), Name: str(r[8])}
			if len(r) > 9 {
				g.Ceiling = roleOf(r[9:])
			}
			grants = append(grants, g)
		}
	}
	return grants, nil
}

// roleOf reads a role from five columns; the zero Role where they are null.
func roleOf(r []any) Role {
	rank, _ := r[2].(float64)
	return Role{ID: str(r[0]), Name: str(r[1]), Rank: int(rank), Console: Console(str(r[3])), SharedOnly: r[4] == true || r[4] == 1.0}
}

func str(v any) string { s, _ := v.(string); return s }

// Grants lists every reason why the user has a role now in the organization that the directory's people sign in to.
func (d *DirectoryTx) Grants(userID string) ([]Grant, error) {
	return d.read().grants(d.tx.ctx, d.destination(), userID)
}

func (d *Directory) grants(ctx context.Context, organizationID, userID string) ([]Grant, error) {
	if !d.valid() || !validID(userID) || !validID(organizationID) {
		return nil, ErrNotFound
	}
	var texts grantTexts
	err := d.row(ctx, "SELECT "+d.d.grantsOf("u", "l.organization_id")+` FROM users u JOIN directories d ON d.id = u.directory_id
		JOIN organization_lines l ON l.organization_id = ? AND l.ancestor_id = d.organization_id WHERE d.organization_id = ? AND u.directory_id = ? AND u.id = ?`,
		[]any{organizationID, d.key.OrganizationID, d.key.DirectoryID, userID}, texts.fields()...)
	if err != nil {
		return nil, err
	}
	return texts.grants()
}

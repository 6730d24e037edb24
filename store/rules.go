package store

import (
	"context"
)

// Rules is what an organization makes of people: its settings, the ladder, and by which ways people come with which mappings. What is
// known of a person beside them is an Attendee.
type Rules struct {
	Organization Organization
	Ways         []Way // the local directory first, then the connections by slug
	roles        map[string]Role
}

// Way is a directory whose people can belong to an organization.
type Way struct {
	Connection  Connection // the zero value for the local directory
	Attachments []string   // what is said of the connection, from the organization up to its owner
	Directory   DirectoryKey
	mappings    []resolvedMapping
	grants      grantIndex
}

// resolvedMapping is a mapping with the roles that it points to.
type resolvedMapping struct {
	id, groupID, externalKey, appRoleKey string
	role, ceiling                        Role
}

// Rules lists the rules of the organization and of all below it.
func (o *OrganizationScope) Rules(ctx context.Context) ([]Rules, error) {
	if !o.valid() {
		return nil, nil
	}
	const reached = "(SELECT l.organization_id FROM organization_lines l WHERE l.ancestor_id = ?)"
	all, err := o.organizations(ctx, " WHERE o.id IN "+reached, o.id)
	if err != nil {
		return nil, err
	}
	list, at := make([]Rules, len(all)), map[string]*Rules{}
	for i, org := range all {
		list[i] = Rules{Organization: org, roles: map[string]Role{}, Ways: []Way{{Directory: org.LocalDirectory}}}
		at[org.ID] = &list[i]
	}
	if err := o.readLadders(ctx, reached, at); err != nil {
		return nil, err
	}
	if err := o.readWays(ctx, reached, at); err != nil {
		return nil, err
	}
	return list, o.readMappings(ctx, reached, at)
}

func (o *OrganizationScope) readLadders(ctx context.Context, reached string, at map[string]*Rules) error {
	return o.rows(ctx, "SELECT organization_id, id, name, rank, console, shared_only FROM roles WHERE organization_id IN "+reached, []any{o.id},
		func(scan scanner) error {
			var organizationID string
			var r Role
			err := scan(&organizationID, &r.ID, &r.Name, &r.Rank, &r.Console, &r.SharedOnly)
			at[organizationID].roles[r.ID] = r
			return err
		})
}

func (o *OrganizationScope) readWays(ctx context.Context, reached string, at map[string]*Rules) error {
	return o.rows(ctx, "SELECT v.organization_id, "+connectionColumns+", "+o.d.lineOf("v.organization_id")+` FROM connections c
		JOIN organization_lines v ON v.ancestor_id = c.organization_id WHERE v.organization_id IN `+reached+" ORDER BY c.slug", []any{o.id},
		func(scan scanner) error {
			var organizationID, line string
			var row connectionRow
			err := scan(append(append([]any{&organizationID}, row.fields()...), &line)...)
			if err != nil {
				return err
			}
			w := Way{Connection: row.connection(), Directory: row.connection().Directory()}
			w.Attachments, err = readLine(line)
			at[organizationID].Ways = append(at[organizationID].Ways, w)
			return err
		})
}

func (o *OrganizationScope) readMappings(ctx context.Context, reached string, at map[string]*Rules) error {
	return o.rows(ctx, `SELECT mp.organization_id, mp.directory_id, mp.id, coalesce(CAST(mp.group_id AS text), ''), mp.external_key, mp.app_role_key,
		r.id, r.name, r.rank, r.console, r.shared_only,
		coalesce(CAST(cr.id AS text), ''), coalesce(cr.name, ''), coalesce(cr.rank, 0), coalesce(cr.console, ''), coalesce(cr.shared_only, FALSE)
		FROM mappings mp JOIN roles r ON r.organization_id = mp.organization_id AND r.id = mp.role_id`+ceilingJoin+`
		WHERE mp.organization_id IN `+reached+" ORDER BY mp.id", []any{o.id}, func(scan scanner) error {
		var organizationID, directoryID string
		var m resolvedMapping
		r, c := &m.role, &m.ceiling
		err := scan(&organizationID, &directoryID, &m.id, &m.groupID, &m.externalKey, &m.appRoleKey,
			&r.ID, &r.Name, &r.Rank, &r.Console, &r.SharedOnly, &c.ID, &c.Name, &c.Rank, &c.Console, &c.SharedOnly)
		for i := range at[organizationID].Ways {
			if w := &at[organizationID].Ways[i]; w.Directory.DirectoryID == directoryID {
				w.mappings = append(w.mappings, m)
			}
		}
		return err
	})
}

// defaultRole is the role of synced people whom nothing else gives one; the zero Role for none.
func (r *Rules) defaultRole() Role { return r.roles[r.Organization.DefaultRoleID] }

// grantIndex are the grants of a way by what gives them.
type grantIndex struct{ byGroup, byAppRole map[string][]Grant }

// index makes the grants ready to be looked up, for the groups that the directory has.
func (w *Way) index(groups []mappedGroup) {
	w.grants = grantIndex{map[string][]Grant{}, map[string][]Grant{}}
	for _, m := range w.mappings {
		if m.appRoleKey != "" {
			w.grants.byAppRole[m.appRoleKey] = append(w.grants.byAppRole[m.appRoleKey], Grant{Role: m.role, Source: AppRoleGrant, MappingID: m.id, Ceiling: m.ceiling})
			continue
		}
		for _, g := range groups {
			if m.maps(g) {
				w.grants.byGroup[g.id] = append(w.grants.byGroup[g.id],
					Grant{Role: m.role, Source: GroupGrant, MappingID: m.id, GroupID: g.id, Name: g.name, Ceiling: m.ceiling})
			}
		}
	}
}

// mappedGroup is a group as mappings see it.
type mappedGroup struct{ id, externalKey, name string }

// maps says whether a group is the mapping's, by the same rule as grantsOf.
func (m resolvedMapping) maps(g mappedGroup) bool {
	return m.appRoleKey == "" && (m.groupID == "" || m.groupID == g.id) && m.externalKey == g.externalKey
}

// Person is what the rules make of somebody who comes by a way: the record that a sign-in would read, without groups and e-mail address.
func (r *Rules) Person(w *Way, a Attendee) PersonRecord {
	p := PersonRecord{Organization: r.Organization, Connection: w.Connection, Attachments: w.Attachments, Directory: w.Directory,
		User: a.User, SignIn: a.SignIn, WaysIn: a.WaysIn, Ambiguous: a.Ambiguous}
	p.WaysIn.Synced, p.WaysIn.Mode, p.WaysIn.ArmedAt = w.Connection.ID != "", r.Organization.SSOMode, w.Connection.ArmedAt
	for _, id := range a.groups {
		p.Grants = append(p.Grants, w.grants.byGroup[id]...)
	}
	for _, held := range a.appRoles {
		for _, g := range w.grants.byAppRole[held.key] {
			g.Name = held.value
			p.Grants = append(p.Grants, g)
		}
	}
	for _, id := range a.roles {
		if role, ok := r.roles[id]; ok {
			p.Grants = append(p.Grants, Grant{Role: role, Source: LocalGrant})
		}
	}
	if role := r.defaultRole(); role.ID != "" && w.Connection.ID != "" {
		p.Grants = append(p.Grants, Grant{Role: role, Source: DefaultGrant})
	}
	return p
}

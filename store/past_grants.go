package store

import (
	"maps"
	"slices"
	"strings"
)

// record tells all of a person that decides about a role.
func (p *Past) record(d pastDirectory, s *pastPerson) PersonRecord {
	u := s.user
	u.Link = link(u.ExternalID, s.quarantined)
	r := PersonRecord{Organization: p.asItWas(), Connection: d.connection, Attachments: d.line, Directory: d.key, User: u}
	for _, id := range slices.Sorted(maps.Keys(s.groups)) {
		if g := p.groups[id]; g.on {
			r.Groups = append(r.Groups, Group{ID: id, GroupRecord: g.GroupRecord})
		}
	}
	r.Grants = p.grants(d, s, r)
	return r
}

// grants are the grants that grantsOf would have found.
func (p *Past) grants(d pastDirectory, s *pastPerson, r PersonRecord) []Grant {
	var list []Grant
	for _, m := range p.mappings {
		if m.DirectoryID != d.key.DirectoryID {
			continue
		}
		for _, name := range m.holders(r.Groups, s.appRoles) {
			name.MappingID, name.Role, name.Ceiling = m.ID, p.roles[m.RoleID].Role, p.roles[p.ceilings[m.ConnectionID]].Role
			list = append(list, name)
		}
	}
	for id := range s.assigned {
		list = append(list, Grant{Source: LocalGrant, Role: p.roles[id].Role})
	}
	if id := r.Organization.DefaultRoleID; id != "" && d.connection.ID != "" {
		list = append(list, Grant{Source: DefaultGrant, Role: p.roles[id].Role})
	}
	return list
}

// holders are the groups, or the app roles, that the mapping gives a role for.
func (m pastMapping) holders(groups []Group, appRoles []string) (held []Grant) {
	if m.AppRole != "" {
		for _, value := range appRoles {
			if Fold(strings.TrimSpace(value)) == Fold(m.AppRole) {
				held = append(held, Grant{Source: AppRoleGrant, Name: value})
			}
		}
		return held
	}
	for _, g := range groups {
		if (m.GroupID == "" || m.GroupID == g.ID) && m.ExternalKey == externalKey(g.ExternalID) {
			held = append(held, Grant{Source: GroupGrant, GroupID: g.ID, Name: g.DisplayName})
		}
	}
	return held
}

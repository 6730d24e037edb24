package store

import (
	"context"
	"strings"
)

// Mapping gives a role to the members of a group or the bearers of an app role of one connection.
type Mapping struct {
	ID           string
	ConnectionID string
	RoleID       string
	// Exactly one of these three. A group is never named by its display name: anybody who may create groups could take
	// the name of a privileged one.
	GroupExternalID string // Entra: the group's object id
	GroupID         string // the group's SCIM id
	AppRole         string // the value of an app role
}

// Mappings lists the mappings of the organization in order of creation.
func (o *OrganizationScope) Mappings(ctx context.Context) ([]Mapping, error) {
	if !o.valid() {
		return nil, nil
	}
	return o.mappings(ctx, "", o.id)
}

func (c conn) mappings(ctx context.Context, condition string, args ...any) ([]Mapping, error) {
	var list []Mapping
	err := c.rows(ctx, `SELECT id, connection_id, role_id, group_external_id, group_id, app_role FROM mappings
		WHERE organization_id = ?`+condition+" ORDER BY id", args, func(scan scanner) error {
		var m Mapping
		var groupID *string
		err := scan(&m.ID, &m.ConnectionID, &m.RoleID, &m.GroupExternalID, &groupID, &m.AppRole)
		if groupID != nil {
			m.GroupID = *groupID
		}
		list = append(list, m)
		return err
	})
	return list, err
}

func (o *OrganizationTx) mapping(id string) (Mapping, error) {
	if !validID(o.id) || !validID(id) {
		return Mapping{}, ErrNotFound
	}
	return first(o.tx.mappings(o.tx.ctx, " AND id = ?", o.id, id))
}

// CreateMapping adds a mapping of the organization's own connections and of those of organizations above it. A group may be mapped before the provider has pushed it. *ConflictError when the group or
// app role is mapped already.
func (o *OrganizationTx) CreateMapping(m Mapping) (Mapping, error) {
	m.ID = o.tx.store.newID()
	return o.createMapping(m)
}

// createMapping is CreateMapping under an id of the caller's.
func (o *OrganizationTx) createMapping(m Mapping) (Mapping, error) {
	c, err := o.reachable(m.ConnectionID)
	if err != nil {
		return Mapping{}, err
	}
	r, err := o.role(m.RoleID, o.tx.d.forShare)
	if err != nil {
		return Mapping{}, err
	}
	if err := o.underCeiling(c, r); err != nil {
		return Mapping{}, err
	}
	m.AppRole = strings.TrimSpace(m.AppRole)
	key, target, err := o.target(c, m)
	if err != nil {
		return Mapping{}, err
	}
	_, err = o.tx.do(`INSERT INTO mappings (organization_id, id, connection_id, directory_id, role_id, group_id, group_external_id,
		external_key, app_role, app_role_key, target, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		o.id, m.ID, c.ID, c.DirectoryID, m.RoleID, nullID(m.GroupID), m.GroupExternalID, key, m.AppRole, Fold(m.AppRole), target,
		micros(o.tx.now))
	if err != nil {
		return Mapping{}, err
	}
	if err := o.noteMapping("mapping.created", m, detail{"after": m.settings(r)}); err != nil {
		return Mapping{}, err
	}
	return m, nil
}

// target checks what is mapped, and tells the external key that a group must have and the text that is unique.
func (o *OrganizationTx) target(c Connection, m Mapping) (key, target string, err error) {
	switch {
	case m.GroupExternalID != "" && m.GroupID == "" && m.AppRole == "":
		if c.OfEntra() && !isGUID(m.GroupExternalID) {
			return "", "", &InvalidError{"group-external-id", "must be the group's object ID, a GUID: names change and can be taken by anybody who may create groups"}
		}
		key = externalKey(m.GroupExternalID)
		return key, "external:" + key, nil
	case m.GroupID != "" && m.GroupExternalID == "" && m.AppRole == "":
		g, err := o.tx.Directory(c.Directory()).lockGroup(m.GroupID)
		if err != nil {
			return "", "", err
		}
		return externalKey(g.ExternalID), "group:" + g.ID, nil
	case m.AppRole != "" && m.GroupExternalID == "" && m.GroupID == "":
		return "", "role:" + Fold(m.AppRole), nil
	}
	return "", "", &InvalidError{"mapping", "needs exactly one of a group's external id, a group's id, and an app role"}
}

func (m Mapping) settings(r Role) detail {
	return detail{"connection": m.ConnectionID, "role": r.Name, "role_id": r.ID, "group_external_id": m.GroupExternalID, "group_id": m.GroupID, "app_role": m.AppRole}
}

// UpdateMapping makes a mapping give another role.
func (o *OrganizationTx) UpdateMapping(id, roleID string) (Mapping, error) {
	m, err := o.mapping(id)
	if err != nil {
		return Mapping{}, err
	}
	was, err := o.role(m.RoleID, o.tx.d.forShare)
	if err != nil {
		return Mapping{}, err
	}
	r, err := o.role(roleID, o.tx.d.forShare)
	if err != nil || r == was {
		return m, err
	}
	c, err := o.reachable(m.ConnectionID)
	if err != nil {
		return Mapping{}, err
	}
	if err := o.underCeiling(c, r); err != nil {
		return Mapping{}, err
	}
	if err := o.tx.doOne("UPDATE mappings SET role_id = ? WHERE organization_id = ? AND id = ?", roleID, o.id, id); err != nil {
		return Mapping{}, err
	}
	changed := detail{"before": m.settings(was), "after": m.settings(r)}
	m.RoleID = roleID
	return m, o.noteMapping("mapping.updated", m, changed)
}

// RemoveMapping deletes a mapping. Who had the role through it alone loses it with their next request.
func (o *OrganizationTx) RemoveMapping(id string) error {
	m, err := o.mapping(id)
	if err != nil {
		return err
	}
	r, err := o.role(m.RoleID, o.tx.d.forShare)
	if err != nil {
		return err
	}
	if err := o.noteMapping("mapping.removed", m, detail{"before": m.settings(r)}); err != nil {
		return err
	}
	return o.tx.doOne("DELETE FROM mappings WHERE organization_id = ? AND id = ?", o.id, id)
}

// noteMapping records a change of a mapping that is in the table, with the external id that its group must have, and what the group is
// called if it is there.
func (o *OrganizationTx) noteMapping(action string, m Mapping, more detail) error {
	var key, directory string
	err := o.tx.get("SELECT external_key, directory_id FROM mappings WHERE organization_id = ? AND id = ?", []any{o.id, m.ID}, &key, &directory)
	if err != nil {
		return err
	}
	name, err := o.tx.groupNamed(directory, m.GroupID, m.GroupExternalID)
	if err = notFoundIsNone(err); err != nil {
		return err
	}
	if more["external_key"], more["directory"] = key, directory; name != "" {
		more["group"] = name
	}
	o.note(action, m.ID, more)
	return nil
}

// groupNamed is what the group of a mapping is called; ErrNotFound if it is not there.
func (tx *Tx) groupNamed(directoryID, id, externalID string) (name string, err error) {
	err = tx.get("SELECT display_name FROM groups WHERE directory_id = ? AND (id = ? OR external_id IN (?, ?)) ORDER BY id LIMIT 1",
		[]any{directoryID, nullID(id), nullID(externalID), nullID(externalKey(externalID))}, &name)
	return name, err
}

// unmap removes all mappings of a connection, in whichever organization.
func (tx *Tx) unmap(c Connection) error {
	var all []struct{ organization, id string }
	err := tx.rows(tx.ctx, "SELECT organization_id, id FROM mappings WHERE directory_id = ? ORDER BY organization_id, id", []any{c.DirectoryID},
		func(scan scanner) error {
			var m struct{ organization, id string }
			err := scan(&m.organization, &m.id)
			all = append(all, m)
			return err
		})
	for _, m := range all {
		if err == nil {
			err = tx.Organization(m.organization).RemoveMapping(m.id)
		}
	}
	return err
}

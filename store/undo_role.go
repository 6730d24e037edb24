package store

import (
	"cmp"
	"encoding/json"
	"errors"
)

// toldRole finds a role that an event names.
func (u *undo) toldRole(id, name string) (Role, error) {
	r, err := u.role(id, u.tx.d.forShare)
	if errors.Is(err, ErrNotFound) {
		return Role{}, not("The role %s was removed since: undo that first.", name)
	}
	if err == nil {
		err = u.may(u.id, r)
	}
	return r, err
}

func (u *undo) roleAssigned(e Event, told undoDetail, step *UndoStep) error {
	r, err := u.toldRole(told.RoleID, told.Role)
	if err != nil {
		return err
	}
	err = u.UnassignRole(e.DirectoryID, e.SubjectID, r.ID)
	if errors.Is(err, ErrNotFound) {
		return not("They do not have the role by hand any more.")
	}
	step.Does = "The role " + r.Name + " is taken back."
	return err
}

func (u *undo) roleUnassigned(e Event, told undoDetail, step *UndoStep) error {
	r, err := u.toldRole(told.RoleID, told.Role)
	if err != nil {
		return err
	}
	before := len(u.tx.events)
	err = u.AssignRole(e.DirectoryID, e.SubjectID, r.ID)
	switch {
	case errors.Is(err, ErrNotFound):
		return not("They are not on the list any more.")
	case err == nil && len(u.tx.events) == before:
		return not("They have the role already.")
	}
	step.Does = "They have the role " + r.Name + " again, by hand."
	return err
}

// toldMapping is a mapping as events tell it.
type toldMapping struct {
	Connection      string
	Role            string
	RoleID          string `json:"role_id"`
	GroupExternalID string `json:"group_external_id"`
	GroupID         string `json:"group_id"`
	AppRole         string `json:"app_role"`
}

func readMapping(v json.RawMessage) (m toldMapping, err error) {
	if err = json.Unmarshal(v, &m); err != nil || !validID(m.RoleID) {
		err = not("The record of it is of an older version, and does not tell the role.")
	}
	return m, err
}

// source names what gives the role: a group by the name that it has now or, if it is not there, by its id.
func (u *undo) source(m toldMapping) (string, error) {
	if m.AppRole != "" {
		return "the app role " + m.AppRole, nil
	}
	name := ""
	c, err := u.reachable(m.Connection)
	if err == nil {
		name, err = u.tx.groupNamed(c.DirectoryID, m.GroupID, m.GroupExternalID)
	}
	return "the group " + cmp.Or(name, m.GroupExternalID, m.GroupID), notFoundIsNone(err)
}

// mapped finds the mapping of an event if it still gives the role.
func (u *undo) mapped(e Event, as toldMapping) error {
	m, err := u.mapping(e.SubjectID)
	if errors.Is(err, ErrNotFound) {
		return not("The mapping was removed since.")
	}
	if err == nil && m.RoleID != as.RoleID {
		return not("The mapping gives another role since.")
	}
	return err
}

func (u *undo) mappingCreated(e Event, told undoDetail, step *UndoStep) error {
	m, err := readMapping(told.After)
	if err != nil {
		return err
	}
	if step.Name, err = u.source(m); err != nil {
		return err
	}
	if err := u.mapped(e, m); err != nil {
		return err
	}
	if _, err := u.toldRole(m.RoleID, m.Role); err != nil {
		return err
	}
	step.Does = "It gives the role " + m.Role + " no more."
	return u.RemoveMapping(e.SubjectID)
}

func (u *undo) mappingUpdated(e Event, told undoDetail, step *UndoStep) error {
	before, err := readMapping(told.Before)
	if err != nil {
		return err
	}
	after, err := readMapping(told.After)
	if err != nil {
		return err
	}
	if step.Name, err = u.source(after); err != nil {
		return err
	}
	if err := u.mapped(e, after); err != nil {
		return err
	}
	for _, m := range []toldMapping{before, after} {
		if _, err := u.toldRole(m.RoleID, m.Role); err != nil {
			return err
		}
	}
	step.Does = "It gives the role " + before.Role + " again, in the place of " + after.Role + "."
	_, err = u.UpdateMapping(e.SubjectID, before.RoleID)
	return err
}

// mappingRemoved adds a mapping again under its id, if a group that it names by its id is still the same.
func (u *undo) mappingRemoved(e Event, told undoDetail, step *UndoStep) error {
	m, err := readMapping(told.Before)
	if err != nil {
		return err
	}
	if step.Name, err = u.source(m); err != nil {
		return err
	}
	if _, err := u.toldRole(m.RoleID, m.Role); err != nil {
		return err
	}
	c, err := u.reachable(m.Connection)
	if errors.Is(err, ErrNotFound) {
		return not("The connection was removed since.")
	}
	if err != nil {
		return err
	}
	if m.GroupID != "" {
		g, err := u.tx.Directory(c.Directory()).lockGroup(m.GroupID)
		if err == nil && externalKey(g.ExternalID) != told.ExternalKey {
			return not("The group has another object ID since, and may be another one.")
		}
		if err != nil {
			return err
		}
	}
	if _, err := u.mapping(e.SubjectID); err == nil {
		return not("The mapping is there again.")
	} else if !errors.Is(err, ErrNotFound) {
		return err
	}
	step.Does = "It gives the role " + m.Role + " again."
	_, err = u.createMapping(Mapping{ID: e.SubjectID, ConnectionID: c.ID, RoleID: m.RoleID, GroupExternalID: m.GroupExternalID, GroupID: m.GroupID, AppRole: m.AppRole})
	return err
}

// toldSettings is a role as events tell it.
type toldSettings struct {
	Name       string
	Rank       int
	Console    Console
	SharedOnly bool `json:"shared_only"`
}

func (s toldSettings) of(id string) Role { return Role{id, s.Name, s.Rank, s.Console, s.SharedOnly} }

func readRole(v json.RawMessage, id string) (Role, error) {
	var s toldSettings
	if err := json.Unmarshal(v, &s); err != nil {
		return Role{}, not("The record of it cannot be read.")
	}
	return s.of(id), nil
}

// presentRole is the role of an event if it still is as the event made it.
func (u *undo) presentRole(e Event, as Role) error {
	r, err := u.role(e.SubjectID, u.tx.d.forUpdate)
	if errors.Is(err, ErrNotFound) {
		return not("The role was removed since.")
	}
	if err == nil && r != as {
		return not("The role has changed since.")
	}
	return err
}

func (u *undo) roleCreated(e Event, told undoDetail, step *UndoStep) error {
	r, err := readRole(told.After, e.SubjectID)
	if err != nil {
		return err
	}
	step.Name = r.Name
	if err := errors.Join(u.presentRole(e, r), u.may(u.id, r)); err != nil {
		return err
	}
	step.Does = "The role is removed."
	return u.RemoveRole(r.ID)
}

func (u *undo) roleUpdated(e Event, told undoDetail, step *UndoStep) error {
	after, err := readRole(told.After, e.SubjectID)
	if err != nil {
		return err
	}
	before, err := readRole(told.Before, e.SubjectID)
	if err != nil {
		return err
	}
	step.Name = after.Name
	if err := errors.Join(u.presentRole(e, after), u.may(u.id, before, after)); err != nil {
		return err
	}
	step.Does = "The role is as before, for everybody who has it."
	_, err = u.UpdateRole(before)
	return err
}

func (u *undo) roleRemoved(e Event, told undoDetail, step *UndoStep) error {
	r, err := readRole(told.Before, e.SubjectID)
	if err != nil {
		return err
	}
	step.Name = r.Name
	if err := u.may(u.id, r); err != nil {
		return err
	}
	if _, err := u.role(r.ID, u.tx.d.forUpdate); err == nil {
		return not("The role is there again.")
	} else if !errors.Is(err, ErrNotFound) {
		return err
	}
	step.Does = "The role is back. Nobody has it yet."
	_, err = u.createRole(r)
	return err
}

package store

import "encoding/json"

// still demands that a setting is as an event made it.
func still(now string, after json.RawMessage) error {
	if now != text(after) {
		return not("It has been set to something else since.")
	}
	return nil
}

func shown(value string) string {
	if value == "" {
		return "none"
	}
	return value
}

// setting undoes the change of a text that an organization has.
func (u *undo) setting(step *UndoStep, name string, told undoDetail, now func(Organization) string, set func(string) error) error {
	org, err := u.find()
	if err != nil {
		return err
	}
	if step.Name = org.Name; still(now(org), told.After) != nil {
		return still(now(org), told.After)
	}
	step.Does = name + " is \"" + shown(text(told.Before)) + "\" again, as the organization's own setting."
	return set(text(told.Before))
}

func (u *undo) modeChanged(_ Event, told undoDetail, step *UndoStep) error {
	return u.setting(step, "The mode of single sign-on", told, func(o Organization) string { return string(o.SSOMode) }, func(v string) error { return u.SetSSOMode(SSOMode(v)) })
}

func (u *undo) ambiguousRolesChanged(_ Event, told undoDetail, step *UndoStep) error {
	return u.setting(step, "What becomes of people with several roles", told, func(o Organization) string { return o.AmbiguousRoles }, u.SetAmbiguousRoles)
}

func (u *undo) contactChanged(_ Event, told undoDetail, step *UndoStep) error {
	return u.setting(step, "Whom people may ask", told, func(o Organization) string { return o.Contact }, u.SetContact)
}

func (u *undo) defaultRoleChanged(_ Event, told undoDetail, step *UndoStep) error {
	return u.setting(step, "The default role", told, func(o Organization) string { return o.DefaultRoleID }, u.SetDefaultRole)
}

func (u *undo) ceilingChanged(e Event, told undoDetail, step *UndoStep) error {
	c, err := u.connection(e.SubjectID)
	if err != nil {
		return err
	}
	all, err := u.tx.ceilings(u.tx.ctx, u.id)
	if err != nil {
		return err
	}
	if step.Name = c.Name; all[c.ID].ID != told.AfterID {
		return not("It has been set to something else since.")
	}
	for _, id := range []string{told.BeforeID, told.AfterID} {
		if id == "" {
			continue
		}
		if _, err := u.toldRole(id, "of the ceiling"); err != nil {
			return err
		}
	}
	step.Does = "The most that pushes may give is \"" + shown(text(told.Before)) + "\" again."
	return u.SetCeiling(c.ID, told.BeforeID)
}

func (u *undo) choiceChanged(e Event, told undoDetail, step *UndoStep) error {
	ways, err := u.tx.Directory(DirectoryKey{u.id, e.DirectoryID}).WaysIn(e.SubjectID)
	if err != nil {
		return err
	}
	if err := still(ways.Choice, told.After); err != nil {
		return err
	}
	step.Does = "The choice of single sign-on is \"" + shown(text(told.Before)) + "\" again."
	return u.SetSSOChoice(e.DirectoryID, e.SubjectID, text(told.Before))
}

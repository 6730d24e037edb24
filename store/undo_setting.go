package store

import (
	"cmp"
	"encoding/json"
)

// still demands that a setting is as an event made it.
func still(now string, after json.RawMessage) error {
	if now != text(after) {
		return not("It has been set to something else since.")
	}
	return nil
}

// shown is a value in a sentence.
func shown(value string) string {
	if value == "" {
		return "none"
	}
	return value
}

// setting undoes the change of a text that an organization has.
func (u *undo) setting(step *UndoStep, s Setting, name string, told undoDetail, now func(Organization) string, set func(string) error) error {
	org, err := u.find()
	if err != nil {
		return err
	}
	if step.Name = org.Name; still(now(org), told.After) != nil {
		return still(now(org), told.After)
	}
	if told.Inherited {
		step.Does = name + " is inherited again."
		return u.Inherit(s)
	}
	step.Does = name + " is \"" + shown(text(told.Before)) + "\" again, as the organization's own setting."
	return set(text(told.Before))
}

// settingInherited gives the organization back what it gave up for the inherited value.
func (u *undo) settingInherited(_ Event, told undoDetail, step *UndoStep) error {
	if !told.GivenUp {
		return not("It follows the organization above: undo the change there.")
	}
	org, err := u.find()
	if err != nil {
		return err
	}
	step.Name = org.Name
	sources, err := u.tx.settingSources(u.tx.ctx, u.id, 0)
	if err != nil {
		return err
	}
	if now, err := json.Marshal(told.Setting.Value(org)); err != nil || sources[told.Setting] == u.id || !same(now, told.After) {
		return cmp.Or(err, not("It has been set to something else since."))
	}
	step.Does = "It is the organization's own setting again, as before."
	switch told.Setting {
	case SSOModeSetting:
		return u.SetSSOMode(SSOMode(text(told.Before)))
	case SecondFactorSetting:
		_, err = u.SetSecondFactorRule(SecondFactorRule(text(told.Before)))
	case AmbiguousRolesSetting:
		return u.SetAmbiguousRoles(text(told.Before))
	case ContactSetting:
		return u.SetContact(text(told.Before))
	case DefaultRoleSetting:
		return u.setDefaultRoleNamed(text(told.Before))
	case SCIMPasswordsSetting:
		var on bool
		if err = json.Unmarshal(told.Before, &on); err == nil {
			_, err = u.SetSCIMPasswords(on)
		}
	}
	return err
}

// setDefaultRoleNamed makes the role of a folded name the default; "" for none.
func (u *undo) setDefaultRoleNamed(key string) error {
	if key == "" {
		return u.SetDefaultRole("")
	}
	roles, err := u.tx.roles(u.tx.ctx, u.id)
	for _, r := range roles {
		if Fold(r.Name) == key {
			return u.SetDefaultRole(r.ID)
		}
	}
	return cmp.Or(err, not("The role %s was removed since: undo that first.", key))
}

func (u *undo) modeChanged(_ Event, told undoDetail, step *UndoStep) error {
	return u.setting(step, SSOModeSetting, "The mode of single sign-on", told, func(o Organization) string { return string(o.SSOMode) }, func(v string) error { return u.SetSSOMode(SSOMode(v)) })
}

func (u *undo) ambiguousRolesChanged(_ Event, told undoDetail, step *UndoStep) error {
	return u.setting(step, AmbiguousRolesSetting, "What becomes of people with several roles", told, func(o Organization) string { return o.AmbiguousRoles }, u.SetAmbiguousRoles)
}

func (u *undo) contactChanged(_ Event, told undoDetail, step *UndoStep) error {
	return u.setting(step, ContactSetting, "Whom people may ask", told, func(o Organization) string { return o.Contact }, u.SetContact)
}

func (u *undo) defaultRoleChanged(_ Event, told undoDetail, step *UndoStep) error {
	return u.setting(step, DefaultRoleSetting, "The default role", told, func(o Organization) string { return o.DefaultRoleID }, u.SetDefaultRole)
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
	ways, err := u.tx.Directory(DirectoryKey{OrganizationID: u.id, DirectoryID: e.DirectoryID}).WaysIn(e.SubjectID)
	if err != nil {
		return err
	}
	if err := still(ways.Choice, told.After); err != nil {
		return err
	}
	step.Does = "The choice of single sign-on is \"" + shown(text(told.Before)) + "\" again."
	return u.SetSSOChoice(e.DirectoryID, e.SubjectID, text(told.Before))
}

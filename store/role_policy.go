package store

// SetDefaultRole gives a role to people whom the provider has sent and nothing else gives one; "" gives none, so that they
// are refused. Such a role has no right to the console: whoever assigns people to the application in the provider would
// hand it out.
func (o *OrganizationTx) SetDefaultRole(roleID string) error {
	org, err := o.find()
	if err != nil || org.DefaultRoleID == roleID {
		return err
	}
	name := ""
	if roleID != "" {
		r, err := o.role(roleID, o.tx.d.forUpdate) // which UpdateRole waits for, so that no right is added meanwhile
		if err != nil {
			return err
		}
		if err := r.checkDefault(); err != nil {
			return err
		}
		name = r.Name
	}
	err = o.tx.doOne("UPDATE organizations SET default_role_id = ? WHERE id = ?", nullID(roleID), o.id)
	if err == nil {
		o.note("organization.default_role_changed", o.id, detail{"before": org.DefaultRoleID, "after": roleID, "role": name})
	}
	return err
}

func (r Role) checkDefault() error {
	if r.Console == ConsoleNone {
		return nil
	}
	return &RefusedError{"the role " + r.Name + ` has a right to the console, and the default role must have none: everybody without a role of their own would get it`}
}

// SetAmbiguousRoles sets what becomes of people whose grants point to different roles: "highest" lets the most privileged
// one win, "refuse" keeps them out.
func (o *OrganizationTx) SetAmbiguousRoles(choice string) error {
	if !oneOf(choice, "highest refuse") {
		return &InvalidError{"ambiguous-roles", "must be highest or refuse"}
	}
	org, err := o.find()
	if err != nil || org.AmbiguousRoles == choice {
		return err
	}
	err = o.tx.doOne("UPDATE organizations SET ambiguous_roles = ? WHERE id = ?", choice, o.id)
	if err == nil {
		o.note("organization.ambiguous_roles_changed", o.id, detail{"before": org.AmbiguousRoles, "after": choice})
	}
	return err
}

// Describe reads the organization inside the change.
func (o *OrganizationTx) Describe() (Organization, error) { return o.find() }

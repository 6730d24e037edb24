package store

// SetDefaultRole gives a role to people whom the provider has sent and nothing else gives one; "" gives none, so that they
// are refused. Such a role has no right to the console: whoever assigns people to the application in the provider would
// hand it out. Organizations that inherit it have the role of the same name on their own ladder.
func (o *OrganizationTx) SetDefaultRole(roleID string) error {
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
	org, changed, err := o.set(DefaultRoleSetting, Fold(name))
	if err == nil && changed {
		o.note("organization.default_role_changed", o.id, org.told(detail{"before": org.DefaultRoleID, "after": roleID, "role": name, "before_name": org.DefaultRole, "after_name": Fold(name)}))
	}
	return err
}

// renameDefault keeps a default role the default under its new name, where the organization has chosen it itself.
func (o *OrganizationTx) renameDefault(r Role) error {
	sources, err := o.tx.settingSources(o.tx.ctx, o.id, 0)
	if err != nil || sources[DefaultRoleSetting] != o.id {
		return err
	}
	org, changed, err := o.set(DefaultRoleSetting, Fold(r.Name))
	if err == nil && changed {
		o.note("organization.default_role_changed", o.id, detail{"before": org.DefaultRoleID, "after": r.ID, "role": r.Name, "before_name": org.DefaultRole, "after_name": Fold(r.Name)})
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
	org, changed, err := o.set(AmbiguousRolesSetting, choice)
	if err == nil && changed {
		o.note("organization.ambiguous_roles_changed", o.id, org.told(detail{"before": org.AmbiguousRoles, "after": choice}))
	}
	return err
}

// Describe reads the organization inside the change.
func (o *OrganizationTx) Describe() (Organization, error) { return o.find() }

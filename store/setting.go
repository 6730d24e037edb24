package store

import (
	"context"
	"slices"
)

// Setting is a sign-in setting that an organization has of its own, or inherits from the one above it. The topmost
// inherits what is built in.
type Setting string

// The settings that can be inherited.
const (
	SSOModeSetting        Setting = "sso_mode"
	SecondFactorSetting   Setting = "second_factor"
	AmbiguousRolesSetting Setting = "ambiguous_roles"
	DefaultRoleSetting    Setting = "default_role" // by its name, which means a role of each organization's own ladder
	ContactSetting        Setting = "contact"
	SCIMPasswordsSetting  Setting = "scim_passwords"
)

// Settings lists the settings that can be inherited.
var Settings = []Setting{SSOModeSetting, SecondFactorSetting, AmbiguousRolesSetting, DefaultRoleSetting, ContactSetting, SCIMPasswordsSetting}

// builtIn has the settings of a topmost organization that has none of its own.
var builtIn = Organization{SSOMode: SSOAll, SecondFactor: SecondFactorOwners, AmbiguousRoles: "highest"}

// Value is what the organization has for the setting, its own or inherited.
func (s Setting) Value(o Organization) any {
	switch s {
	case SSOModeSetting:
		return string(o.SSOMode)
	case SecondFactorSetting:
		return string(o.SecondFactor)
	case AmbiguousRolesSetting:
		return o.AmbiguousRoles
	case DefaultRoleSetting:
		return o.DefaultRole
	case ContactSetting:
		return o.Contact
	case SCIMPasswordsSetting:
		return o.SCIMPasswords
	}
	return nil
}

// column is where an organization's row has the setting; "" for what is none.
func (s Setting) column() string {
	switch {
	case s == DefaultRoleSetting:
		return "default_role_key"
	case slices.Contains(Settings, s):
		return string(s)
	}
	return ""
}

// SettingSources tells the id of the organization that each setting is from. What is built in has none.
func (o *OrganizationScope) SettingSources(ctx context.Context) (map[Setting]string, error) {
	if !o.valid() {
		return nil, nil
	}
	return o.settingSources(ctx, o.id, 0)
}

// settingSources finds the nearest owner of each setting, in the organization's line from a distance on.
func (c conn) settingSources(ctx context.Context, id string, from int) (map[Setting]string, error) {
	sources := map[Setting]string{}
	err := c.rows(ctx, `SELECT s.setting, l.ancestor_id FROM organization_lines l JOIN own_settings s ON s.organization_id = l.ancestor_id
		WHERE l.organization_id = ? AND l.distance >= ? ORDER BY l.distance DESC`, []any{id, from}, func(scan scanner) error {
		var s Setting
		var ancestor string
		err := scan(&s, &ancestor)
		sources[s] = ancestor
		return err
	})
	return sources, err
}

// Inherited has the settings that the organization has, or would have, from above.
func (o *OrganizationScope) Inherited(ctx context.Context) (Organization, error) {
	above, err := o.Above(ctx)
	if err != nil || len(above) == 0 {
		return builtIn, err
	}
	return above[0], nil
}

// heirs selects the organizations below one (twice a parameter) that have a setting (in between) from it, or from where it
// has it from.
const heirs = below + ` AND NOT EXISTS (SELECT 1 FROM organization_lines up
	JOIN own_settings s ON s.organization_id = up.ancestor_id AND s.setting = ?
	JOIN organization_lines top ON top.organization_id = up.organization_id AND top.ancestor_id = ?
	WHERE up.organization_id = o.id AND up.distance < top.distance)`

// Heirs lists the organizations below this one that have the setting from it, or from where it has it from.
func (o *OrganizationScope) Heirs(ctx context.Context, s Setting) ([]Organization, error) {
	if !o.valid() {
		return nil, nil
	}
	return o.organizations(ctx, heirs, o.id, string(s), o.id)
}

// unset is an organization before one of its settings is set.
type unset struct {
	Organization
	inherited bool // the setting was not its own
}

// told adds to the detail of an event how the setting was had, which an undo goes back to.
func (w unset) told(d detail) detail {
	if w.inherited {
		d["inherited"] = true
	}
	return d
}

// set makes a value of a setting the organization's own. It tells how the organization was, and whether that is a change.
func (o *OrganizationTx) set(s Setting, value any) (was unset, changed bool, err error) {
	if err := o.tx.lockTree(o.id); err != nil {
		return was, false, err
	}
	if was.Organization, err = o.find(); err != nil {
		return was, false, err
	}
	n, err := o.tx.do("INSERT INTO own_settings (organization_id, setting) VALUES (?, ?) ON CONFLICT DO NOTHING", o.id, string(s))
	if was.inherited = n > 0; err != nil || !was.inherited && s.Value(was.Organization) == value {
		return was, false, err
	}
	if err := o.put(s, value); err != nil {
		return was, false, err
	}
	return was, true, o.bequeath(s, value, o.id)
}

// put writes a value that is decided. Every node notices it with its next request.
func (o *OrganizationTx) put(s Setting, value any) error {
	return o.tx.doOne("UPDATE organizations SET "+s.column()+" = ?, settings_revision = settings_revision + 1 WHERE id = ?", value, o.id)
}

// bequeath lets the heirs of a setting follow. source is the organization that has it of its own, "" for what is built in.
func (o *OrganizationTx) bequeath(s Setting, value any, source string) error {
	list, err := o.tx.organizations(o.tx.ctx, heirs, o.id, string(s), o.id)
	for _, heir := range list {
		if err == nil {
			err = o.tx.Organization(heir.ID).follow(s, value, heir, source)
		}
	}
	return err
}

// follow gives the organization, which was as told, an inherited value.
func (o *OrganizationTx) follow(s Setting, value any, was Organization, source string) error {
	if s.Value(was) == value {
		return nil
	}
	if err := o.put(s, value); err != nil {
		return err
	}
	o.note("organization.setting_inherited", o.id, detail{"setting": s, "before": s.Value(was), "after": value, "from": source})
	return nil
}

// Inherit gives the organization's own value of a setting up for the inherited one.
func (o *OrganizationTx) Inherit(s Setting) error {
	if s.column() == "" {
		return &InvalidError{"inherit", "must name settings that can be inherited, such as sso-mode or default-role"}
	}
	if err := o.tx.lockTree(o.id); err != nil {
		return err
	}
	n, err := o.tx.do("DELETE FROM own_settings WHERE organization_id = ? AND setting = ?", o.id, string(s))
	if err != nil || n == 0 {
		return err
	}
	was, err := o.find()
	if err != nil {
		return err
	}
	value, source, err := o.inherited(s)
	if err != nil {
		return err
	}
	if err := o.put(s, value); err != nil {
		return err
	}
	o.note("organization.setting_inherited", o.id, detail{"setting": s, "before": s.Value(was), "after": value, "from": source, "given_up": true})
	return o.bequeath(s, value, source)
}

// inherited is what stands above the organization for a setting, and where it is from.
func (o *OrganizationTx) inherited(s Setting) (value any, source string, err error) {
	sources, err := o.tx.settingSources(o.tx.ctx, o.id, 1)
	if err != nil || sources[s] == "" {
		return s.Value(builtIn), "", err
	}
	from, err := o.tx.findOrganization(o.tx.ctx, sources[s])
	return s.Value(from), sources[s], err
}

// inheritAll lets the organization, and those below it, follow what stands above it now in all that they inherit.
func (o *OrganizationTx) inheritAll() error {
	own, err := o.tx.settingSources(o.tx.ctx, o.id, 0)
	if err != nil {
		return err
	}
	was, err := o.find()
	for _, s := range Settings {
		if err != nil || own[s] == o.id {
			continue
		}
		var value any
		var source string
		if value, source, err = o.inherited(s); err != nil {
			return err
		}
		if err = o.follow(s, value, was, source); err == nil {
			err = o.bequeath(s, value, source)
		}
	}
	return err
}

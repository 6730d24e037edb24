package admin

import (
	"slices"
	"strings"

	"doorlist/store"
)

// changeSetting gives the organization a setting of its own, or the inherited one. What it means for people's ways in is shown first.
func changeSetting(r *request) error {
	i := slices.IndexFunc(settingPages, func(s settingPage) bool { return string(s.Setting) == r.Param("setting") })
	if i < 0 {
		return store.ErrNotFound
	}
	s := settingPages[i]
	if s.Setting == store.SSOModeSetting && r.QueryParam("to") != "" {
		return r.changeMode(r.QueryParam("to"))
	}
	f, err := r.settingForm(s)
	if err != nil {
		return err
	}
	return r.ask(f, func(v values) (string, error) {
		if s.Setting == store.SSOModeSetting {
			return r.orgPath("settings", string(s.Setting)) + "?to=" + v["value"], nil
		}
		return r.orgPath("settings") + "?done=saved", r.write(func(tx *store.Tx) error {
			return r.applySetting(tx.Organization(r.org.ID), s.Setting, v)
		})
	})
}

func (r *request) settingForm(s settingPage) (form, error) {
	ctx, scope := r.Request().Context(), r.Store.Organization(r.org.ID)
	f := form{Heading: s.Label + ": " + r.org.Name, Lead: s.Hint, Submit: "Save", Back: r.orgPath("settings")}
	sources, err := scope.SettingSources(ctx)
	if err != nil {
		return f, err
	}
	above, err := scope.Inherited(ctx)
	if err != nil {
		return f, err
	}
	options, err := r.choices(s)
	if err != nil {
		return f, err
	}
	heirs, err := scope.Heirs(ctx, s.Setting)
	if err != nil {
		return f, err
	}
	if len(heirs) > 0 {
		f.Lists = []namedList{{Title: "The organizations below that follow", Items: organizationNames(heirs)}}
	}
	choice := field{Name: "value", Label: s.Label, Type: "choice", Value: inherited, Options: []option{{inherited, "As above: " + lower(s.words(options, s.value(above)))}}}
	own := sources[s.Setting] == r.org.ID
	if own {
		choice.Value = s.value(r.org)
	}
	if s.Setting == store.SSOModeSetting {
		f.Submit = "See what that means"
	}
	if s.Setting != store.ContactSetting {
		choice.Options = append(choice.Options, options...)
		f.Fields = []field{choice}
		return f, nil
	}
	choice.Options = append(choice.Options, option{ownText, "Its own, as below"})
	text := field{Name: "text", Label: "Its own", Optional: true}
	if own {
		choice.Value, text.Value = ownText, r.org.Contact
	}
	f.Fields = []field{choice, text}
	return f, nil
}

// ownText is the choice of a text that is typed in.
const ownText = "own"

func lower(text string) string { return strings.ToLower(text[:1]) + text[1:] }

func organizationNames(all []store.Organization) []string {
	names := make([]string, len(all))
	for i, o := range all {
		names[i] = o.Name
	}
	return names
}

// applySetting makes what was chosen the organization's own, or gives it up.
func (r *request) applySetting(o *store.OrganizationTx, s store.Setting, v values) (err error) {
	value := v["value"]
	switch {
	case value == inherited:
		return o.Inherit(s)
	case s == store.SecondFactorSetting:
		_, err = o.SetSecondFactorRule(store.SecondFactorRule(value))
	case s == store.AmbiguousRolesSetting:
		return o.SetAmbiguousRoles(value)
	case s == store.DefaultRoleSetting:
		return r.setDefaultRole(o, value)
	case s == store.ContactSetting:
		return o.SetContact(v["text"])
	case s == store.SCIMPasswordsSetting:
		_, err = o.SetSCIMPasswords(value == "true")
	case s == store.SSOModeSetting:
		return o.SetSSOMode(store.SSOMode(value))
	}
	return err
}

func (r *request) setDefaultRole(o *store.OrganizationTx, key string) error {
	if key == noRole {
		return o.SetDefaultRole("")
	}
	ladder, err := r.Store.Organization(r.org.ID).Roles(r.Request().Context())
	if err != nil {
		return err
	}
	for _, role := range ladder {
		if store.Fold(role.Name) == key {
			return o.SetDefaultRole(role.ID)
		}
	}
	return faultIn("value", "That role was removed meanwhile.")
}

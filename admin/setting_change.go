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
	f, err := r.settingForm(s)
	if err != nil {
		return err
	}
	next := r.orgPath("settings") + "?done=saved"
	if !slices.Contains(decisive, s.Setting) {
		return r.ask(f, func(v values) (string, error) {
			return next, r.write(func(tx *store.Tx) error { return r.applySetting(tx, s.Setting, v) })
		})
	}
	return r.weigh(f, func(v values) (plan, error) {
		return plan{next: next, change: func(tx *store.Tx) error { return r.applySetting(tx, s.Setting, v) }}, nil
	})
}

// decisive are the settings that decide about people's roles and ways in.
var decisive = []store.Setting{store.SSOModeSetting, store.AmbiguousRolesSetting, store.DefaultRoleSetting}

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
	from := "As above"
	if r.org.ParentID == "" {
		from = "As built in"
	}
	choice := field{Name: "value", Label: s.Label, Type: "choice", Value: inherited, Options: []option{{inherited, from + ": " + lower(s.words(options, s.value(above)))}}}
	own := sources[s.Setting] == r.org.ID
	if own {
		choice.Value = s.value(r.org)
	}
	if s.Setting != store.ContactSetting {
		choice.Options = append(choice.Options, options...)
		f.Fields = []field{choice}
		if s.Setting == store.SSOModeSetting {
			f.Lead += " It holds for people who are sent later, too."
			f.Fields = append(f.Fields, field{Name: "end-sessions", Label: "End the sessions that these people began with a password", Type: "flag"})
		}
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
func (r *request) applySetting(tx *store.Tx, s store.Setting, v values) (err error) {
	o, value := tx.Organization(r.org.ID), v["value"]
	switch {
	case s == store.SSOModeSetting:
		return r.applyMode(tx, value, v["end-sessions"] == flagOn)
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
	}
	return err
}

// applyMode sets who must use the provider, in the organization and in those below that follow it.
func (r *request) applyMode(tx *store.Tx, value string, endSessions bool) error {
	o := tx.Organization(r.org.ID)
	set := func() error { return o.SetSSOMode(store.SSOMode(value)) }
	if value == inherited {
		set = func() error { return o.Inherit(store.SSOModeSetting) }
	}
	if err := set(); err != nil || !endSessions {
		return err
	}
	heirs, err := r.Store.Organization(r.org.ID).Heirs(r.Request().Context(), store.SSOModeSetting)
	for _, covered := range append([]store.Organization{r.org}, heirs...) {
		if err == nil {
			err = tx.Organization(covered.ID).EndPasswordSessions()
		}
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

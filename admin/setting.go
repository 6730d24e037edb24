package admin

import (
	"doorlist/store"
)

var settingsTemplate = parsePage("settings")

// inherited is the choice of what stands above the organization.
const inherited = "inherited"

// settingPage is how a setting is asked for.
type settingPage struct {
	store.Setting
	Label, Hint string
	options     []option // "" for a text
}

// settingPages are the settings in the order in which pages show them.
var settingPages = []settingPage{
	{store.SSOModeSetting, "Who must use the provider", "Of the people whom a provider has sent. Everybody else has a password, if they have any way in.", []option{
		{string(store.SSOAll), "All, but for exceptions"}, {string(store.SSOPerUser), "Those for whom it is switched on"}, {string(store.SSOOff), "Nobody"},
	}},
	{store.SecondFactorSetting, "Who gives a code beside a password", "From an authenticator app.", []option{
		{string(store.SecondFactorOwners), "Owners"}, {string(store.SecondFactorAll), "Everybody who has a password"}, {string(store.SecondFactorOff), "Nobody"},
	}},
	{store.AmbiguousRolesSetting, "Whose groups give several roles", "", []option{
		{"highest", "Has the highest of them"}, {"refuse", "Is kept out until the groups agree"},
	}},
	{store.DefaultRoleSetting, "Whom nothing gives a role", "Of the people whom a provider has sent.", nil},
	{store.ContactSetting, "Whom its people may ask", "Shown where somebody is turned away, such as: IT help desk, it@example.com", nil},
	{store.SCIMPasswordsSetting, "Passwords from the provider", "Entra sends none. Others may send one with each person.", []option{
		{"true", "Are taken"}, {"false", "Are ignored"},
	}},
}

// noRole is the choice of no default role.
const noRole = "none"

// value is the option that an organization has.
func (s settingPage) value(o store.Organization) string {
	switch v := s.Value(o).(type) {
	case string:
		if s.Setting == store.DefaultRoleSetting && v == "" {
			return noRole
		}
		return v
	case bool:
		if v {
			return "true"
		}
	}
	return "false"
}

// words says a value to people.
func (s settingPage) words(options []option, value string) string {
	for _, o := range options {
		if o.Value == value {
			return o.Label
		}
	}
	if value == "" {
		return "Nobody has said"
	}
	return value
}

// shownSetting is a setting of an organization, with where it comes from.
type shownSetting struct {
	settingPage
	Words, From string
	Address     string // where it is changed
}

type settingsContent struct {
	Path       string // of the organization
	List       []shownSetting
	TwoPersons bool
}

// choices are the values that a setting can have in the organization; none for a text.
func (r *request) choices(s settingPage) ([]option, error) {
	if s.Setting != store.DefaultRoleSetting {
		return s.options, nil
	}
	ladder, err := r.Store.Organization(r.org.ID).Roles(r.Request().Context())
	options := []option{{noRole, "Is refused"}}
	for _, role := range ladder {
		if role.Console == store.ConsoleNone {
			options = append(options, option{store.Fold(role.Name), "Has the role " + role.Name})
		}
	}
	return options, err
}

// showSettings shows the sign-in settings of an organization, and whether they are its own.
func showSettings(r *request) error {
	sources, err := r.Store.Organization(r.org.ID).SettingSources(r.Request().Context())
	if err != nil {
		return err
	}
	content := settingsContent{Path: r.orgPath()}
	if content.TwoPersons, err = r.Store.Organization(r.org.ID).TwoPersons(r.Request().Context()); err != nil {
		return err
	}
	for _, s := range settingPages {
		options, err := r.choices(s)
		if err != nil {
			return err
		}
		content.List = append(content.List, shownSetting{s, s.words(options, s.value(r.org)), r.sourceName(sources[s.Setting]), r.orgPath("settings", string(s.Setting))})
	}
	retention, err := r.retentionSetting()
	if err != nil {
		return err
	}
	content.List = append(content.List, retention)
	return r.ok(settingsTemplate, "Settings of "+r.org.Name, content)
}

// sourceName says where a setting comes from.
func (r *request) sourceName(id string) string {
	switch id {
	case r.org.ID:
		return "its own"
	case "":
		return "built in"
	}
	if o, err := r.within(id); err == nil {
		return "inherited from " + o.Name
	}
	return "inherited from an organization above"
}

package main

import (
	"slices"
	"strings"
	"testing"

	"doorlist/store/storetest"
)

// settingOf is what an organization has for a setting, and from where.
func (c *terminal) settingOf(org, setting string) settingOrigins {
	c.t.Helper()
	var v orgDetail
	c.read(&v, "org", "show", org)
	i := slices.IndexFunc(v.Settings, func(s settingOrigins) bool { return s.Setting == setting })
	if i < 0 {
		c.t.Fatalf("%s has no setting %s: %+v", org, setting, v.Settings)
	}
	return v.Settings[i]
}

func TestOrg_ShowTellsWhereSettingsComeFrom(t *testing.T) {
	t.Parallel()
	c := configured(t)
	c.do("org", "add", "branch", "--parent", "contoso")
	if got, want := c.settingOf("branch", "sso-mode"), (settingOrigins{"sso-mode", "all", false, ""}); got != want {
		t.Errorf("at first: %+v, want %+v", got, want)
	}
	c.do("sso", "set", "--org", "contoso", "--mode", "off")
	c.do("org", "set", "branch", "--contact", "the branch")
	if got, want := c.settingOf("branch", "sso-mode"), (settingOrigins{"sso-mode", "off", false, "contoso"}); got != want {
		t.Errorf("the mode: %+v, want %+v", got, want)
	}
	if got, want := c.settingOf("branch", "contact"), (settingOrigins{"contact", "the branch", true, "branch"}); got != want {
		t.Errorf("the contact: %+v, want %+v", got, want)
	}
	c.do("org", "set", "branch", "--inherit", "contact,scim-passwords")
	if got, want := c.settingOf("branch", "contact"), (settingOrigins{"contact", "", false, ""}); got != want {
		t.Errorf("the contact: %+v, want %+v", got, want)
	}
	c.do("sso", "set", "--org", "branch", "--mode", "per_user")
	c.do("sso", "set", "--org", "branch", "--mode", "inherit")
	if got := c.settingOf("branch", "sso-mode"); got.Value != "off" || got.Own {
		t.Errorf("the mode that was given up: %+v", got)
	}
	words := c.do("org", "show", "branch")
	for _, want := range []string{"Below: contoso", "sso-mode         off      contoso", "second-factor    owners   built in"} {
		if !strings.Contains(words, want) {
			t.Errorf("org show says\n%s\nwithout %q", words, want)
		}
	}
	if got := c.fails(exitUsage, "org", "set", "branch", "--inherit", "slug"); !strings.Contains(got, "sso-mode") {
		t.Errorf("an unknown setting: %s", got)
	}
}

func TestOrg_AMoveSaysWhatItMeans(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		c := newTerminal(t, url)
		contosoWithPeople(t, c)
		c.do("org", "add", "holding")
		c.do("sso", "set", "--org", "holding", "--mode", "off")
		var v orgChanged
		c.read(&v, "org", "set", "contoso", "--parent", "holding", "--dry-run")
		want := settingChange{"contoso", "sso-mode", "all", "off"}
		if v.Changed || len(v.NoWayIn) != 2 || !slices.Equal(v.Changes, []settingChange{want}) {
			t.Errorf("a rehearsal: %+v", v)
		}
		if got := c.settingOf("contoso", "sso-mode"); got.Value != "all" {
			t.Errorf("the rehearsal changed the mode: %+v", got)
		}
		c.read(&v, "org", "set", "contoso", "--parent", "holding")
		if !v.Changed || len(v.NoWayIn) != 2 || v.SSOMode != "off" {
			t.Errorf("the move: %+v", v)
		}
		c.fails(exitFailed, "org", "set", "holding", "--parent", "contoso")
		var sso ssoView
		c.read(&sso, "sso", "set", "--org", "holding", "--mode", "all", "--dry-run")
		if len(sso.ToSSO) != 2 || sso.Changed {
			t.Errorf("the mode of the organization above covers %+v, want both people", sso)
		}
		c.do("org", "set", "contoso", "--parent", "")
		if got := c.settingOf("contoso", "sso-mode"); got.Value != "all" || got.From != "" {
			t.Errorf("at the top again: %+v", got)
		}
	})
}

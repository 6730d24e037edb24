package admin_test

import (
	"net/http"
	"testing"

	"doorlist/store"
	"doorlist/store/storetest"
)

// organization reads one of the world's organizations anew.
func (w *world) organization(slug string) store.Organization {
	w.t.Helper()
	o, err := w.store.FindOrganization(w.t.Context(), slug)
	if err != nil {
		w.t.Fatal(err)
	}
	return o
}

func TestSettings_AreOnesOwnOrInherited(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		owner := w.contosoOwner()
		const contoso, trial = "/admin/organizations/contoso/settings", "/admin/organizations/contoso-test/settings"
		owner.want(owner.get(contoso), http.StatusOK, "its own", "built in", "Is refused", "Nobody has said")
		for _, tc := range []struct{ setting, value, text, says string }{
			{"ambiguous_roles", "refuse", "", "Is kept out"},
			{"default_role", "reader", "", "Has the role reader"},
			{"contact", "own", "IT <help>", "IT &lt;help&gt;"},
			{"scim_passwords", "true", "", "Are taken"},
		} {
			owner.want(owner.get(contoso+"/"+tc.setting), http.StatusOK, "As built in: ", "The organizations below that follow", "<li>The contoso-test</li>")
			owner.want(owner.save(contoso+"/"+tc.setting, "value", tc.value, "text", tc.text), http.StatusSeeOther, "settings?done=saved")
			owner.want(owner.get(trial+"/"+tc.setting), http.StatusOK, "As above: ")
			owner.want(owner.get(trial), http.StatusOK, tc.says, "inherited from The contoso")
		}
		if o := w.organization("contoso-test"); o.AmbiguousRoles != "refuse" || o.DefaultRole != "reader" || o.Contact != "IT <help>" || !o.SCIMPasswords {
			t.Errorf("below it is %+v", o)
		}
		owner.want(owner.post(trial+"/scim_passwords", "value", "false"), http.StatusSeeOther)
		owner.want(owner.save(trial+"/default_role", "value", "none"), http.StatusSeeOther)
		owner.want(owner.post(trial+"/second_factor", "value", "inherited"), http.StatusSeeOther)
		if o := w.organization("contoso-test"); o.SCIMPasswords || o.DefaultRole != "" {
			t.Errorf("with settings of its own it is %+v", o)
		}
		owner.want(owner.post(contoso+"/scim_passwords", "value", "inherited"), http.StatusSeeOther)
		if w.organization("contoso").SCIMPasswords {
			t.Error("the built-in setting is not back")
		}
		for path, value := range map[string]string{"/second_factor": "sometimes", "/default_role": "owner", "/sso_mode": "maybe", "/contact": "theirs"} {
			owner.want(owner.save(contoso+path, "value", value), http.StatusUnprocessableEntity, "Choose one")
		}
		owner.want(owner.post(contoso+"/contact", "value", "own", "text", string(make([]byte, 300))), http.StatusUnprocessableEntity, "plain text")
		owner.want(owner.get(contoso+"/slug"), http.StatusNotFound)
	})
}

// Who would have no way in is told before a mode is set, of the organizations that follow too.
func TestSettings_AModeIsForetold(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	owner := w.contosoOwner()
	const mode = "/admin/organizations/contoso/settings/sso_mode"
	w.signIn("contoso-test", "reader", w.clock.Now())
	w.write(func(tx *store.Tx) error {
		for _, slug := range []string{"contoso", "contoso-test"} {
			if err := tx.Organization(w.places[slug].org.ID).ArmConnection(w.places[slug].conn.ID, "a test"); err != nil {
				return err
			}
		}
		return nil
	})
	preview := owner.want(owner.post(mode, "value", "off"), http.StatusOK, "2 lose access, 4 stay out", "2 of them would have no way in", "no password yet", "You are one of them",
		"@contoso.example", "@contoso-test.example", "<bdi>The contoso-test</bdi>")
	if o := w.organization("contoso"); o.SSOMode != store.SSOAll {
		t.Errorf("the mode is %s before it was confirmed", o.SSOMode)
	}
	owner.want(owner.post(mode, "value", "off", "end-sessions", "on", "seen", confirmed.FindStringSubmatch(preview.body)[1]), http.StatusSeeOther, "settings?done=saved")
	if o := w.organization("contoso-test"); o.SSOMode != store.SSOOff {
		t.Errorf("the mode below is %s", o.SSOMode)
	}
	page := owner.want(owner.post(mode, "value", "inherited"), http.StatusOK, "1 gets in as owner, 1 gets in as reader")
	owner.lacks(page, "no way in until")
	owner.want(owner.save(mode, "value", "inherited"), http.StatusSeeOther)
	if o := w.organization("contoso"); o.SSOMode != store.SSOAll {
		t.Errorf("the mode is %s, want the built-in one", o.SSOMode)
	}
}

// The page with an organization's name has the contact too. Saving another name must not cut the organization off from the one above.
func TestEditOrganization_LeavesAnInheritedContactAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	w.write(func(tx *store.Tx) error { return tx.Organization(w.places["contoso"].org.ID).SetContact("IT") })
	owner := w.contosoOwner()
	owner.want(owner.post("/admin/organizations/contoso-test/edit", "display", "Trials", "slug", "contoso-test", "contact", "IT"), http.StatusSeeOther)
	sources, err := w.store.Organization(w.places["contoso-test"].org.ID).SettingSources(t.Context())
	if err != nil || sources[store.ContactSetting] != w.places["contoso"].org.ID {
		t.Errorf("the contact is from %q, %v", sources[store.ContactSetting], err)
	}
}

package store_test

import (
	"slices"
	"testing"

	"doorlist/store"
)

func TestUndo_OfAFirstOwnSettingFollowsAgain(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		source := func() string {
			t.Helper()
			sources, err := w.Organization(w.contoso.ID).SettingSources(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return sources[store.ContactSetting]
		}
		contoso := func(fn func(o *store.OrganizationTx) error) {
			t.Helper()
			w.tick()
			w.must(func(tx *store.Tx) error { return fn(tx.Organization(w.contoso.ID)) })
		}
		contoso(func(o *store.OrganizationTx) error { return o.SetContact("IT") })
		if r := w.undoOf("organization.contact_changed", w.contoso.ID, undoRules); !stepSays(r, "is inherited again", "") {
			t.Errorf("%+v", r)
		}
		if got := source(); got != "" {
			t.Errorf("the contact is from %q, want what is built in", got)
		}
		// The undo is undone.
		if r := w.undoOf("organization.setting_inherited", w.contoso.ID, undoRules); !stepSays(r, "own setting again", "") {
			t.Errorf("%+v", r)
		}
		if o, err := w.FindOrganization(t.Context(), w.contoso.ID); err != nil || o.Contact != "IT" || source() != o.ID {
			t.Errorf("%+v of %q, %v", o, source(), err)
		}
		// An own value that followed another own one comes back as such.
		contoso(func(o *store.OrganizationTx) error { return o.SetContact("the help desk") })
		if r := w.undoOf("organization.contact_changed", w.contoso.ID, undoRules); !stepSays(r, `is "IT" again`, "") {
			t.Errorf("%+v", r)
		}
		for _, s := range store.Settings {
			contoso(func(o *store.OrganizationTx) error { return w.setTo(o, s) })
			contoso(func(o *store.OrganizationTx) error { return o.Inherit(s) })
			if r := w.undoOf("organization.setting_inherited", w.contoso.ID, undoRules); !stepSays(r, "own setting again", "") {
				t.Errorf("%s: %+v", s, r)
			}
			contoso(func(o *store.OrganizationTx) error { return o.Inherit(s) })
			contoso(func(o *store.OrganizationTx) error { return w.setTo(o, s) })
			if r := w.undoOf("organization.setting_inherited", w.contoso.ID, undoRules); !stepSays(r, "", "something else since") {
				t.Errorf("%s, set since: %+v", s, r)
			}
		}
	})
}

func TestUndo_OfWhatWasUndoneAlready(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.tick()
		w.must(func(tx *store.Tx) error { return tx.Organization(w.contoso.ID).SetContact("IT") })
		undo := func() store.UndoStep {
			t.Helper()
			w.tick()
			r := w.undoOf("organization.contact_changed", w.contoso.ID, undoRules)
			if len(r.Steps) != 1 {
				t.Fatalf("%+v", r)
			}
			return r.Steps[0]
		}
		if step := undo(); step.Does == "" || step.Earlier.ID != "" {
			t.Errorf("%+v", step)
		}
		at := w.Now()
		if step := undo(); step.Not != "It was undone already." || step.Earlier.Actor != tester || !step.Earlier.At.Equal(at) {
			t.Errorf("undone once more: %+v", step)
		}
		// The undo is undone, and the contact is set to something else: it is not undone any more, and still not what it was.
		if r := w.undoOf("organization.setting_inherited", w.contoso.ID, undoRules); r.Done != 1 {
			t.Errorf("%+v", r)
		}
		if step := undo(); step.Does == "" {
			t.Errorf("after the undo of the undo: %+v", step)
		}
		if r := w.undoOf("organization.setting_inherited", w.contoso.ID, undoRules); r.Done != 1 {
			t.Errorf("%+v", r)
		}
		events, err := w.Organization(w.contoso.ID).Events(t.Context(), store.EventQuery{SubjectID: w.contoso.ID})
		if err != nil {
			t.Fatal(err)
		}
		first := slices.IndexFunc(events, func(e store.Event) bool { return e.Action == "organization.contact_changed" })
		plan, err := w.Organization(w.contoso.ID).PlanUndoOf(t.Context(), events[first].ID)
		if err != nil {
			t.Fatal(err)
		}
		w.tick()
		w.must(func(tx *store.Tx) error { return tx.Organization(w.contoso.ID).SetContact("the help desk") })
		r, err := w.PreviewUndo(t.Context(), tester, plan, undoRules)
		if err != nil || len(r.Steps) != 1 || r.Steps[0].Earlier.ID != "" || !stepSays(r, "", "something else since") {
			t.Errorf("%+v, %v", r, err)
		}
	})
}

// setTo gives the organization a value of its own that is not the built-in one.
func (w *world) setTo(o *store.OrganizationTx, s store.Setting) (err error) {
	switch s {
	case store.SSOModeSetting:
		return o.SetSSOMode(store.SSOPerUser)
	case store.SecondFactorSetting:
		_, err = o.SetSecondFactorRule(store.SecondFactorAll)
	case store.AmbiguousRolesSetting:
		return o.SetAmbiguousRoles("refuse")
	case store.DefaultRoleSetting:
		return o.SetDefaultRole(w.role(w.contoso, "reader").ID)
	case store.ContactSetting:
		return o.SetContact("IT")
	case store.SCIMPasswordsSetting:
		_, err = o.SetSCIMPasswords(true)
	}
	return err
}

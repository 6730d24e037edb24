package store_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"doorlist/store"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
)

// child adds an organization below another.
func (w *world) child(slug string, parent store.Organization) (o store.Organization) {
	w.t.Helper()
	w.must(func(tx *store.Tx) (err error) {
		o, err = tx.CreateOrganization(slug, "", parent.ID)
		return err
	})
	return o
}

// now reads an organization as it is now.
func (w *world) now(o store.Organization) store.Organization {
	w.t.Helper()
	found, err := w.FindOrganization(w.t.Context(), o.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	return found
}

func TestSettings_AChildFollowsUntilItHasItsOwn(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		branch := w.child("branch", w.contoso)
		office := w.child("office", branch)
		set := func(o store.Organization, mode store.SSOMode) {
			w.must(func(tx *store.Tx) error { return tx.Organization(o.ID).SetSSOMode(mode) })
		}
		modes := func() string {
			return fmt.Sprint(w.now(w.contoso).SSOMode, " ", w.now(branch).SSOMode, " ", w.now(office).SSOMode)
		}
		set(w.contoso, store.SSOOff)
		if got := modes(); got != "off off off" {
			t.Errorf("from the topmost: %s", got)
		}
		set(branch, store.SSOPerUser)
		set(w.contoso, store.SSOAll)
		if got := modes(); got != "all per_user per_user" {
			t.Errorf("with a mode of the branch's own: %s", got)
		}
		sources, err := w.Organization(office.ID).SettingSources(t.Context())
		if want := map[store.Setting]string{store.SSOModeSetting: branch.ID}; err != nil || !cmp.Equal(sources, want) {
			t.Errorf("the office has its settings from %v, %v; want %v", sources, err, want)
		}
		heirs, err := w.Organization(branch.ID).Heirs(t.Context(), store.SSOModeSetting)
		if err != nil || len(heirs) != 1 || heirs[0].ID != office.ID {
			t.Errorf("heirs of the branch = %v, %v", heirs, err)
		}
		heirs, err = w.Organization(w.contoso.ID).Heirs(t.Context(), store.SSOModeSetting)
		if err != nil || len(heirs) > 0 {
			t.Errorf("heirs of the topmost = %v, %v; the branch stands between", heirs, err)
		}
		w.must(func(tx *store.Tx) error { return tx.Organization(branch.ID).Inherit(store.SSOModeSetting) })
		if got := modes(); got != "all all all" {
			t.Errorf("after the branch gave its own up: %s", got)
		}
		want := []string{"organization.created", "organization.setting_inherited", "organization.setting_inherited", "organization.setting_inherited"}
		if got := w.actions(office, office.ID); !slices.Equal(got, want) {
			t.Errorf("the office's events = %v, want %v", got, want)
		}
	})
}

func TestSettings_WhatIsSetToTheInheritedValueIsOwnToo(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		branch := w.child("branch", w.contoso)
		set := func(o store.Organization, contact string) {
			w.must(func(tx *store.Tx) error { return tx.Organization(o.ID).SetContact(contact) })
		}
		set(w.contoso, "IT")
		set(branch, "IT")
		set(w.contoso, "somebody else")
		if got := w.now(branch).Contact; got != "IT" {
			t.Errorf("the branch's contact is %q, want its own", got)
		}
		err := w.inContoso(func(o *store.OrganizationTx) error { return o.Inherit("slug") })
		refusedFor(t, "what cannot be inherited", err, "inherit", "sso-mode")
	})
}

func TestSettings_TheDefaultRoleIsInheritedByName(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		branch := w.child("branch", w.contoso)
		reader, branchReader := w.role(w.contoso, "reader"), w.role(branch, "reader")
		w.must(func(tx *store.Tx) error { return tx.Organization(w.contoso.ID).SetDefaultRole(reader.ID) })
		if got := w.now(branch).DefaultRoleID; got != branchReader.ID {
			t.Errorf("the branch's default role is %q, want its own reader %q", got, branchReader.ID)
		}
		renamed := reader
		renamed.Name = "visitor"
		update := func(o store.Organization, r store.Role) {
			w.must(func(tx *store.Tx) error { _, err := tx.Organization(o.ID).UpdateRole(r); return err })
		}
		update(w.contoso, renamed)
		if got, own := w.now(branch).DefaultRoleID, w.now(w.contoso).DefaultRoleID; got != "" || own != reader.ID {
			t.Errorf("a ladder without the role gives %q, and the renamed one %q; want none and %q", got, own, reader.ID)
		}
		branchReader.Name, branchReader.Console = "visitor", store.ConsoleRead
		update(branch, branchReader)
		if got := w.now(branch).DefaultRoleID; got != "" {
			t.Errorf("a role with a right to the console became the default: %q", got)
		}
		branchReader.Console = store.ConsoleNone
		update(branch, branchReader)
		if got := w.now(branch).DefaultRoleID; got != branchReader.ID {
			t.Errorf("the branch's default role is %q, want %q", got, branchReader.ID)
		}
	})
}

func TestMove_TakesTheSettingsOfTheNewPlace(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		branch := w.child("branch", w.contoso)
		office := w.child("office", branch)
		w.must(func(tx *store.Tx) error {
			if err := tx.Organization(w.fabrikam.ID).SetContact("fabrikam's"); err != nil {
				return err
			}
			return tx.Organization(office.ID).SetAmbiguousRoles("refuse")
		})
		move := func(o store.Organization, parentID string) error {
			return w.write(func(tx *store.Tx) error { return tx.MoveOrganization(o.ID, parentID) })
		}
		if err := move(branch, w.fabrikam.ID); err != nil {
			t.Fatal(err)
		}
		if got := w.now(office); got.Contact != "fabrikam's" || got.AmbiguousRoles != "refuse" {
			t.Errorf("the office below the moved branch: %+v", got)
		}
		above, err := w.Organization(office.ID).Above(t.Context())
		if err != nil || len(above) != 2 || above[0].ID != branch.ID || above[1].ID != w.fabrikam.ID {
			t.Errorf("above the office: %v, %v", above, err)
		}
		for _, parent := range []store.Organization{branch, office} {
			inUse(t, "a circle", move(branch, parent.ID), "itself")
		}
		refusedFor(t, "an unknown parent", move(branch, uuid.NewString()), "parent", "organization")
		if err := move(branch, ""); err != nil {
			t.Fatal(err)
		}
		if got := w.now(office).Contact; got != "" {
			t.Errorf("at the top, the contact is %q, want what is built in", got)
		}
	})
}

func TestTree_HasALimitedDepth(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		last := w.contoso
		for i := 1; i < store.MaxDepth; i++ {
			last = w.child(fmt.Sprintf("level-%d", i), last)
		}
		err := w.write(func(tx *store.Tx) error { _, err := tx.CreateOrganization("deeper", "", last.ID); return err })
		inUse(t, "a level too many", err, "at most 8")
		err = w.write(func(tx *store.Tx) error { return tx.MoveOrganization(w.contoso.ID, w.fabrikam.ID) })
		inUse(t, "moving what is as deep as it can be", err, "at most 8")
	})
}

// model is what a tree of organizations should be, worked out by walking up.
type model struct {
	parent, own map[string]string // by organization; own has the contacts
}

func (m model) contact(id string) string {
	for ; id != ""; id = m.parent[id] {
		if own, ok := m.own[id]; ok {
			return own
		}
	}
	return ""
}

func (m model) depth(id string) (n int) {
	for ; id != ""; id = m.parent[id] {
		n++
	}
	return n
}

// TestTree_AgreesWithAModel makes changes at random and compares what every organization has with what it should have.
func TestTree_AgreesWithAModel(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		m, ids := model{map[string]string{}, map[string]string{}}, []string{""}
		random := rand.New(rand.NewPCG(1, 2))
		for step := range 150 {
			at, to := ids[random.IntN(len(ids))], ids[random.IntN(len(ids))]
			err := w.write(func(tx *store.Tx) error {
				if at == "" {
					o, err := tx.CreateOrganization(fmt.Sprintf("o-%d", step), "", to)
					if err == nil {
						ids, m.parent[o.ID] = append(ids, o.ID), to
					}
					return err
				}
				switch random.IntN(3) {
				case 0:
					m.own[at] = fmt.Sprint("contact ", step)
					return tx.Organization(at).SetContact(m.own[at])
				case 1:
					delete(m.own, at)
					return tx.Organization(at).Inherit(store.ContactSetting)
				}
				err := tx.MoveOrganization(at, to)
				if err == nil {
					m.parent[at] = to
				}
				return err
			})
			if _, refused := errors.AsType[*store.RefusedError](err); err != nil && !refused {
				t.Fatal(err)
			}
			w.agrees(m, ids[1:])
		}
		if len(ids) < 10 {
			t.Fatalf("only %d organizations were made", len(ids)-1)
		}
	})
}

func (w *world) agrees(m model, ids []string) {
	w.t.Helper()
	all, err := w.Organizations(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	for _, o := range all {
		if !slices.Contains(ids, o.ID) {
			continue
		}
		if o.Contact != m.contact(o.ID) || o.ParentID != m.parent[o.ID] || m.depth(o.ID) > store.MaxDepth {
			w.t.Fatalf("%+v: want the contact %q and the parent %q", o, m.contact(o.ID), m.parent[o.ID])
		}
	}
	last := ids[len(ids)-1]
	above, err := w.Organization(last).Above(w.t.Context())
	if err != nil || len(above) != m.depth(last)-1 {
		w.t.Fatalf("%d organizations above the last, %v; want %d", len(above), err, m.depth(last)-1)
	}
}

package store_test

import (
	"errors"
	"slices"
	"testing"

	"doorlist/store"

	"github.com/google/uuid"
)

func (w *world) setCeiling(role string) {
	w.t.Helper()
	id := ""
	if role != "" {
		id = w.role(w.contoso, role).ID
	}
	w.must(func(tx *store.Tx) error { return tx.Organization(w.contoso.ID).SetCeiling(w.entra.ID, id) })
}

func TestSetCeiling_EveryPushedGrantTellsIt(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		r := person("alice@contoso.com", aliceOID)
		r.AppRoles = []string{"Task.Own"}
		alice := w.addUser(w.entra, r)
		w.addGroup(w.entra, groupRecord("Owners", writersOID), alice.ID)
		owner := w.role(w.contoso, "owner")
		for _, m := range []store.Mapping{{GroupExternalID: writersOID}, {AppRole: "Task.Own"}} {
			m.ConnectionID, m.RoleID = w.entra.ID, owner.ID
			if _, err := w.createMapping(m); err != nil {
				t.Fatal(err)
			}
		}
		w.must(func(tx *store.Tx) error {
			return tx.Organization(w.contoso.ID).AssignRole(w.entra.DirectoryID, alice.ID, owner.ID)
		})
		w.signIn(w.entra, alice.ID, "alice's")
		for _, name := range []string{"admin", "reader", ""} {
			w.setCeiling(name)
			want := store.Role{}
			if name != "" {
				want = w.role(w.contoso, name)
			}
			var foretold []store.Grant
			w.must(func(tx *store.Tx) (err error) {
				foretold, err = tx.Directory(w.entra.Directory()).AppRoleGrants([]string{"Task.Own"})
				return err
			})
			grants := append(foretold, w.visit("alice's").Grants...)
			if len(grants) != 4 {
				t.Fatalf("grants = %+v, want the app role twice, the group and the assignment", grants)
			}
			for _, g := range grants {
				pushed := g.Source != store.LocalGrant
				if pushed && g.Ceiling != want || !pushed && g.Ceiling != (store.Role{}) || g.Role != owner {
					t.Errorf("under the ceiling %q: %+v", name, g)
				}
			}
		}
	})
}

func TestSetCeiling_RefusesMappingsAbove(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.setCeiling("admin")
		w.setCeiling("admin") // which changes nothing
		admin, owner := w.role(w.contoso, "admin"), w.role(w.contoso, "owner")
		_, err := w.createMapping(store.Mapping{ConnectionID: w.entra.ID, RoleID: owner.ID, AppRole: "Task.Own"})
		inUse(t, "mapping above the ceiling", err, "owner", "above the ceiling", "which is admin", "connection set entra --ceiling owner")
		m, err := w.createMapping(store.Mapping{ConnectionID: w.entra.ID, RoleID: admin.ID, AppRole: "Task.Own"})
		if err != nil {
			t.Fatal(err)
		}
		err = w.inContoso(func(o *store.OrganizationTx) error { _, err := o.UpdateMapping(m.ID, owner.ID); return err })
		inUse(t, "raising a mapping above the ceiling", err, "above the ceiling")
		if _, err := w.createMapping(store.Mapping{ConnectionID: w.okta.ID, RoleID: owner.ID, AppRole: "Task.Own"}); err != nil {
			t.Errorf("another connection's mapping: %v", err)
		}
		// A lower step that owns the console would go round a ceiling that looks at ranks alone.
		var clerk store.Role
		w.must(func(tx *store.Tx) (err error) {
			clerk, err = tx.Organization(w.contoso.ID).CreateRole(store.Role{Name: "clerk", Rank: 5, Console: store.ConsoleOwn})
			return err
		})
		_, err = w.createMapping(store.Mapping{ConnectionID: w.entra.ID, RoleID: clerk.ID, AppRole: "Task.Clerk"})
		inUse(t, "mapping to a low role that owns the console", err, "above the ceiling")
		if got, want := w.actions(w.contoso, w.entra.ID), []string{"connection.created", "connection.credential_added", "connection.ceiling_changed"}; !slices.Equal(got, want) {
			t.Errorf("events = %v, want %v", got, want)
		}
	})
}

func TestSetCeiling_KeepsItsRole(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.setCeiling("admin")
		remove := func() error {
			return w.inContoso(func(o *store.OrganizationTx) error { return o.RemoveRole(w.role(w.contoso, "admin").ID) })
		}
		inUse(t, "removing a ceiling's role", remove(), "the ceiling of 1 connection")
		for what, err := range map[string]error{
			"an unknown role":       w.inContoso(func(o *store.OrganizationTx) error { return o.SetCeiling(w.entra.ID, uuid.NewString()) }),
			"an unknown connection": w.inContoso(func(o *store.OrganizationTx) error { return o.SetCeiling(uuid.NewString(), "") }),
		} {
			if !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%s: %v, want ErrNotFound", what, err)
			}
		}
		w.must(func(tx *store.Tx) error { return tx.Organization(w.contoso.ID).RemoveConnection(w.entra.ID) })
		if err := remove(); err != nil {
			t.Errorf("when the connection is gone: %v", err)
		}
	})
}

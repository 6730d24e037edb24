package store_test

import (
	"errors"
	"slices"
	"testing"

	"doorlist/store"

	"github.com/google/uuid"
)

func TestDefaultRole_IsForSyncedPeopleAlone(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		reader := w.role(w.contoso, "reader")
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID))
		eve := w.addUser(w.other, person("eve@fabrikam.com", bobOID))
		set := func(roleID string) error {
			return w.inContoso(func(o *store.OrganizationTx) error { return o.SetDefaultRole(roleID) })
		}
		for range 2 { // the second time nothing changes
			if err := set(reader.ID); err != nil {
				t.Fatal(err)
			}
		}
		w.signIn(w.entra, alice.ID, "alice's")
		w.signIn(w.other, eve.ID, "eve's")
		want := []store.Grant{{Role: reader, Source: store.DefaultGrant}}
		if v := w.visit("alice's"); !slices.Equal(v.Grants, want) || v.Organization.DefaultRoleID != reader.ID {
			t.Errorf("grants = %+v of %+v, want %+v", v.Grants, v.Organization, want)
		}
		if v := w.visit("eve's"); len(v.Grants) > 0 {
			t.Errorf("another organization's people have %+v", v.Grants)
		}
		local := w.contoso.LocalDirectory
		w.must(func(tx *store.Tx) error {
			u, err := tx.Directory(local).CreateUser(person("lou@contoso.com", ""))
			if err != nil {
				return err
			}
			if grants, err := tx.Directory(local).Grants(u.ID); err != nil || len(grants) > 0 {
				t.Errorf("a local person has %+v, %v; want nothing", grants, err)
			}
			return nil
		})
		if err := set(""); err != nil {
			t.Fatal(err)
		}
		if v := w.visit("alice's"); len(v.Grants) > 0 {
			t.Errorf("without a default role: %+v", v.Grants)
		}
		if got, want := w.actions(w.contoso, w.contoso.ID), []string{"organization.created", "organization.default_role_changed", "organization.default_role_changed"}; !slices.Equal(got, want) {
			t.Errorf("events = %v, want %v", got, want)
		}
	})
}

func TestDefaultRole_NeverHasARightToTheConsole(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		set := func(roleID string) error {
			return w.inContoso(func(o *store.OrganizationTx) error { return o.SetDefaultRole(roleID) })
		}
		inUse(t, "admin as the default", set(w.role(w.contoso, "admin").ID), "console")
		if err := set(uuid.NewString()); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("an unknown role: %v, want ErrNotFound", err)
		}
		reader := w.role(w.contoso, "reader")
		if err := set(reader.ID); err != nil {
			t.Fatal(err)
		}
		raised := reader
		raised.Console = store.ConsoleRead
		inUse(t, "a right for the default role", w.inContoso(func(o *store.OrganizationTx) error {
			_, err := o.UpdateRole(raised)
			return err
		}), "console")
		inUse(t, "removing the default role", w.inContoso(func(o *store.OrganizationTx) error { return o.RemoveRole(reader.ID) }), "default role")
	})
}

func TestRemoveRole_IsRefusedWhileAnApplicationDemandsIt(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		reader, contributor := w.role(w.contoso, "reader"), w.role(w.contoso, "contributor")
		_, err := w.createApplication(store.Application{Slug: "wiki", Role: reader, Paths: []store.ApplicationPath{{Host: "wiki.example.com", Role: contributor}}})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range []store.Role{reader, contributor} {
			inUse(t, r.Name, w.inContoso(func(o *store.OrganizationTx) error { return o.RemoveRole(r.ID) }), "demanded by 1 application")
		}
	})
}

func TestSetAmbiguousRoles(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		set := func(choice string) error {
			return w.inContoso(func(o *store.OrganizationTx) error { return o.SetAmbiguousRoles(choice) })
		}
		refusedFor(t, "an unknown choice", set("lowest"), "ambiguous-roles", "highest or refuse")
		for range 2 {
			if err := set("refuse"); err != nil {
				t.Fatal(err)
			}
		}
		org, err := w.FindOrganization(t.Context(), "contoso")
		if err != nil || org.AmbiguousRoles != "refuse" {
			t.Errorf("got %+v, %v", org, err)
		}
		if got, want := w.actions(w.contoso, w.contoso.ID), []string{"organization.created", "organization.ambiguous_roles_changed"}; !slices.Equal(got, want) {
			t.Errorf("events = %v, want %v", got, want)
		}
	})
}

func TestRole_SharedOnlyIsKeptAndGranted(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		partner, err := w.createRole(store.Role{Name: "partner", Rank: 25, SharedOnly: true})
		if err != nil || partner != w.role(w.contoso, "partner") || !partner.SharedOnly {
			t.Fatalf("got %+v, %v", partner, err)
		}
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID))
		w.must(func(tx *store.Tx) error {
			return tx.Organization(w.contoso.ID).AssignRole(w.entra.DirectoryID, alice.ID, partner.ID)
		})
		w.signIn(w.entra, alice.ID, "alice's")
		for _, shared := range []bool{true, false} {
			partner.SharedOnly = shared
			w.must(func(tx *store.Tx) error { _, err := tx.Organization(w.contoso.ID).UpdateRole(partner); return err })
			if v := w.visit("alice's"); len(v.Grants) != 1 || v.Grants[0].Role != partner {
				t.Errorf("grants = %+v, want %+v", v.Grants, partner)
			}
		}
	})
}

package store_test

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"doorlist/store"
)

func (w *world) organizationBy(slug string) error {
	return w.write(func(tx *store.Tx) error { _, err := tx.CreateOrganization(slug, "", ""); return err })
}

func (w *world) connectionBy(slug string) error {
	_, err := w.createConnection(entraConnection(slug), "")
	return err
}

func (w *world) renameConnection(c store.Connection, slug string) error {
	return w.write(func(tx *store.Tx) error {
		c.Slug = slug
		_, err := tx.Organization(c.OrganizationID).UpdateConnection(c)
		return err
	})
}

func TestRetired_ARemovedNameNeverReturns(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.must(func(tx *store.Tx) error { return tx.Organization(w.contoso.ID).RemoveConnection(w.okta.ID) })
		inUse(t, "a removed connection's name", w.connectionBy("okta"), "okta", "connection", "choose a name that was never used")
		w.must(func(tx *store.Tx) error { return tx.Organization(w.fabrikam.ID).Remove() })
		inUse(t, "a removed organization's name", w.organizationBy("fabrikam"), "fabrikam", "organization", "choose a name that was never used")
		inUse(t, "the name of its connection", w.connectionBy("other"), "other")
		inUse(t, "renaming to a removed connection's name", w.renameConnection(w.entra, "okta"), "okta")
		for _, slug := range []string{"fabrikam", "okta"} {
			if err := w.connectionBy(slug + "-2"); err != nil {
				t.Error(err)
			}
		}
		if err := w.organizationBy("okta"); err != nil {
			t.Errorf("an organization by the name that only a connection had: %v", err)
		}
		if _, err := w.FindConnection(t.Context(), "okta"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("the old name leads to a connection: %v", err)
		}
	})
}

func TestRetired_AFormerNameIsForWhoeverHadIt(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		rename := func(o store.Organization, slug string) error {
			return w.write(func(tx *store.Tx) error { _, err := tx.Organization(o.ID).Update(slug, ""); return err })
		}
		for _, slug := range []string{"contoso-ltd", "contoso", "contoso-ltd"} {
			if err := rename(w.contoso, slug); err != nil {
				t.Fatalf("renaming to %s: %v", slug, err)
			}
		}
		inUse(t, "another organization's former name", rename(w.fabrikam, "contoso"), "contoso")
		inUse(t, "a new organization by a former name", w.organizationBy("contoso"), "contoso")
		for _, slug := range []string{"microsoft", "entra", "microsoft"} {
			if err := w.renameConnection(w.entra, slug); err != nil {
				t.Fatalf("renaming to %s: %v", slug, err)
			}
		}
		inUse(t, "another connection's former name", w.renameConnection(w.other, "entra"), "entra")
		inUse(t, "a new connection by a former name", w.connectionBy("entra"), "entra")
		if o, err := w.FindOrganization(t.Context(), w.contoso.ID); err != nil || o.Slug != "contoso-ltd" {
			t.Errorf("by its id the organization is %+v, %v", o, err)
		}
		if c, err := w.FindConnection(t.Context(), w.entra.ID); err != nil || c.Slug != "microsoft" {
			t.Errorf("by its id the connection is %+v, %v", c, err)
		}
	})
}

// TestRetired_WhileTheNameIsGivenUp takes a name at the very moment that it becomes free.
func TestRetired_WhileTheNameIsGivenUp(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		var removed atomic.Bool
		errs := together(2, func(i int) error {
			if i == 0 {
				return w.write(func(tx *store.Tx) error {
					err := tx.Organization(w.fabrikam.ID).RemoveConnection(w.other.ID)
					removed.Store(true)
					time.Sleep(50 * time.Millisecond) // the other one comes to the name meanwhile
					return err
				})
			}
			for !removed.Load() {
				time.Sleep(time.Millisecond)
			}
			return w.connectionBy("other")
		})
		if errs[0] != nil {
			t.Fatal(errs[0])
		}
		inUse(t, "the name of a connection that is being removed", errs[1], "other")
	})
}

func TestMigrate_RetiresWhatTheTrailKnows(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.must(func(tx *store.Tx) error { return tx.Organization(w.fabrikam.ID).Remove() })
		if err := w.renameConnection(w.entra, "microsoft"); err != nil {
			t.Fatal(err)
		}
		if err := store.MigrateDown(t.Context(), w.Store, 21); err != nil {
			t.Fatal(err)
		}
		if err := w.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		inUse(t, "a name from before", w.organizationBy("fabrikam"), "fabrikam")
		inUse(t, "a connection's name from before", w.connectionBy("other"), "other")
		inUse(t, "a former name from before", w.connectionBy("entra"), "entra")
		if err := w.renameConnection(w.entra, "entra"); err != nil {
			t.Errorf("the connection's own former name: %v", err)
		}
		if rows := w.rows("SELECT slug FROM retired_slugs WHERE slug = 'contoso' OR slug = 'okta'"); len(rows) != 0 {
			t.Errorf("names in use are retired: %v", rows)
		}
	})
}

package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"doorlist/store"
)

// TestCredentialStamp_ChangesWithEveryColumn: a credential that is known is good as long as its stamp is, so nothing of what it is read from may
// change without the stamp.
func TestCredentialStamp_ChangesWithEveryColumn(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.createToken(time.Time{})
		client := w.createClient(store.Client{Label: "Entra", Scopes: "users read"})
		_, secret := w.addSecret(client, time.Time{})
		token := w.issue(client, secret)
		c, err := w.Credential(t.Context(), token, "192.0.2.1")
		if err != nil {
			t.Fatal(err)
		}
		w.must(func(tx *store.Tx) error {
			if _, err := tx.Organization(w.contoso.ID).RecordWriter(c, "192.0.2.1"); err != nil {
				return err
			}
			return tx.Organization(w.contoso.ID).ChangeSCIMAccess(w.entra.ID, func(a *store.SCIMAccess) { a.Networks = "192.0.2.0/24" })
		})
		stampOf := func(organization string) string {
			return fmt.Sprint(w.rows("SELECT CAST(stamp AS text) AS stamp FROM credential_revisions WHERE organization_id = '" + organization + "'")[0]["stamp"])
		}
		stamp, other := func() string { return stampOf(w.contoso.ID) }, stampOf(w.fabrikam.ID)
		unread := []string{"last_used_at", "last_address"}
		for _, table := range []string{"scim_access_tokens", "scim_client_secrets", "scim_clients", "scim_tokens", "scim_writers", "scim_access", "connections", "organizations"} {
			own := " WHERE organization_id = '" + w.contoso.ID + "'"
			if table == "organizations" {
				own = " WHERE id = '" + w.contoso.ID + "'"
			}
			row := w.rows("SELECT * FROM " + table + own)
			if len(row) == 0 {
				t.Errorf("there is nothing in %s to change", table)
				continue
			}
			for column := range row[0] {
				before := stamp()
				w.mustExec("UPDATE " + table + " SET " + column + " = " + column + own)
				if changed := stamp() != before; changed == slices.Contains(unread, column) {
					t.Errorf("a change of %s.%s changes the stamp: %t", table, column, changed)
				}
			}
		}
		for _, table := range []string{"scim_access_tokens", "scim_client_secrets", "scim_clients", "scim_tokens", "scim_writers", "scim_access"} {
			before := stamp()
			w.mustExec("DELETE FROM " + table + " WHERE organization_id = '" + w.contoso.ID + "'")
			if stamp() == before {
				t.Errorf("the stamp stays when rows of %s go", table)
			}
		}
		if stampOf(w.fabrikam.ID) != other {
			t.Error("another organization's stamp changed")
		}
	})
}

// TestCredential_WriterIsKnownAtOnce, though the credential is.
func TestCredential_WriterIsKnownAtOnce(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		_, secret := w.createToken(time.Time{})
		known := func(address string) bool {
			c, err := w.Credential(t.Context(), secret, address)
			if err != nil {
				t.Fatal(err)
			}
			return c.KnownWriter
		}
		for range 2 { // the second time the credential itself is known
			if known("192.0.2.1") {
				t.Error("a writer is known before it has written")
			}
		}
		w.must(func(tx *store.Tx) error {
			c, err := w.Credential(t.Context(), secret, "192.0.2.1")
			if err != nil {
				return err
			}
			_, err = tx.Organization(w.contoso.ID).RecordWriter(c, "192.0.2.1")
			return err
		})
		if !known("192.0.2.1") || known("198.51.100.1") {
			t.Error("it is not the writer that is known")
		}
	})
}

func (w *world) mustExec(sql string) {
	w.t.Helper()
	if err := w.exec(sql); err != nil {
		w.t.Fatal(err)
	}
}

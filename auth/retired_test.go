package auth_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"doorlist/store"
	"doorlist/store/storetest"
)

// refusedName demands that a name which others had is not given again.
func (w *world) refusedName(change func(tx *store.Tx) error) {
	w.t.Helper()
	err := w.store.Write(w.t.Context(), admin, change)
	var refused *store.RefusedError
	if !errors.As(err, &refused) || !strings.Contains(refused.Message, "old links") {
		w.t.Errorf("a name that others had: %v, want a refusal", err)
	}
}

func TestRetired_OldLinksLeadNowhere(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newSAMLWorld(t, s)
		invitation, b := w.invite(), w.browser()
		b.wantSAML(nil)
		w.write(func(tx *store.Tx) error { return tx.Organization(w.org.ID).Remove() })
		w.refusedName(func(tx *store.Tx) error { _, err := tx.CreateOrganization("contoso", "", ""); return err })
		var next store.Organization
		w.write(func(tx *store.Tx) (err error) {
			next, err = tx.CreateOrganization("contoso-again", "", "")
			return err
		})
		for _, slug := range []string{"code", "entra"} {
			w.refusedName(func(tx *store.Tx) error {
				_, err := tx.Organization(next.ID).CreateConnection(store.Connection{Slug: slug, Kind: store.SAMLConnection}, "")
				return err
			})
		}
		b.wantVerify(http.StatusUnauthorized, "")
		for _, link := range [][2]string{
			{"/login/code", "/login/nobodys"}, {"/login/entra", "/login/nobodys"}, {"/saml/code/metadata", "/saml/nobodys/metadata"},
			{invitation, "/invite/nobodys"}, {"/login/" + w.conn.ID, "/login/nobodys"},
		} {
			was, never := b.get(link[0]), b.get(link[1])
			if was.StatusCode != never.StatusCode || was.StatusCode < 400 {
				t.Errorf("%s: got %d, and %d for what never was", link[0], was.StatusCode, never.StatusCode)
			}
		}
	})
}

func TestRetired_ARenamedConnectionKeepsItsID(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.changeConnection(func(c *store.Connection) { c.Slug = "microsoft" })
		b := w.browser()
		if res := b.get("/login/entra"); res.StatusCode != http.StatusNotFound {
			t.Errorf("by the former name: %d, want 404", res.StatusCode)
		}
		if at := b.get(b.authorize("/login/"+w.conn.ID, "alice@contoso.com")); at.StatusCode != http.StatusSeeOther {
			t.Errorf("by the id: %d", at.StatusCode)
		}
		b.wantVerify(http.StatusOK, "")
	})
}

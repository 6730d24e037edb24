package auth_test

import (
	"net/http"
	"testing"

	"doorlist/auth"
	"doorlist/store"
	"doorlist/store/storetest"
)

// The server's own secret serves connections without one, at its own cloud alone.
func TestSharedApplication_ServesItsOwnCloudAlone(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		client, authority string
		want              int
	}{
		"its own":             {clientID, "", http.StatusSeeOther},
		"another client":      {"another", "", http.StatusForbidden},
		"another's authority": {clientID, "https://login.microsoftonline.com", http.StatusForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, storetest.New(t), func(w *world) {
				w.write(func(tx *store.Tx) error { return tx.Organization(w.org.ID).SetClientSecret(w.conn.ID, "") })
				w.shared = auth.SharedApplication{ClientID: tc.client, Secret: clientSecret, Authority: tc.authority}
				if tc.authority == "" {
					w.shared.Authority = w.idp.URL
				}
			})
			if res := w.browser().signIn("alice@contoso.com"); res.StatusCode != tc.want {
				t.Errorf("got %d, want %d: %s", res.StatusCode, tc.want, res.body)
			}
		})
	}
}

package scim

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

// TestConfirm_ReadsAreAnsweredAsTheCredentialIs: who has read before is served as what they were, and told nothing if they are that no longer.
func TestConfirm_ReadsAreAnsweredAsTheCredentialIs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change func(o *store.OrganizationTx, c store.Connection, token string) error
		want   int
	}{
		{"the token is revoked", func(o *store.OrganizationTx, _ store.Connection, token string) error {
			return o.RevokeToken(token)
		}, http.StatusUnauthorized},
		{"the connection is off", func(o *store.OrganizationTx, c store.Connection, _ string) error {
			c.Enabled = false
			_, err := o.UpdateConnection(c)
			return err
		}, http.StatusUnauthorized},
		{"its networks are others", func(o *store.OrganizationTx, c store.Connection, _ string) error {
			return o.ChangeSCIMAccess(c.ID, func(a *store.SCIMAccess) { a.Networks = "192.0.2.0/24" })
		}, http.StatusForbidden},
		{"it has another name", func(o *store.OrganizationTx, c store.Connection, _ string) error {
			c.Name = "Elsewhere"
			_, err := o.UpdateConnection(c)
			return err
		}, http.StatusOK},
	} {
		t.Run(c.name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, s *store.Store) {
				d := newDoor(t, s)
				user := "/Users/" + d.create("/Users", `{"userName":"u"}`)
				for range 2 { // as a stranger, and as somebody who was seen
					d.must(http.StatusOK, "GET", user, "")
				}
				if _, known := s.RecalledCredential(d.token, "127.0.0.1"); !known {
					t.Fatal("the caller is not known")
				}
				d.administer(func(o *store.OrganizationTx) error { return c.change(o, d.connection, d.tokenID) })
				r := d.must(c.want, "GET", user, "")
				if c.want != http.StatusOK && (r.header.Get("ETag") != "" || r.header.Get("Content-Location") != "" || r.json["userName"] != nil) {
					t.Errorf("the refusal tells of the resource: %v %s", r.header, r.text)
				}
				if c.want == http.StatusUnauthorized { // the log is the connection's, and this is a stranger
					return
				}
				if kept := d.kept("GET", user, ""); kept.Status != c.want {
					t.Errorf("the log says %d", kept.Status)
				}
			})
		})
	}
}

// TestConfirm_NothingIsSentBefore the database has said that the credential is still good, nor if it is not.
func TestConfirm_NothingIsSentBefore(t *testing.T) {
	t.Parallel()
	for _, holds := range []bool{true, false} {
		client := httptest.NewRecorder()
		client.Header().Set("Cache-Control", "no-store")
		before := client.Header().Clone()
		asked := &confirmation{done: make(chan struct{}), holds: holds}
		x := &exchange{ResponseWriter: client, status: http.StatusOK, confirmation: asked}
		sent := make(chan error)
		go func() { sent <- write(x, http.StatusOK, []byte(`"secret"`)) }()
		select {
		case err := <-sent:
			t.Fatalf("it was sent before it was confirmed: %v", err)
		case <-time.After(10 * time.Millisecond):
		}
		close(asked.done)
		if err := <-sent; err != nil || (client.Body.Len() != 0) != holds {
			t.Errorf("confirmed %t: error %v, sent %q", holds, err, client.Body)
		}
		if holds {
			continue
		}
		x.anew(before)
		if err := write(x, http.StatusUnauthorized, []byte(`{}`)); err != nil || client.Code != http.StatusUnauthorized || client.Header().Get("Content-Length") != "2" ||
			client.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("done anew: %v, %d %v", err, client.Code, client.Header())
		}
	}
}

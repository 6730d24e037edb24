package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"doorlist/store"
	"doorlist/store/storetest"

	"github.com/google/uuid"
)

func (w *world) createConnection(c store.Connection, secret string) (got store.Connection, err error) {
	err = w.inContoso(func(o *store.OrganizationTx) error { got, err = o.CreateConnection(c, secret); return err })
	return got, err
}

func TestCreateConnection_FillsInSafeDefaults(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		c, err := w.createConnection(store.Connection{Slug: "new", Kind: store.EntraConnection, TenantID: strings.ToUpper(tenantID), ClientID: "c1"}, "")
		want := store.Connection{ID: c.ID, OrganizationID: w.contoso.ID, DirectoryID: c.DirectoryID, Slug: "new", Name: "new", Kind: store.EntraConnection,
			Enabled: true, TenantID: tenantID, Authority: "https://login.microsoftonline.com", Issuer: "https://login.microsoftonline.com/" + tenantID + "/v2.0",
			ClientID: "c1", Match: store.MatchObjectID, Admit: "provisioned", Roles: "entra", CreatedAt: storetest.Start}
		if err != nil || c != want {
			t.Errorf("Entra: %+v, %v; want %+v", c, err, want)
		}
		for _, name := range []string{"new", c.ID} {
			if got, err := w.FindConnection(t.Context(), name); err != nil || got != want {
				t.Errorf("FindConnection(%s) = %+v, %v; want %+v", name, got, err, want)
			}
		}
		all, err := w.Connections(t.Context())
		if names := connectionSlugs(all); err != nil || names != "entra new okta other" {
			t.Errorf("Connections of all = %s, %v", names, err)
		}
		own, err := w.Organization(w.fabrikam.ID).Connections(t.Context())
		if names := connectionSlugs(own); err != nil || names != "other" {
			t.Errorf("Connections of fabrikam = %s, %v", names, err)
		}
		if w.okta.SubjectClaim != "sub" || w.okta.Directory() == w.entra.Directory() {
			t.Errorf("OIDC: %+v", w.okta)
		}
	})
}

func connectionSlugs(list []store.Connection) string {
	var slugs []string
	for _, c := range list {
		slugs = append(slugs, c.Slug)
	}
	return strings.Join(slugs, " ")
}

func TestCreateConnection_SaysWhatToGiveInstead(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		for _, c := range []struct {
			what  string
			edit  func(c *store.Connection)
			field string
			words []string
		}{
			{"no tenant", func(c *store.Connection) { c.TenantID = "" }, "tenant-id", []string{"GUID"}},
			{"a domain for a tenant", func(c *store.Connection) { c.TenantID = "contoso.com" }, "tenant-id", []string{"directory (tenant) ID", "GUID"}},
			{"the tenant of everybody", func(c *store.Connection) { c.TenantID = "common" }, "tenant-id", []string{"GUID"}},
			{"no client", func(c *store.Connection) { c.ClientID = "" }, "client-id", []string{"application (client) ID"}},
			{"an authority without TLS", func(c *store.Connection) { c.Authority = "http://login.example.com" }, "authority", []string{"https://"}},
			{"an authority without a host", func(c *store.Connection) { c.Authority = "login.example.com" }, "authority", []string{"https://"}},
			{"an authority with a password", func(c *store.Connection) { c.Authority = "https://a:b@login.example.com" }, "authority", []string{"https://"}},
			{"a name that looks like this machine", func(c *store.Connection) { c.Authority = "http://localhost.example.com" }, "authority", []string{"https://"}},
			{"an unknown way to match", func(c *store.Connection) { c.Match = "email" }, "match", []string{"object_id or user_name"}},
			{"an unknown admission", func(c *store.Connection) { c.Admit = "everybody" }, "admit", []string{"provisioned"}},
			{"an unknown source of roles", func(c *store.Connection) { c.Roles = "x" }, "roles", []string{"entra or local or hybrid"}},
			{"no kind", func(c *store.Connection) { c.Kind = "" }, "kind", []string{"entra, oidc or saml"}},
			{"a slug with blanks", func(c *store.Connection) { c.Slug = "my entra" }, "name", []string{"hyphens"}},
			{"a slug that is a path of its own", func(c *store.Connection) { c.Slug = "callback" }, "name", []string{"callback"}},
		} {
			input := entraConnection("new")
			c.edit(&input)
			_, err := w.createConnection(input, "")
			refusedFor(t, c.what, err, c.field, c.words...)
		}
		_, err := w.createConnection(store.Connection{Slug: "new", Kind: store.OIDCConnection, ClientID: "x"}, "")
		refusedFor(t, "OIDC without an issuer", err, "issuer", "https://")
		_, err = w.createConnection(store.Connection{Slug: "new", Kind: store.OIDCConnection, Issuer: "https://okta.example.com"}, "")
		refusedFor(t, "OIDC without a client", err, "client-id", "required")
		_, err = w.createConnection(entraConnection("other"), "")
		conflictOf(t, "a slug of another organization, since it stands in /login/{connection}", err, "slug")
		for _, authority := range []string{"http://127.0.0.1:9000", "http://[::1]:9000/", "http://localhost:9000"} {
			input := entraConnection("on-" + uuid.NewString()[:8])
			input.Authority = authority
			if c, err := w.createConnection(input, ""); err != nil || c.Issuer != strings.TrimRight(authority, "/")+"/"+tenantID+"/v2.0" {
				t.Errorf("a provider on this machine at %s: issuer %s, %v", authority, c.Issuer, err)
			}
		}
	})
}

func TestFindConnection_FindsNothingByOtherTexts(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		for _, name := range []string{"", "Entra", "entr_", "%", uuid.NewString(), strings.ToUpper(w.entra.ID), "a\x00b", "\xff", "' OR 1=1 --"} {
			if c, err := w.FindConnection(t.Context(), name); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("FindConnection(%q) = %s, %v; want ErrNotFound", name, c.Slug, err)
			}
		}
	})
}

func TestClientSecret_IsSealed(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		const secret = "a client secret that nobody may read"
		c, err := w.createConnection(entraConnection("new"), secret)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := w.secretOf(c); err != nil || got != secret {
			t.Errorf("the secret is %q, %v", got, err)
		}
		column := func(id string) []byte {
			sealed, _ := w.rows("SELECT sealed FROM provider_credentials WHERE connection_id = ?", id)[0]["sealed"].([]byte)
			return sealed
		}
		if sealed := column(c.ID); len(sealed) <= len(secret) || bytes.Contains(sealed, []byte(secret[:8])) {
			t.Errorf("the column holds %q", sealed)
		}
		for _, table := range tableNames(t, w.Store) {
			for _, row := range w.rows("SELECT * FROM " + table) {
				if text := rowText(table, row); strings.Contains(text, secret) {
					t.Errorf("the secret stands in clear in %s", text)
				}
			}
		}
		// A sealed secret is worth nothing in another connection's row.
		w.must(func(tx *store.Tx) error {
			if err := store.Execute(tx, "UPDATE provider_credentials SET sealed = ? WHERE connection_id = ?", column(c.ID), w.entra.ID); err != nil {
				return err
			}
			return tx.Organization(w.contoso.ID).SetClientSecret(c.ID, "")
		})
		if _, err := w.secretOf(w.entra); !errors.Is(err, store.ErrSealed) {
			t.Errorf("a secret that was moved = %v, want ErrSealed", err)
		}
		if got, err := w.ProviderCredentials(t.Context(), c); err != nil || len(got) != 0 {
			t.Errorf("a removed secret = %v, %v", got, err)
		}
	})
}

func TestClientSecret_NeedsTheMasterKey(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		open := func(key []byte) *store.Store {
			s, err := store.Open(t.Context(), store.Options{URL: url, MasterKey: key})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { s.Close() })
			return s
		}
		w := newWorld(t, open(storetest.MasterKey))
		for what, key := range map[string][]byte{"no master key": nil, "another master key": bytes.Repeat([]byte{7}, store.MasterKeySize)} {
			keyed := &world{Store: open(key), t: t}
			if secret, err := keyed.secretOf(w.entra); !errors.Is(err, store.ErrSealed) {
				t.Errorf("%s: %q, %v; want ErrSealed", what, secret, err)
			}
		}
		keyless := &world{Store: open(nil), t: t, contoso: w.contoso}
		if _, err := keyless.createConnection(entraConnection("new"), "secret"); !errors.Is(err, store.ErrSealed) {
			t.Errorf("keeping a secret without a master key = %v, want ErrSealed", err)
		}
		if _, err := keyless.createConnection(entraConnection("new"), ""); err != nil {
			t.Errorf("a connection without a secret needs no key: %v", err)
		}
		_, err := store.Open(t.Context(), store.Options{URL: url, MasterKey: []byte("short")})
		refusedFor(t, "a short master key", err, "master-key", "32 bytes", "openssl rand -base64 32")
	})
}

func TestUpdateConnection_SwitchedOffEndsItsSessionsAlone(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID))
		bob := w.addUser(w.okta, person("bob@contoso.com", "bob"))
		w.signIn(w.entra, alice.ID, "alice's")
		w.signIn(w.okta, bob.ID, "bob's")
		off := w.entra
		off.Enabled, off.Kind, off.DirectoryID = false, store.OIDCConnection, w.other.DirectoryID
		w.must(func(tx *store.Tx) error {
			got, err := tx.Organization(w.contoso.ID).UpdateConnection(off)
			if got.Kind != store.EntraConnection || got.DirectoryID != w.entra.DirectoryID {
				t.Errorf("an update changed kind or directory: %+v", got)
			}
			return err
		})
		if v := w.visit("alice's"); v.Session.RevokedReason != "connection_off" || v.Connection.Enabled {
			t.Errorf("Alice's session ended for %q, connection enabled %t", v.Session.RevokedReason, v.Connection.Enabled)
		}
		if v := w.visit("bob's"); !v.Session.RevokedAt.IsZero() {
			t.Error("the session of another connection ended")
		}
		if got, want := w.actions(w.contoso, w.entra.ID), []string{"connection.created", "connection.credential_added", "connection.updated"}; !slices.Equal(got, want) {
			t.Errorf("events = %v, want %v", got, want)
		}
	})
}

func TestRemoveConnection_TakesItsDirectoryAlong(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		r := person("alice@contoso.com", aliceOID, "alice@mail.example")
		r.AppRoles = []string{"Writer"}
		alice := w.addUser(w.entra, r)
		w.addGroup(w.entra, groupRecord("Writers", writersOID), alice.ID)
		w.signIn(w.entra, alice.ID, "alice's")
		if err := w.StartSignIn(t.Context(), "state", w.pendingSignIn()); err != nil {
			t.Fatal(err)
		}
		w.must(func(tx *store.Tx) error {
			o, writer := tx.Organization(w.contoso.ID), w.role(w.contoso, "writer").ID
			_, err := o.CreateMapping(store.Mapping{ConnectionID: w.entra.ID, RoleID: writer, AppRole: "Writer"})
			return errors.Join(err, o.AssignRole(w.entra.DirectoryID, alice.ID, writer), o.SetClientSecret(w.entra.ID, "x"))
		})
		w.must(func(tx *store.Tx) error { return tx.Organization(w.contoso.ID).RemoveConnection(w.entra.ID) })
		for _, table := range tableNames(t, w.Store) {
			for _, row := range w.rows("SELECT * FROM " + table) {
				gone := row["directory_id"] == w.entra.DirectoryID || row["connection_id"] == w.entra.ID || row["id"] == w.entra.ID
				if gone && table != "events" && table != "decisions" {
					t.Errorf("left behind: %s", rowText(table, row))
				}
			}
		}
		if _, err := w.Visit(t.Context(), secretHash("alice's")); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("Visit = %v, want ErrNotFound", err)
		}
		if got := fmt.Sprint(w.actions(w.contoso, w.entra.ID)); !strings.HasSuffix(got, "connection.removed]") {
			t.Errorf("events = %s, want the last to be connection.removed", got)
		}
	})
}

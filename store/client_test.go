package store_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

func (w *world) createClient(c store.Client) store.Client {
	w.t.Helper()
	c.ConnectionID = w.entra.ID
	w.must(func(tx *store.Tx) (err error) {
		c, err = tx.Organization(w.contoso.ID).CreateClient(c)
		return err
	})
	return c
}

func (w *world) addSecret(client store.Client, expires time.Time) (s store.ClientSecret, secret string) {
	w.t.Helper()
	w.must(func(tx *store.Tx) (err error) {
		s, secret, err = tx.Organization(w.contoso.ID).AddClientSecret(client.ID, expires)
		return err
	})
	return s, secret
}

// issue exchanges a secret for an access token.
func (w *world) issue(client store.Client, secret string) string {
	w.t.Helper()
	login, err := w.ClientBySecret(w.t.Context(), client.ID, secret)
	if err != nil {
		w.t.Fatal(err)
	}
	var token string
	w.must(func(tx *store.Tx) (err error) {
		token, _, err = tx.Organization(w.contoso.ID).IssueAccessToken(store.NewAccessToken{ClientID: client.ID, SecretID: login.SecretID, Scopes: client.Scopes})
		return err
	})
	return token
}

// takes says whether something is found, on a second node.
func takes(t *testing.T, err error) bool {
	t.Helper()
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		t.Fatal(err)
	}
	return err == nil
}

func TestClient_AccessTokenNamesTheConnection(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		client := w.createClient(store.Client{Label: "Entra", Scopes: "users read"})
		_, secret := w.addSecret(client, time.Time{})
		token := w.issue(client, secret)
		got, err := w.Credential(t.Context(), token, "192.0.2.1")
		want := store.Credential{Kind: store.ClientCredential, TokenID: client.ID, Label: "Entra", Scopes: "read users", Connection: w.entra,
			Directory: pushedKey(w.entra), ExpiresAt: storetest.Start.Add(time.Hour)}
		if err != nil || got != want {
			t.Errorf("Credential = %+v, %v; want %+v", got, err, want)
		}
		if !strings.HasPrefix(token, "dla_") || !strings.HasPrefix(secret, "dlc_") {
			t.Errorf("token %q, secret %q", token, secret)
		}
		for _, table := range tableNames(t, w.Store) {
			for _, row := range w.rows("SELECT * FROM " + table) {
				if text := rowText(table, row); strings.Contains(text, secret[4:]) || strings.Contains(text, token[4:]) {
					t.Errorf("a secret stands in clear in %s", text)
				}
			}
		}
		clients, err := w.Organization(w.contoso.ID).Clients(t.Context())
		if err != nil || len(clients) != 1 || clients[0].LastAddress != "192.0.2.1" || !clients[0].LastUsedAt.Equal(storetest.Start) {
			t.Errorf("Clients = %+v, %v", clients, err)
		}
	})
}

func TestClient_SecretMustBeItsOwn(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		one, two := w.createClient(store.Client{}), w.createClient(store.Client{})
		_, secret := w.addSecret(one, time.Time{})
		federated := w.createClient(store.Client{Federation: store.Federation{Subject: "s", Audience: "a"}})
		for _, c := range []struct{ id, secret string }{
			{two.ID, secret}, {one.ID, ""}, {one.ID, secret + "x"}, {one.ID, secret[:len(secret)-1]}, {"", secret}, {"\x00", secret},
			{strings.ToUpper(one.ID), secret}, {federated.ID, ""}, {w.entra.ID, secret},
		} {
			if _, err := w.ClientBySecret(t.Context(), c.id, c.secret); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("ClientBySecret(%q, %q) = %v, want ErrNotFound", c.id, c.secret, err)
			}
		}
		if _, err := w.FederatedClient(t.Context(), one.ID); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("a client with a secret is a federated one: %v", err)
		}
		if login, err := w.FederatedClient(t.Context(), federated.ID); err != nil || login.Client.Federation.TenantID != tenantID || login.Client.Federation.Issuer != w.entra.Issuer {
			t.Errorf("FederatedClient = %+v, %v", login, err)
		}
	})
}

// TestClient_EndsAtOnce revokes on one node and asks another.
func TestClient_EndsAtOnce(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		node := storetest.Second(t, w.Store)
		tokenWorks := func(token string) bool { _, err := node.Credential(t.Context(), token, ""); return takes(t, err) }
		client := w.createClient(store.Client{})
		secretWorks := func(secret string) bool {
			_, err := node.ClientBySecret(t.Context(), client.ID, secret)
			return takes(t, err)
		}
		older, olderSecret := w.addSecret(client, time.Time{})
		_, newerSecret := w.addSecret(client, storetest.Start.Add(2*time.Hour))
		err := w.inContoso(func(o *store.OrganizationTx) error {
			_, _, err := o.AddClientSecret(client.ID, time.Time{})
			return err
		})
		inUse(t, "a third secret", err, older.ID)
		olderToken, newerToken := w.issue(client, olderSecret), w.issue(client, newerSecret)
		if !tokenWorks(olderToken) || !tokenWorks(newerToken) {
			t.Fatal("a new access token does not work")
		}
		w.must(func(tx *store.Tx) error { return tx.Organization(w.contoso.ID).RevokeClientSecret(older.ID) })
		w.must(func(tx *store.Tx) error { return tx.Organization(w.contoso.ID).RevokeClientSecret(older.ID) })
		if secretWorks(olderSecret) || tokenWorks(olderToken) {
			t.Error("a revoked secret or its token works")
		}
		if !secretWorks(newerSecret) || !tokenWorks(newerToken) {
			t.Error("the other secret or its token does not work any more")
		}
		storetest.ClockOf(t, w.Store).Advance(time.Hour)
		if tokenWorks(newerToken) {
			t.Error("an expired access token works")
		}
		w.issue(client, newerSecret)
		storetest.ClockOf(t, w.Store).Advance(time.Hour)
		if secretWorks(newerSecret) {
			t.Error("an expired secret works")
		}
		_, third := w.addSecret(client, time.Time{})
		token := w.issue(client, third)
		w.must(func(tx *store.Tx) error { return tx.Organization(w.contoso.ID).RevokeClient(client.ID) })
		w.must(func(tx *store.Tx) error { return tx.Organization(w.contoso.ID).RevokeClient(client.ID) })
		if secretWorks(third) || tokenWorks(token) {
			t.Error("a revoked client or its token works")
		}
		err = w.inContoso(func(o *store.OrganizationTx) error {
			_, _, err := o.IssueAccessToken(store.NewAccessToken{ClientID: client.ID})
			return err
		})
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("a revoked client gets a token: %v", err)
		}
		want := []string{"client.created", "client.secret_added", "client.secret_added", "client.token_issued", "client.token_issued", "client.secret_revoked",
			"client.token_issued", "client.secret_added", "client.token_issued", "client.revoked"}
		if got := w.actions(w.contoso, client.ID); !slices.Equal(got, want) {
			t.Errorf("events = %v, want %v", got, want)
		}
	})
}

func TestClient_OfAConnectionThatIsOff(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		client := w.createClient(store.Client{})
		_, secret := w.addSecret(client, time.Time{})
		token := w.issue(client, secret)
		off := w.entra
		off.Enabled = false
		w.must(func(tx *store.Tx) error { _, err := tx.Organization(w.contoso.ID).UpdateConnection(off); return err })
		if _, err := w.ClientBySecret(t.Context(), client.ID, secret); takes(t, err) {
			t.Error("its secret works")
		}
		if _, err := w.Credential(t.Context(), token, ""); takes(t, err) {
			t.Error("its access token works")
		}
		w.must(func(tx *store.Tx) error { return tx.Organization(w.contoso.ID).RemoveConnection(w.entra.ID) })
		for _, table := range []string{"scim_clients", "scim_client_secrets", "scim_access_tokens"} {
			if rows := w.rows("SELECT * FROM " + table); len(rows) != 0 {
				t.Errorf("%s outlives its connection: %v", table, rows)
			}
		}
	})
}

func TestCreateClient_RefusesWhatCannotWork(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		for field, c := range map[string]store.Client{
			"scope": {Scopes: "write"}, "token-lifetime": {TokenLifetime: 59 * time.Minute},
			"subject": {Federation: store.Federation{Audience: "a"}}, "audience": {Federation: store.Federation{Subject: "s"}},
			"issuer": {Federation: store.Federation{Subject: "s", Audience: "a", Issuer: "https://login.example.com"}},
		} {
			c.ConnectionID = w.entra.ID
			err := w.inContoso(func(o *store.OrganizationTx) error { _, err := o.CreateClient(c); return err })
			refusedFor(t, field, err, field)
		}
		federated := w.createClient(store.Client{Federation: store.Federation{Subject: "s", Audience: "a"}})
		err := w.inContoso(func(o *store.OrganizationTx) error {
			_, _, err := o.AddClientSecret(federated.ID, time.Time{})
			return err
		})
		inUse(t, "a secret of a federated client", err, "assertions")
	})
}

func TestIssueAccessToken_TakesAnAssertionOnce(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		client := w.createClient(store.Client{Federation: store.Federation{Subject: "s", Audience: "a"}})
		other := w.createClient(store.Client{Federation: store.Federation{Subject: "s", Audience: "b"}})
		use := func(c store.Client, id string) error {
			return w.inContoso(func(o *store.OrganizationTx) error {
				_, _, err := o.IssueAccessToken(store.NewAccessToken{ClientID: c.ID, Scopes: "read", AssertionID: id, AssertionEnds: w.Now().Add(time.Hour)})
				return err
			})
		}
		for _, err := range together(5, func(int) error { return use(client, "one") }) {
			if err != nil && !errors.Is(err, store.ErrUsed) {
				t.Error(err)
			}
		}
		if n := len(w.rows("SELECT * FROM scim_access_tokens")); n != 1 {
			t.Errorf("%d access tokens for one assertion", n)
		}
		for _, err := range []error{use(client, "two"), use(other, "one"), use(client, ""), use(client, "")} {
			if err != nil {
				t.Error(err)
			}
		}
		storetest.ClockOf(t, w.Store).Advance(2 * time.Hour)
		if err := use(client, "one"); err != nil {
			t.Errorf("the id of an assertion that is over: %v", err)
		}
		if n := len(w.rows("SELECT * FROM scim_assertions")); n != 2 {
			t.Errorf("%d assertions are remembered, want those of the other client and the last one", n)
		}
	})
}

func TestIssueAccessToken_ForgetsTheOldest(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		client := w.createClient(store.Client{})
		_, secret := w.addSecret(client, time.Time{})
		first := w.issue(client, secret)
		for range 100 {
			storetest.ClockOf(t, w.Store).Advance(time.Second)
			w.issue(client, secret)
		}
		if _, err := w.Credential(t.Context(), first, ""); takes(t, err) {
			t.Error("the 101st last access token works")
		}
		if n := len(w.rows("SELECT * FROM scim_access_tokens")); n != 100 {
			t.Errorf("%d access tokens, want 100", n)
		}
	})
}

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

// secretOf opens the newest credential of a connection.
func (w *world) secretOf(c store.Connection) (string, error) {
	w.t.Helper()
	list, err := w.ProviderCredentials(w.t.Context(), c)
	if err != nil || len(list) == 0 {
		w.t.Fatalf("ProviderCredentials = %v, %v; want one", list, err)
	}
	return w.OpenProviderCredential(list[0])
}

func (w *world) addCredential(c store.ProviderCredential, secret string) (added store.ProviderCredential, err error) {
	err = w.inContoso(func(o *store.OrganizationTx) error {
		added, err = o.AddProviderCredential(w.entra.ID, c, secret)
		return err
	})
	return added, err
}

func TestProviderCredential_TwoOverlap(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		storetest.ClockOf(t, w.Store).Advance(time.Minute)
		federated := store.ProviderCredential{Kind: store.FederatedCredential, TokenFile: "/run/token"}
		added, err := w.addCredential(federated, "")
		if err != nil {
			t.Fatal(err)
		}
		if list, err := w.ProviderCredentials(t.Context(), w.entra); err != nil || len(list) != 2 || list[0].ID != added.ID || list[0].TokenFile != "/run/token" {
			t.Errorf("got %+v, %v; want the new one before the old secret", list, err)
		}
		var refused *store.RefusedError
		if _, err := w.addCredential(federated, ""); !errors.As(err, &refused) {
			t.Errorf("a third credential: %v, want it refused", err)
		}
		must := func(fn func(o *store.OrganizationTx) error) {
			if err := w.inContoso(fn); err != nil {
				t.Fatal(err)
			}
		}
		must(func(o *store.OrganizationTx) error { return o.RefuseProviderCredential(added.ID, "invalid_client") })
		if list, _ := w.ProviderCredentials(t.Context(), w.entra); list[0].RefusedAt.IsZero() || !list[1].RefusedAt.IsZero() {
			t.Errorf("after a refusal of the first: %+v", list)
		}
		must(func(o *store.OrganizationTx) error { return o.AcceptProviderCredential(added.ID) })
		must(func(o *store.OrganizationTx) error { return o.AcceptProviderCredential(added.ID) })
		if list, _ := w.ProviderCredentials(t.Context(), w.entra); !list[0].RefusedAt.IsZero() {
			t.Errorf("after it was taken again: %+v", list)
		}
		must(func(o *store.OrganizationTx) error { return o.SetClientSecret(w.entra.ID, "another") })
		must(func(o *store.OrganizationTx) error { return o.RemoveProviderCredential(added.ID) })
		if secret, err := w.secretOf(w.entra); err != nil || secret != "another" {
			t.Errorf("the credential that is left is %q, %v", secret, err)
		}
		want := []string{"credential_added", "credential_added", "credential_refused", "credential_accepted", "credential_added", "secret_changed", "credential_removed"}
		if got := w.credentialEvents(); !slices.Equal(got, want) {
			t.Errorf("the events are %v, want %v", got, want)
		}
	})
}

// credentialEvents lists what happened to the credentials of entra, the oldest first.
func (w *world) credentialEvents() (actions []string) {
	w.t.Helper()
	events, err := w.Organization(w.contoso.ID).Events(w.t.Context(), store.EventQuery{SubjectID: w.entra.ID})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, e := range events {
		if action, ok := strings.CutPrefix(e.Action, "connection."); ok && action != "created" {
			actions = append(actions, action)
		}
	}
	return actions
}

func TestProviderCredential_RefusesWhatCannotWork(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	const guid = "72f988bf-86f1-41af-91ab-2d7cd011db47"
	for _, c := range []struct {
		what   string
		c      store.ProviderCredential
		secret string
		field  string
		says   string
	}{
		{"the secret's ID", store.ProviderCredential{Kind: store.SecretCredential}, guid, "client-secret", "copy the Value"},
		{"no secret", store.ProviderCredential{Kind: store.SecretCredential}, "", "client-secret", "must be the application's secret"},
		{"a pasted line end", store.ProviderCredential{Kind: store.SecretCredential}, "secret\n", "client-secret", "blanks"},
		{"an expiry in the past", store.ProviderCredential{Kind: store.SecretCredential, ExpiresAt: w.Now()}, "secret", "expires", "past"},
		{"no certificate", store.ProviderCredential{Kind: store.CertificateCredential, Certificate: "x"}, "y", "certificate", "PEM"},
		{"a relative path", store.ProviderCredential{Kind: store.FederatedCredential, TokenFile: "token"}, "", "token-file", "absolute"},
		{"an unknown method", store.ProviderCredential{Kind: store.SecretCredential, Method: "get"}, "x", "method", "basic or post"},
		{"an unknown kind", store.ProviderCredential{Kind: "password"}, "x", "kind", "secret, certificate or federated"},
	} {
		_, err := w.addCredential(c.c, c.secret)
		refusedFor(t, c.what, err, c.field, c.says)
	}
	// Elsewhere a GUID is a secret: Keycloak's were.
	if err := w.inContoso(func(o *store.OrganizationTx) error { return o.SetClientSecret(w.okta.ID, guid) }); err != nil {
		t.Errorf("a GUID as the secret of another provider: %v", err)
	}
}

// copyForOlderServers puts a secret where servers before the migration read it.
const copyForOlderServers = "UPDATE connections SET client_secret = (SELECT sealed FROM provider_credentials k WHERE k.connection_id = connections.id) WHERE id = ?"

// TestProviderCredential_MovesFromTheConnection: a secret from before there were several is read on, and forgotten whole.
func TestProviderCredential_MovesFromTheConnection(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.must(func(tx *store.Tx) error {
			if err := tx.Organization(w.contoso.ID).SetClientSecret(w.entra.ID, ""); err != nil {
				return err
			}
			c := store.ProviderCredential{Kind: store.SecretCredential}
			if err := store.InsertProviderCredential(tx, w.entra, c, "from before"); err != nil {
				return err
			}
			return store.Execute(tx, copyForOlderServers, w.entra.ID)
		})
		if err := store.MigrateDown(t.Context(), w.Store, 16); err != nil {
			t.Fatal(err)
		}
		if err := w.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		if secret, err := w.secretOf(w.entra); err != nil || secret != "from before" {
			t.Errorf("after the migration the secret is %q, %v", secret, err)
		}
		list, _ := w.ProviderCredentials(t.Context(), w.entra)
		if err := w.inContoso(func(o *store.OrganizationTx) error { return o.RemoveProviderCredential(list[0].ID) }); err != nil {
			t.Fatal(err)
		}
		if n := w.rows("SELECT length(client_secret) AS n FROM connections WHERE id = ?", w.entra.ID)[0]["n"]; n != int64(0) && n != int32(0) {
			t.Errorf("the copy for older servers still has %v bytes", n)
		}
	})
}

func TestProviderCredential_WarnsOncePerStep(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		clock := storetest.ClockOf(t, w.Store)
		const day = 24 * time.Hour
		c, err := w.addCredential(store.ProviderCredential{Kind: store.SecretCredential, ExpiresAt: w.Now().Add(90 * day)}, "secret")
		if err != nil {
			t.Fatal(err)
		}
		nodes := []*store.Store{w.Store, storetest.Second(t, w.Store)}
		for _, step := range []struct {
			forward time.Duration
			days    int64 // -1: no warning
		}{{0, -1}, {30 * day, 60}, {day, -1}, {29 * day, 30}, {27 * day, 7}, {2 * day, 1}, {day, 0}, {day, -1}} {
			clock.Advance(step.forward)
			var given []store.ExpiryWarning
			for _, list := range warnAtOnce(t, nodes) {
				given = append(given, list...)
			}
			if step.days < 0 && len(given) == 0 {
				continue
			}
			if len(given) != 1 || given[0].Days != step.days || given[0].Credential.ID != c.ID {
				t.Fatalf("%v before its end: got %+v, want one warning of %d days", c.ExpiresAt.Sub(w.Now()), given, step.days)
			}
		}
		if got := strings.Count(strings.Join(w.credentialEvents(), " "), "credential_expires"); got != 5 {
			t.Errorf("%d events warn of it, want 5", got)
		}
	})
}

// warnAtOnce lets all nodes warn at once.
func warnAtOnce(t *testing.T, nodes []*store.Store) [][]store.ExpiryWarning {
	t.Helper()
	given := make([][]store.ExpiryWarning, len(nodes))
	for _, err := range together(len(nodes), func(i int) (err error) {
		given[i], err = nodes[i].WarnOfExpiry(t.Context())
		return err
	}) {
		if err != nil {
			t.Fatal(err)
		}
	}
	return given
}

package auth_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"doorlist/auth"
	"doorlist/entra"
	"doorlist/store"
	"doorlist/store/storetest"
)

// newProviderCertificate is one pair for all tests: making it takes longer than most of them.
var newProviderCertificate = sync.OnceValues(func() (certificate, key string) {
	certificate, key, err := auth.NewClientCertificate("doorlist test", storetest.Start, 365*24*time.Hour)
	if err != nil {
		panic(err)
	}
	return certificate, key
})

const certificateClient = "cccccccc-bbbb-4ccc-8ddd-eeeeeeeeeeee"

// register makes the connection a client of another application, with a credential in the place of the secret.
func (w *world) register(app entra.Application, c store.ProviderCredential, secret string) {
	w.t.Helper()
	app.ClientID, app.RedirectURIs, app.OptionalClaims = certificateClient, []string{entra.AnyLoopback}, []string{"acct", "sid"}
	_, err := w.tenant.Register(app)
	w.must(err)
	w.changeConnection(func(c *store.Connection) { c.ClientID = certificateClient })
	w.write(func(tx *store.Tx) error {
		o := tx.Organization(w.org.ID)
		if err := o.SetClientSecret(w.conn.ID, ""); err != nil {
			return err
		}
		_, err := o.AddProviderCredential(w.conn.ID, c, secret)
		return err
	})
}

func TestClientCertificate_SignsIn(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		certificate, key := newProviderCertificate()
		w := newWorld(t, s, func(w *world) {
			w.register(entra.Application{Certificates: []string{certificate}}, store.ProviderCredential{Kind: store.CertificateCredential, Certificate: certificate}, key)
		})
		w.browser().mustSignIn()
		w.browser().mustSignIn() // with another jti: the simulator refuses one that it has seen
	})
}

func TestClientCertificate_NotRegistered(t *testing.T) {
	t.Parallel()
	certificate, key := newProviderCertificate()
	w := newWorld(t, storetest.New(t), func(w *world) {
		w.register(entra.Application{Secrets: []string{"another way"}}, store.ProviderCredential{Kind: store.CertificateCredential, Certificate: certificate}, key)
	})
	w.wantRefused(w.browser().signIn("alice@contoso.com"), "provider_error", "invalid_client AADSTS700027")
}

// platform is an issuer such as a cluster, which keeps a token in a file.
type platform struct {
	*httptest.Server
	file string
	now  func() time.Time
}

func newPlatform(t *testing.T, now func() time.Time) *platform {
	t.Helper()
	p := &platform{file: filepath.Join(t.TempDir(), "token"), now: now}
	mux := http.NewServeMux()
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	mux.HandleFunc("/.well-known/openid-configuration", func(rw http.ResponseWriter, _ *http.Request) {
		json.NewEncoder(rw).Encode(map[string]string{"issuer": p.URL, "jwks_uri": p.URL + "/keys"})
	})
	mux.HandleFunc("/keys", func(rw http.ResponseWriter, _ *http.Request) {
		json.NewEncoder(rw).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &signingKey().PublicKey, KeyID: "p", Use: "sig"}}})
	})
	return p
}

// write replaces the token in the file.
func (p *platform) write(t *testing.T, subject string) {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: signingKey(), KeyID: "p"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	token, err := jwt.Signed(signer).Claims(jwt.Claims{
		Issuer: p.URL, Subject: subject, Audience: jwt.Audience{"api://AzureADTokenExchange"}, Expiry: jwt.NewNumericDate(p.now().Add(time.Hour)),
	}).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p.file, []byte(token+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestFederatedCredential_IsReadAtEachUse(t *testing.T) {
	t.Parallel()
	var p *platform
	w := newWorld(t, storetest.New(t), func(w *world) {
		p = newPlatform(t, w.clock.Now)
		w.register(entra.Application{FederatedCredentials: []entra.FederatedCredential{{Issuer: p.URL, Subject: "system:doorlist"}}},
			store.ProviderCredential{Kind: store.FederatedCredential, TokenFile: p.file}, "")
	})
	w.wantRefused(w.browser().signIn("alice@contoso.com"), "provider_error", "credential cannot be used")
	p.write(t, "system:doorlist")
	w.browser().mustSignIn()
	p.write(t, "system:another")
	w.wantRefused(w.browser().signIn("alice@contoso.com"), "provider_error", "AADSTS700213")
	p.write(t, "system:doorlist")
	w.browser().mustSignIn()
	w.must(os.WriteFile(p.file, []byte("root:x:0:0:root:/root:/bin/sh\n"), 0o600))
	w.wantRefused(w.browser().signIn("alice@contoso.com"), "provider_error", "does not hold a signed token")
}

// redemptions counts the requests to the token endpoint by the code that they carry.
type redemptions struct {
	mu    sync.Mutex
	codes map[string]int
	total int
}

func (r *redemptions) RoundTrip(req *http.Request) (*http.Response, error) {
	if strings.HasSuffix(req.URL.Path, "/token") {
		body, _ := req.GetBody()
		form := httptest.NewRequest(http.MethodPost, "/", body)
		form.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.mu.Lock()
		r.total++
		r.codes[form.PostFormValue("code")]++
		r.mu.Unlock()
	}
	return http.DefaultTransport.RoundTrip(req)
}

func (w *world) addSecret(secret string, expires time.Time) (c store.ProviderCredential) {
	w.t.Helper()
	w.clock.Advance(time.Second)
	w.write(func(tx *store.Tx) (err error) {
		c, err = tx.Organization(w.org.ID).AddProviderCredential(w.conn.ID, store.ProviderCredential{Kind: store.SecretCredential, ExpiresAt: expires}, secret)
		return err
	})
	return c
}

// TestProviderCredential_TheOtherOneTakesOver: while one of two credentials is not taken, people come in after one detour, and
// no code is ever sent twice.
func TestProviderCredential_TheOtherOneTakesOver(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		seen := &redemptions{codes: map[string]int{}}
		w := newWorld(t, s, func(w *world) { w.transport = seen })
		added := w.addSecret("not known yet", time.Time{})
		b := w.browser()
		res := b.signIn("alice@contoso.com")
		if got := res.Header.Get("Location"); res.StatusCode != http.StatusSeeOther || !strings.HasPrefix(got, "/login/entra?") {
			t.Fatalf("a refused credential: got %d to %q, want the sign-in to start again\n%s", res.StatusCode, got, res.body)
		}
		b.mustSignIn()
		w.browser().mustSignIn()
		if seen.total != 3 {
			t.Errorf("%d requests to the token endpoint, want 3: the refused credential is passed over", seen.total)
		}
		w.must(w.tenant.SetSecrets(clientID, "not known yet"))
		w.clock.Advance(2 * time.Hour)
		w.browser().mustSignIn()
		w.wantCredentialEvents(added.ID, "connection.credential_added", "connection.credential_refused", "connection.credential_accepted")
		for code, n := range seen.codes {
			if n != 1 {
				t.Errorf("the code %.10s… was sent %d times", code, n)
			}
		}
	})
}

func (w *world) wantCredentialEvents(id string, want ...string) {
	w.t.Helper()
	events, err := w.store.Organization(w.org.ID).Events(context.Background(), store.EventQuery{SubjectID: w.conn.ID})
	w.must(err)
	var got []string
	for _, e := range events {
		if strings.Contains(e.Detail, id) {
			got = append(got, e.Action)
		}
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		w.t.Errorf("the events of the credential are %v, want %v", got, want)
	}
}

func TestProviderCredential_ExpiredIsTheLastResort(t *testing.T) {
	t.Parallel()
	seen := &redemptions{codes: map[string]int{}}
	w := newWorld(t, storetest.New(t), func(w *world) { w.transport = seen })
	w.addSecret("for a day", w.clock.Now().Add(24*time.Hour))
	w.clock.Advance(25 * time.Hour)
	w.browser().mustSignIn()
	if seen.total != 1 {
		t.Errorf("%d requests to the token endpoint, want one, with the secret that has not expired", seen.total)
	}
}

func TestProviderCredential_TwoThatAreRefusedMakeNoLoop(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	w.addSecret("not known yet", time.Time{})
	w.must(w.tenant.SetSecrets(clientID, "quite another"))
	b := w.browser()
	if res := b.signIn("alice@contoso.com"); res.StatusCode != http.StatusSeeOther {
		t.Errorf("the first: got %d, want the sign-in to start again", res.StatusCode)
	}
	w.wantRefused(b.signIn("alice@contoso.com"), "provider_error", "AADSTS7000215")
	w.wantRefused(w.browser().signIn("alice@contoso.com"), "provider_error", "AADSTS7000215")
}

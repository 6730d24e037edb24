package auth_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"doorlist/store"
	"doorlist/store/storetest"
)

// otherProvider speaks OpenID Connect like one of the providers that are not Entra. Everybody who comes is its only person.
type otherProvider struct {
	*httptest.Server
	name       string
	path       string // of the issuer, behind the host
	promises   []string
	algorithm  jose.SignatureAlgorithm // of the ID tokens
	kid        string                  // "" leaves ids out
	methods    []string                // of client authentication; the token endpoint takes the one that wants says
	wants      string
	endSession bool
	claims     map[string]any // beside the usual ones
	subject    string         // the claim that is the identity
	keys       map[jose.SignatureAlgorithm]crypto.Signer
	nonce      string
	challenge  string
	now        func() jwt.NumericDate
	redeemed   int
}

func (o *otherProvider) issuer() string { return o.URL + o.path }

func (o *otherProvider) start(w *world) {
	w.t.Helper()
	o.keys = map[jose.SignatureAlgorithm]crypto.Signer{jose.RS256: signingKey()}
	o.keys[jose.PS256] = signingKey()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	w.must(err)
	o.keys[jose.ES256] = private
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	w.must(err)
	o.keys[jose.EdDSA] = edwards
	o.now = func() jwt.NumericDate { return *jwt.NewNumericDate(w.clock.Now()) }
	mux := http.NewServeMux()
	base := strings.TrimSuffix(o.path, "/")
	mux.HandleFunc("GET "+base+"/.well-known/openid-configuration", o.discovery)
	mux.HandleFunc("GET /keys", o.publish)
	mux.HandleFunc("GET /authorize", o.authorize)
	mux.HandleFunc("POST /token", o.token)
	o.Server = httptest.NewServer(mux)
	w.t.Cleanup(o.Close)
}

func (o *otherProvider) discovery(rw http.ResponseWriter, _ *http.Request) {
	doc := map[string]any{
		"issuer": o.issuer(), "authorization_endpoint": o.URL + "/authorize", "token_endpoint": o.URL + "/token", "jwks_uri": o.URL + "/keys",
		"response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"},
	}
	if o.promises != nil {
		doc["id_token_signing_alg_values_supported"] = o.promises
	}
	if o.methods != nil {
		doc["token_endpoint_auth_methods_supported"] = o.methods
	}
	if o.endSession {
		doc["end_session_endpoint"] = o.URL + "/logout"
	}
	json.NewEncoder(rw).Encode(doc)
}

// publish answers one key of each type; those for encryption have the same id, as Keycloak's may.
func (o *otherProvider) publish(rw http.ResponseWriter, _ *http.Request) {
	set := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: signingKey().Public(), KeyID: o.kid, Use: "enc", Algorithm: "RSA-OAEP"}}}
	for _, a := range []jose.SignatureAlgorithm{jose.RS256, jose.ES256, jose.EdDSA} {
		set.Keys = append(set.Keys, jose.JSONWebKey{Key: o.keys[a].Public(), KeyID: o.kid, Use: "sig"})
	}
	json.NewEncoder(rw).Encode(set)
}

func (o *otherProvider) authorize(rw http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	o.nonce, o.challenge = q.Get("nonce"), q.Get("code_challenge")
	back := q.Get("redirect_uri") + "?" + url.Values{"code": {"the-code"}, "state": {q.Get("state")}}.Encode()
	http.Redirect(rw, r, back, http.StatusFound)
}

func (o *otherProvider) token(rw http.ResponseWriter, r *http.Request) {
	o.redeemed++
	rw.Header().Set("Content-Type", "application/json")
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	id, secret, basic := r.BasicAuth()
	if !basic {
		id, secret = r.PostFormValue("client_id"), r.PostFormValue("client_secret")
	}
	unescaped, _ := url.QueryUnescape(secret)
	if basic != (o.wants == "client_secret_basic") || id != clientID || basic && unescaped != clientSecret || !basic && secret != clientSecret {
		rw.WriteHeader(http.StatusUnauthorized)
		json.NewEncoder(rw).Encode(map[string]string{"error": "invalid_client"})
		return
	}
	if base64.RawURLEncoding.EncodeToString(sum[:]) != o.challenge || r.PostFormValue("code") != "the-code" {
		rw.WriteHeader(http.StatusBadRequest)
		json.NewEncoder(rw).Encode(map[string]string{"error": "invalid_grant"})
		return
	}
	json.NewEncoder(rw).Encode(map[string]any{"access_token": "opaque", "token_type": "Bearer", "expires_in": 300, "id_token": o.idToken()})
}

func (o *otherProvider) idToken() string {
	now := o.now()
	all := map[string]any{"iss": o.issuer(), "aud": clientID, "sub": "the-subject", "nonce": o.nonce, "iat": now, "exp": now + 300}
	for name, value := range o.claims {
		all[name] = value
	}
	var key any = o.keys[o.algorithm]
	if o.algorithm == jose.HS256 {
		key = []byte(clientSecret + clientSecret)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: o.algorithm, Key: jose.JSONWebKey{Key: key, KeyID: o.kid}}, nil)
	if err != nil {
		panic(err)
	}
	text, err := jwt.Signed(signer).Claims(all).Serialize()
	if err != nil {
		panic(err)
	}
	return text
}

// connect makes a connection to the provider, in which Alice has the external id.
func (w *world) connect(o *otherProvider, externalID string) {
	w.t.Helper()
	o.start(w)
	w.write(func(tx *store.Tx) (err error) {
		w.conn, err = tx.Organization(w.org.ID).CreateConnection(store.Connection{
			Slug: "other", Name: o.name, Kind: store.OIDCConnection, Issuer: o.issuer(), ClientID: clientID, SubjectClaim: o.subject,
		}, clientSecret)
		return err
	})
	u := w.addUser(store.UserRecord{UserName: "alice@contoso.com", ExternalID: externalID, Active: true})
	w.addGroup("Staff of "+o.name, "reader", u.ID)
}

// enter goes through the provider and returns the callback's answer.
func (b *browser) enter() answer {
	b.w.t.Helper()
	there := b.get("/login/other?return_to=/wiki/start").Header.Get("Location")
	return b.get(b.get(there).Header.Get("Location"))
}

// otherProviders are shaped after what each provider's discovery document and ID tokens hold.
func otherProviders() []*otherProvider {
	return []*otherProvider{
		{name: "Okta", path: "/oauth2/default", promises: []string{"RS256"}, algorithm: jose.RS256, kid: "k1", subject: "sub", endSession: true,
			methods: []string{"client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "none"}, wants: "client_secret_basic",
			claims: map[string]any{"sub": "00u1", "preferred_username": "alice@contoso.com", "groups": []string{"Everyone"}, "amr": []string{"pwd"}, "ver": 1}},
		{name: "Keycloak", path: "/realms/contoso", promises: []string{"PS384", "RS384", "EdDSA", "ES384", "HS256", "ES256", "RS256", "HS384", "PS256", "RS512"},
			algorithm: jose.PS256, kid: "k1", methods: []string{"private_key_jwt", "client_secret_basic", "client_secret_post"}, wants: "client_secret_basic",
			subject: "ldap_id", endSession: true, claims: map[string]any{"ldap_id": "4711", "azp": clientID, "typ": "ID", "sid": "s", "acr": "1", "roles": []string{"owner"}}},
		{name: "Google", promises: []string{"RS256"}, algorithm: jose.RS256, kid: "k1", methods: []string{"client_secret_post", "client_secret_basic"},
			wants: "client_secret_basic", subject: "sub", claims: map[string]any{"sub": "110169484474386276334", "hd": "contoso.com", "azp": clientID, "email": "alice@contoso.com", "email_verified": true}},
		{name: "Auth0, whose issuer ends in a slash", path: "/", promises: []string{"HS256", "RS256", "PS256"}, algorithm: jose.RS256, kid: "k1",
			methods: []string{"client_secret_basic", "client_secret_post"}, wants: "client_secret_basic", subject: "sub", claims: map[string]any{"sub": "auth0|5f7c8ec7c33c6c004bbafe82"}},
		{name: "one without key ids and with ES256", promises: []string{"RS256", "ES256"}, algorithm: jose.ES256, wants: "client_secret_basic", subject: "sub",
			claims: map[string]any{"sub": "es"}},
		{name: "one with post alone", promises: []string{"RS256"}, algorithm: jose.RS256, kid: "k1", methods: []string{"client_secret_post"},
			wants: "client_secret_post", subject: "sub", claims: map[string]any{"sub": "post"}},
		{name: "one with EdDSA and Basic alone", promises: []string{"EdDSA"}, algorithm: jose.EdDSA, kid: "k1", methods: []string{"client_secret_basic"},
			wants: "client_secret_basic", subject: "sub", claims: map[string]any{"sub": "ed"}},
	}
}

func TestOtherProvider_SignsIn(t *testing.T) {
	t.Parallel()
	for _, o := range otherProviders() {
		t.Run(o.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, storetest.New(t), func(w *world) { w.connect(o, o.claims[o.subject].(string)) })
			b := w.browser()
			if res := b.enter(); res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/wiki/start" {
				t.Fatalf("got %d to %q; decisions %+v", res.StatusCode, res.Header.Get("Location"), w.decisions())
			}
			if got := w.decisions()[0]; got.Role != "reader" {
				t.Errorf("the role is %q, want the group's: what the token says of roles and groups does not count", got.Role)
			}
			if o.redeemed != 1 {
				t.Errorf("%d requests to the token endpoint for one code", o.redeemed)
			}
			if offered := strings.Contains(b.get("/logout").body, `value="provider"`); offered != o.endSession {
				t.Errorf("signing out of the provider too is offered: %t, want %t", offered, o.endSession)
			}
		})
	}
}

// TestOtherProvider_DoesNotArmWhatRecognizesNobody: with a wrong claim for the identity nobody could come in, so passwords must stay good.
func TestOtherProvider_DoesNotArmWhatRecognizesNobody(t *testing.T) {
	t.Parallel()
	for what, tc := range map[string]struct {
		externalID string
		armed      bool
	}{"the claim": {"00u1", true}, "another": {"emp-1", false}} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			o := otherProviders()[0]
			w := newWorld(t, storetest.New(t), func(w *world) { w.connect(o, tc.externalID) })
			owner := w.signedInOwner()
			there := owner.get("/login/other?test=1").Header.Get("Location")
			res := owner.get(owner.get(there).Header.Get("Location"))
			if w.armed() != tc.armed || !tc.armed && !strings.Contains(res.body, "has the external id &#34;emp-1&#34;") {
				t.Errorf("armed %t, want %t\n%s", w.armed(), tc.armed, res.body)
			}
		})
	}
}

func TestOtherProvider_RefusesSignaturesThatItDidNotPromise(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		promises  []string
		algorithm jose.SignatureAlgorithm
	}{{[]string{"HS256", "RS256"}, jose.HS256}, {nil, jose.ES256}, {[]string{"RS256"}, jose.PS256}, {[]string{"none", "HS256"}, jose.HS256}} {
		t.Run(string(c.algorithm)+" of "+strings.Join(c.promises, " "), func(t *testing.T) {
			t.Parallel()
			o := otherProviders()[0]
			o.promises, o.algorithm = slices.Clone(c.promises), c.algorithm
			w := newWorld(t, storetest.New(t), func(w *world) { w.connect(o, "00u1") })
			w.wantRefused(w.browser().enter(), "bad_response", "signature algorithm")
		})
	}
}

func TestOtherProvider_IssuerThatDiffersByASlash(t *testing.T) {
	t.Parallel()
	o := otherProviders()[3]
	w := newWorld(t, storetest.New(t), func(w *world) {
		w.connect(o, "auth0|5f7c8ec7c33c6c004bbafe82")
		w.changeConnection(func(c *store.Connection) { c.Issuer = strings.TrimSuffix(c.Issuer, "/") })
	})
	w.wantRefused(w.browser().get("/login/other"), "provider_error", "names the issuer "+o.issuer())
}

// An application may be registered for one way to send the secret, which discovery does not say.
func TestOtherProvider_StrictAboutTheMethod(t *testing.T) {
	t.Parallel()
	o := otherProviders()[3]
	o.wants = "client_secret_post"
	w := newWorld(t, storetest.New(t), func(w *world) { w.connect(o, "auth0|5f7c8ec7c33c6c004bbafe82") })
	w.wantRefused(w.browser().enter(), "provider_error", "invalid_client")
	w.write(func(tx *store.Tx) error {
		org := tx.Organization(w.org.ID)
		if err := org.SetClientSecret(w.conn.ID, ""); err != nil {
			return err
		}
		_, err := org.AddProviderCredential(w.conn.ID, store.ProviderCredential{Kind: store.SecretCredential, Method: "post"}, clientSecret)
		return err
	})
	if res := w.browser().enter(); res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/wiki/start" {
		t.Errorf("by post: got %d to %q; decisions %+v", res.StatusCode, res.Header.Get("Location"), w.decisions())
	}
}

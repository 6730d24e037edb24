package main

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// claims are laid over the usual ones of an ID token; one that is nil is left out.
type claims map[string]any

// absent leaves a claim out of a token.
var absent any = struct{}{}

// hostileProvider speaks OpenID Connect for any issuer below its address, and says of people whatever it is told to.
type hostileProvider struct {
	*httptest.Server
	t   *testing.T
	key *rsa.PrivateKey

	mu       sync.Mutex
	claims   claims                                                          // of the next tokens
	header   map[string]any                                                  // of the next tokens
	token    func(w http.ResponseWriter, r *http.Request) bool               // answers instead of the token endpoint, where it says so
	codes    map[string]url.Values                                           // by code: what was asked for by the browser
	redeemed []url.Values                                                    // what was sent to the token endpoint
	strays   []string                                                        // requests for what no relying party has to fetch
	metadata func(w http.ResponseWriter, doc map[string]any) (answered bool) // changes discovery
}

func newHostileProvider(t *testing.T) *hostileProvider {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p := &hostileProvider{t: t, key: key, codes: map[string]url.Values{}}
	p.Server = httptest.NewServer(p)
	t.Cleanup(p.Close)
	return p
}

// ServeHTTP answers for the issuer that the path begins with.
func (p *hostileProvider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	cut := strings.LastIndex(r.URL.Path, "/")
	issuer, action := p.URL+r.URL.Path[:cut], r.URL.Path[cut+1:]
	switch action {
	case "openid-configuration":
		p.discover(w, strings.TrimSuffix(issuer, "/.well-known"))
	case "keys":
		json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &p.key.PublicKey, KeyID: "one", Use: "sig"}}})
	case "authorize":
		p.authorize(w, r)
	case "token":
		p.redeem(w, r, issuer)
	default:
		p.mu.Lock()
		defer p.mu.Unlock()
		p.strays = append(p.strays, r.Method+" "+r.URL.Path)
		http.NotFound(w, r)
	}
}

func (p *hostileProvider) discover(w http.ResponseWriter, issuer string) {
	doc := map[string]any{
		"issuer": issuer, "authorization_endpoint": issuer + "/authorize", "token_endpoint": issuer + "/token", "jwks_uri": issuer + "/keys",
		"response_types_supported": []string{"code"}, "id_token_signing_alg_values_supported": []string{"RS256"},
		"code_challenge_methods_supported": []string{"plain"}, "userinfo_endpoint": issuer + "/userinfo",
	}
	p.mu.Lock()
	change := p.metadata
	p.mu.Unlock()
	if change == nil || !change(w, doc) {
		json.NewEncoder(w).Encode(doc)
	}
}

// authorize sends the browser back at once, with a code of its own.
func (p *hostileProvider) authorize(w http.ResponseWriter, r *http.Request) {
	asked := r.URL.Query()
	p.mu.Lock()
	code := fmt.Sprintf("code-%d", len(p.codes))
	p.codes[code] = asked
	p.mu.Unlock()
	http.Redirect(w, r, asked.Get("redirect_uri")+"?"+url.Values{"code": {code}, "state": {asked.Get("state")}}.Encode(), http.StatusFound)
}

func (p *hostileProvider) redeem(w http.ResponseWriter, r *http.Request, issuer string) {
	r.ParseForm()
	p.mu.Lock()
	instead := p.token
	asked := p.codes[r.PostForm.Get("code")]
	p.redeemed = append(p.redeemed, r.PostForm)
	usual := claims{
		"iss": issuer, "aud": asked.Get("client_id"), "sub": "the-subject", "nonce": asked.Get("nonce"),
		"iat": time.Now().Unix(), "nbf": time.Now().Unix(), "exp": time.Now().Add(5 * time.Minute).Unix(),
	}
	maps.Copy(usual, p.claims)
	header := maps.Clone(p.header)
	p.mu.Unlock()
	if instead != nil && instead(w, r) {
		return
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(map[string]any{"access_token": "opaque", "token_type": "Bearer", "expires_in": 300, "id_token": p.sign(usual, header)})
}

func (p *hostileProvider) sign(all claims, header map[string]any) string {
	maps.DeleteFunc(all, func(_ string, value any) bool { return value == absent })
	options := &jose.SignerOptions{}
	for name, value := range header {
		options.WithHeader(jose.HeaderKey(name), value)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: p.key, KeyID: "one"}}, options)
	if err != nil {
		p.t.Error(err)
		return ""
	}
	text, err := jwt.Signed(signer).Claims(map[string]any(all)).Serialize()
	if err != nil {
		p.t.Error(err)
	}
	return text
}

// say decides what the next tokens claim.
func (p *hostileProvider) say(c claims) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.claims = c
}

// misbehave makes a change that ends with the check.
func (p *hostileProvider) misbehave(t *testing.T, change func()) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
	t.Cleanup(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.header, p.token, p.metadata = nil, nil, nil
	})
}

// seen is what the provider has noted so far.
func seen[T any](p *hostileProvider, list *[]T) []T {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]T(nil), *list...)
}

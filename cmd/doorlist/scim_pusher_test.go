package main

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// pusher calls a running server's SCIM endpoint as a provider behind a proxy does.
type pusher struct {
	t      *testing.T
	node   *node
	client *http.Client
	header http.Header
}

func (n *node) pusher(t *testing.T, client *http.Client) *pusher {
	return &pusher{t, n, client, http.Header{"X-Forwarded-For": {"192.0.2.7"}}}
}

// ask sends a request and demands a status, and a SCIM error where it is one.
func (p *pusher) ask(status int, method, path, body string) {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), method, p.node.url+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header = p.header.Clone()
	res, err := p.client.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	if res.StatusCode != status {
		p.t.Errorf("%s %s: %s %s, want %d", method, path, res.Status, text, status)
	}
	if status >= 400 && !strings.Contains(string(text), "urn:ietf:params:scim:api:messages:2.0:Error") {
		p.t.Errorf("%s %s: %s is no SCIM error", method, path, text)
	}
}

func (n *node) bearer(t *testing.T, token string) *pusher {
	p := n.pusher(t, http.DefaultClient)
	p.header.Set("Authorization", "Bearer "+token)
	return p
}

// issuer is a tenant of Entra's that signs for programs.
type issuer struct {
	*httptest.Server
	t   *testing.T
	key *rsa.PrivateKey
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	i := &issuer{t: t, key: key}
	mux := http.NewServeMux()
	root := "/" + tenantID
	mux.HandleFunc("GET "+root+"/v2.0/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		json.NewEncoder(w).Encode(map[string]string{
			"issuer": i.URL + root + "/v2.0", "jwks_uri": i.URL + root + "/discovery/v2.0/keys",
			"authorization_endpoint": i.URL + root + "/oauth2/v2.0/authorize", "token_endpoint": i.URL + root + "/oauth2/v2.0/token",
		})
	})
	mux.HandleFunc("GET "+root+"/discovery/v2.0/keys", func(w http.ResponseWriter, _ *http.Request) {
		json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &key.PublicKey, KeyID: "one", Use: "sig"}}})
	})
	i.Server = httptest.NewServer(mux)
	t.Cleanup(i.Close)
	return i
}

func (i *issuer) sign(claims map[string]any) string {
	i.t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: i.key, KeyID: "one"}}, nil)
	if err != nil {
		i.t.Fatal(err)
	}
	all := map[string]any{"tid": tenantID, "iat": time.Now().Unix(), "nbf": time.Now().Unix(), "exp": time.Now().Add(time.Hour).Unix()}
	for name, value := range claims {
		all[name] = value
	}
	text, err := jwt.Signed(signer).Claims(all).Serialize()
	if err != nil {
		i.t.Fatal(err)
	}
	return text
}

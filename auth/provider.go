package auth

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	"golang.org/x/oauth2"
	"golang.org/x/sync/singleflight"

	"doorlist/store"
)

const (
	providerTimeout = 10 * time.Second
	providerBody    = 512 << 10 // bytes of an answer; the largest seen, a key set, has some 15 KiB
	discoveryFresh  = time.Hour
)

// provider is what discovery said of one connection's identity provider.
type provider struct {
	issuer     string
	clientID   string
	endpoint   oauth2.Endpoint
	endSession string // where to sign out at the provider; "" where it does not say
	sendsIss   bool   // it promises an iss parameter in its answers (RFC 9207)
	// assertionAlgorithm signs client assertions with an RSA key.
	assertionAlgorithm jose.SignatureAlgorithm
	verifier           *oidc.IDTokenVerifier
	keys               *keySet
	discovered         time.Time
}

// providers discovers each connection's provider when it is first needed, and again every hour.
type providers struct {
	client *http.Client
	now    func() time.Time
	flight singleflight.Group

	mu    sync.Mutex
	known map[string]*provider // by connection id
}

func newProviders(transport http.RoundTripper, now func() time.Time) *providers {
	if transport == nil {
		t := http.DefaultTransport.(*http.Transport).Clone()
		t.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
		t.ResponseHeaderTimeout = providerTimeout
		transport = t
	}
	client := &http.Client{
		Timeout:   providerTimeout,
		Transport: capped{transport},
		// A redirect could lead anywhere, into our own network too. No provider of ours needs one here.
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return errors.New("the provider answered with a redirect, which is not followed")
		},
	}
	return &providers{client: client, now: now, known: map[string]*provider{}}
}

// capped limits the size of answers, because discovery and key sets are read to the end.
type capped struct{ next http.RoundTripper }

func (c capped) RoundTrip(r *http.Request) (*http.Response, error) {
	defer waiting(r.Context())()
	res, err := c.next.RoundTrip(r)
	if err == nil {
		res.Body = http.MaxBytesReader(nil, res.Body, providerBody)
	}
	return res, err
}

// find returns the provider of a connection. When discovery fails, an earlier answer for the same settings is used on.
func (p *providers) find(ctx context.Context, c store.Connection) (*provider, error) {
	last := p.last(c)
	if last != nil && p.now().Sub(last.discovered) < discoveryFresh {
		return last, nil
	}
	defer waiting(ctx)() // those who wait for another's answer too
	key := c.ID + " " + c.Issuer + " " + c.ClientID
	found, err, _ := p.flight.Do(key, func() (any, error) {
		// Others may wait for this answer, so it does not end with the first browser that goes away.
		return p.discover(context.WithoutCancel(ctx), c, last)
	})
	if err != nil && last != nil {
		return last, nil
	}
	if err != nil {
		return nil, err
	}
	return found.(*provider), nil
}

// last returns what was discovered for a connection with these very settings.
func (p *providers) last(c store.Connection) *provider {
	p.mu.Lock()
	defer p.mu.Unlock()
	if k := p.known[c.ID]; k != nil && k.issuer == c.Issuer && k.clientID == c.ClientID {
		return k
	}
	return nil
}

// metadata is what we read of a discovery document beside what go-oidc reads.
type metadata struct {
	JWKS        string   `json:"jwks_uri"`
	EndSession  string   `json:"end_session_endpoint"`
	SendsIss    bool     `json:"authorization_response_iss_parameter_supported"`
	AuthMethods []string `json:"token_endpoint_auth_methods_supported"`
	// AssertionAlgorithms are those of client assertions; Algorithms are those of ID tokens.
	AssertionAlgorithms []string `json:"token_endpoint_auth_signing_alg_values_supported"`
	Algorithms          []string `json:"id_token_signing_alg_values_supported"`
}

func (p *providers) discover(ctx context.Context, c store.Connection, last *provider) (*provider, error) {
	if !secureURL(c.Issuer) {
		return nil, fmt.Errorf("the issuer %q is neither https nor on this machine", c.Issuer)
	}
	found, err := oidc.NewProvider(oidc.ClientContext(ctx, p.client), c.Issuer)
	var other *oidc.IssuerMismatchError
	if errors.As(err, &other) {
		return nil, fmt.Errorf("discovery at %s names the issuer %s: the connection must be added with that one, to the letter", c.Issuer, other.Discovered)
	}
	if err != nil {
		return nil, fmt.Errorf("discovery at %s failed: %w", c.Issuer, err)
	}
	var m metadata
	if err := found.Claims(&m); err != nil {
		return nil, fmt.Errorf("discovery at %s: %w", c.Issuer, err)
	}
	endpoint := found.Endpoint()
	for _, u := range []string{endpoint.AuthURL, endpoint.TokenURL, m.JWKS} {
		if !secureURL(u) {
			return nil, fmt.Errorf("discovery at %s names %q, which is neither https nor on this machine", c.Issuer, u)
		}
	}
	endpoint.AuthStyle = authStyle(c.Kind, m.AuthMethods)
	algorithms := tokenAlgorithms(c.Kind, m.Algorithms)
	fresh := &provider{
		issuer: c.Issuer, clientID: c.ClientID, endpoint: endpoint, sendsIss: m.SendsIss, assertionAlgorithm: assertionAlgorithm(m.AssertionAlgorithms),
		keys: &keySet{url: m.JWKS, algorithms: algorithms, client: p.client, now: p.now}, discovered: p.now(),
	}
	if secureURL(m.EndSession) {
		fresh.endSession = m.EndSession
	}
	if last != nil && last.keys.url == m.JWKS && slices.Equal(last.keys.algorithms, algorithms) {
		fresh.keys = last.keys // with its memory of when it fetched
	}
	fresh.verifier = oidc.NewVerifier(c.Issuer, fresh.keys, &oidc.Config{
		ClientID: c.ClientID, SupportedSigningAlgs: texts(algorithms), Now: p.now,
	})
	p.mu.Lock()
	defer p.mu.Unlock()
	p.known[c.ID] = fresh
	return fresh, nil
}

// authStyle chooses how a secret is sent to the token endpoint. It is never left to x/oauth2's trying out: that repeats a
// failed exchange with the same one-time code, and the second error hides the first. Where a provider takes both ways, it
// expects Basic unless the application was registered otherwise (OpenID Connect Core section 9), and some are strict about it
// (appsup-dart/openid_client#69).
func authStyle(kind store.ConnectionKind, methods []string) oauth2.AuthStyle {
	basic := len(methods) == 0 || slices.Contains(methods, "client_secret_basic")
	if kind == store.EntraConnection || !basic && slices.Contains(methods, "client_secret_post") {
		return oauth2.AuthStyleInParams
	}
	return oauth2.AuthStyleInHeader
}

package entra_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"doorlist/entra"
)

// site is a running simulator with an application that signs in to it, as a careful relying party does.
type site struct {
	t        *testing.T
	server   *entra.Server
	url      string
	tenant   *entra.Tenant
	stranger *entra.Tenant
	app      entra.Application
	browser  *http.Client // keeps cookies only where a test gives it a jar; never follows redirects
	keys     oidc.KeySet  // as a long-lived process has it; nil fetches anew
	subject  string       // the sub of an earlier sign-in, if any
}

const redirectURI = "http://127.0.0.1:9999/login/callback"

func newSite(t *testing.T, app entra.Application, options ...func(*entra.ServerOptions)) *site {
	t.Helper()
	tenant := demoTenant(t)
	stranger := entra.NewTenant(entra.TenantOptions{Seed: 99, Domain: "fabrikam.com", Name: "Fabrikam"})
	if app.RedirectURIs == nil {
		app.RedirectURIs = []string{redirectURI}
	}
	app, err := tenant.Register(app)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stranger.Register(app); err != nil {
		t.Fatal(err)
	}
	o := entra.ServerOptions{Tenants: []*entra.Tenant{tenant, stranger}, Seed: 5, SlowBy: 200 * time.Millisecond}
	for _, option := range options {
		option(&o)
	}
	server, err := entra.NewServer(o)
	if err != nil {
		t.Fatal(err)
	}
	listening := httptest.NewServer(server)
	t.Cleanup(listening.Close)
	return &site{
		t: t, server: server, url: listening.URL, tenant: tenant, stranger: stranger, app: app,
		browser: &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}
}

func (s *site) issuer() string { return s.url + "/" + s.tenant.ID + "/v2.0" }

// context gives the library a client with the limits that a careful application sets.
func (s *site) context() context.Context {
	return oidc.ClientContext(s.t.Context(), &http.Client{Timeout: 5 * time.Second, Transport: capped{1 << 20}})
}

// capped limits what an answer may weigh, as a client must against a hostile key set.
type capped struct{ bytes int64 }

func (c capped) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	answer.Body = http.MaxBytesReader(nil, answer.Body, c.bytes)
	return answer, nil
}

// attempt is one sign-in on its way.
type attempt struct {
	provider               *oidc.Provider
	config                 oauth2.Config
	state, nonce, verifier string
}

func (s *site) begin() (*attempt, error) {
	provider, err := oidc.NewProvider(s.context(), s.issuer())
	if err != nil {
		return nil, err
	}
	endpoint := provider.Endpoint()
	endpoint.AuthStyle = oauth2.AuthStyleInParams
	return &attempt{
		provider: provider, state: "state-1", nonce: "nonce-1", verifier: oauth2.GenerateVerifier(),
		config: oauth2.Config{
			ClientID: s.app.ClientID, ClientSecret: s.app.Secrets[0], Endpoint: endpoint, RedirectURL: redirectURI,
			Scopes: []string{"openid", "profile"},
		},
	}, nil
}

func (a *attempt) url(extra ...string) string {
	options := []oauth2.AuthCodeOption{oidc.Nonce(a.nonce), oauth2.S256ChallengeOption(a.verifier)}
	for i := 0; i < len(extra); i += 2 {
		options = append(options, oauth2.SetAuthURLParam(extra[i], extra[i+1]))
	}
	return a.config.AuthCodeURL(a.state, options...)
}

// visit sends the browser somewhere and returns where it is sent on, or the text of the page where it is kept.
func (s *site) visit(target string) (callback url.Values, page string, err error) {
	answer, err := s.browser.Get(target)
	if err != nil {
		return nil, "", err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusSeeOther {
		body, err := io.ReadAll(answer.Body)
		return nil, string(body), err
	}
	to, err := answer.Location()
	if err != nil {
		return nil, "", err
	}
	return to.Query(), "", nil
}

// signIn is a whole sign-in of a careful application; its error says why it turned the person away.
func (s *site) signIn(who string) (map[string]any, error) {
	a, err := s.begin()
	if err != nil {
		return nil, err
	}
	callback, page, err := s.visit(a.url("sim_user", who))
	if err != nil {
		return nil, err
	}
	if callback == nil {
		return nil, fmt.Errorf("kept on a page: %s", aadsts(page))
	}
	if callback.Get("state") != a.state {
		return nil, errors.New("another state")
	}
	if callback.Has("error") {
		return nil, fmt.Errorf("error at the callback: %s", callback.Get("error"))
	}
	token, err := a.config.Exchange(s.context(), callback.Get("code"), oauth2.VerifierOption(a.verifier))
	if err != nil {
		return nil, err
	}
	return s.verify(a, token)
}

func (s *site) verify(a *attempt, token *oauth2.Token) (map[string]any, error) {
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return nil, errors.New("no ID token")
	}
	config := &oidc.Config{ClientID: s.app.ClientID, SupportedSigningAlgs: []string{"RS256"}}
	verifier := a.provider.Verifier(config)
	if s.keys != nil {
		verifier = oidc.NewVerifier(s.issuer(), s.keys, config)
	}
	id, err := verifier.Verify(s.context(), raw)
	if err != nil {
		return nil, fmt.Errorf("go-oidc: %w", err)
	}
	claims := map[string]any{}
	if err := id.Claims(&claims); err != nil {
		return nil, err
	}
	return claims, s.check(a, id, claims)
}

var guid = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// check does what go-oidc leaves to the application.
func (s *site) check(a *attempt, id *oidc.IDToken, claims map[string]any) error {
	oid, _ := claims["oid"].(string)
	switch azp, hasAzp := claims["azp"]; {
	case id.Nonce != a.nonce:
		return errors.New("another nonce")
	case len(id.Audience) != 1:
		return errors.New("several audiences")
	case hasAzp && azp != s.app.ClientID:
		return errors.New("another azp")
	case claims["tid"] != s.tenant.ID:
		return errors.New("another tid")
	case !guid.MatchString(strings.ToLower(oid)) || strings.Trim(oid, "0-") == "":
		return errors.New("oid is no GUID")
	case id.IssuedAt.After(time.Now().Add(5 * time.Minute)):
		return errors.New("issued in the future")
	case s.subject != "" && s.subject != id.Subject:
		return errors.New("another sub")
	}
	return nil
}

// mustSignIn fails the test if the person is turned away.
func (s *site) mustSignIn(who string) map[string]any {
	s.t.Helper()
	claims, err := s.signIn(who)
	if err != nil {
		s.t.Fatalf("sign-in of %s: %v", who, err)
	}
	return claims
}

// aadsts finds the number of the error on a page.
func aadsts(page string) string {
	return regexp.MustCompile(`AADSTS\d+`).FindString(page)
}

// redeem calls the token endpoint and returns the number of the error, or 0.
func (s *site) redeem(tenant *entra.Tenant, form url.Values, basic ...string) (number int, body map[string]any) {
	s.t.Helper()
	request, err := http.NewRequest(http.MethodPost, s.url+"/"+tenant.ID+"/oauth2/v2.0/token", strings.NewReader(form.Encode()))
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if len(basic) == 2 {
		request.SetBasicAuth(url.QueryEscape(basic[0]), url.QueryEscape(basic[1]))
	}
	answer, err := s.browser.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	if err := json.NewDecoder(answer.Body).Decode(&body); err != nil {
		s.t.Fatal(err)
	}
	codes, _ := body["error_codes"].([]any)
	if len(codes) == 0 {
		return 0, body
	}
	first, _ := codes[0].(float64)
	return int(first), body
}

// code signs somebody in as far as the code, and returns the form that redeems it.
func (s *site) code(who string) url.Values {
	s.t.Helper()
	a, err := s.begin()
	if err != nil {
		s.t.Fatal(err)
	}
	callback, page, err := s.visit(a.url("sim_user", who))
	if err != nil || callback.Get("code") == "" {
		s.t.Fatalf("no code for %s: %v %v %s", who, err, callback, aadsts(page))
	}
	return url.Values{
		"grant_type": {"authorization_code"}, "client_id": {s.app.ClientID}, "client_secret": {s.app.Secrets[0]},
		"code": {callback.Get("code")}, "redirect_uri": {redirectURI}, "code_verifier": {a.verifier},
	}
}

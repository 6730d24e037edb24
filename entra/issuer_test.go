package entra_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"doorlist/entra"
)

const rita = "rita.reader@contoso.com"

func TestSignIn_GoodPath(t *testing.T) {
	t.Parallel()
	s := newSite(t, entra.Application{})
	claims := s.mustSignIn(rita)
	p := person(t, s.tenant, "rita.reader")
	for claim, want := range map[string]any{
		"ver": "2.0", "iss": s.issuer(), "aud": s.app.ClientID, "tid": s.tenant.ID, "oid": p.ObjectID,
		"preferred_username": rita, "name": "Rita Reader", "nonce": "nonce-1",
	} {
		if claims[claim] != want {
			t.Errorf("%s: got %v, want %v", claim, claims[claim], want)
		}
	}
	for _, claim := range []string{"email", "groups", "roles", "acct", "sid", "upn", "at_hash"} {
		if _, there := claims[claim]; there {
			t.Errorf("%s is in a token that nobody asked to hold it", claim)
		}
	}
	iat, _ := claims["iat"].(float64)
	if age := time.Since(time.Unix(int64(iat), 0)); age < 4*time.Minute || age > 6*time.Minute {
		t.Errorf("iat is %v ago; Entra back-dates it by five minutes", age)
	}
}

func TestSignIn_SubIsPairwiseAndOidIsNot(t *testing.T) {
	t.Parallel()
	s := newSite(t, entra.Application{})
	first, again := s.mustSignIn(rita), s.mustSignIn(rita)
	other, err := s.tenant.Register(entra.Application{RedirectURIs: []string{redirectURI}})
	if err != nil {
		t.Fatal(err)
	}
	s.app = other
	elsewhere := s.mustSignIn(rita)
	if first["sub"] != again["sub"] {
		t.Error("sub changed between two sign-ins to one application")
	}
	if first["sub"] == elsewhere["sub"] {
		t.Error("sub is the same for two applications")
	}
	if first["oid"] != elsewhere["oid"] {
		t.Error("oid differs between two applications")
	}
}

func TestDiscovery_ByDomainNamesTheGUIDIssuer(t *testing.T) {
	t.Parallel()
	s := newSite(t, entra.Application{})
	_, err := oidc.NewProvider(s.context(), s.url+"/contoso.com/v2.0")
	var mismatch *oidc.IssuerMismatchError
	if !errors.As(err, &mismatch) || mismatch.Discovered != s.issuer() {
		t.Errorf("got %v, want an issuer mismatch that names %s", err, s.issuer())
	}
	if _, err := oidc.NewProvider(s.context(), s.url+"/unknown.example/v2.0"); err == nil {
		t.Error("an unknown tenant has metadata")
	}
}

func TestRotation_OldKeysStayUntilWithdrawn(t *testing.T) {
	t.Parallel()
	s := newSite(t, entra.Application{})
	s.keys = oidc.NewRemoteKeySet(s.context(), s.url+"/"+s.tenant.ID+"/discovery/v2.0/keys")
	s.mustSignIn(rita)
	for _, step := range []struct {
		withdraw bool
		want     int
	}{{false, 2}, {false, 3}, {true, 1}} {
		if err := s.server.RotateKeys(step.withdraw); err != nil {
			t.Fatal(err)
		}
		s.mustSignIn(rita)
		_, page, err := s.visit(s.url + "/" + s.tenant.ID + "/discovery/v2.0/keys")
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Count(page, `"kid"`); got != step.want {
			t.Errorf("withdraw %v: %d keys published, want %d", step.withdraw, got, step.want)
		}
		if !strings.Contains(page, `"issuer":"`+s.issuer()+`"`) {
			t.Error("the keys do not name the issuer that may use them")
		}
	}
}

func TestAuthorize_ErrorsOnEntrasOwnPage(t *testing.T) {
	t.Parallel()
	s := newSite(t, entra.Application{AssignmentRequired: true})
	gone := person(t, s.tenant, "carl.contributor")
	if err := s.tenant.SoftDelete(gone.ObjectID); err != nil {
		t.Fatal(err)
	}
	a, err := s.begin()
	if err != nil {
		t.Fatal(err)
	}
	if _, page, _ := s.visit(a.url("sim_user", "dora.disabled@contoso.com")); !strings.Contains(page, "Sign in as somebody else") {
		t.Error("the page of a disabled person does not lead back to the choice")
	}
	for name, test := range map[string]struct {
		params []string
		want   string
	}{
		"disabled":            {[]string{"sim_user", "dora.disabled@contoso.com"}, "AADSTS50057"},
		"not assigned":        {[]string{"sim_user", "uma.unassigned@contoso.com"}, "AADSTS50105"},
		"soft-deleted":        {[]string{"sim_user", gone.ObjectID}, "AADSTS50034"},
		"unknown person":      {[]string{"sim_user", "nobody@contoso.com"}, "AADSTS50034"},
		"foreign redirect":    {[]string{"redirect_uri", "https://evil.example/login/callback"}, "AADSTS50011"},
		"redirect path":       {[]string{"redirect_uri", "http://127.0.0.1:9999/LOGIN/callback"}, "AADSTS50011"},
		"redirect fragment":   {[]string{"redirect_uri", redirectURI + "#x"}, "AADSTS50011"},
		"redirect missing":    {[]string{"redirect_uri", ""}, "AADSTS50011"},
		"unknown application": {[]string{"client_id", "11111111-1111-4111-8111-111111111111"}, "AADSTS700016"},
		"missing application": {[]string{"client_id", ""}, "AADSTS900144"},
	} {
		callback, page, err := s.visit(a.url(test.params...))
		if err != nil {
			t.Fatal(err)
		}
		if callback != nil || aadsts(page) != test.want {
			t.Errorf("%s: got %s (callback %v), want a page with %s", name, aadsts(page), callback, test.want)
		}
	}
}

func TestAuthorize_ErrorsAtTheCallback(t *testing.T) {
	t.Parallel()
	s := newSite(t, entra.Application{})
	a, err := s.begin()
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		params []string
		want   string
	}{
		"declined":            {[]string{"sim_user", "cancel"}, "access_denied"},
		"silent, no session":  {[]string{"prompt", "none"}, "login_required"},
		"implicit flow":       {[]string{"response_type", "id_token"}, "unsupported_response_type"},
		"no openid":           {[]string{"scope", "profile"}, "invalid_scope"},
		"unknown prompt":      {[]string{"prompt", "shout"}, "invalid_request"},
		"unknown mode":        {[]string{"response_mode", "pigeon"}, "invalid_request"},
		"unknown PKCE method": {[]string{"code_challenge_method", "S512"}, "invalid_request"},
	} {
		callback, page, err := s.visit(a.url(test.params...))
		if err != nil {
			t.Fatal(err)
		}
		if callback.Get("error") != test.want || callback.Get("state") != a.state {
			t.Errorf("%s: got %v (page %s), want error %s with the state", name, callback, aadsts(page), test.want)
		}
	}
}

func TestAuthorize_SessionsAndPrompt(t *testing.T) {
	t.Parallel()
	s := newSite(t, entra.Application{AssignmentRequired: true})
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	s.browser.Jar = jar
	s.mustSignIn(rita)
	a, err := s.begin()
	if err != nil {
		t.Fatal(err)
	}
	silent := func(params ...string) bool {
		callback, _, err := s.visit(a.url(params...))
		if err != nil {
			t.Fatal(err)
		}
		return callback.Get("code") != ""
	}
	if !silent("prompt", "none") || !silent("login_hint", rita) {
		t.Error("a signed-in browser is asked again")
	}
	if silent("login_hint", rita, "prompt", "select_account") || silent("login_hint", "adam.admin@contoso.com") || silent() {
		t.Error("the page that asks who it is was left out")
	}
	if err := s.tenant.Disable(person(t, s.tenant, "rita.reader").ObjectID); err != nil {
		t.Fatal(err)
	}
	if callback, _, _ := s.visit(a.url("prompt", "none")); callback.Get("error") != "interaction_required" {
		t.Errorf("silent sign-in of a disabled person: got %v, want interaction_required", callback)
	}
	if callback, _, err := s.visit(s.url + "/" + s.tenant.ID + "/oauth2/v2.0/logout?post_logout_redirect_uri=" + url.QueryEscape(redirectURI)); err != nil || callback == nil {
		t.Errorf("logout does not return to a registered URI: %v", err)
	}
	if callback, page, _ := s.visit(s.url + "/" + s.tenant.ID + "/oauth2/v2.0/logout?post_logout_redirect_uri=https://evil.example/"); callback != nil || !strings.Contains(page, "You signed out") {
		t.Error("logout is an open redirector")
	}
	if callback, _, _ := s.visit(a.url("prompt", "none")); callback.Get("error") != "login_required" {
		t.Errorf("silent sign-in after logout: got %v, want login_required", callback)
	}
}

func TestAuthorize_SignInPageSearchesAndSuggests(t *testing.T) {
	t.Parallel()
	s := newSite(t, entra.Application{})
	if err := s.tenant.Rename(person(t, s.tenant, "carl.contributor").ObjectID, "carl.contributor@contoso.com", "<b>Carl</b>"); err != nil {
		t.Fatal(err)
	}
	a, err := s.begin()
	if err != nil {
		t.Fatal(err)
	}
	_, page, err := s.visit(a.url("login_hint", rita))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(page, "Suggested by the application") || strings.Count(page, rita+"<") != 1 {
		t.Error("the person of login_hint is not suggested once")
	}
	if strings.Contains(page, "<b>Carl</b></b>") || !strings.Contains(page, "&lt;b&gt;Carl&lt;/b&gt;") {
		t.Error("a display name is not escaped")
	}
	_, page, err = s.visit(a.url("sim_search", "O'NEIL"))
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(page, `class="person"`); got != 1 || !strings.Contains(page, a.nonce) {
		t.Errorf("the search for O'NEIL finds %d people, want 1, and keeps the request", got)
	}
}

func TestAuthorize_FormPost(t *testing.T) {
	t.Parallel()
	s := newSite(t, entra.Application{})
	a, err := s.begin()
	if err != nil {
		t.Fatal(err)
	}
	answer, err := s.browser.Get(a.url("response_mode", "form_post", "sim_user", rita))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	page := string(body)
	for _, want := range []string{`action="` + redirectURI + `"`, `name="code"`, `value="state-1"`, "document.forms[0].submit()"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page that posts itself lacks %s", want)
		}
	}
	if policy := answer.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "script-src 'sha256-") || answer.StatusCode != http.StatusOK {
		t.Errorf("status %d, policy %q", answer.StatusCode, policy)
	}
}

func TestRedirectURI_LoopbackPortIsIgnored(t *testing.T) {
	t.Parallel()
	s := newSite(t, entra.Application{RedirectURIs: []string{"http://localhost/cb", "https://door.example:8443/cb"}})
	wide := newSite(t, entra.Application{RedirectURIs: []string{entra.AnyLoopback}})
	for _, test := range []struct {
		site *site
		uri  string
		want bool
	}{
		{s, "http://localhost:1234/cb", true},
		{s, "http://127.0.0.1/cb", false},
		{s, "https://door.example:8443/cb", true},
		{s, "https://door.example/cb", false},
		{wide, "http://127.0.0.1:1/anything?x=1", true},
		{wide, "https://[::1]:7/x", true},
		{wide, "https://door.example/cb", false},
		{wide, "http://localhost.evil.example/cb", false},
		{wide, "javascript://localhost/%0aalert(1)", false},
	} {
		a, err := test.site.begin()
		if err != nil {
			t.Fatal(err)
		}
		callback, _, err := test.site.visit(a.url("redirect_uri", test.uri, "sim_user", rita))
		if err != nil {
			t.Fatal(err)
		}
		if got := callback != nil; got != test.want {
			t.Errorf("redirect to %s: permitted %v, want %v", test.uri, got, test.want)
		}
	}
}

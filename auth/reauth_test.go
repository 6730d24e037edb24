package auth_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"doorlist/store/storetest"
)

func TestReauth_TheProviderHasToAsk(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	b := w.browser()
	b.mustSignIn()
	old := b.sessionCookie()
	w.clock.Advance(30 * time.Minute)
	page := b.get("/reauth?return_to=/sessions")
	start := "/login/entra?prompt=login&return_to=%2Fsessions"
	if !strings.Contains(page.body, strings.ReplaceAll(start, "&", "&amp;")) || !strings.Contains(page.body, "Alice Ångström") {
		t.Fatalf("the page does not lead to the provider:\n%s", page.body)
	}
	there := b.get(start).Header.Get("Location")
	query, err := url.Parse(there)
	w.must(err)
	if q := query.Query(); q.Get("prompt") != "login" || q.Get("max_age") != "0" {
		t.Errorf("the provider is asked by %s", there)
	}
	res := b.get(b.authorize(start, "alice@contoso.com"))
	if res.Header.Get("Location") != "/sessions" || b.sessionCookie() == old {
		t.Errorf("got %d to %q; a new session: %v", res.StatusCode, res.Header.Get("Location"), b.sessionCookie() != old)
	}
}

// Whoever finds an open screen can take prompt=login out of the address; the provider then passes silently.
func TestReauth_AnOldProofIsNone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	b := w.browser()
	b.mustSignIn()
	w.clock.Advance(30 * time.Minute)
	there := b.get("/login/entra?prompt=login").Header.Get("Location")
	tampered := strings.Replace(there, "prompt=login", "prompt=none&login_hint=alice%40contoso.com", 1)
	res := b.get(b.get(tampered).Header.Get("Location"))
	if res.StatusCode != http.StatusForbidden || res.Header.Get("X-Doorlist-Reason") != "bad_response" || !strings.Contains(res.body, "signed in just now") {
		t.Errorf("got %d %q\n%s", res.StatusCode, res.Header.Get("X-Doorlist-Reason"), res.body)
	}
	b.wantVerify(http.StatusOK, "")
	silent := strings.Replace(b.get("/login/entra").Header.Get("Location"), "response_mode", "prompt=none&login_hint=alice%40contoso.com&response_mode", 1)
	if res := b.get(b.get(silent).Header.Get("Location")); res.StatusCode != http.StatusSeeOther {
		t.Errorf("an ordinary sign-in may be silent: got %d", res.StatusCode)
	}
}

func TestReauth_WithoutASession(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	for _, page := range []string{"/reauth", "/switched", "/reauth?return_to=/reauth", "/switched?return_to=https://evil.example"} {
		if res := w.browser().get(page); res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/login" {
			t.Errorf("%s: got %d to %q", page, res.StatusCode, res.Header.Get("Location"))
		}
	}
}

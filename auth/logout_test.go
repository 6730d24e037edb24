package auth_test

import (
	"net/http"
	"strings"
	"testing"

	"doorlist/store"
	"doorlist/store/storetest"
)

func TestLogout_EndsTheSession(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		b := w.browser()
		b.mustSignIn()
		secret := b.sessionCookie()
		if res := b.get("/logout"); !strings.Contains(res.body, `<form method="post" action="/logout">`) {
			t.Error("GET /logout shows no button")
		}
		b.wantVerify(http.StatusOK, "")
		res := b.do(http.MethodPost, "/logout", map[string]string{"Sec-Fetch-Site": "same-origin"})
		if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/logout?from=entra" {
			t.Fatalf("got %d to %q", res.StatusCode, res.Header.Get("Location"))
		}
		if b.sessionCookie() != "" {
			t.Error("the cookie is still there")
		}
		after := b.get(res.Header.Get("Location"))
		if !strings.Contains(after.body, "/oauth2/v2.0/logout") || !strings.Contains(after.body, "Sign out of Microsoft too") {
			t.Errorf("the page does not offer to sign out of Microsoft:\n%s", after.body)
		}
		stolen := b.do(http.MethodGet, "/auth/verify", map[string]string{"Cookie": "doorlist=" + secret})
		if stolen.StatusCode != http.StatusUnauthorized || stolen.Header.Get("X-Doorlist-Reason") != "session_revoked" {
			t.Errorf("the old cookie: got %d %q, want 401 session_revoked", stolen.StatusCode, stolen.Header.Get("X-Doorlist-Reason"))
		}
	})
}

func TestLogout_AnotherSiteCannotDoIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	b := w.browser()
	b.mustSignIn()
	for _, header := range []map[string]string{
		{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"},
	} {
		if res := b.do(http.MethodPost, "/logout", header); res.StatusCode != http.StatusForbidden {
			t.Errorf("with %v: got %d, want 403", header, res.StatusCode)
		}
	}
	b.wantVerify(http.StatusOK, "")
}

func TestLogout_WithoutASession(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	if res := w.browser().do(http.MethodPost, "/logout", nil); res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/logout" {
		t.Errorf("got %d to %q, want 303 to /logout", res.StatusCode, res.Header.Get("Location"))
	}
	for _, from := range []string{"", "?from=nowhere", "?from=%00", "?from=javascript:alert(1)"} {
		if res := w.browser().get("/logout" + from); res.StatusCode != http.StatusOK || strings.Contains(res.body, "too</a>") {
			t.Errorf("%q: got %d\n%s", from, res.StatusCode, res.body)
		}
	}
}

package auth_test

import (
	"net/http"
	"net/url"
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
		{"Origin": b.base, "Sec-Fetch-Site": "cross-site"}, {"Origin": b.base, "Sec-Fetch-Site": "same-site"},
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

func TestLogout_OfTheProviderToo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	b := w.browser()
	b.mustSignIn()
	page := b.get("/logout")
	if !strings.Contains(page.body, "Sign out of Microsoft too") || !strings.Contains(page.Header.Get("Content-Security-Policy"), "form-action 'self' "+w.idp.URL+";") {
		t.Errorf("the form may not lead to the provider: %s\n%s", page.Header.Get("Content-Security-Policy"), page.body)
	}
	res := b.post("/logout", "also", "provider")
	there, err := url.Parse(res.Header.Get("Location"))
	w.must(err)
	q := there.Query()
	if !strings.HasPrefix(there.String(), w.idp.URL) || q.Get("post_logout_redirect_uri") != w.door.URL+"/logout" || q.Get("client_id") != clientID || q.Get("logout_hint") == "" {
		t.Fatalf("got %d to %q", res.StatusCode, there)
	}
	b.wantVerify(http.StatusUnauthorized, "")
	if back := b.get(there.String()); back.Header.Get("Location") != w.door.URL+"/logout" {
		t.Errorf("the provider answered %d to %q", back.StatusCode, back.Header.Get("Location"))
	}
	if res := b.post("/logout", "also", "provider"); res.Header.Get("Location") != "/logout" {
		t.Errorf("without a session: got %q", res.Header.Get("Location"))
	}
}

// Only what a person signed in through is offered to be signed out of, and only while it is on.
func TestLogout_OfNoOtherProvider(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t), (*world).withPasswords)
	b := w.browser()
	w.wantSignedIn(w.browser().signIn("adam@contoso.com")) // so that the provider is known
	w.setMode(store.SSOOff)
	wantAnswer(t, b.enterPassword("alice@contoso.com", alicePassword), http.StatusSeeOther, "")
	if page := b.get("/logout"); !strings.Contains(page.body, `action="/logout"`) || strings.Contains(page.body, "Microsoft") {
		t.Errorf("who came in with a password is offered\n%s", page.body)
	}
	if res := b.post("/logout", "also", "provider"); res.Header.Get("Location") != "/logout?from=entra" {
		t.Errorf("and is sent to %q", res.Header.Get("Location"))
	}
	if page := w.browser().get("/logout?from=entra"); !strings.Contains(page.body, "Sign out of Microsoft too") {
		t.Errorf("the provider of a connection that is on is not offered:\n%s", page.body)
	}
	w.changeConnection(func(c *store.Connection) { c.Enabled = false })
	if page := w.browser().get("/logout?from=entra"); strings.Contains(page.body, "Microsoft") {
		t.Errorf("the provider of a connection that is off is offered:\n%s", page.body)
	}
}

// sidOf is the id of the provider's session that Alice's only session came from.
func (w *world) sidOf() string {
	w.t.Helper()
	list, err := w.store.Organization(w.org.ID).Sessions(w.t.Context(), w.user.ID)
	w.must(err)
	if len(list) != 1 || list[0].ProviderSID == "" {
		w.t.Fatalf("got %+v, want one session with the provider's id", list)
	}
	return list[0].ProviderSID
}

func TestFrontChannel_EndsTheSessionWithoutACookie(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		b := w.browser()
		b.mustSignIn()
		sid, frame := url.QueryEscape(w.sidOf()), w.browser()
		for _, query := range []string{
			"", "?sid=", "?sid=x", "?sid=x&iss=" + w.conn.Issuer, "?sid=" + sid + "&sid=" + sid, "?sid=" + sid + "&iss=https://evil.example",
			"?sid=" + sid + "&iss=" + w.conn.Issuer + "&iss=" + w.conn.Issuer, "?sid=%00", "?sid=%ff&iss=%ff",
		} {
			res := frame.get("/logout/frontchannel" + query)
			if res.StatusCode != http.StatusOK || !strings.Contains(res.Header.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
				t.Errorf("%q: got %d, %s", query, res.StatusCode, res.Header.Get("Content-Security-Policy"))
			}
		}
		b.wantVerify(http.StatusOK, "")
		res := frame.get("/logout/frontchannel?sid=" + sid + "&iss=" + url.QueryEscape(w.conn.Issuer))
		if res.StatusCode != http.StatusOK || !strings.HasSuffix(res.Header.Get("Content-Security-Policy"), "frame-ancestors "+w.idp.URL) || res.Header.Get("X-Frame-Options") != "" {
			t.Errorf("got %d %v", res.StatusCode, res.Header)
		}
		b.wantVerify(http.StatusUnauthorized, "session_revoked")
		b.mustSignIn()
		frame.get("/logout/frontchannel?sid=" + url.QueryEscape(w.sidOf()))
		b.wantVerify(http.StatusUnauthorized, "session_revoked")
	})
}

func TestFrontChannel_IsLimited(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	b := w.browser()
	b.mustSignIn()
	for range 60 {
		w.browser().get("/logout/frontchannel?sid=guess")
	}
	if res := w.browser().get("/logout/frontchannel?sid=" + url.QueryEscape(w.sidOf())); res.StatusCode != http.StatusOK {
		t.Errorf("got %d, want 200 always", res.StatusCode)
	}
	b.wantVerify(http.StatusOK, "")
}

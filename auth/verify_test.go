package auth_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/labstack/echo/v4"

	"doorlist/auth"
	"doorlist/store"
	"doorlist/store/storetest"
)

func TestVerify_AllHeadersAlways(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.addGroup("Über, Редакторы 100%", "writer", w.user.ID)
		b := w.browser()
		b.mustSignIn()
		res := b.wantVerify(http.StatusOK, "")
		want := map[string]string{
			"X-Doorlist-User":         w.user.ID,
			"X-Doorlist-Name":         "Alice %C3%85ngstr%C3%B6m",
			"X-Doorlist-Email":        "alice@contoso.com",
			"X-Doorlist-Role":         "writer",
			"X-Doorlist-Groups":       "%C3%9Cber%2C %D0%A0%D0%B5%D0%B4%D0%B0%D0%BA%D1%82%D0%BE%D1%80%D1%8B 100%25,Staff",
			"X-Doorlist-Connection":   "entra",
			"X-Doorlist-Organization": "contoso",
			"Cache-Control":           "no-store",
			"Vary":                    "Cookie, Authorization",
		}
		for name, value := range want {
			if got := res.Header.Get(name); got != value {
				t.Errorf("%s: got %q, want %q", name, got, value)
			}
		}
		if len(res.Cookies()) != 0 {
			t.Errorf("the answer sets cookies: %v", res.Cookies())
		}
	})
}

func TestVerify_EmptyWhereNothingIsKnown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t), func(w *world) {
		w.changeUser(func(r *store.UserRecord) { r.DisplayName, r.Emails, r.AppRoles = "", nil, []string{"Editor"} })
		w.leaveGroup(w.group)
		w.write(func(tx *store.Tx) error {
			_, err := tx.Organization(w.org.ID).CreateMapping(store.Mapping{ConnectionID: w.conn.ID, RoleID: w.roles["writer"].ID, AppRole: "Editor"})
			return err
		})
	})
	b := w.browser()
	b.mustSignIn()
	res := b.do(http.MethodGet, "/auth/verify", map[string]string{"X-Doorlist-Groups": "admins", "X-Doorlist-Email": "ceo@contoso.com"})
	for _, name := range []string{"X-Doorlist-Groups", "X-Doorlist-Email"} {
		if got, ok := res.Header[http.CanonicalHeaderKey(name)]; !ok || len(got) != 1 || got[0] != "" {
			t.Errorf("%s: got %q, want it present and empty", name, got)
		}
	}
	if got := res.Header.Get("X-Doorlist-Name"); got != "alice@contoso.com" {
		t.Errorf("without a display name: got %q, want the user name", got)
	}
}

// smuggled are headers that have opened other doors.
var smuggled = []map[string]string{
	{"X-Doorlist-User": "u1", "X-Doorlist-Role": "owner"},
	{"X_Doorlist_User": "u1", "X-Doorlist_Role": "owner", "x-DOORLIST-user": "u1"},
	{"X-Forwarded-User": "alice@contoso.com", "X-Remote-User": "alice@contoso.com", "Remote-User": "alice@contoso.com"},
	{"User-Agent": "kube-probe/1.30"},
	{"User-Agent": "GoogleHC/1.0"},
	{"X-Forwarded-Uri": "/healthz", "X-Original-URL": "http://127.0.0.1/login", "X-Forwarded-Method": "OPTIONS"},
	{"X-Forwarded-For": "127.0.0.1", "Forwarded": "for=127.0.0.1"},
	{"Authorization": "Bearer x", "X-Auth-Request-User": "alice"},
	{"Connection": "X-Doorlist-User, Cookie", "X-Doorlist-User": "u1"},
	{"Host": "localhost", "X-Forwarded-Host": "localhost"},
}

func TestVerify_NoHeaderOpensTheDoor(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	b := w.browser()
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodHead, http.MethodOptions, "PROPFIND"} {
		for _, header := range smuggled {
			res := b.do(method, "/auth/verify", header)
			if res.StatusCode != http.StatusUnauthorized || res.Header.Get("X-Doorlist-User") != "" {
				t.Errorf("%s with %v: got %d, want 401", method, header, res.StatusCode)
			}
		}
	}
	b.mustSignIn()
	for _, header := range smuggled {
		res := b.do(http.MethodGet, "/auth/verify", header)
		if res.StatusCode != http.StatusOK || res.Header.Get("X-Doorlist-User") != w.user.ID || res.Header.Get("X-Doorlist-Role") != "reader" {
			t.Errorf("signed in, with %v: got %d, user %q, role %q", header, res.StatusCode, res.Header.Get("X-Doorlist-User"), res.Header.Get("X-Doorlist-Role"))
		}
	}
}

func TestVerify_NavigationsGoToTheSignIn(t *testing.T) {
	t.Parallel()
	trusting := newWorld(t, storetest.New(t), func(w *world) { w.proxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} })
	wary := newWorld(t, storetest.New(t))
	host := func(w *world) string { return strings.TrimPrefix(w.door.URL, "http://") }
	cases := []struct {
		name   string
		w      *world
		header map[string]string
		status int
		query  string // of the redirect
	}{
		{"a program", trusting, nil, 401, ""},
		{"a script's request", trusting, map[string]string{"Sec-Fetch-Mode": "cors", "Accept": "text/html"}, 401, ""},
		{"a page", trusting, map[string]string{"Sec-Fetch-Mode": "navigate"}, 302, ""},
		{"an older browser's page", trusting, map[string]string{"Accept": "text/html,*/*"}, 302, ""},
		{"Caddy or Traefik", trusting, map[string]string{"Accept": "text/html", "X-Forwarded-Host": host(trusting), "X-Forwarded-Uri": "/a?b=c"}, 302, "?return_to=%2Fa%3Fb%3Dc"},
		{"nginx", trusting, map[string]string{"Accept": "text/html", "X-Original-URL": trusting.door.URL + "/a/b"}, 401, ""},
		{"nginx, as its own manual has it", trusting, map[string]string{"Sec-Fetch-Mode": "navigate", "X-Original-URI": "/a/b"}, 401, ""},
		{"another host", trusting, map[string]string{"Accept": "text/html", "X-Forwarded-Host": "evil.example", "X-Forwarded-Uri": "/a"}, 302, ""},
		{"our own sign-in page", trusting, map[string]string{"Accept": "text/html", "X-Forwarded-Host": host(trusting), "X-Forwarded-Uri": "/login?return_to=/login"}, 302, ""},
		{"a proxy that nobody trusts", wary, map[string]string{"Accept": "text/html", "X-Forwarded-Host": host(wary), "X-Forwarded-Uri": "/a"}, 302, ""},
	}
	for _, c := range cases {
		res := c.w.browser().do(http.MethodGet, "/auth/verify", c.header)
		want := ""
		if c.status == http.StatusFound {
			want = c.w.door.URL + "/login" + c.query
		}
		if res.StatusCode != c.status || res.Header.Get("Location") != want {
			t.Errorf("%s: got %d to %q, want %d to %q", c.name, res.StatusCode, res.Header.Get("Location"), c.status, want)
		}
	}
}

func TestVerify_DemandsARole(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	b := w.browser()
	b.mustSignIn()
	cases := map[string]int{
		"?role=contributor": 200, "?role=reader": 200, "?role=Reader": 200, "?role=writer": 403, "?role=owner": 403,
		"?role=reader&role=owner": 403, "?role=owner&role=reader": 403, "?role=typo": 403, "?role=": 403, "?role=reader&role=typo": 403,
		"?role=owner;x": 403, "?role=%zz": 403,
		"/any/path?role=writer": 403, "/any/path": 200,
	}
	for query, want := range cases {
		res := b.get("/auth/verify" + query)
		if res.StatusCode != want || want == 403 && res.Header.Get("X-Doorlist-Reason") != "role_too_low" {
			t.Errorf("%s: got %d %q, want %d", query, res.StatusCode, res.Header.Get("X-Doorlist-Reason"), want)
		}
	}
	if !strings.Contains(w.log.String(), "role=typo") {
		t.Error("the log does not warn of a role that the ladder lacks")
	}
}

func TestVerify_EveryAnswerIsCounted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	b := w.browser()
	if got := b.wantVerify(http.StatusUnauthorized, "").Header.Get("WWW-Authenticate"); got != `Doorlist realm="`+w.door.URL+`"` {
		t.Errorf("WWW-Authenticate, without which 401 is not allowed (RFC 9110 section 15.5.2): got %q", got)
	}
	b.mustSignIn()
	w.seen = nil
	b.wantVerify(http.StatusOK, "")
	b.get("/auth/verify?role=owner")
	b.post("/logout", "also", "")
	b.wantVerify(http.StatusUnauthorized, "")
	if got, want := strings.Join(w.seen, ", "), "verify admitted, verify role_too_low, verify no_session"; got != want {
		t.Errorf("counted were %q, want %q", got, want)
	}
}

func TestVerify_AssertionVerifiesAgainstThePublishedKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t), func(w *world) { w.proxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")} })
	b := w.browser()
	b.mustSignIn()
	raw := b.do(http.MethodGet, "/auth/verify", map[string]string{"X-Forwarded-Host": "wiki.contoso.com"}).Header.Get("X-Doorlist-Assertion")
	token, err := jwt.ParseSigned(raw, []jose.SignatureAlgorithm{jose.EdDSA})
	w.must(err)
	published := b.get("/.well-known/jwks.json")
	if got := published.Header.Get("Cache-Control"); got != "public, max-age=300" {
		t.Errorf("the keys may be kept: %q", got)
	}
	var set jose.JSONWebKeySet
	w.must(json.Unmarshal([]byte(published.body), &set))
	keys := set.Key(token.Headers[0].KeyID)
	if len(keys) != 1 || !keys[0].IsPublic() {
		t.Fatalf("the published keys %+v do not have the one of %+v", set, token.Headers[0])
	}
	var registered jwt.Claims
	var own struct {
		Role       string `json:"role"`
		Org        string `json:"org"`
		Connection string `json:"connection"`
	}
	w.must(token.Claims(keys[0], &registered, &own))
	w.must(registered.ValidateWithLeeway(jwt.Expected{Issuer: w.door.URL, Subject: w.user.ID, AnyAudience: jwt.Audience{"wiki.contoso.com"}, Time: w.clock.Now()}, 0))
	if own.Role != "reader" || own.Org != "contoso" || own.Connection != "entra" {
		t.Errorf("got %+v", own)
	}
	if lasts := registered.Expiry.Time().Sub(w.clock.Now()); lasts > time.Minute {
		t.Errorf("the assertion lasts %v, want a minute at most", lasts)
	}
}

func TestVerify_SaysSoWhenItCannotKnow(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, address string) {
		clock := storetest.NewClock()
		s, err := store.Open(context.Background(), store.Options{URL: address, MasterKey: storetest.MasterKey, Now: clock.Now, Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		e := echo.New()
		if err := auth.Mount(e, auth.Config{Store: s, BaseURL: "https://door.example.com", AssertionKey: assertionKey}); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{"/auth/verify", "/auth/session", "/"} {
			req := httptest.NewRequest(http.MethodGet, path, nil)
			req.Header.Set("Accept", "text/html")
			req.Header.Set("Cookie", "__Host-doorlist=anything")
			rec := httptest.NewRecorder()
			began := time.Now()
			e.ServeHTTP(rec, req)
			if rec.Code != http.StatusServiceUnavailable || rec.Header().Get("X-Doorlist-Reason") != "unavailable" {
				body, _ := io.ReadAll(rec.Body)
				t.Errorf("%s: got %d %q, want 503 unavailable\n%s", path, rec.Code, rec.Header().Get("X-Doorlist-Reason"), body)
			}
			if took := time.Since(began); took > 2*time.Second {
				t.Errorf("%s: the answer took %v", path, took)
			}
		}
	})
}

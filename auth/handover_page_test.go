package auth_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"doorlist/store"
	"doorlist/store/storetest"
)

func TestHandover_OnlyRegisteredHostsAreLedTo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t), trusting, withWiki)
	signedIn, stranger := w.browser(), w.browser()
	signedIn.mustSignIn()
	for to, registered := range map[string]bool{
		"https://wiki.contoso.com/page": true, "https://wiki.contoso.com": true, "https://wiki.contoso.com:443/": true, "https://WIKI.contoso.com/": true,
		"https://other.contoso.com/": false, "https://wiki.contoso.com.evil/": false, "https://evil.wiki.contoso.com/": false, "https://contoso.com/": false,
		"http://wiki.contoso.com/": false, "https://wiki.contoso.com:8443/": false, "https://a@wiki.contoso.com/": false, "https://wiki.contoso.com@evil/": false,
		"https://wiki.contoso.com\\.evil/": false, "//wiki.contoso.com/": false,
	} {
		query := "?" + url.Values{"return_to": {to}}.Encode()
		leads := strings.Contains(stranger.get("/login"+query).body, "auth/handover")
		res := signedIn.get("/login" + query)
		location := res.Header.Get("Location")
		if leads != registered || strings.HasPrefix(location, "/auth/handover?to=https%3A%2F%2Fwiki.contoso.com") != registered || (res.StatusCode == http.StatusSeeOther) != registered {
			t.Errorf("/login to %s: leads there %t, signed in %d to %q", to, leads, res.StatusCode, location)
		}
		res = signedIn.get("/auth/handover?" + url.Values{"to": {to}}.Encode())
		if location := res.Header.Get("Location"); strings.HasPrefix(location, "https://wiki.contoso.com/.doorlist/start") != registered || !registered && res.StatusCode != http.StatusNotFound {
			t.Errorf("/auth/handover to %s: got %d to %q", to, res.StatusCode, location)
		}
		at := strings.TrimPrefix(to, "https://")
		at, _, _ = strings.Cut(at, "/")
		verify := stranger.do(http.MethodGet, "/auth/verify", map[string]string{"X-Forwarded-Host": at, "X-Forwarded-Uri": "/", "Sec-Fetch-Mode": "navigate"})
		if led := strings.HasPrefix(verify.Header.Get("Location"), "https://"); led && !strings.HasPrefix(verify.Header.Get("Location"), "https://wiki.contoso.com/.doorlist/start") {
			t.Errorf("/auth/verify at %s leads to %q", at, verify.Header.Get("Location"))
		}
	}
}

func TestHandover_NeedsATrustedProxyAndARegisteredHost(t *testing.T) {
	t.Parallel()
	wary := newWorld(t, storetest.New(t), withWiki)
	trusting := newWorld(t, storetest.New(t), trusting, withWiki)
	for name, c := range map[string]struct {
		w    *world
		host string
	}{"nobody is trusted": {wary, wiki}, "no application there": {trusting, "evil.example"}, "the door's own host": {trusting, ""}, "no host": {trusting, "a@b"}} {
		for _, path := range []string{"/.doorlist/start", "/.doorlist/session?code=x"} {
			if res := c.w.browser().do(http.MethodGet, path, map[string]string{"X-Forwarded-Host": c.host}); res.StatusCode != http.StatusNotFound || len(res.Cookies()) > 0 {
				t.Errorf("%s, %s: got %d with the cookies %v, want 404", name, path, res.StatusCode, res.Cookies())
			}
		}
	}
	res := trusting.browser().do(http.MethodGet, "/auth/verify", map[string]string{"X-Forwarded-Host": wiki, "X-Forwarded-Uri": "/.doorlist/start", "Sec-Fetch-Mode": "navigate"})
	if res.StatusCode != http.StatusUnauthorized || !strings.Contains(res.body, "/.doorlist/") {
		t.Errorf("a proxy that asks about the door's own pages: got %d to %q, want 401 and why", res.StatusCode, res.Header.Get("Location"))
	}
}

// TestHandover_ApplicationsDemandWhatTheyDo: on the way, and behind it.
func TestHandover_ApplicationsDemandWhatTheyDo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t), withHosts)
	w.inOrganization(func(o *store.OrganizationTx) error {
		_, err := o.CreateApplication(store.Application{Slug: "safe", Role: w.roles["reader"], SecondFactor: true, Paths: []store.ApplicationPath{{Host: "safe.contoso.com"}}})
		return err
	})
	p := w.person()
	p.door.mustSignIn()
	p.enter(wiki, "/page")
	res := p.open(wiki, "/admin")
	wantAnswer(t, res, http.StatusForbidden, "role_too_low")
	for _, want := range []string{`href="/.doorlist/assets/`, `href="` + w.door.URL + `/login/entra?return_to=%2Fauth%2Fhandover`} {
		if !strings.Contains(res.body, want) {
			t.Errorf("the refusal on the wiki's host lacks %s:\n%s", want, res.body)
		}
	}
	_, file, _ := strings.Cut(res.body, `href="/.doorlist/assets/`)
	file, _, _ = strings.Cut(file, `"`)
	if res := p.at(wiki).get("/.doorlist/assets/" + file); res.StatusCode != http.StatusOK || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/css") {
		t.Errorf("its style sheet: got %d", res.StatusCode)
	}
	_, file, _ = strings.Cut(res.body, `rel="icon" href="/.doorlist/assets/`)
	file, _, _ = strings.Cut(file, `"`)
	if res := p.at(wiki).get("/.doorlist/assets/" + file); res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "image/svg+xml" {
		t.Errorf("its icon: got %d", res.StatusCode)
	}
	res = p.follow(p.open("safe.contoso.com", "/").Header.Get("Location"))
	res = p.follow(res.Header.Get("Location"))
	wantAnswer(t, res, http.StatusForbidden, "role_too_low")
	if !strings.Contains(res.body, "Sign in with a second step") {
		t.Errorf("the door does not say what is missing:\n%s", res.body)
	}
}

// TestHandover_FormsMayEndAtTheHost: browsers apply form-action to the redirects that follow a password.
func TestHandover_FormsMayEndAtTheHost(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t), withHosts)
	for to, want := range map[string]string{"https://wiki.contoso.com/x": "form-action 'self' https://wiki.contoso.com;", "https://evil.example/": "form-action 'self';", "/page": "form-action 'self';"} {
		res := w.browser().get("/password?" + url.Values{"return_to": {to}}.Encode())
		if got := res.Header.Get("Content-Security-Policy"); !strings.Contains(got, want) {
			t.Errorf("to %s: got %q, want %q", to, got, want)
		}
	}
}

// TestHandover_ALostCookieIsNoEndlessCircle: the proxy of the page strips the cookie, say.
func TestHandover_ALostCookieIsNoEndlessCircle(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t), withHosts)
	p := w.person()
	p.door.mustSignIn()
	start := "https://" + wiki + "/.doorlist/start?return_to=%2Fpage"
	for range 3 {
		res := p.follow(p.follow(start).Header.Get("Location"))
		if res := p.follow(res.Header.Get("Location")); res.Header.Get("Location") != "/page" {
			t.Fatalf("the code leads to %q with %d", res.Header.Get("Location"), res.StatusCode)
		}
	}
	if res := p.follow(start); res.StatusCode != http.StatusConflict || !strings.Contains(res.body, wiki) {
		t.Errorf("the fourth time: got %d", res.StatusCode)
	}
	if res := p.follow(start); res.StatusCode != http.StatusFound {
		t.Errorf("by the button: got %d", res.StatusCode)
	}
}

func TestHandover_NobodyCanFillTheTable(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t), withHosts)
	b := w.browser()
	b.mustSignIn()
	address := "/auth/handover?to=https://" + wiki + "/&challenge=" + strings.Repeat("A", 43)
	for range 60 {
		if res := b.get(address); res.StatusCode != http.StatusSeeOther {
			t.Fatalf("got %d", res.StatusCode)
		}
	}
	if res := b.get(address); res.StatusCode != http.StatusTooManyRequests || res.Header.Get("Retry-After") == "" {
		t.Errorf("the 61st at once: got %d, want 429", res.StatusCode)
	}
}

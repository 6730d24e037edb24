package auth_test

import (
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"doorlist/store"
	"doorlist/store/storetest"
)

// trusting makes the test's own requests those of a trusted proxy.
func trusting(w *world) { w.proxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")} }

// withWiki gives an organization a wiki: for readers, with an /admin for admins and a /shared for contributors.
func withWiki(w *world) {
	w.inOrganization(func(o *store.OrganizationTx) error {
		_, err := o.CreateApplication(store.Application{Slug: "wiki", Role: w.roles["reader"], Paths: []store.ApplicationPath{
			{Host: "wiki.contoso.com"}, {Host: "wiki.contoso.com", Path: "/admin", Role: w.roles["admin"]},
			{Host: "wiki.contoso.com", Path: "/shared", Role: w.roles["contributor"]},
		}})
		return err
	})
}

// asked is a request to a proxy in the words of each kind of proxy.
var asked = map[string]func(b *browser, host, path, query string, more map[string]string) answer{
	"nginx": func(b *browser, host, path, query string, more map[string]string) answer {
		return b.do(http.MethodGet, "/auth/verify"+query, with(more, "X-Original-URL", "https://"+host+path, "X-Forwarded-Host", host))
	},
	"Caddy and Traefik": func(b *browser, host, path, query string, more map[string]string) answer {
		return b.do(http.MethodGet, "/auth/verify"+query, with(more, "X-Forwarded-Host", host, "X-Forwarded-Uri", path, "X-Forwarded-Proto", "https", "X-Forwarded-Method", "POST"))
	},
	"Envoy": func(b *browser, host, path, query string, more map[string]string) answer {
		req, err := http.NewRequest(http.MethodPost, b.base+"/auth/verify"+path, nil)
		if err != nil { // a path that Go's own client refuses
			req, err = http.NewRequest(http.MethodPost, b.base+"/auth/verify/", nil)
			b.w.must(err)
			req.URL.Opaque = "/auth/verify" + path
		}
		for _, c := range b.client.Jar.Cookies(req.URL) {
			req.AddCookie(c)
		}
		for name, value := range with(more, "X-Forwarded-Proto", "https") {
			req.Header.Set(name, value)
		}
		req.Host = host
		res, err := http.DefaultTransport.RoundTrip(req)
		b.w.must(err)
		res.Body.Close()
		return answer{Response: res}
	},
}

func with(more map[string]string, pairs ...string) map[string]string {
	all := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		all[pairs[i]] = pairs[i+1]
	}
	for k, v := range more {
		all[k] = v
	}
	return all
}

func TestVerify_ApplicationsDemandTheirRoles(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s, trusting, withWiki)
		reader := w.browser()
		reader.mustSignIn()
		for proxy, ask := range asked {
			for place, want := range map[string]int{
				"wiki.contoso.com /": 200, "wiki.contoso.com /page?x=/admin": 200, "wiki.contoso.com /administrator": 200, "wiki.contoso.com /shared/x": 200,
				"wiki.contoso.com /admin": 403, "wiki.contoso.com /admin/x?y": 403, "WIKI.contoso.com:443 /%61dmin": 403,
				"wiki.contoso.com /x/..%2fadmin": 403, "wiki.contoso.com //admin": 403, "wiki.contoso.com /ADMIN": 403, "wiki.contoso.com /x;/admin": 403,
				"other.contoso.com /admin": 200, "wiki..contoso.com /": 403,
			} {
				host, path, _ := strings.Cut(place, " ")
				res := ask(reader, host, path, "", nil)
				if res.StatusCode != want || want == 403 && res.Header.Get("X-Doorlist-Reason") != "role_too_low" {
					t.Errorf("%s, %s: got %d %q, want %d", proxy, place, res.StatusCode, res.Header.Get("X-Doorlist-Reason"), want)
				}
			}
		}
	})
}

// TestVerify_WhatAClientAddsOnlyClosesTheDoor: no proxy removes the headers that another kind of proxy uses.
func TestVerify_WhatAClientAddsOnlyClosesTheDoor(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t), trusting, withWiki)
	b := w.browser()
	b.mustSignIn()
	smuggled := []map[string]string{
		{"X-Original-URL": "https://wiki.contoso.com/"}, {"X-Original-URL": "https://nobody.example/"}, {"X-Original-URL": "/"},
		{"X-Original-URI": "/"}, {"X-Rewrite-Url": "/"}, {"Forwarded": "host=nobody.example"}, {"X-Forwarded-Prefix": "/x"},
		{"X-Forwarded-Uri": "/"}, {"X-Forwarded-Host": "nobody.example", "X-Forwarded-Uri": "/"}, {"X-Original-URL": "https://a@b/"}, {"X-Original-URL": "https://wiki.contoso.com/admin"},
	}
	for _, add := range smuggled {
		for proxy, ask := range asked {
			sets := map[string]string{} // the proxy overwrites the headers that it uses itself
			for name, value := range add {
				if proxy == "Envoy" || proxy == "nginx" && name != "X-Original-URL" && name != "X-Forwarded-Host" || strings.HasPrefix(proxy, "Caddy") && name != "X-Forwarded-Host" && name != "X-Forwarded-Uri" {
					sets[name] = value
				}
			}
			if res := ask(b, "wiki.contoso.com", "/admin", "", sets); res.StatusCode != http.StatusForbidden {
				t.Errorf("%s with %v: got %d for /admin, want 403", proxy, sets, res.StatusCode)
			}
			if res := ask(b, "wiki.contoso.com", "/admin", "?application=wiki", sets); res.StatusCode != http.StatusForbidden {
				t.Errorf("%s with %v and the application named: got %d for /admin, want 403", proxy, sets, res.StatusCode)
			}
		}
	}
}

func TestVerify_EnvoyBringsPeopleBackToWhereTheyWereGoing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t), trusting)
	host := strings.TrimPrefix(w.door.URL, "http://")
	for place, want := range map[string]string{host + " /a?b=c": "?return_to=%2Fa%3Fb%3Dc", "evil.example /a": "", host + " //evil.example": "", host + " /login": ""} {
		at, path, _ := strings.Cut(place, " ")
		res := asked["Envoy"](w.browser(), at, path, "", map[string]string{"Sec-Fetch-Mode": "navigate"})
		if got := res.Header.Get("Location"); res.StatusCode != http.StatusFound || got != w.door.URL+"/login"+want {
			t.Errorf("%s: got %d to %q, want the sign-in with %q", place, res.StatusCode, got, want)
		}
	}
}

func TestVerify_ContributorsOpenWhatIsShared(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t), trusting, withWiki)
	w.leaveGroup(w.group)
	w.addGroup("Visitors", "contributor", w.user.ID)
	b := w.browser()
	b.mustSignIn()
	b.wantVerify(http.StatusForbidden, "role_too_low") // where nobody says what is asked for, nothing is shared
	for proxy, ask := range asked {
		for place, want := range map[string]int{
			"/shared/x": 200, "/": 403, "/page": 403, "/Shared/x": 403, "/shared/../page": 403, "/shared%2f..%2fpage": 403,
		} {
			if res := ask(b, "wiki.contoso.com", place, "", nil); res.StatusCode != want {
				t.Errorf("%s, %s: got %d, want %d", proxy, place, res.StatusCode, want)
			}
		}
		for query, want := range map[string]int{
			"?application=wiki": 200, "?application=wiki&role=contributor": 200, "?application=wiki&role=reader": 403, "?application=typo": 403,
		} {
			if proxy == "Envoy" {
				continue // its query is the guarded request's own
			}
			if res := ask(b, "wiki.contoso.com", "/shared/x", query, nil); res.StatusCode != want {
				t.Errorf("%s, %s: got %d, want %d", proxy, query, res.StatusCode, want)
			}
		}
	}
}

func TestVerify_AnApplicationCanBeNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t), withWiki) // nobody is trusted
	w.inOrganization(func(o *store.OrganizationTx) error {
		_, err := o.CreateApplication(store.Application{Slug: "vault", Role: w.roles["owner"]})
		return err
	})
	b := w.browser()
	b.mustSignIn()
	for query, want := range map[string]int{
		"?application=wiki": 200, "?application=vault": 403, "?application=typo": 403, "?application=": 403, "?application=Wiki": 403,
		"?application=wiki&application=vault": 403, "?application=wiki&role=writer": 403, "": 200,
	} {
		if res := b.get("/auth/verify" + query); res.StatusCode != want {
			t.Errorf("%q: got %d, want %d", query, res.StatusCode, want)
		}
	}
	untrusted := map[string]string{"X-Original-URL": "https://wiki.contoso.com/admin", "X-Forwarded-Host": "wiki.contoso.com", "X-Forwarded-Uri": "/admin"}
	if res := b.do(http.MethodGet, "/auth/verify", untrusted); res.StatusCode != http.StatusOK {
		t.Errorf("headers of a peer that nobody trusts: got %d, want them left unread", res.StatusCode)
	}
}

func TestVerify_AnApplicationIsClosedToOtherOrganizations(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s, trusting)
		w.write(func(tx *store.Tx) error {
			fabrikam, err := tx.CreateOrganization("fabrikam", "", "")
			if err != nil {
				return err
			}
			o := tx.Organization(fabrikam.ID)
			role, err := o.CreateRole(store.Role{Name: "member", Rank: 5})
			if err != nil {
				return err
			}
			_, err = o.CreateApplication(store.Application{Slug: "shop", Role: role, Paths: []store.ApplicationPath{
				{Host: "shop.example.com", Path: "/till"}, {Host: "*.fabrikam.com"}, {Host: "common.example.com"},
			}})
			return err
		})
		w.inOrganization(func(o *store.OrganizationTx) error {
			_, err := o.CreateApplication(store.Application{Slug: "common", Role: w.roles["reader"], Paths: []store.ApplicationPath{{Host: "common.example.com"}}})
			return err
		})
		b := w.browser()
		b.mustSignIn()
		for proxy, ask := range asked {
			for host, want := range map[string]int{"shop.example.com": 403, "www.fabrikam.com": 403, "fabrikam.com": 200, "common.example.com": 200, "free.example.com": 200} {
				res := ask(b, host, "/", "", nil)
				if res.StatusCode != want || want == 403 && res.Header.Get("X-Doorlist-Reason") != "wrong_tenant" {
					t.Errorf("%s, %s: got %d %q, want %d", proxy, host, res.StatusCode, res.Header.Get("X-Doorlist-Reason"), want)
				}
			}
		}
		if detail := w.decisions()[0].Detail; !strings.Contains(detail, "another organization") {
			t.Errorf("the decision says %q", detail)
		}
		page := asked["Caddy and Traefik"](b, "shop.example.com", "/", "", map[string]string{"Sec-Fetch-Mode": "navigate"})
		if !strings.Contains(page.body, "not your organization&#39;s") {
			t.Errorf("the page does not say whose application it is:\n%s", page.body)
		}
	})
}

// TestApplicationPaths_AreReadAsTheyAreKept: a pattern that policy reads differently would lie over nothing.
func TestApplicationPaths_AreReadAsTheyAreKept(t *testing.T) {
	t.Parallel()
	paths := []string{"/a", "/A/b c", "/Bücher", "/a:b@c", "/~x/!$&'()*+,=", "/a.b", "/…"}
	w := newWorld(t, storetest.New(t), trusting)
	w.inOrganization(func(o *store.OrganizationTx) error {
		vault := store.Application{Slug: "vault", Role: w.roles["owner"]}
		for _, path := range paths {
			vault.Paths = append(vault.Paths, store.ApplicationPath{Host: "h.example.com", Path: path})
		}
		_, err := o.CreateApplication(vault)
		return err
	})
	b := w.browser()
	b.mustSignIn()
	for _, path := range append(paths, "/open") {
		res := asked["nginx"](b, "h.example.com", (&url.URL{Path: path}).EscapedPath()+"/x", "", nil)
		if want := map[bool]int{true: 200, false: 403}[path == "/open"]; res.StatusCode != want {
			t.Errorf("%s: got %d, want %d", path, res.StatusCode, want)
		}
	}
}

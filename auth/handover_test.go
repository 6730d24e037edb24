package auth_test

import (
	"context"
	"crypto/sha256"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

const wiki, payroll = "wiki.contoso.com", "payroll.contoso.com"

// withHosts registers the wiki, and all of contoso.com for admins.
func withHosts(w *world) {
	trusting(w)
	withWiki(w)
	w.inOrganization(func(o *store.OrganizationTx) error {
		_, err := o.CreateApplication(store.Application{Slug: "rest", Role: w.roles["reader"], Paths: []store.ApplicationPath{{Host: "*.contoso.com"}}})
		return err
	})
}

// person is a browser on several hosts, each with cookies of its own.
type person struct {
	w    *world
	door *browser
	on   map[string]*browser
}

func (w *world) person() *person { return &person{w, w.browser(), map[string]*browser{}} }

func (p *person) at(host string) *browser {
	if p.on[host] == nil {
		p.on[host] = p.w.browser()
	}
	return p.on[host]
}

// follow goes where a redirect leads, through the proxy of the host that it names.
func (p *person) follow(location string) answer {
	p.w.t.Helper()
	u, err := url.Parse(location)
	p.w.must(err)
	if u.Scheme != "https" {
		return p.door.get(location)
	}
	return p.at(u.Host).do(http.MethodGet, u.RequestURI(), map[string]string{"X-Forwarded-Host": u.Host, "Sec-Fetch-Mode": "navigate"})
}

// open asks for a page of an application, as Caddy does.
func (p *person) open(host, path string) answer {
	p.w.t.Helper()
	return p.at(host).do(http.MethodGet, "/auth/verify", map[string]string{"X-Forwarded-Host": host, "X-Forwarded-Uri": path, "Sec-Fetch-Mode": "navigate"})
}

// toCode goes from a page of a host to the door, which gives a code, and returns the address that carries it.
func (p *person) toCode(host, path string) string {
	p.w.t.Helper()
	res := p.follow(p.open(host, path).Header.Get("Location"))
	res = p.follow(res.Header.Get("Location"))
	to := res.Header.Get("Location")
	if res.StatusCode != http.StatusSeeOther || !strings.HasPrefix(to, "https://"+host+"/.doorlist/session?code=") {
		p.w.t.Fatalf("the door answers %d to %q, want a code for %s", res.StatusCode, to, host)
	}
	return to
}

func (p *person) enter(host, path string) {
	p.w.t.Helper()
	if res := p.follow(p.toCode(host, path)); res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != path {
		p.w.t.Fatalf("the code leads to %q with %d, want %q", res.Header.Get("Location"), res.StatusCode, path)
	}
	if res := p.open(host, path); res.StatusCode != http.StatusOK || res.Header.Get("X-Doorlist-User") != p.w.user.ID {
		p.w.t.Fatalf("%s%s: got %d", host, path, res.StatusCode)
	}
}

func TestHandover_OneSignInForAllHosts(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s, withHosts)
		p := w.person()
		res := p.open(wiki, "/page?x=1")
		if want := "https://" + wiki + "/.doorlist/start?return_to=%2Fpage%3Fx%3D1"; res.StatusCode != http.StatusFound || res.Header.Get("Location") != want {
			t.Fatalf("a stranger at the wiki: %d to %q, want %q", res.StatusCode, res.Header.Get("Location"), want)
		}
		res = p.follow(res.Header.Get("Location"))
		if !strings.HasPrefix(res.Header.Get("Location"), w.door.URL+"/auth/handover?") || len(res.Cookies()) != 1 {
			t.Fatalf("the start: %q with the cookies %v", res.Header.Get("Location"), res.Cookies())
		}
		res = p.follow(res.Header.Get("Location"))
		login, err := url.Parse(res.Header.Get("Location"))
		if err != nil || login.Path != "/login" {
			t.Fatalf("a stranger at the door: %q", res.Header.Get("Location"))
		}
		if res := p.door.get(login.String()); res.StatusCode != http.StatusOK {
			t.Errorf("the sign-in page: %d", res.StatusCode)
		}
		res = p.follow(p.door.authorize("/login/entra?"+login.RawQuery, "alice@contoso.com"))
		res = p.door.get(res.Header.Get("Location"))
		res = p.follow(res.Header.Get("Location"))
		if res.Header.Get("Location") != "/page?x=1" {
			t.Fatalf("the way ends at %q with %d, %s", res.Header.Get("Location"), res.StatusCode, res.body)
		}
		p.enter(payroll, "/slips") // without another sign-in
		if res := p.open(wiki, "/page"); res.StatusCode != http.StatusOK || res.Header.Get("X-Doorlist-User") != w.user.ID {
			t.Errorf("the wiki: got %d", res.StatusCode)
		}
		list, err := s.Organization(w.org.ID).Sessions(context.Background(), w.user.ID)
		if err != nil || len(list) != 1 {
			t.Errorf("%d sessions are listed, want one (%v)", len(list), err)
		}
		if res := p.at(wiki).do(http.MethodGet, "/.doorlist/whoami", map[string]string{"X-Forwarded-Host": wiki}); res.StatusCode != http.StatusOK || !strings.Contains(res.body, w.user.ID) {
			t.Errorf("whoami: %d %s", res.StatusCode, res.body)
		}
	})
}

// TestHandover_AHostsCookieOpensThatHostAlone: whoever steals the wiki's cookie has neither payroll nor the door.
func TestHandover_AHostsCookieOpensThatHostAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t), withHosts)
	p := w.person()
	p.door.mustSignIn()
	p.enter(wiki, "/page")
	secret := p.at(wiki).sessionCookie()
	thief := map[string]string{"Cookie": "doorlist=" + secret}
	for name, header := range map[string]map[string]string{
		"another host":            {"X-Forwarded-Host": payroll, "X-Forwarded-Uri": "/"},
		"another and this one":    {"X-Original-URL": "https://" + payroll + "/", "X-Forwarded-Host": wiki, "X-Forwarded-Uri": "/"},
		"the door's host":         {"X-Forwarded-Host": strings.TrimPrefix(w.door.URL, "http://"), "X-Forwarded-Uri": "/"},
		"no host":                 {},
		"as a program's":          {"Authorization": "Bearer " + secret, "Cookie": "", "X-Forwarded-Host": wiki, "X-Forwarded-Uri": "/"},
		"a host that looks alike": {"X-Forwarded-Host": wiki + ".evil", "X-Forwarded-Uri": "/"},
	} {
		if res := w.browser().do(http.MethodGet, "/auth/verify", with(header, "Cookie", thief["Cookie"])); res.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s: got %d, want 401", name, res.StatusCode)
		}
	}
	for _, page := range []string{"/", "/sessions", "/auth/session", "/device", "/auth/handover?to=https://" + payroll + "/&challenge=" + strings.Repeat("A", 43)} {
		if res := w.browser().do(http.MethodGet, page, thief); strings.Contains(res.body, w.user.ID) || strings.Contains(res.Header.Get("Location"), "code=") ||
			res.StatusCode != http.StatusUnauthorized && !strings.HasPrefix(res.Header.Get("Location"), "/login") {
			t.Errorf("%s: got %d to %q", page, res.StatusCode, res.Header.Get("Location"))
		}
	}
	if res := w.browser().do(http.MethodGet, "/auth/verify", with(thief, "X-Forwarded-Host", wiki, "X-Forwarded-Uri", "/")); res.StatusCode != http.StatusOK {
		t.Errorf("the wiki itself: got %d", res.StatusCode)
	}
}

func TestHandover_ACodeIsOfOneBrowserHostAndMinute(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t), withHosts)
	for name, try := range map[string]func(attacker *person, code string) answer{
		"in another browser": func(_ *person, code string) answer { return w.person().follow(code) },
		"in a browser on a way of its own": func(_ *person, code string) answer {
			victim := w.person()
			victim.follow(victim.open(wiki, "/").Header.Get("Location"))
			return victim.follow(code)
		},
		"at another host": func(attacker *person, code string) answer {
			payrolls := strings.Replace(code, wiki, payroll, 1)
			attacker.on[payroll] = attacker.at(wiki)
			return attacker.follow(payrolls)
		},
		"too late": func(attacker *person, code string) answer {
			w.clock.Advance(time.Minute)
			return attacker.follow(code)
		},
		"after the sign-out": func(attacker *person, code string) answer {
			attacker.door.send(http.MethodPost, "/logout", nil, nil)
			return attacker.follow(code)
		},
		"a second time": func(attacker *person, code string) answer {
			attacker.follow(code)
			return attacker.follow(code)
		},
		"changed": func(attacker *person, code string) answer { return attacker.follow(code + "A") },
		"none": func(attacker *person, _ string) answer {
			return attacker.follow("https://" + wiki + "/.doorlist/session")
		},
	} {
		attacker := w.person()
		attacker.door.mustSignIn()
		code := attacker.toCode(wiki, "/page")
		res := try(attacker, code)
		if res.StatusCode != http.StatusForbidden || len(res.Cookies()) > 1 || strings.Contains(strings.Join(res.Header.Values("Set-Cookie"), ""), store.HostTokenPrefix) {
			t.Errorf("%s: got %d with the cookies %v, want 403", name, res.StatusCode, res.Cookies())
		}
		if !strings.Contains(res.body, `href="https://`) || !strings.Contains(res.body, "/.doorlist/start") || !strings.Contains(res.body, `href="/.doorlist/assets/`) {
			t.Errorf("%s: the page lacks a way on:\n%s", name, res.body)
		}
		if res := attacker.follow(code); res.StatusCode != http.StatusForbidden && name != "changed" && name != "none" {
			t.Errorf("%s, and then where it belongs: got %d, want it used up", name, res.StatusCode)
		}
	}
}

func TestHandover_WhatEndsTheSessionEndsItOnEveryHost(t *testing.T) {
	t.Parallel()
	ends := map[string]func(w *world, p *person){
		"sign-out":        func(_ *world, p *person) { p.door.send(http.MethodPost, "/logout", nil, nil) },
		"another sign-in": func(_ *world, p *person) { p.door.mustSignIn() },
		"front-channel": func(w *world, p *person) {
			p.door.get("/logout/frontchannel?sid=" + w.visitOf(p.door).Session.ProviderSID)
		},
		"an administrator": func(w *world, _ *person) {
			w.inOrganization(func(o *store.OrganizationTx) error {
				_, err := o.EndSessions(store.SessionFilter{}, "administrator")
				return err
			})
		},
		"disabled":     func(w *world, _ *person) { w.changeUser(func(r *store.UserRecord) { r.Active = false }) },
		"no role":      func(w *world, _ *person) { w.leaveGroup(w.group) },
		"switched off": func(w *world, _ *person) { w.changeConnection(func(c *store.Connection) { c.Enabled = false }) },
		"idle":         func(w *world, _ *person) { w.clock.Advance(time.Hour) },
	}
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s, withHosts)
		for name, end := range ends {
			p := w.person()
			if name == "disabled" || name == "no role" || name == "switched off" {
				continue // below, because nobody comes in afterwards
			}
			p.door.mustSignIn()
			p.enter(wiki, "/")
			p.enter(payroll, "/")
			end(w, p)
			p.wantOut(name)
		}
	})
	for _, name := range []string{"disabled", "no role", "switched off"} {
		w := newWorld(t, storetest.New(t), withHosts)
		p := w.person()
		p.door.mustSignIn()
		p.enter(wiki, "/")
		p.enter(payroll, "/")
		ends[name](w, p)
		p.wantOut(name)
	}
}

func (p *person) wantOut(why string) {
	p.w.t.Helper()
	for _, host := range []string{wiki, payroll} {
		if res := p.open(host, "/"); res.StatusCode == http.StatusOK || res.Header.Get("X-Doorlist-User") != "" {
			p.w.t.Errorf("%s: %s answers %d", why, host, res.StatusCode)
		}
	}
}

// visitOf reads the session of a browser at the door.
func (w *world) visitOf(b *browser) store.Visit {
	w.t.Helper()
	sum := sha256.Sum256([]byte(b.sessionCookie()))
	v, err := w.store.Visit(context.Background(), sum[:])
	w.must(err)
	return v
}

// TestHandover_UseOnAHostIsUse: the idle limit is one, of the session.
func TestHandover_UseOnAHostIsUse(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t), withHosts)
	p := w.person()
	p.door.mustSignIn()
	p.enter(wiki, "/")
	for range 3 {
		w.clock.Advance(50 * time.Minute)
		if res := p.open(wiki, "/"); res.StatusCode != http.StatusOK {
			t.Fatalf("got %d", res.StatusCode)
		}
	}
	p.door.wantVerify(http.StatusOK, "")
}

// A way that ends before its end can be begun again, where it was going as far as this host may know.
func TestHandover_ARefusalLeadsBackToItsBeginning(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t), withHosts)
	p := w.person()
	p.door.mustSignIn()
	used, elsewhere := p.toCode(wiki, "/page"), p.toCode(wiki, "/secret")
	done := p.follow(used)
	if removed := len(done.Cookies()) > 0 && done.Cookies()[0].MaxAge < 0; done.StatusCode != http.StatusSeeOther || !removed {
		t.Errorf("the way ends with %d and the cookies %v, want the one that bound it removed", done.StatusCode, done.Cookies())
	}
	for what, c := range map[string]struct{ location, again string }{
		"a code that was used":     {used, "https://" + wiki + "/.doorlist/start?return_to=%2Fpage"},
		"one of another host":      {strings.Replace(elsewhere, wiki, payroll, 1) + "&return_to=/x", "https://" + payroll + "/.doorlist/start"},
		"one that was never given": {"https://" + wiki + "/.doorlist/session?code=x&return_to=/x", "https://" + wiki + "/.doorlist/start"},
	} {
		res := p.follow(c.location)
		wantAnswer(t, res, http.StatusForbidden, "bad_response")
		if !strings.Contains(res.body, `href="`+c.again+`"`) {
			t.Errorf("%s: the page does not lead to %s\n%s", what, c.again, res.body)
		}
	}
}

// A session whose time is over when its code comes back is known on no other host.
func TestHandover_ASessionCanEndOnTheWay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t), withHosts)
	p := w.person()
	p.door.mustSignIn()
	for range 10 {
		w.clock.Advance(59 * time.Minute)
		p.door.wantVerify(http.StatusOK, "")
	}
	w.clock.Set(storetest.Start.Add(10*time.Hour - 30*time.Second))
	late := p.toCode(wiki, "/page")
	w.clock.Advance(40 * time.Second)
	res := p.follow(late)
	wantAnswer(t, res, http.StatusForbidden, "bad_response")
	if p.at(wiki).sessionCookie() != "" {
		t.Error("the host knows the session")
	}
}

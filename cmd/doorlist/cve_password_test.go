package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"

	"doorlist/store"
	"doorlist/store/storetest"
)

// lantern is the password of everybody who has one, by a hash that costs nothing: it is not what is checked here.
const lantern, pier = machinePassword, "another pier without a lantern"

// passwordCVEs are about passwords and the links that set them.
var passwordCVEs = []vulnerability{
	{"CVE-2026-28268", "a link that resets a password works once, and dies with any change of it", func(w *cveWorld) {
		w.local("once@fabrikam.com")
		link := w.resetLink("once@fabrikam.com", 1)
		var accepted atomic.Int32
		w.together(8, func(int) {
			n, form := w.nodes[1], url.Values{"password": {pier}, "repeated": {pier}}
			if res := w.try(stay, http.MethodPost, n.url+link, form.Encode(), append(n.ownForm(), w.from()...)...); res.StatusCode == http.StatusSeeOther {
				accepted.Add(1)
			}
		})
		if accepted.Load() != 1 {
			w.t.Errorf("it worked %d times", accepted.Load())
		}
		link = w.resetLink("once@fabrikam.com", 2)
		browser, _ := w.enterPassword("once@fabrikam.com", pier)
		change := url.Values{"present": {pier}, "password": {lantern}, "repeated": {lantern}}
		if res := w.post(browser, w.nodes[1], "/password/change", change, w.from()...); res.StatusCode != http.StatusOK {
			w.t.Fatalf("the change: %s\n%s", res.Status, res.body)
		}
		if res := w.choose(link, pier); res.StatusCode != http.StatusNotFound {
			w.t.Errorf("the link from before the change: %s", res.Status)
		}
	}},
	{"CVE-2026-27840", "of a secret every character counts", func(w *cveWorld) {
		w.local("whole@fabrikam.com")
		id := w.okta.add("whole", "whole")
		browser, _ := w.okta.enter(claims{"sub": "whole"})
		n := w.nodes[1]
		page := func(begin string) func(secret string) bool {
			return func(secret string) bool {
				return w.send(stay, http.MethodGet, n.url+begin+secret, "", w.from()...).StatusCode < 300
			}
		}
		for kind, c := range map[string]struct {
			secret string
			good   func(secret string) bool
		}{
			"a session": {w.session(browser), func(secret string) bool {
				return w.verify(n, stay, "Cookie", "doorlist="+secret).Header.Get("X-Doorlist-User") == id
			}},
			"a SCIM token": {w.okta.token, func(secret string) bool {
				return w.send(stay, http.MethodGet, n.url+"/scim/v2/ServiceProviderConfig", "", "Authorization", "Bearer "+secret).StatusCode < 300
			}},
			"an invitation": {strings.TrimPrefix(w.invite("wholly@fabrikam.com"), "/invite/"), page("/invite/")},
			"a reset":       {strings.TrimPrefix(w.resetLink("whole@fabrikam.com", 1), "/reset/"), page("/reset/")},
		} {
			if !c.good(c.secret) {
				w.t.Errorf("%s itself is not good", kind)
			}
			for i := range c.secret {
				other := byte('A')
				if c.secret[i] == 'A' {
					other = 'B'
				}
				for _, changed := range []string{c.secret[:i] + c.secret[i+1:], c.secret[:i] + string(other) + c.secret[i+1:], c.secret[:i]} {
					if c.good(changed) {
						w.t.Errorf("%s is good with a change at %d", kind, i)
					}
				}
			}
		}
	}},
	{"CVE-2026-34389", "an invitation is for the person and the role that it was made with", func(w *cveWorld) {
		link := w.invite("pinned@fabrikam.com")
		form := url.Values{"password": {lantern}, "repeated": {lantern}}
		for name, value := range map[string]string{"user_name": "thief@fabrikam.com", "email": "thief@fabrikam.com", "role": "owner", "organization": "contoso", "active": "true", "id": w.idOf("olivia.owner")} {
			form.Set(name, value)
		}
		w.post(w.stranger(), w.nodes[1], link, form, w.from()...)
		if _, reason := w.enterPassword("thief@fabrikam.com", lantern); reason != "bad_credentials" {
			w.t.Errorf("the thief: %q", reason)
		}
		browser, reason := w.enterPassword("pinned@fabrikam.com", lantern)
		if res := w.verify(w.nodes[0], browser); reason != "" || res.Header.Get("X-Doorlist-Role") != "reader" || res.Header.Get("X-Doorlist-Organization") != "fabrikam" {
			w.t.Errorf("whom it was for: %q, %v", reason, res.Header)
		}
	}},
	{"CVE-2026-41571", "who has no password signs in with none", func(w *cveWorld) {
		w.fabrikam.add("nopassword@fabrikam.com", "nopassword")
		w.invite("invited@fabrikam.com")
		for password, name := range map[string]string{"": "nopassword@fabrikam.com", "null": "nopassword@fabrikam.com", "\x00": "nopassword@fabrikam.com", "undefined": "invited@fabrikam.com", "false": "invited@fabrikam.com"} {
			if _, reason := w.enterPassword(name, password); reason == "" {
				w.t.Errorf("%s came in with %q", name, password)
			}
		}
	}},
	{"CVE-2025-6004", "whichever way a name is written, its failures are counted together", func(w *cveWorld) {
		w.local("counted@fabrikam.com")
		var reach []string // of the spellings, those that name the person
		for _, name := range []string{"COUNTED@fabrikam.com", "Counted@Fabrikam.Com", " counted@fabrikam.com", "ｃounted@fabrikam.com", "counted@fabrikam.com."} {
			if _, reason := w.enterPassword(name, lantern); reason == "" {
				reach = append(reach, name)
			}
		}
		if len(reach) < 2 {
			w.t.Fatalf("of the spellings %q name the person", reach)
		}
		one := w.from()
		w.together(12, func(i int) { w.enterPassword(reach[i%len(reach)], "a wrong password for all", one...) })
		if _, reason := w.enterPassword("counted@fabrikam.com", lantern, one...); reason != "locked" {
			w.t.Errorf("after twelve failures as %q the right password gives %q", reach, reason)
		}
	}},
	{"CVE-2026-27946", "no form of one's own changes more than it is for", func(w *cveWorld) {
		w.local("ambitious@fabrikam.com")
		browser, _ := w.enterPassword("ambitious@fabrikam.com", lantern)
		explained := func() string {
			text := w.terminal.do("explain", "ambitious@fabrikam.com", "--org", "fabrikam", "--json")
			head, _, _ := strings.Cut(text, `"last_decision"`)
			return head
		}
		before := explained()
		for _, path := range []string{"/password/change", "/recovery-codes", "/second-factor", "/sessions", "/reauth", "/switched", "/device", "/login", "/reset"} {
			form := url.Values{"present": {"wrong"}}
			for _, field := range []string{"role", "roles", "email", "user_name", "email_verified", "active", "organization", "connection", "external_id", "id", "display_name", "second_factor", "console"} {
				form.Set(field, map[bool]string{true: "owner", false: "true"}[strings.HasPrefix(field, "role")])
			}
			w.post(browser, w.nodes[1], path, form, w.from()...)
		}
		if after := explained(); after != before {
			w.t.Errorf("it was %s, and is %s", before, after)
		}
	}},
	{"CVE-2019-11202", "no start of a server makes an owner, where there is one", func(w *cveWorld) {
		c := emptyTerminal(w.t)
		c.do("org", "add", "contoso")
		c.do("owner", "create", "--org", "contoso", "--email", "olivia@contoso.com")
		before := c.do("audit", "list", "--org", "contoso", "--json")
		for i := range 10 {
			n := c.serve()
			for _, secret := range []string{"", "admin", "setup", strings.Repeat("A", 26)} {
				if res := w.send(stay, http.MethodGet, n.url+"/setup/"+secret, ""); res.StatusCode != http.StatusNotFound {
					w.t.Errorf("start %d, %q: %s", i, secret, res.Status)
				}
			}
			n.stop(w.t)
		}
		if after := c.do("audit", "list", "--org", "contoso", "--json"); after != before {
			w.t.Errorf("the trail was %s, and is %s", before, after)
		}
	}},
	{"Okta 2024-10-30", "a password counts to its last character, and a name to its last, and neither is endless", func(w *cveWorld) {
		long := strings.Repeat("lantern kettle ", 17)
		if res := w.choose(w.invite("long@fabrikam.com"), long+"x"); res.StatusCode != http.StatusSeeOther {
			w.t.Fatalf("choosing it: %s\n%s", res.Status, res.body)
		}
		for what, password := range map[string]string{"the last character": long + "y", "the first 72 bytes": long[:72], "10,000 characters": strings.Repeat("lantern kettle ", 667)} {
			if _, reason := w.enterPassword("long@fabrikam.com", password); reason == "" {
				w.t.Errorf("%s: they came in", what)
			}
		}
		if _, reason := w.enterPassword(strings.Repeat("a", 60)+"long@fabrikam.com", long+"x"); reason == "" {
			w.t.Error("a longer name came in")
		}
		if _, reason := w.enterPassword("long@fabrikam.com", long+"x"); reason != "" {
			w.t.Errorf("the password itself: %q", reason)
		}
	}},
}

// invite makes a local reader of fabrikam, and returns the path of the link to choose a password.
func (w *cveWorld) invite(name string) (path string) {
	w.t.Helper()
	var v invitationView
	w.terminal.read(&v, "user", "invite", name, "--org", "fabrikam", "--role", "reader", "--base-url", w.nodes[0].url)
	return strings.TrimPrefix(v.Link, w.nodes[0].url)
}

// local makes a reader of fabrikam who has the password lantern.
func (w *cveWorld) local(name string) {
	w.t.Helper()
	w.invite(name)
	s, err := store.Open(w.t.Context(), store.Options{URL: w.database(), MasterKey: storetest.MasterKey})
	if err != nil {
		w.t.Fatal(err)
	}
	defer s.Close()
	org, err := s.FindOrganization(w.t.Context(), "fabrikam")
	if err != nil {
		w.t.Fatal(err)
	}
	err = s.Write(w.t.Context(), machineAdmin, func(tx *store.Tx) error {
		u, err := tx.Directory(org.LocalDirectory).UserByName(name)
		if err != nil {
			return err
		}
		return tx.Directory(org.LocalDirectory).SetPassword(u.ID, cheapHash, "")
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *cveWorld) choose(path, password string) exchange {
	w.t.Helper()
	return w.post(w.stranger(), w.nodes[1], path, url.Values{"password": {password}, "repeated": {password}}, w.from()...)
}

// enterPassword signs in by a password, and returns the browser and the reason of a refusal, or else the status of one.
func (w *cveWorld) enterPassword(name, password string, from ...string) (browser *http.Client, reason string) {
	w.t.Helper()
	if from == nil {
		from = w.from()
	}
	browser = w.stranger()
	res := w.post(browser, w.nodes[1], "/password", url.Values{"user_name": {name}, "password": {password}}, from...)
	reason = res.Header.Get("X-Doorlist-Reason")
	if reason == "" && res.StatusCode != http.StatusSeeOther {
		reason = fmt.Sprint(res.StatusCode)
	}
	if (reason == "") != (w.session(browser) != "") {
		w.t.Errorf("%.40q: %s with the session %q", name, res.Status, w.session(browser))
	}
	return browser, reason
}

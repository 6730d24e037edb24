package main

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
)

// signInCVEs are about who somebody is, and about one browser's sign-in being another's.
var signInCVEs = []vulnerability{
	{"CVE-2023-3128", "an e-mail address of another tenant is nobody's here (nOAuth)", func(w *cveWorld) {
		const victim, attacker = "4d1f7c0d-0b7e-4a52-9d8c-5a1f7c0de0bb", "5d1f7c0d-0b7e-4a52-9d8c-5a1f7c0de0cc"
		w.tailspin.add("victim@tailspin.com", victim)
		for what, c := range map[string]claims{
			"another tenant's person":     {"iss": w.provider.URL + "/" + northwindID + "/v2.0", "tid": northwindID, "oid": attacker},
			"another tenant's, same id":   {"iss": w.provider.URL + "/" + northwindID + "/v2.0", "tid": northwindID, "oid": victim},
			"another tenant, our issuer":  {"tid": northwindID, "oid": victim},
			"a stranger of the tenant":    {"tid": tenantID, "oid": attacker},
			"a stranger with her subject": {"tid": tenantID, "oid": attacker, "sub": victim},
		} {
			for _, name := range []string{"email", "preferred_username", "upn", "unique_name", "verified_primary_email"} {
				c[name] = "victim@tailspin.com"
			}
			c["email_verified"], c["xms_edov"] = true, true
			w.tailspin.refused(what, c, "bad_response", "wrong_tenant", "not_provisioned")
		}
	}},
	{"CVE-2025-55241", "what one tenant signs touches the organization of that tenant alone", func(w *cveWorld) {
		const oid = "6d1f7c0d-0b7e-4a52-9d8c-5a1f7c0de0dd"
		ids := map[string]string{tenantID: w.tailspin.add("one@example.com", oid), northwindID: w.northwind.add("one@example.com", oid)}
		for _, p := range []*cvePlace{w.tailspin, w.northwind} {
			own := map[string]string{"tailspin": tenantID, "northwind": northwindID}[p.slug]
			for iss := range ids {
				for tid := range ids {
					browser, reason := p.enter(claims{"iss": w.provider.URL + "/" + iss + "/v2.0", "tid": tid, "oid": oid})
					if good := iss == own && tid == own; good != (reason == "") {
						w.t.Errorf("%s, issuer %s, tenant %s: %q", p.slug, iss, tid, reason)
					} else if good {
						w.whose(browser, ids[own])
					}
				}
			}
		}
	}},
	{"CVE-2026-55075", "no spelling of email_verified makes an address an identity", func(w *cveWorld) {
		w.terminal.do("user", "invite", "verified@contoso.com", "--org", "contoso", "--role", "reader")
		w.okta.add("verified@contoso.com", "the one with the address")
		for _, value := range []any{absent, nil, "true", "false", 1, 0, true, false, []any{true}, map[string]any{"value": true}} {
			w.okta.refused(fmt.Sprintf("email_verified %v", value), claims{"sub": "coder", "email": "verified@contoso.com", "email_verified": value,
				"preferred_username": "verified@contoso.com"}, "not_provisioned")
		}
	}},
	{"CVE-2026-35511", "a first sign-in is never tied to a local account of the same address", func(w *cveWorld) {
		var owner ownerView
		w.terminal.read(&owner, "owner", "create", "--org", "contoso", "--email", "local@contoso.com")
		for _, sub := range []any{"local@contoso.com", owner.ID, "anybody"} {
			w.okta.refused(fmt.Sprint(sub), claims{"sub": sub, "email": "local@contoso.com", "email_verified": true, "preferred_username": "local@contoso.com"}, "not_provisioned")
		}
	}},
	{"CVE-2022-31107", "one subject and one address at two connections are two people", func(w *cveWorld) {
		ids := map[*cvePlace]string{w.okta: w.okta.add("two@example.com", "two"), w.fabrikam: w.fabrikam.add("two@example.com", "two")}
		for p, id := range ids {
			browser, _ := p.enter(claims{"sub": "two", "email": "two@example.com", "email_verified": true})
			w.whose(browser, id)
		}
		w.okta.add("lonely@example.com", "lonely")
		w.fabrikam.refused("whom the other connection knows", claims{"sub": "lonely", "email": "lonely@example.com"}, "not_provisioned")
	}},
	{"CVE-2026-42560", "a hundred subjects are a hundred people, or nobody", func(w *cveWorld) {
		for i := range 100 {
			sub, id := fmt.Sprintf("%032x", i*7919), ""
			if i%5 == 0 {
				id = w.okta.add("subject "+sub, sub)
			}
			browser, reason := w.okta.enter(claims{"sub": sub})
			if (id == "") != (reason == "not_provisioned") {
				w.t.Errorf("%s: %q", sub, reason)
			}
			w.whose(browser, id)
		}
	}},
	{"CVE-2026-23990", "an empty claim is nobody", func(w *cveWorld) {
		w.tailspin.create("/Users", `{"userName":"empty@tailspin.com","externalId":" ","active":true}`)
		w.okta.create("/Users", `{"userName":"empty@okta.com","externalId":" ","active":true}`)
		for _, value := range []any{absent, nil, "", " ", "\t", "00000000-0000-0000-0000-000000000000", "\u200b", 0, []any{}, map[string]any{}} {
			w.okta.refused(fmt.Sprintf("sub %q", value), claims{"sub": value}, "bad_response", "not_provisioned")
			w.tailspin.refused(fmt.Sprintf("oid %q", value), claims{"tid": tenantID, "oid": value}, "bad_response")
			w.tailspin.refused(fmt.Sprintf("tid %q", value), claims{"tid": value, "oid": groupID}, "bad_response", "wrong_tenant")
		}
	}},
	{"CVE-2025-12419", "an answer is for the browser and the connection that asked, once", func(w *cveWorld) {
		w.okta.add("asked", "asked")
		w.provider.say(claims{"sub": "asked"})
		mine, theirs := w.stranger(), w.stranger()
		callback := w.okta.callback(mine)
		for what, address := range map[string]string{
			"another browser's": callback, "no state": w.nodes[0].url + "/login/callback?code=code-1", "an empty state": w.nodes[0].url + "/login/callback?code=code-1&state=",
			"a guessed state": w.nodes[0].url + "/login/callback?code=code-1&state=" + strings.Repeat("A", 43),
		} {
			if reason := w.outcome(theirs, w.send(theirs, http.MethodGet, address, "")); reason != "bad_response" {
				w.t.Errorf("%s: %q", what, reason)
			}
		}
		states := map[string]bool{}
		for range 50 {
			at, err := url.Parse(w.send(w.stranger(), http.MethodGet, w.nodes[0].url+"/login/okta", "").Header.Get("Location"))
			if err != nil || len(at.Query().Get("state")) != 43 || len(at.Query().Get("nonce")) != 43 || at.Query().Get("state") == at.Query().Get("nonce") {
				w.t.Fatalf("%v, %v: want 256 bits each", at, err)
			}
			states[at.Query().Get("state")] = true
		}
		if len(states) != 50 {
			w.t.Errorf("%d states of 50", len(states))
		}
	}},
	{"CVE-2024-23647", "the proof of PKCE is always S256, whatever the provider offers", func(w *cveWorld) {
		w.okta.add("pkce", "pkce")
		before := len(seen(w.provider, &w.provider.redeemed))
		if _, reason := w.okta.enter(claims{"sub": "pkce"}); reason != "" {
			w.t.Fatalf("refused as %q", reason)
		}
		sent := seen(w.provider, &w.provider.redeemed)[before:]
		if len(sent) != 1 || len(sent[0].Get("code_verifier")) < 43 {
			w.t.Fatalf("the token endpoint was sent %v", sent)
		}
		w.provider.mu.Lock()
		asked := w.provider.codes[sent[0].Get("code")]
		w.provider.mu.Unlock()
		if asked.Get("code_challenge_method") != "S256" || asked.Get("code_challenge") != challengeOf(sent[0].Get("code_verifier")) {
			w.t.Errorf("the browser asked %v, and the verifier is %q", asked, sent[0].Get("code_verifier"))
		}
	}},
	{"CVE-2026-32245", "a code of one connection is good at no other", func(w *cveWorld) {
		w.okta.add("crossed", "crossed")
		w.fabrikam.add("crossed", "crossed")
		w.provider.say(claims{"sub": "crossed"})
		browser := w.stranger()
		mine, theirs := w.okta.callback(browser), w.fabrikam.callback(browser)
		code := func(callback string) string {
			at, _ := url.Parse(callback)
			return at.Query().Get("code")
		}
		crossed := strings.Replace(mine, "code="+code(mine)+"&", "code="+code(theirs)+"&", 1)
		if reason := w.outcome(browser, w.send(browser, http.MethodGet, crossed, "")); reason != "bad_response" {
			w.t.Errorf("refused as %q", reason)
		}
	}},
	{"CVE-2025-46815", "of a hundred equal answers at once one makes a session", func(w *cveWorld) {
		w.okta.add("once", "once")
		w.provider.say(claims{"sub": "once"})
		first := w.stranger()
		callback := w.okta.callback(first)
		at, _ := url.Parse(callback)
		var cookies []string
		for _, c := range first.Jar.Cookies(at) {
			cookies = append(cookies, c.Name+"="+c.Value)
		}
		var admitted atomic.Int32
		w.together(100, func(i int) {
			address := strings.Replace(callback, w.nodes[0].url, w.nodes[i%2].url, 1)
			if res := w.send(stay, http.MethodGet, address, "", "Cookie", strings.Join(cookies, "; ")); res.Header.Get("X-Doorlist-Reason") == "" && res.StatusCode == http.StatusSeeOther {
				admitted.Add(1)
			}
		})
		if admitted.Load() != 1 {
			w.t.Errorf("%d sessions, want 1", admitted.Load())
		}
	}},
	{"CVE-2018-15727", "a cookie tells nothing and follows from nothing", func(w *cveWorld) {
		id := w.okta.add("cookie@contoso.com", "cookie")
		var secrets []string
		for range 20 {
			browser, _ := w.okta.enter(claims{"sub": "cookie"})
			secret := w.session(browser)
			if len(secret) != 43 || strings.Contains(secret, id) || slices.Contains(secrets, secret) {
				w.t.Errorf("the cookie is %q", secret)
			}
			secrets = append(secrets, secret)
		}
	}},
	{"CVE-2024-28197", "a cookie that was there before is not the session's", func(w *cveWorld) {
		w.okta.add("fixed", "fixed")
		w.provider.say(claims{"sub": "fixed"})
		planted := strings.Repeat("A", 43)
		browser := w.stranger()
		at, _ := url.Parse(w.nodes[0].url)
		browser.Jar.SetCookies(at, []*http.Cookie{{Name: "doorlist", Value: planted, Path: "/"}})
		w.send(browser, http.MethodGet, w.okta.callback(browser), "")
		if got := w.session(browser); got == planted || got == "" {
			w.t.Errorf("the session is %q", got)
		}
		if res := w.verify(w.nodes[0], stay, "Cookie", "doorlist="+planted); res.StatusCode != http.StatusUnauthorized {
			w.t.Errorf("the planted cookie: %s", res.Status)
		}
	}},
}

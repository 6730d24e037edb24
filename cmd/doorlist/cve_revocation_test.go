package main

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"doorlist/store/storetest"
)

// revocationCVEs are about what was to end and did not.
var revocationCVEs = []vulnerability{
	{"goauthentik/authentik#25081", "whatever shuts somebody out ends their sessions", func(w *cveWorld) {
		writers := w.okta.grant("Writers", "writer")
		for what, change := range map[string]func(id string){
			"deleted":              func(id string) { w.okta.want(http.StatusNoContent, http.MethodDelete, "/Users/"+id, "") },
			"out of the one group": func(id string) { w.okta.leave(w.okta.group, id) },
			"a set of others": func(id string) {
				w.okta.patch(http.StatusNoContent, "/Groups/"+w.okta.group, `{"op":"replace","path":"members","value":[]}`)
			},
			"in bulk": func(id string) {
				w.okta.want(http.StatusOK, http.MethodPost, "/Bulk", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[{"method":"PATCH","path":"/Users/`+id+`","data":{"Operations":[{"op":"replace","path":"active","value":false}]}}]}`)
			},
			"the group goes": func(id string) {
				w.okta.leave(w.okta.group, id)
				w.okta.join(writers, id)
				w.okta.want(http.StatusNoContent, http.MethodDelete, "/Groups/"+writers, "")
			},
		} {
			w.okta.shutOut("shut out: "+what, what, change)
		}
		id := w.okta.add("ended", "ended")
		browser, _ := w.okta.enter(claims{"sub": "ended"})
		w.terminal.do("session", "end", "--user", id, "--org", "contoso")
		w.whose(browser, "")
	}},
	{"CVE-2025-64521", "a credential of a program that was revoked is none, with the next request", func(w *cveWorld) {
		p := w.place("fabrikam", "programs", "--kind", "oidc", "--issuer", w.provider.URL+"/programs", "--subject-claim", "sub")
		var token newTokenView
		w.terminal.read(&token, "token", "create", "--connection", "programs")
		var client newSecretView
		w.terminal.read(&client, "client", "create", "--connection", "programs")
		form := url.Values{"grant_type": {"client_credentials"}, "client_id": {client.ClientID}, "client_secret": {client.ClientSecret}}
		granted := w.send(stay, http.MethodPost, w.nodes[0].url+"/oauth/token", form.Encode(), "Content-Type", "application/x-www-form-urlencoded")
		_, rest, _ := strings.Cut(granted.body, `"access_token":"`)
		access, _, _ := strings.Cut(rest, `"`)
		want := func(status int, secret string) {
			w.t.Helper()
			for _, n := range w.nodes {
				if res := w.send(stay, http.MethodGet, n.url+"/scim/v2/Users", "", "Authorization", "Bearer "+secret); res.StatusCode != status {
					w.t.Errorf("%.8s…: %s, want %d", secret, res.Status, status)
				}
			}
		}
		want(http.StatusOK, token.Token)
		want(http.StatusOK, access)
		w.terminal.do("token", "revoke", token.ID)
		want(http.StatusUnauthorized, token.Token)
		w.terminal.do("client", "revoke", client.ClientID)
		want(http.StatusUnauthorized, access)
		want(http.StatusOK, p.token)
		w.terminal.do("connection", "set", "programs", "--enabled=false")
		want(http.StatusUnauthorized, p.token)
	}},
	{"CVE-2026-55987", "a sign-in writes of nobody that they are active", func(w *cveWorld) {
		off, on := w.okta.add("gitea off", "gitea off"), w.okta.add("gitea on", "gitea on")
		w.okta.patch(http.StatusOK, "/Users/"+off, `{"op":"replace","path":"active","value":false}`)
		address := w.database()
		if strings.HasPrefix(address, "sqlite:") {
			storetest.Tamper(w.t, address, `CREATE TRIGGER cve BEFORE UPDATE OF active ON users WHEN OLD.user_name LIKE 'gitea %' BEGIN SELECT RAISE(ABORT, 'a sign-in writes active'); END`)
			w.t.Cleanup(func() { storetest.Tamper(w.t, address, `DROP TRIGGER cve`) })
		} else {
			storetest.Tamper(w.t, address, `CREATE FUNCTION cve() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'a sign-in writes active'; END $$;
				CREATE TRIGGER cve BEFORE UPDATE OF active ON users FOR EACH ROW WHEN (OLD.user_name LIKE 'gitea %') EXECUTE FUNCTION cve()`)
			w.t.Cleanup(func() { storetest.Tamper(w.t, address, `DROP TRIGGER cve ON users; DROP FUNCTION cve()`) })
		}
		w.okta.refused("who is off", claims{"sub": "gitea off"}, "inactive")
		browser, reason := w.okta.enter(claims{"sub": "gitea on"})
		if reason != "" || w.okta.active(off) {
			w.t.Errorf("who is on is refused as %q; who was off is active: %t", reason, w.okta.active(off))
		}
		w.whose(browser, on)
	}},
	{"CVE-2025-23208", "a role goes with the group, and a new sign-in does not bring it back", func(w *cveWorld) {
		id, group := w.okta.add("zot", "zot"), w.okta.grant("Writers of zot", "writer")
		w.okta.join(group, id)
		for _, want := range []string{"writer", "reader", "reader"} {
			browser, _ := w.okta.enter(claims{"sub": "zot", "groups": []string{group, "Writers of zot"}, "roles": []string{"writer", "owner"}})
			if got := w.verify(w.nodes[1], browser).Header.Get("X-Doorlist-Role"); got != want {
				w.t.Errorf("the role is %q, want %q", got, want)
			}
			w.okta.leave(group, id)
		}
	}},
	{"CVE-2021-36775", "what a role allowed is refused from the moment that it is gone", func(w *cveWorld) {
		id, group := w.okta.add("rancher", "rancher"), w.okta.grant("Admins of okta", "admin")
		w.okta.join(group, id)
		browser, _ := w.okta.enter(claims{"sub": "rancher"})
		pages := []string{"/admin/organizations/contoso", "/admin/organizations/contoso/users", "/admin/organizations/contoso/audit", "/admin/connections/okta", "/admin/organizations/contoso/roles/add"}
		ask := func(status int) {
			w.t.Helper()
			for _, n := range w.nodes {
				for _, page := range pages {
					if res := w.send(browser, http.MethodGet, n.url+page, ""); res.StatusCode != status {
						w.t.Errorf("%s: %s, want %d", page, res.Status, status)
					}
				}
			}
		}
		ask(http.StatusOK)
		w.okta.leave(group, id)
		for range 10 {
			ask(http.StatusForbidden)
			for _, n := range w.nodes {
				if res := w.post(browser, n, "/admin/organizations/contoso/roles/add", url.Values{"name": {"seized"}, "rank": {"1"}}); res.StatusCode != http.StatusForbidden {
					w.t.Errorf("a change: %s", res.Status)
				}
			}
		}
	}},
	{"CVE-2024-47060", "a connection that is off, and an organization that is gone, are closed for everybody on every node", func(w *cveWorld) {
		w.terminal.do("org", "add", "closing")
		p := w.place("closing", "closing", "--kind", "oidc", "--issuer", w.provider.URL+"/closing", "--subject-claim", "sub")
		id, group := p.add("clara", "clara"), p.grant("Owners", "owner")
		p.join(group, id)
		browser, reason := p.enter(claims{"sub": "clara"})
		if reason != "" {
			w.t.Fatalf("refused as %q", reason)
		}
		closed := func(when string) {
			w.t.Helper()
			w.whose(browser, "")
			for _, n := range w.nodes {
				provisioning := w.send(stay, http.MethodGet, n.url+"/scim/v2/Users", "", "Authorization", "Bearer "+p.token)
				console := w.send(browser, http.MethodGet, n.url+"/admin/organizations/closing", "")
				signIn := w.send(w.stranger(), http.MethodGet, n.url+"/login/closing", "")
				if provisioning.StatusCode != http.StatusUnauthorized || console.StatusCode < 300 || signIn.StatusCode < 400 {
					w.t.Errorf("%s: SCIM %s, the console %s, a sign-in %s", when, provisioning.Status, console.Status, signIn.Status)
				}
			}
		}
		w.terminal.do("connection", "set", "closing", "--enabled=false")
		closed("switched off")
		w.terminal.do("connection", "set", "closing", "--enabled")
		if browser, reason = p.enter(claims{"sub": "clara"}); reason != "" {
			w.t.Fatalf("switched on again: %q", reason)
		}
		w.terminal.do("org", "remove", "closing")
		closed("removed")
	}},
	{"CVE-2025-64717", "a sign-in that was begun ends with the connection's being on", func(w *cveWorld) {
		p := w.place("fabrikam", "meanwhile", "--kind", "oidc", "--issuer", w.provider.URL+"/meanwhile", "--subject-claim", "sub")
		p.add("mia", "mia")
		w.provider.say(claims{"sub": "mia"})
		browser := w.stranger()
		callback := p.callback(browser)
		w.terminal.do("connection", "set", "meanwhile", "--enabled=false")
		if reason := w.outcome(browser, w.send(browser, http.MethodGet, callback, "")); reason != "connection_off" {
			w.t.Errorf("refused as %q", reason)
		}
		w.terminal.do("connection", "set", "meanwhile", "--enabled")
		if reason := w.outcome(browser, w.send(browser, http.MethodGet, callback, "")); reason != "bad_response" {
			w.t.Errorf("switched on again, the answer is good: %q", reason)
		}
	}},
	{"CVE-2026-30224", "signing out ends the session and not only the cookie", func(w *cveWorld) {
		w.okta.add("olive", "olive")
		browser, _ := w.okta.enter(claims{"sub": "olive"})
		secret := w.session(browser)
		w.post(browser, w.nodes[0], "/logout", nil)
		for _, n := range w.nodes {
			if res := w.verify(n, stay, "Cookie", "doorlist="+secret); res.StatusCode != http.StatusUnauthorized {
				w.t.Errorf("the cookie from before: %s", res.Status)
			}
		}
	}},
	{"CVE-2021-32923", "no lifetime of nothing, or of less, means for ever", func(w *cveWorld) {
		for _, args := range []string{
			"serve --session-idle 0", "serve --session-idle -1h", "serve --session-lifetime 0", "serve --session-lifetime -1h", "serve --session-lifetime 25h",
			"token create --connection okta --expires -1h", "client create --connection okta --expires -1h",
			"client create --connection okta --token-lifetime 0", "client create --connection okta --token-lifetime -1h",
		} {
			w.terminal.fails(exitUsage, strings.Fields(args)...)
		}
	}},
	{"CVE-2022-41316", "a server that has just started knows what was revoked", func(w *cveWorld) {
		id := w.okta.add("cold", "cold")
		browser, _ := w.okta.enter(claims{"sub": "cold"})
		w.okta.patch(http.StatusOK, "/Users/"+id, `{"op":"replace","path":"active","value":false}`)
		started := w.terminal.serve()
		w.nodes = []*node{started}
		w.whose(browser, "")
	}},
	{"CVE-2026-53602", "what was revoked is revoked, though the server is killed at once", func(w *cveWorld) {
		id := w.okta.add("nebula", "nebula")
		browser, _ := w.okta.enter(claims{"sub": "nebula"})
		killed := w.terminal.startBuilt()
		// A third process at one SQLite file may have to wait for its turn.
		eventually(w.t, "the session is good at the built server", func() bool {
			return w.try(browser, http.MethodGet, killed.url+"/auth/verify", "").StatusCode == http.StatusOK
		})
		eventually(w.t, "the change is acknowledged", func() bool {
			return w.try(stay, http.MethodPatch, killed.url+"/scim/v2/Users/"+id, `{"Operations":[{"op":"replace","path":"active","value":false}]}`,
				"Authorization", "Bearer "+w.okta.token).StatusCode == http.StatusOK
		})
		killed.kill()
		w.nodes = append(slices.Clone(w.nodes), w.terminal.serve())
		w.whose(browser, "")
	}},
}

// grant makes a group that gives a role.
func (p *cvePlace) grant(name, role string) (group string) {
	p.w.t.Helper()
	group = p.create("/Groups", `{"displayName":`+quoted(name)+`}`)
	p.w.terminal.do("mapping", "add", "--org", p.org, "--connection", p.slug, "--group", group, "--role", role)
	return group
}

func (p *cvePlace) join(group, id string) {
	p.w.t.Helper()
	p.patch(http.StatusNoContent, "/Groups/"+group, `{"op":"add","path":"members","value":[{"value":"`+id+`"}]}`)
}

func (p *cvePlace) leave(group, id string) {
	p.w.t.Helper()
	p.patch(http.StatusNoContent, "/Groups/"+group, `{"op":"remove","path":"members[value eq \"`+id+`\"]"}`)
}

package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
)

// identityHeaders are what every answer of forward-auth that lets somebody in has.
var identityHeaders = []string{"User", "Name", "Email", "Role", "Groups", "Connection", "Organization", "Assertion"}

// smuggledHeaders are what other doors have believed of who somebody is, or that nobody need be asked.
var smuggledHeaders = []string{
	"X-Doorlist-User", "X_Doorlist_User", "X-Doorlist_User", "X-Doorlist-Role", "X-Forwarded-User", "X_Forwarded_User", "X-Remote-User", "Remote-User", "X-Auth-Request-User", "X-Auth-Request-Email",
	"X-WEBAUTH-USER", "X-Authenticated-User", "X-User", "From", "Proxy-Authorization", "X-Grafana-User", "X-Gitea-User", "X-Pomerium-Jwt-Assertion", "X-Id-Token", "X-Access-Token",
}

// verifyCVEs are about the answer to a reverse proxy, and about where browsers are sent.
var verifyCVEs = []vulnerability{
	{"CVE-2026-40575", "no address that a client names for itself opens the door", func(w *cveWorld) {
		for _, n := range w.nodes {
			for _, name := range []string{"X-Forwarded-Uri", "X-Original-URL", "X-Original-URI", "X-Forwarded-Path", "X-Envoy-Original-Path", "X-Rewrite-URL"} {
				for _, value := range []string{"/healthz", "/readyz", "/login", "/oauth2/sign_in", "/.well-known/jwks.json", "/auth/assets/style.css", "/", "/ping", "/scim/v2/Users"} {
					for _, mode := range []string{"cors", "navigate"} {
						res := w.verify(n, stay, name, value, "X-Forwarded-Host", strings.TrimPrefix(n.url, "http://"), "Sec-Fetch-Mode", mode)
						to := res.Header.Get("Location")
						if res.StatusCode < 300 || to != "" && !strings.HasPrefix(to, n.url+"/login") {
							w.t.Errorf("%s: %s: %s to %q", name, value, res.Status, to)
						}
					}
				}
			}
		}
	}},
	{"CVE-2026-34457", "no name of a browser or of a health check opens the door", func(w *cveWorld) {
		for _, agent := range []string{"GoogleHC/1.0", "kube-probe/1.30", "ELB-HealthChecker/2.0", "Amazon-Route53-Health-Check-Service", "Prometheus/2.0", "Consul Health Check", "check_http/v2.3",
			"Azure Traffic Manager Endpoint Monitor", "Googlebot/2.1", "Doorlist", "", "curl/8.0", "UptimeRobot/2.0", "Pingdom.com_bot", "Mozilla/5.0", strings.Repeat("x", 5000)} {
			for _, path := range []string{"/auth/verify", "/auth/session", "/admin", "/scim/v2/Users", "/"} {
				if res := w.send(stay, http.MethodGet, w.nodes[0].url+path, "", "User-Agent", agent); res.StatusCode < 300 {
					w.t.Errorf("%.40q at %s: %s", agent, path, res.Status)
				}
			}
		}
	}},
	{"CVE-2026-30851", "an answer that lets somebody in has every header of an identity, though it be empty", func(w *cveWorld) {
		w.okta.add("bare", "bare")
		browser, _ := w.okta.enter(claims{"sub": "bare"})
		for _, n := range w.nodes {
			for _, header := range append(smuggledHeaders, "Connection") {
				value := "owner"
				if header == "Connection" {
					value = "X-Doorlist-User, X-Doorlist-Role, Cookie, close"
				}
				res := w.verify(n, browser, header, value)
				for _, name := range identityHeaders {
					if len(res.Header.Values("X-Doorlist-"+name)) != 1 {
						w.t.Errorf("with %s the answer has X-Doorlist-%s as %q", header, name, res.Header.Values("X-Doorlist-"+name))
					}
				}
				if res.StatusCode != http.StatusOK || res.Header.Get("X-Doorlist-Role") != "reader" {
					w.t.Errorf("with %s: %s, the role %q", header, res.Status, res.Header.Get("X-Doorlist-Role"))
				}
			}
		}
	}},
	{"CVE-2026-20896", "no header of a request is an identity, anywhere", func(w *cveWorld) {
		for _, n := range w.nodes {
			for _, header := range smuggledHeaders {
				for _, value := range []string{"olivia.owner@contoso.com", w.idOf("olivia.owner")} {
					for _, path := range []string{"/auth/verify", "/auth/session", "/admin/organizations/contoso", "/sessions", "/scim/v2/Users", "/admin/api/commands"} {
						if res := w.send(stay, http.MethodGet, n.url+path, "", header, value); res.StatusCode < 300 || res.Header.Get("X-Doorlist-User") != "" {
							w.t.Errorf("%s: %s at %s: %s", header, value, path, res.Status)
						}
					}
				}
			}
		}
	}},
	{"CVE-2021-21291", "nobody is led to another site, by a thousand ways to write one", func(w *cveWorld) {
		w.okta.add("led", "led")
		w.provider.say(claims{"sub": "led"})
		browser, n := w.stranger(), w.nodes[0]
		w.send(browser, http.MethodGet, w.okta.callback(browser), "")
		corpus := elsewhere()
		if len(corpus) < 559 {
			w.t.Fatalf("%d ways", len(corpus))
		}
		for i, there := range corpus {
			query := "?return_to=" + url.QueryEscape(there)
			for _, path := range []string{"/login", "/switched", "/reauth", "/logout"} {
				w.staysHere(n, w.send(browser, http.MethodGet, n.url+path+query, ""), path, there)
			}
			if i%8 > 0 {
				continue
			}
			begun := w.send(browser, http.MethodGet, n.url+"/login/okta"+query, "")
			back := w.send(browser, http.MethodGet, begun.Header.Get("Location"), "").Header.Get("Location")
			w.staysHere(n, w.send(browser, http.MethodGet, back, ""), "the callback", there)
		}
	}},
	{"CVE-2022-39328", "of two hundred people at once each is told of themselves", func(w *cveWorld) {
		const people = 25
		ids, browsers := make([]string, people), make([]*http.Client, people)
		for i := range people {
			name := fmt.Sprintf("racing %d", i)
			ids[i] = w.okta.add(name, name)
			browsers[i], _ = w.okta.enter(claims{"sub": name})
		}
		var right, wrong atomic.Int32
		w.together(200, func(i int) {
			for round := range 4 {
				// More than the machine can do at once is refused, and says nothing of anybody.
				res := w.try(browsers[i%people], http.MethodGet, w.nodes[(i+round)%2].url+"/auth/verify", "")
				switch user := res.Header.Get("X-Doorlist-User"); {
				case user == ids[i%people]:
					right.Add(1)
				case user != "" || res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") == "":
					wrong.Add(1)
				}
			}
		})
		if wrong.Load() > 0 || right.Load() < people {
			w.t.Errorf("of 800 answers %d were right, and %d about somebody else or nobody", right.Load(), wrong.Load())
		}
	}},
}

// elsewhere composes addresses that lead, or that some browser takes to lead, to another site.
func elsewhere() (all []string) {
	for _, begin := range []string{
		"//", "///", "////", "/\\", "\\\\", "\\/", "/\\/", "//\\", "/\t/", "/\n/", "/\r/", "\t//", " //", "/%09/", "/%0a/", "/%0d/", "/%2f/", "/%5c", "%2f%2f", "/.//", "/..//", "/./..//", "/;//", "/@", "//@",
		"http://", "https://", "HTTPS://", "https:", "https:/", "https:\\\\", "http:\\/\\/", "https:%2f%2f", "ftp://", "javascript://", "javascript:alert(1)//", "data:text/html,", "vbscript:", "//door@", "https://127.0.0.1@",
		"https://127.0.0.1:80@", "//127.0.0.1\\@", "/login/..//", "/\u3000/", "/\u200b/", "\u2028//", "/\x00/", "http:/\\", "///\\;@", "//%5c",
	} {
		for _, host := range []string{
			"evil.example", "evil.example/login", "evil.example:443", "evil。example", "xn--evl-zma.example", "evil%2eexample", "127.0.0.1.evil.example", "[::1]", "2130706433", "evil.example%00.door", "evil.example#@door", "evil.example?@door",
		} {
			all = append(all, begin+host)
		}
	}
	return all
}

// staysHere demands that an answer leads to this server, if anywhere.
func (w *cveWorld) staysHere(n *node, res exchange, what, there string) {
	w.t.Helper()
	for _, raw := range append(res.Header.Values("Location"), res.Header.Values("Refresh")...) {
		base, err := url.Parse(n.url)
		if err != nil {
			w.t.Fatal(err)
		}
		to, err := base.Parse(raw)
		// The provider is where a new proof comes from; it is the connection's own.
		if err != nil || to.Host != base.Host && !strings.HasPrefix(raw, w.provider.URL+"/shared/authorize?") || to.User != nil || strings.ContainsAny(raw, "\\\t\r\n") || strings.HasPrefix(raw, "//") {
			w.t.Errorf("%s with %q leads to %q", what, there, raw)
		}
	}
	for _, attribute := range []string{`href="`, `action="`} {
		for part := range strings.SplitSeq(res.body, attribute) {
			if to, _, _ := strings.Cut(part, `"`); strings.HasPrefix(to, "//") || strings.HasPrefix(to, `/\`) || strings.Contains(to, "javascript:") || strings.HasPrefix(to, "http") && strings.Contains(to, "evil") {
				w.t.Errorf("%s with %q has the link %q", what, there, to)
			}
		}
	}
}

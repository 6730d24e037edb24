package main

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// challengeOf is the challenge of a verifier by S256 (RFC 7636 section 4.2).
func challengeOf(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// tokenCVEs are about what a provider sends and where a server goes for it.
var tokenCVEs = []vulnerability{
	{"CVE-2023-22482", "a token for another application is none", func(w *cveWorld) {
		w.okta.add("audience", "audience")
		for _, aud := range []any{absent, nil, "", "other", []any{}, []any{"other"}, []any{"client-okta", "other"}, []any{"other", "client-okta"}, "client-okt", "CLIENT-OKTA", "client-okta "} {
			w.okta.refused(fmt.Sprintf("aud %v", aud), claims{"sub": "audience", "aud": aud}, "bad_response")
		}
		w.okta.refused("another azp", claims{"sub": "audience", "azp": "other"}, "bad_response")
		w.okta.refused("another azp of a list", claims{"sub": "audience", "aud": []any{"client-okta"}, "azp": "other"}, "bad_response")
		w.terminal.fails(exitUsage, "connection", "add", "noclient", "--org", "contoso", "--kind", "oidc", "--issuer", "https://idp.example.com", "--client-secret", "s", "--subject-claim", "sub")
		w.terminal.fails(exitUsage, "connection", "add", "noclient", "--org", "contoso", "--kind", "oidc", "--issuer", "https://idp.example.com", "--client-id", "", "--client-secret", "s", "--subject-claim", "sub")
	}},
	{"GHSA-wxg7-w2v3-w38g", "a token of the past or of the future is none", func(w *cveWorld) {
		w.okta.add("times", "times")
		at := func(d time.Duration) int64 { return time.Now().Add(d).Unix() }
		for what, c := range map[string]claims{
			"expired": {"exp": at(-6 * time.Minute)}, "without an end": {"exp": absent}, "an end that is none": {"exp": "never"}, "ends at 0": {"exp": 0},
			"issued in the future": {"iat": at(6 * time.Minute)}, "issued long ago": {"iat": at(-time.Hour)}, "without an issue": {"iat": absent},
			"not good yet": {"nbf": at(10 * time.Minute)},
		} {
			c["sub"] = "times"
			w.okta.refused(what, c, "bad_response")
		}
	}},
	{"CVE-2022-31105", "a provider whose certificate is not trusted is not asked", func(w *cveWorld) {
		// The good one shows that the refusals are for their certificates.
		authority := newAuthority(w.t)
		var reached atomic.Int32
		handler := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) })
		servers := authority.serve(w.t, handler)
		c := emptyTerminal(w.t)
		c.do("org", "add", "contoso")
		for name, url := range servers {
			c.do("connection", "add", name, "--org", "contoso", "--kind", "oidc", "--issuer", url, "--client-id", "c", "--client-secret", "s", "--subject-claim", "sub")
		}
		built := c.startBuilt("SSL_CERT_FILE=" + authority.file)
		for name := range servers {
			before := reached.Load()
			res := w.send(w.stranger(), http.MethodGet, built.url+"/login/"+name, "")
			if got := reached.Load() > before; got != (name == "good") || res.Header.Get("X-Doorlist-Reason") != "provider_error" {
				w.t.Errorf("%s: was asked: %t; %s %s", name, got, res.Status, res.Header.Get("X-Doorlist-Reason"))
			}
		}
	}},
	{"CVE-2026-49478", "a token, or a redirect, leads the server nowhere", func(w *cveWorld) {
		w.okta.add("ssrf", "ssrf")
		elsewhere := w.provider.URL + "/elsewhere/latest"
		before := len(seen(w.provider, &w.provider.strays))
		w.provider.misbehave(w.t, func() {
			w.provider.header = map[string]any{"jku": elsewhere + "/jku", "x5u": elsewhere + "/x5u"}
		})
		w.okta.enter(claims{"sub": "ssrf"})
		moved := w.place("contoso", "moved", "--kind", "oidc", "--issuer", w.provider.URL+"/moved", "--subject-claim", "sub")
		for _, target := range []string{elsewhere + "/discovery", "http://169.254.169.254/latest/meta-data", "file:///etc/passwd"} {
			w.provider.misbehave(w.t, func() {
				w.provider.metadata = func(rw http.ResponseWriter, _ map[string]any) bool {
					rw.Header().Set("Location", target)
					rw.WriteHeader(http.StatusFound)
					return true
				}
			})
			if res := w.send(w.stranger(), http.MethodGet, w.nodes[0].url+"/login/"+moved.slug, ""); res.Header.Get("X-Doorlist-Reason") != "provider_error" {
				w.t.Errorf("discovery that leads to %s: %s to %q", target, res.Status, res.Header.Get("Location"))
			}
		}
		for _, bad := range []string{"file:///etc/passwd", "http://169.254.169.254/keys", "gopher://127.0.0.1/keys"} {
			w.provider.misbehave(w.t, func() {
				w.provider.metadata = func(_ http.ResponseWriter, doc map[string]any) bool { doc["jwks_uri"] = bad; return false }
			})
			if res := w.send(w.stranger(), http.MethodGet, w.nodes[0].url+"/login/"+moved.slug, ""); res.Header.Get("X-Doorlist-Reason") != "provider_error" {
				w.t.Errorf("keys at %s: %s to %q", bad, res.Status, res.Header.Get("Location"))
			}
		}
		if strays := seen(w.provider, &w.provider.strays)[before:]; len(strays) > 0 {
			w.t.Errorf("the server fetched %q", strays)
		}
	}},
	{"CVE-2026-33679", "no address in a claim is fetched", func(w *cveWorld) {
		w.okta.add("picture", "picture")
		before, c := len(seen(w.provider, &w.provider.strays)), claims{"sub": "picture"}
		for _, name := range []string{"picture", "profile", "website", "avatar", "logo_uri", "request_uri", "jwks_uri", "groups:src1"} {
			c[name] = w.provider.URL + "/fetched/" + name
		}
		c["_claim_names"] = map[string]string{"groups": "src1"}
		c["_claim_sources"] = map[string]any{"src1": map[string]string{"endpoint": w.provider.URL + "/fetched/groups"}}
		if _, reason := w.okta.enter(c); reason != "" {
			w.t.Errorf("refused as %q", reason)
		}
		if strays := seen(w.provider, &w.provider.strays)[before:]; len(strays) > 0 {
			w.t.Errorf("the server fetched %q", strays)
		}
	}},
	{"CVE-2025-22868", "a token that is far too large, dotted or sealed is refused, and the server stops reading", func(w *cveWorld) {
		w.okta.add("huge", "huge")
		const huge = 64 << 20
		part := base64.RawURLEncoding.EncodeToString
		for what, token := range map[string]func(rw io.Writer) int{
			"64 MiB": func(rw io.Writer) int { return pour(rw, "A", huge) },
			"dots":   func(rw io.Writer) int { return pour(rw, ".", huge) },
			"a sealed bomb": func(rw io.Writer) int {
				return pour(rw, part([]byte(`{"alg":"dir","enc":"A256GCM","zip":"DEF"}`))+"..", huge)
			},
		} {
			var wrote atomic.Int64
			w.provider.misbehave(w.t, func() {
				w.provider.token = func(rw http.ResponseWriter, _ *http.Request) bool {
					rw.Header().Set("Content-Type", "application/json")
					io.WriteString(rw, `{"access_token":"opaque","token_type":"Bearer","id_token":"`)
					wrote.Store(int64(token(rw)))
					io.WriteString(rw, `"}`)
					return true
				}
			})
			w.okta.refused(what, claims{"sub": "huge"}, "bad_response", "provider_error")
			if n := wrote.Load(); n > huge/2 {
				w.t.Errorf("%s: the provider could send %d bytes", what, n)
			}
		}
		for what, token := range map[string]string{
			"a sealed token": part([]byte(`{"alg":"dir","enc":"A256GCM","zip":"DEF"}`)) + "....", "100,000 dots": strings.Repeat(".", 100_000), "no token": "null",
		} {
			w.provider.misbehave(w.t, func() {
				w.provider.token = func(rw http.ResponseWriter, _ *http.Request) bool {
					rw.Header().Set("Content-Type", "application/json")
					fmt.Fprintf(rw, `{"access_token":"opaque","token_type":"Bearer","id_token":%q}`, token)
					return true
				}
			})
			w.okta.refused(what, claims{"sub": "huge"}, "bad_response")
		}
	}},
	{"CVE-2026-33758", "what a provider says of an error is no part of the page, nor of a header", func(w *cveWorld) {
		for what, description := range map[string]string{
			"markup": `<script>alert(1)</script>"><img src=x onerror=alert(1)>`, "a header": "x\r\nSet-Cookie: doorlist=planted\r\nLocation: https://evil.example", "a long text": strings.Repeat("<b>", 20_000),
		} {
			browser := w.stranger()
			callback, _, _ := strings.Cut(strings.Replace(w.okta.callback(browser), "code=", "was=", 1), "#")
			res := w.send(browser, http.MethodGet, callback+"&error=access_denied&error_description="+url.QueryEscape(description), "")
			if reason := w.outcome(browser, res); reason != "provider_error" || len(res.body) > 50_000 {
				w.t.Errorf("%s: %q, a page of %d bytes", what, reason, len(res.body))
			}
			if strings.Contains(res.body, "<script>alert") || strings.Contains(res.body, "onerror") || strings.Contains(fmt.Sprint(res.Header), "evil.example") || w.session(browser) == "planted" {
				w.t.Errorf("%s: the page repeats it: %v\n%s", what, res.Header, res.body)
			}
		}
	}},
	{"CVE-2024-45336", "what is sent to a provider does not follow its redirect elsewhere", func(w *cveWorld) {
		w.okta.add("moved on", "moved on")
		before := len(seen(w.provider, &w.provider.strays))
		for _, status := range []int{http.StatusFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect} {
			w.provider.misbehave(w.t, func() {
				w.provider.token = func(rw http.ResponseWriter, r *http.Request) bool {
					http.Redirect(rw, r, w.provider.URL+"/thief/collect", status)
					return true
				}
			})
			w.okta.refused(fmt.Sprint(status), claims{"sub": "moved on"}, "provider_error", "bad_response")
		}
		if strays := seen(w.provider, &w.provider.strays)[before:]; len(strays) > 0 {
			w.t.Errorf("the thief was sent %q", strays)
		}
	}},
}

// pour writes a text again and again until there are so many bytes or nobody reads, and says how many there were.
func pour(rw io.Writer, text string, bytes int) (wrote int) {
	block := strings.Repeat(text, 64<<10/len(text)+1)
	for wrote < bytes {
		n, err := io.WriteString(rw, block)
		if wrote += n; err != nil {
			return wrote
		}
	}
	return wrote
}

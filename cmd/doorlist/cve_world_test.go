package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"doorlist/store/storetest"
)

// vulnerability is one that another product had, and the check that this server does not have it. docs/vulnerabilities.md
// lists them all, with those that other tests check; `make cve` demands that each has run.
type vulnerability struct {
	id    string // public: of the CVE list, of GitHub's advisories, or owner/repo#number
	holds string // what holds here instead
	check func(w *cveWorld)
}

// TestCVE goes through what other servers of this kind have been broken by, on one running server for each database.
func TestCVE(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		w := newCVEWorld(t, url)
		for _, v := range slices.Concat(provisioningCVEs, revocationCVEs, signInCVEs, tokenCVEs, passwordCVEs, mailCVEs, verifyCVEs, databaseCVEs, httpCVEs, secretCVEs) {
			t.Run(v.id+" "+v.holds, func(t *testing.T) { v.check(w.of(t)) })
		}
	})
}

// cveWorld is two nodes of a server: the first as it is by default, the second behind a proxy. contoso has the tenant of the
// demonstration and, as fabrikam has, connections to a hostile provider.
type cveWorld struct {
	*tenantWorld
	t        *testing.T
	provider *hostileProvider
	folder   string // of mail
	// addresses counts those that requests came from through the proxy.
	addresses *atomic.Uint32
	// okta and fabrikam are of one issuer, known by the claim sub; tailspin and northwind are two tenants of one Entra.
	okta, tailspin, fabrikam, northwind *cvePlace
}

const northwindID = "2f8e1c52-0b7e-4a52-9d8c-5a1f7c0de002"

func newCVEWorld(t *testing.T, url string) *cveWorld {
	t.Helper()
	tenant, app, server, issuer := demoTenant(t)
	w := &cveWorld{t: t, provider: newHostileProvider(t), folder: t.TempDir(), addresses: &atomic.Uint32{}, tenantWorld: &tenantWorld{t: t, terminal: newTerminal(t, url), tenant: tenant, provider: server}}
	w.terminal.do("org", "add", "contoso")
	w.terminal.do("org", "add", "fabrikam")
	w.terminal.do("connection", "add", "entra", "--org", "contoso", "--tenant-id", tenant.ID, "--client-id", app.ClientID,
		"--client-secret", app.Secrets[0], "--authority", issuer)
	w.nodes = []*node{
		w.terminal.serve("--mail-outbox", w.folder),
		w.terminal.serve("--mail-outbox", w.folder, "--trusted-proxies", "127.0.0.1", "--log-format", "json"),
	}
	w.connect()
	oidc := []string{"--kind", "oidc", "--issuer", w.provider.URL + "/shared", "--subject-claim", "sub"}
	w.okta, w.fabrikam = w.place("contoso", "okta", oidc...), w.place("fabrikam", "fabrikam", oidc...)
	w.tailspin = w.place("contoso", "tailspin", "--kind", "entra", "--tenant-id", tenantID, "--authority", w.provider.URL)
	w.northwind = w.place("fabrikam", "northwind", "--kind", "entra", "--tenant-id", northwindID, "--authority", w.provider.URL)
	return w
}

// of is the world for one check.
func (w *cveWorld) of(t *testing.T) *cveWorld {
	tenant, here := *w.tenantWorld, *w
	tenant.t, tenant.terminal = t, &terminal{t, w.terminal.environ}
	here.t, here.tenantWorld = t, &tenant
	here.provider.say(nil)
	for _, p := range []**cvePlace{&here.okta, &here.tailspin, &here.fabrikam, &here.northwind} {
		moved := **p
		moved.w, *p = &here, &moved
	}
	return &here
}

// database is the URL of what both nodes serve.
func (w *cveWorld) database() string {
	return strings.TrimPrefix(w.terminal.environ[0], "DOORLIST_DATABASE=")
}

// exchange is an answer that was read to the end.
type exchange struct {
	*http.Response
	body string
}

// send makes a request by a client; header is names and values in turn. The answer must not be the server's own fault.
func (w *cveWorld) send(client *http.Client, method, address, body string, header ...string) exchange {
	w.t.Helper()
	res := w.try(client, method, address, body, header...)
	if res.StatusCode >= http.StatusInternalServerError && res.StatusCode != http.StatusNotImplemented {
		w.t.Errorf("%s %.200s: %s %.500s", method, address, res.Status, res.body)
	}
	return res
}

// try is send at more than the machine may be able to do, which may be said.
func (w *cveWorld) try(client *http.Client, method, address, body string, header ...string) exchange {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Add(header[i], header[i+1])
	}
	res, err := client.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return exchange{res, string(text)}
}

// stay follows no redirect.
var stay = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// stranger is a browser without cookies that follows no redirect.
func (w *cveWorld) stranger() *http.Client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return &http.Client{Jar: jar, CheckRedirect: stay.CheckRedirect}
}

// outcome is the reason of a refusal; "" for a session. A refusal must leave none.
func (w *cveWorld) outcome(browser *http.Client, res exchange) string {
	w.t.Helper()
	reason, session := res.Header.Get("X-Doorlist-Reason"), w.session(browser)
	if (reason == "") != (session != "") || (reason == "") != (res.StatusCode == http.StatusSeeOther) {
		w.t.Errorf("got %s with the reason %q and the session %q", res.Status, reason, session)
	}
	return reason
}

// session is the secret of a browser's session; "" for none.
func (w *cveWorld) session(browser *http.Client) string {
	at, err := url.Parse(w.nodes[0].url)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, c := range browser.Jar.Cookies(at) {
		if c.Name == "doorlist" {
			return c.Value
		}
	}
	return ""
}

// verify asks a node as a proxy does.
func (w *cveWorld) verify(n *node, browser *http.Client, header ...string) exchange {
	w.t.Helper()
	return w.send(browser, http.MethodGet, n.url+"/auth/verify", "", header...)
}

// whose demands a session of a person, or a refusal where the id is "".
func (w *cveWorld) whose(browser *http.Client, id string) {
	w.t.Helper()
	for _, n := range w.nodes {
		res := w.verify(n, browser)
		if got := res.Header.Get("X-Doorlist-User"); got != id || (res.StatusCode == http.StatusOK) != (id != "") {
			w.t.Errorf("it is the session of %q, want %q: %s %s", got, id, res.Status, res.Header.Get("X-Doorlist-Reason"))
		}
	}
}

// post sends a form as a page of ours would.
func (w *cveWorld) post(browser *http.Client, n *node, path string, form url.Values, header ...string) exchange {
	w.t.Helper()
	return w.send(browser, http.MethodPost, n.url+path, form.Encode(), append(n.ownForm(), header...)...)
}

func (n *node) ownForm() []string {
	return []string{"Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "same-origin", "Origin", n.url}
}

// from is the header of a request that comes from an address of its own, so that no limit of one address answers instead.
func (w *cveWorld) from() []string {
	n := w.addresses.Add(1)
	return []string{"X-Forwarded-For", fmt.Sprintf("203.0.%d.%d", n>>8&255, n&255)}
}

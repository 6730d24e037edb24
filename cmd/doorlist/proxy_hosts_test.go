package main

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestProxy_SeveralHosts runs the README's snippets in the real proxies, with two applications beside the door.
func TestProxy_SeveralHosts(t *testing.T) {
	t.Parallel()
	for name, start := range proxies {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := behind(t, start, onSeveralHosts)
			w.terminal.do("application", "add", "--org", "contoso", "--name", "wiki", "--host", wikiHost, "--min-role", "reader")
			w.terminal.do("application", "add", "--org", "contoso", "--name", "payroll", "--host", payrollHost, "--min-role", "reader")
			w.followEverywhere("rita.reader")
			w.entersAllHostsAtOnce(t)
			w.keepsCookiesApart(t)
			w.signsOutOfAll(t)
			w.entersAllHostsAtOnce(t)
			w.revokesOnAllHosts(t)
		})
	}
}

// followEverywhere lets the browser go where it is sent; at the provider it is one person.
func (w *proxied) followEverywhere(alias string) {
	upn := w.person(alias).UserPrincipalName
	w.client.CheckRedirect = func(req *http.Request, via []*http.Request) error {
		if strings.HasSuffix(req.URL.Path, "/authorize") {
			q := req.URL.Query()
			q.Set("sim_user", upn)
			req.URL.RawQuery = q.Encode()
		}
		if len(via) > 12 {
			w.t.Errorf("in circles: %s", req.URL)
			return http.ErrUseLastResponse
		}
		return nil
	}
}

// open loads a page, and says where that ended.
func (w *proxied) open(address, cookie string) (resp *http.Response, body string) {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, address, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Sec-Fetch-Mode", "navigate")
	client := *w.client
	if cookie != "" {
		req.Header.Set("Cookie", cookie)
		client.Jar, client.CheckRedirect = nil, func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	}
	if resp, err = client.Do(req); err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return resp, string(text)
}

func (w *proxied) entersAllHostsAtOnce(t *testing.T) {
	t.Helper()
	resp, _ := w.open("https://"+wikiHost+"/page?x=1", "")
	if resp.StatusCode != http.StatusOK || resp.Request.URL.Host != proxyHost || resp.Request.URL.Path != "/login" {
		t.Fatalf("a stranger ends at %s with %d, want the sign-in", resp.Request.URL, resp.StatusCode)
	}
	resp, body := w.open("https://"+proxyHost+"/login/entra?"+resp.Request.URL.RawQuery, "")
	if at := resp.Request.URL.String(); at != "https://"+wikiHost+"/page?x=1" || body != "the application" {
		t.Fatalf("the sign-in ends at %s with %d: %s", at, resp.StatusCode, body)
	}
	resp, body = w.open("https://"+payrollHost+"/slips", "")
	if at := resp.Request.URL.String(); at != "https://"+payrollHost+"/slips" || body != "the application" {
		t.Errorf("the other application is opened at %s with %d: %s", at, resp.StatusCode, body)
	}
	if cookie := w.last.Header.Get("Cookie"); strings.Contains(cookie, "dlh_") {
		t.Errorf("the application gets the cookies %q", cookie)
	}
	resp, body = w.open("https://"+wikiHost+"/.doorlist/session?code=x", "")
	if resp.StatusCode != http.StatusForbidden || !strings.Contains(body, "https://"+wikiHost+"/.doorlist/start") {
		t.Errorf("a planted link: got %d %s", resp.StatusCode, body)
	}
}

func (w *proxied) keepsCookiesApart(t *testing.T) {
	t.Helper()
	of := map[string]string{}
	for _, host := range []string{proxyHost, wikiHost, payrollHost} {
		for _, c := range w.client.Jar.Cookies(&url.URL{Scheme: "https", Host: host, Path: "/"}) {
			if c.Name == "__Host-doorlist" {
				of[host] = c.String()
			}
		}
	}
	if len(of) != 3 || of[wikiHost] == of[payrollHost] || of[wikiHost] == of[proxyHost] {
		t.Fatalf("the hosts have %d cookies of their own", len(of))
	}
	for at, want := range map[string]int{"https://" + wikiHost + "/": http.StatusOK, "https://" + payrollHost + "/": http.StatusFound, "https://" + proxyHost + "/sessions": http.StatusSeeOther} {
		if resp, _ := w.open(at, of[wikiHost]); resp.StatusCode != want {
			t.Errorf("the wiki's cookie at %s: got %d, want %d", at, resp.StatusCode, want)
		}
	}
}

func (w *proxied) signsOutOfAll(t *testing.T) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://"+proxyHost+"/logout", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := w.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	for _, host := range []string{wikiHost, payrollHost} {
		if resp, _ := w.open("https://"+host+"/", ""); resp.Request.URL.Path != "/login" {
			t.Errorf("after the sign-out, %s leads to %s with %d", host, resp.Request.URL, resp.StatusCode)
		}
	}
}

func (w *proxied) revokesOnAllHosts(t *testing.T) {
	t.Helper()
	if err := w.tenant.Disable(w.person("rita.reader").ObjectID); err != nil {
		t.Fatal(err)
	}
	w.push()
	for _, host := range []string{wikiHost, payrollHost} {
		if resp, body := w.open("https://"+host+"/", ""); resp.StatusCode != http.StatusForbidden || !strings.Contains(body, "switched off") {
			t.Errorf("a disabled person at %s: got %d and %q, want 403 and why", host, resp.StatusCode, body)
		}
	}
}

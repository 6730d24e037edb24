package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"doorlist/entra"
)

// proxied is a tenant's door behind a real proxy, which runs the documented snippet, and the application behind both.
type proxied struct {
	*tenantWorld
	door    *node
	address string // of the proxy
	client  *http.Client

	mu   sync.Mutex
	last *http.Request // what the application was asked last
	body []byte
}

// The door's host, and those of applications.
const (
	proxyHost   = "door.example.com"
	wikiHost    = "wiki.example.com"
	payrollHost = "payroll.example.com"
)

// starter runs a proxy with its documented snippet and returns its address.
type starter func(t *testing.T, hosts arrangement, door, application string) string

// behind starts the application, the door and the proxy, and lets the visitor sign in through all of them.
func behind(t *testing.T, start starter, hosts arrangement) *proxied {
	t.Helper()
	w := &proxied{tenantWorld: newTenantWorld(t, "sqlite:"+t.TempDir()+"/doorlist.db", 1)}
	app, err := w.tenant.Register(entra.Application{RedirectURIs: []string{"https://" + proxyHost + "/login/callback"}, OptionalClaims: entra.AllOptionalClaims})
	if err != nil {
		t.Fatal(err)
	}
	w.terminal.do("connection", "set", "entra", "--client-id", app.ClientID, "--client-secret", app.Secrets[0])
	application := httptest.NewServer(http.HandlerFunc(w.answer))
	t.Cleanup(application.Close)
	w.door = w.terminal.serve("--base-url", "https://"+proxyHost, "--trusted-proxies", "127.0.0.1")
	w.address = start(t, hosts, strings.TrimPrefix(w.door.url, "http://"), strings.TrimPrefix(application.URL, "http://"))
	w.client = w.browserOf("rita.reader")
	return w
}

// answer is the application: it remembers the request, streams where asked to, and takes WebSockets.
func (w *proxied) answer(rw http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	w.mu.Lock()
	w.last, w.body = r, body
	w.mu.Unlock()
	switch {
	case strings.EqualFold(r.Header.Get("Upgrade"), "websocket"):
		conn, buffered, err := http.NewResponseController(rw).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		fmt.Fprint(buffered, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
		buffered.Flush()
		line, _ := buffered.ReadString('\n')
		fmt.Fprint(buffered, "echo "+line)
		buffered.Flush()
	case r.URL.Path == "/stream":
		rw.Header().Set("X-Accel-Buffering", "no")
		fmt.Fprintln(rw, "first")
		http.NewResponseController(rw).Flush()
		<-r.Context().Done()
	default:
		fmt.Fprint(rw, "the application")
	}
}

// browserOf is a browser, for which the proxy's address is that of the host, whose owner signs in as one person.
func (w *proxied) browserOf(alias string) *http.Client {
	w.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, // of a test's own certificate
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			if strings.HasSuffix(address, ":443") {
				address = w.address
			}
			return (&net.Dialer{}).DialContext(ctx, network, address)
		},
	}
	w.t.Cleanup(transport.CloseIdleConnections)
	upn := w.person(alias).UserPrincipalName
	return &http.Client{Jar: jar, Transport: transport, Timeout: 20 * time.Second, CheckRedirect: func(req *http.Request, via []*http.Request) error {
		if strings.HasPrefix(via[0].URL.Path, "/login") && req.URL.Path != "/" {
			q := req.URL.Query()
			if strings.HasSuffix(req.URL.Path, "/authorize") {
				q.Set("sim_user", upn)
			}
			req.URL.RawQuery = q.Encode()
			return nil
		}
		return http.ErrUseLastResponse
	}}
}

// ask sends a request through the proxy, and says what the application saw of it, nil if nothing.
func (w *proxied) ask(method, path, body string, header map[string]string) (*http.Response, string, *http.Request) {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, "https://"+proxyHost+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	for name, value := range header {
		req.Header[name] = []string{value}
	}
	w.mu.Lock()
	w.last, w.body = nil, nil
	w.mu.Unlock()
	resp, err := w.client.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return resp, string(text), w.last
}

func (w *proxied) signIn() {
	w.t.Helper()
	if resp, _, _ := w.ask(http.MethodGet, "/login/entra", "", nil); resp.StatusCode != http.StatusSeeOther {
		w.t.Fatalf("the sign-in ended at %s with %d, reason %q", resp.Request.URL, resp.StatusCode, resp.Header.Get("X-Doorlist-Reason"))
	}
}

var proxies = map[string]starter{"nginx": startNginx, "Caddy": startCaddy}

// TestProxy_DocumentedSnippets runs the README's snippets in the real proxies, with door and application on one host.
func TestProxy_DocumentedSnippets(t *testing.T) {
	t.Parallel()
	for name, start := range proxies {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := behind(t, start, onOneHost)
			w.refusesStrangers(t)
			w.signIn()
			w.keepsItsPages(t)
			w.passesIdentity(t)
			w.passesPrograms(t)
			w.passesBodiesAndStreams(t)
			w.passesWebSockets(t)
			w.enforcesApplications(t)
			w.revokesAtOnce(t)
			w.failsClosed(t)
		})
	}
}

func (w *proxied) refusesStrangers(t *testing.T) {
	navigate := map[string]string{"Sec-Fetch-Mode": "navigate", "Accept": "text/html"}
	resp, _, seen := w.ask(http.MethodGet, "/page?x=1", "", navigate)
	if want := "https://" + proxyHost + "/login?return_to=%2Fpage%3Fx%3D1"; resp.StatusCode != http.StatusFound || resp.Header.Get("Location") != want || seen != nil {
		t.Errorf("a stranger's page: got %d to %q, want 302 to %q", resp.StatusCode, resp.Header.Get("Location"), want)
	}
	for _, header := range []map[string]string{
		{"Sec-Fetch-Mode": "cors"}, {"X-Doorlist-User": "u1", "X-Doorlist-Role": "owner"}, {"X_Doorlist_User": "u1"}, {"User-Agent": "kube-probe/1.30"},
		{"X-Original-URL": "https://" + proxyHost + "/login"}, {"X-Forwarded-Uri": "/login", "X-Forwarded-Host": proxyHost}, {"X-Forwarded-For": "127.0.0.1"},
		{"X-Original-Method": "OPTIONS", "X-Forwarded-Method": "OPTIONS"}, {"Connection": "Cookie, X-Original-URL"},
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodOptions, http.MethodDelete} {
			if resp, _, seen := w.ask(method, "/page", "", header); resp.StatusCode != http.StatusUnauthorized || seen != nil {
				t.Errorf("a stranger's %s with %v: got %d, want 401", method, header, resp.StatusCode)
			}
		}
	}
}

func (w *proxied) passesIdentity(t *testing.T) {
	for _, smuggled := range []map[string]string{
		nil, {"X-Doorlist-User": "u1", "X-Doorlist-Role": "owner", "X-Doorlist-Groups": "admins", "X-Doorlist-Assertion": "x", "X-Doorlist-Reason": "x"},
		{"X_Doorlist_User": "u1", "x_doorlist_role": "owner", "X_DOORLIST-Role": "owner", "X-Doorlist_Role": "owner"}, {"x-doorlist-role": "owner"},
		{"Connection": "X-Doorlist-User, X-Doorlist-Role", "X-Doorlist-Role": "owner"}, {"Cookie": "theme=dark"},
	} {
		resp, _, seen := w.ask(http.MethodGet, "/page", "", smuggled)
		if resp.StatusCode != http.StatusOK || seen == nil {
			t.Fatalf("signed in, with %v: got %d", smuggled, resp.StatusCode)
		}
		if role := seen.Header.Get("X-Doorlist-Role"); role != "reader" && smuggled["Connection"] == "" {
			t.Errorf("with %v the application reads the role %q, want reader", smuggled, role)
		}
		for name, values := range seen.Header {
			plain := strings.ToLower(strings.ReplaceAll(name, "_", "-"))
			if text := strings.Join(values, ","); strings.HasPrefix(plain, "x-doorlist-") && (text == "u1" || text == "owner" || text == "admins" || text == "x" || len(values) > 1) {
				t.Errorf("with %v the application reads %s: %s", smuggled, name, text)
			}
		}
		if cookie := seen.Header.Get("Cookie"); strings.Contains(cookie, "doorlist") || smuggled["Cookie"] != "" && !strings.Contains(cookie, "theme=dark") {
			t.Errorf("the application gets the cookies %q", cookie)
		}
	}
}

// passesPrograms signs a program in through the proxy. Its secret opens the application, which must not see it.
func (w *proxied) passesPrograms(t *testing.T) {
	form := func(path string, fields url.Values, into any) {
		t.Helper()
		_, body, _ := w.ask(http.MethodPost, path, fields.Encode(), map[string]string{"Content-Type": "application/x-www-form-urlencoded"})
		if err := json.Unmarshal([]byte(body), into); into != nil && err != nil {
			t.Fatalf("%s answered %q: %v", path, body, err)
		}
	}
	var codes deviceCodes
	var got deviceToken
	form("/oauth/device_authorization", url.Values{"client_id": {"a program"}}, &codes)
	form("/device", url.Values{"user_code": {codes.User}, "decision": {"approve"}}, nil)
	form("/oauth/token", url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:device_code"}, "device_code": {codes.Device}, "client_id": {"a program"}}, &got)
	browser := w.client
	w.client = &http.Client{Transport: browser.Transport, Timeout: browser.Timeout, CheckRedirect: browser.CheckRedirect}
	for _, credential := range []string{"Bearer " + got.Token, "bearer " + got.Token} {
		resp, _, seen := w.ask(http.MethodGet, "/page", "", map[string]string{"Authorization": credential})
		if resp.StatusCode != http.StatusOK || seen == nil || seen.Header.Get("X-Doorlist-Role") != "reader" || seen.Header.Get("Authorization") != "" {
			t.Errorf("a program: got %d, and the application saw %+v", resp.StatusCode, seen)
		}
	}
	w.client = browser
	_, _, seen := w.ask(http.MethodGet, "/page", "", map[string]string{"Authorization": "Basic YTpi"})
	if seen == nil || seen.Header.Get("Authorization") != "Basic YTpi" {
		t.Errorf("the application's own credentials: it saw %+v", seen)
	}
}

func (w *proxied) passesBodiesAndStreams(t *testing.T) {
	long := strings.Repeat("0123456789", 30_000)
	if resp, _, _ := w.ask(http.MethodPost, "/save", long, nil); resp.StatusCode != http.StatusOK || string(w.body) != long {
		t.Errorf("a POST of %d bytes: got %d, and the application got %d bytes", len(long), resp.StatusCode, len(w.body))
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+proxyHost+"/stream", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := w.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if line, err := bufio.NewReader(resp.Body).ReadString('\n'); line != "first\n" {
		t.Errorf("the first line of a stream that goes on: %q, %v", line, err)
	}
}

func (w *proxied) passesWebSockets(t *testing.T) {
	conn, err := tls.Dial("tcp", w.address, &tls.Config{InsecureSkipVerify: true, ServerName: proxyHost, NextProtos: []string{"http/1.1"}})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	req, err := http.NewRequest(http.MethodGet, "https://"+proxyHost+"/socket", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range w.client.Jar.Cookies(req.URL) {
		req.AddCookie(c)
	}
	for name, value := range map[string]string{"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="} {
		req.Header.Set(name, value)
	}
	if err := req.Write(conn); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(conn)
	resp, err := http.ReadResponse(r, req)
	if err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("the upgrade: %+v, %v", resp, err)
	}
	fmt.Fprint(conn, "hello\n")
	if line, err := r.ReadString('\n'); line != "echo hello\n" {
		t.Errorf("over the WebSocket: %q, %v", line, err)
	}
}

func (w *proxied) enforcesApplications(t *testing.T) {
	w.terminal.do("application", "add", "--org", "contoso", "--name", "wiki", "--host", proxyHost, "--min-role", "reader")
	w.terminal.do("application", "add-path", "wiki", "--org", "contoso", "--host", proxyHost, "--path", "/manage", "--min-role", "admin")
	for path, want := range map[string]int{
		"/page": 200, "/page?x=/manage": 200, "/manage": 403, "/manage/x": 403, "/%6danage": 403, "/x%2f..%2fmanage": 403, "/MANAGE": 403, "//manage": 403, "/manage;x": 403,
	} {
		for _, add := range []map[string]string{nil, {"X-Original-URL": "https://" + proxyHost + "/page"}, {"X-Forwarded-Uri": "/page", "X-Forwarded-Host": proxyHost}} {
			if resp, _, seen := w.ask(http.MethodGet, path, "", add); resp.StatusCode != want || (seen != nil) != (want == 200) {
				t.Errorf("%s with %v: got %d, want %d", path, add, resp.StatusCode, want)
			}
		}
	}
	w.terminal.do("application", "remove", "wiki", "--org", "contoso")
}

func (w *proxied) revokesAtOnce(t *testing.T) {
	if err := w.tenant.Disable(w.person("rita.reader").ObjectID); err != nil {
		t.Fatal(err)
	}
	w.push()
	resp, body, seen := w.ask(http.MethodGet, "/page", "", map[string]string{"Sec-Fetch-Mode": "navigate"})
	if resp.StatusCode != http.StatusForbidden || seen != nil || !strings.Contains(body, "switched off") {
		t.Errorf("a disabled person: got %d and %q, want 403 and why", resp.StatusCode, body)
	}
}

func (w *proxied) failsClosed(t *testing.T) {
	w.door.stop(t)
	if resp, _, seen := w.ask(http.MethodGet, "/page", "", nil); resp.StatusCode < 500 || seen != nil {
		t.Errorf("without the door: got %d, want 5xx and nothing at the application", resp.StatusCode)
	}
}

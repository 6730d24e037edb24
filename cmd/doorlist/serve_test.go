package main

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

func fetch(t *testing.T, method, url string, header ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

func TestServe_AnswersOnAFreshDatabase(t *testing.T) {
	t.Parallel()
	n := emptyTerminal(t).serve()
	for _, tc := range []struct {
		path   string
		status int
		body   string
	}{
		{"/healthz", http.StatusOK, "ok"},
		{"/readyz", http.StatusOK, "ready"},
		{"/metrics", http.StatusOK, `doorlist_http_requests_total{method="GET",route="/healthz",status="200"} 1`},
		{"/scim/v2/Users", http.StatusUnauthorized, "urn:ietf:params:scim:api:messages:2.0:Error"},
		{"//scim//v2//Users", http.StatusUnauthorized, "urn:ietf:params:scim:api:messages:2.0:Error"},
		{"/connections/entra/scim/v2/Users", http.StatusUnauthorized, "urn:ietf:params:scim:api:messages:2.0:Error"},
		{"/auth/verify", http.StatusUnauthorized, ""},
		{"/auth/session", http.StatusUnauthorized, ""},
		{"/.well-known/jwks.json", http.StatusOK, `"keys"`},
		{"/login", http.StatusOK, ""},
		{"/no/such/page", http.StatusNotFound, "There is nothing here"},
	} {
		resp, body := fetch(t, http.MethodGet, n.url+tc.path)
		if resp.StatusCode != tc.status || !strings.Contains(body, tc.body) {
			t.Errorf("GET %s = %d %q, want %d with %q", tc.path, resp.StatusCode, body, tc.status, tc.body)
		}
		if resp.Header.Get(requestIDHeader) == "" {
			t.Errorf("GET %s has no request id", tc.path)
		}
	}
}

func TestServe_LogsOneLineARequestWithoutItsContent(t *testing.T) {
	t.Parallel()
	n := emptyTerminal(t).serve("--log-format", "json")
	resp, _ := fetch(t, http.MethodGet, n.url+"/scim/v2/Users?filter=userName+eq+%22alice%40contoso.com%22",
		"Authorization", "Bearer dls_secret", requestIDHeader, "chosen-by-the-client")
	id := resp.Header.Get(requestIDHeader)
	if id == "chosen-by-the-client" {
		t.Error("the client chose the request id")
	}
	n.stop(t)
	log := n.log.String()
	if strings.Count(log, `"msg":"request"`) != 1 || !strings.Contains(log, `"request_id":"`+id+`"`) ||
		!strings.Contains(log, `"route":"/scim/v2/Users","status":401`) {
		t.Errorf("the log lacks the request: %s", log)
	}
	for _, never := range []string{"alice", "dls_secret", "chosen-by-the-client"} {
		if strings.Contains(log, never) {
			t.Errorf("the log holds %q: %s", never, log)
		}
	}
}

func TestServe_RefusesAnOldSchemaWithoutMigrate(t *testing.T) {
	t.Parallel()
	got := emptyTerminal(t).fails(exitFailed, "serve", "--listen", "127.0.0.1:0", "--migrate=false")
	if !strings.Contains(got, "doorlist migrate up") {
		t.Errorf("it said %q; want what to do", got)
	}
}

func TestServe_SaysWhenTheAddressIsTaken(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	got := emptyTerminal(t).fails(exitFailed, "serve", "--listen", l.Addr().String())
	if !strings.Contains(got, "in use") {
		t.Errorf("it said %q; want that the address is in use", got)
	}
}

// A stopping server is unready first, and lets the requests under way finish.
func TestServe_StopsGracefully(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	h := &health{store: s, log: slog.New(slog.DiscardHandler)}
	entered, leave := make(chan struct{}), make(chan struct{})
	server := newServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/readyz" {
			h.ready(w, r)
			return
		}
		close(entered)
		<-leave
		tell(w, http.StatusOK, "finished")
	}), h.log)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	base := "http://" + listener.Addr().String()
	ctx, stop := context.WithCancel(context.Background())
	p := &program{config: Config{StopDelay: 300 * time.Millisecond}}
	ended := make(chan error, 1)
	go func() { ended <- p.answer(ctx, server, listener, h) }()
	slow := make(chan string, 1)
	go func() {
		_, body := fetch(t, http.MethodGet, base+"/slow")
		slow <- body
	}()
	<-entered
	stop()
	awaitUnready(t, base)
	close(leave)
	if got := <-slow; got != "finished\n" {
		t.Errorf("the request under way got %q", got)
	}
	if err := <-ended; err != nil {
		t.Errorf("stopping: %v", err)
	}
}

func awaitUnready(t *testing.T, base string) {
	t.Helper()
	for range 100 {
		resp, body := fetch(t, http.MethodGet, base+"/readyz")
		if resp.StatusCode == http.StatusServiceUnavailable && body == "stopping\n" {
			return
		}
		time.Sleep(2 * time.Millisecond)
	}
	t.Error("the stopping server never said that it is not ready")
}

// As on a database that another node has not migrated yet.
func TestReady_NotWithoutItsSchema(t *testing.T) {
	t.Parallel()
	s, err := store.Open(t.Context(), store.Options{URL: "sqlite:" + t.TempDir() + "/empty.db", MasterKey: storetest.MasterKey})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	answer := httptest.NewRecorder()
	h := &health{store: s, log: slog.New(slog.DiscardHandler)}
	h.ready(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/readyz", nil))
	if answer.Code != http.StatusServiceUnavailable {
		t.Errorf("a database without a schema: %d, want %d", answer.Code, http.StatusServiceUnavailable)
	}
}

func TestObserved_PanicBecomesAnAnswer(t *testing.T) {
	t.Parallel()
	var log lockedBuffer
	p := &program{stderr: &log}
	h := observed(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("secret cause") }), p.logger(), newMetrics())
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := newServer(h, p.logger())
	go server.Serve(listener)
	defer server.Close()
	resp, body := fetch(t, http.MethodGet, "http://"+listener.Addr().String())
	if resp.StatusCode != http.StatusInternalServerError || strings.Contains(body, "secret") ||
		!strings.Contains(body, resp.Header.Get(requestIDHeader)) {
		t.Errorf("got %d %q; want 500 with the request id alone", resp.StatusCode, body)
	}
	if !strings.Contains(log.String(), "secret cause") {
		t.Error("the log lacks the cause")
	}
}

func TestClientAddress_OnlyBehindTrustedProxies(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		proxies   []string
		peer, xff string
		want      string
	}{
		"nobody is trusted":      {nil, "127.0.0.1:9", "203.0.113.7", "127.0.0.1"},
		"the peer is a stranger": {[]string{"10.0.0.0/8"}, "192.0.2.1:9", "203.0.113.7", "192.0.2.1"},
		"the peer is a proxy":    {[]string{"10.0.0.0/8"}, "10.1.2.3:9", "203.0.113.7", "203.0.113.7"},
		"the client lied before": {[]string{"10.0.0.0/8"}, "10.1.2.3:9", "198.51.100.1, 203.0.113.7", "203.0.113.7"},
		"a port behind it":       {[]string{"10.0.0.0/8"}, "10.1.2.3:9", "198.51.100.1:5, 203.0.113.7:4711", "203.0.113.7"},
		"a port, by IPv6":        {[]string{"10.0.0.0/8"}, "10.1.2.3:9", "[2001:db8::7]:4711, 10.9.9.9:80", "2001:db8::7"},
		"a port that is none":    {[]string{"10.0.0.0/8"}, "10.1.2.3:9", "203.0.113.7:99999", "10.1.2.3"},
		"two proxies in a row":   {[]string{"10.0.0.0/8", "::1"}, "[::1]:9", "203.0.113.7, 10.9.9.9", "203.0.113.7"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := Config{TrustedProxies: tc.proxies}
			proxies, err := networks("trusted-proxies", c.TrustedProxies)
			if err != nil {
				t.Fatal(err)
			}
			r := &http.Request{RemoteAddr: tc.peer, Header: http.Header{"X-Forwarded-For": {tc.xff}}}
			if got := clientAddress(proxies)(r); got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
}

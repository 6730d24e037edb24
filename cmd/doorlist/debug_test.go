package main

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestDebug_ProfilesForThisMachineAlone(t *testing.T) {
	t.Parallel()
	p := &program{config: Config{DebugListen: "127.0.0.1:0"}}
	stop, err := p.debug()
	if err != nil {
		t.Fatal(err)
	}
	base := "http://" + p.config.DebugListen + "/debug/pprof/"
	for _, tc := range []struct {
		path, host string
		status     int
		body       string
	}{
		{"", "", http.StatusOK, "goroutine"},
		{"heap?debug=1", "", http.StatusOK, "heap profile"},
		{"profile?seconds=1", "", http.StatusOK, ""},
		{"cmdline", "", http.StatusNotFound, ""},
		{"heap", "rebound.example.com:6060", http.StatusMisdirectedRequest, "this machine alone"},
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+tc.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = tc.host
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != tc.status || !strings.Contains(string(body), tc.body) {
			t.Errorf("%s for %q: %d %.80q (%v), want %d with %q", tc.path, tc.host, resp.StatusCode, body, err, tc.status, tc.body)
		}
	}
	stop()
	if res, err := http.Get(base); err == nil {
		res.Body.Close()
		t.Error("it still answers after it was stopped")
	}
}

func TestDebug_OffUnlessAskedFor(t *testing.T) {
	t.Parallel()
	c := emptyTerminal(t)
	n := c.serve()
	if resp, body := fetch(t, http.MethodGet, n.url+"/debug/pprof/heap"); resp.StatusCode != http.StatusNotFound {
		t.Errorf("the server's own address shows a profile: %d %.80q", resp.StatusCode, body)
	}
	for _, address := range []string{"0.0.0.0:6060", ":6060", "192.0.2.1:6060", "6060"} {
		if got := c.fails(exitUsage, "serve", "--debug-listen", address); !strings.Contains(got, "--debug-listen is") {
			t.Errorf("--debug-listen %s: it said %q", address, got)
		}
	}
}

func TestMetrics_OfTheDatabase(t *testing.T) {
	t.Parallel()
	c := emptyTerminal(t)
	contosoWithPeople(t, c)
	got := scrape(t, c.serve())
	for _, want := range []string{
		`doorlist_database_statement_duration_seconds_bucket{kind="read",le="+Inf"} `, `doorlist_database_statement_duration_seconds_count{kind="write"} `,
		`doorlist_database_pool_waits_total{pool="read"} 0`, `doorlist_database_pool_wait_seconds_total{pool="write"} 0`,
		`doorlist_database_connections{pool="read",state="idle"} `, `doorlist_database_writer_wait_seconds_count `,
		`doorlist_database_contention_total{cause="deadlock"} 0`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("/metrics lacks %q:\n%s", want, got)
		}
	}
}

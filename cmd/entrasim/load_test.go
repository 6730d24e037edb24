package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"doorlist/entra"
)

// door answers every check, the tenth with another person where it is a fickle one.
func door(t *testing.T, fickle bool) string {
	t.Helper()
	asked := make(chan int, 1)
	asked <- 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		n := <-asked + 1
		asked <- n
		if fickle && n == 10 {
			w.Header().Set("X-Doorlist-User", "somebody-else")
		}
	}))
	t.Cleanup(server.Close)
	return server.URL + "/auth/verify"
}

func loadDoor(t *testing.T, url string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, problems bytes.Buffer
	args = append([]string{"load", "--workload", "verify", "--check", url, "--rate", "200", "--duration", "100ms", "--warm-up", "0"}, args...)
	code = execute(t.Context(), args, &out, &problems)
	return code, out.String(), problems.String()
}

func TestLoad_PrintsATable(t *testing.T) {
	t.Parallel()
	code, stdout, _ := loadDoor(t, door(t, false), "--seed", "3")
	lines := strings.Split(stdout, "\n")
	if code != 0 || len(lines) != 5 || !strings.HasPrefix(lines[0], "Open loop: 200 arrivals a second on 8 connections") ||
		!strings.HasPrefix(lines[2], "workload") || !strings.HasPrefix(lines[3], "verify ") {
		t.Errorf("exit status %d\n%s", code, stdout)
	}
	if _, stdout, _ = loadDoor(t, door(t, false), "--rate", "max"); !strings.HasPrefix(stdout, "Closed loop: 8 connections") {
		t.Errorf("nothing says that the loop is closed:\n%s", stdout)
	}
}

func TestLoad_AWrongAnswerExits1(t *testing.T) {
	t.Parallel()
	code, stdout, stderr := loadDoor(t, door(t, true))
	if code != 1 || !strings.Contains(stdout, "wrong: verify: X-Doorlist-User") || !strings.Contains(stderr, "did not answer everything right") {
		t.Errorf("exit status %d\n%s%s", code, stdout, stderr)
	}
}

func TestLoad_JSONIsOneObjectARow(t *testing.T) {
	t.Parallel()
	code, stdout, _ := loadDoor(t, door(t, false), "--json", "--workload", "verify")
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	if code != 0 || len(lines) != 2 {
		t.Fatalf("exit status %d, %d lines\n%s", code, len(lines), stdout)
	}
	for _, line := range lines {
		var row entra.LoadRow
		if err := json.Unmarshal([]byte(line), &row); err != nil || row.Workload != "verify" || row.Operations+row.Unserved != 20 {
			t.Errorf("%v: %s", err, line)
		}
	}
}

func TestLoad_WrongUsageExits2(t *testing.T) {
	t.Parallel()
	scim := []string{"--scim", "http://127.0.0.1:1", "--token", "t"}
	for name, args := range map[string][]string{
		"no server":              {"load"},
		"no token":               {"load", "--scim", "http://127.0.0.1:1"},
		"no URL":                 {"load", "--scim", "localhost", "--token", "t"},
		"no check":               append([]string{"load", "--workload", "verify"}, scim...),
		"unknown workload":       append([]string{"load", "--workload", "dance"}, scim...),
		"unknown dialect":        append([]string{"load", "--dialect", "rude"}, scim...),
		"rate in words":          append([]string{"load", "--rate", "fast"}, scim...),
		"rate of nothing":        append([]string{"load", "--rate", "0"}, scim...),
		"negative duration":      append([]string{"load", "--duration", "-1s"}, scim...),
		"too few people":         append([]string{"load", "--users", "3"}, scim...),
		"an argument":            append([]string{"load", "now"}, scim...),
		"sync without a server":  {"load", "sync"},
		"too many memberships":   append([]string{"load", "sync", "--users", "2", "--groups", "2", "--memberships", "5"}, scim...),
		"sync of a workload":     append([]string{"load", "sync", "--workload", "get"}, scim...),
		"a duration for a sync":  append([]string{"load", "sync", "--duration", "1s"}, scim...),
		"people without a group": append([]string{"load", "sync", "--groups", "0"}, scim...),
	} {
		if code := execute(t.Context(), args, io.Discard, io.Discard); code != 2 {
			t.Errorf("%s: exit status %d, want 2", name, code)
		}
	}
}

func TestProgress_IsOneLineOnATerminalAndRareElsewhere(t *testing.T) {
	t.Parallel()
	at := entra.LoadProgress{
		Workload: "sync: users", Elapsed: 10 * time.Second, Operations: 250, Total: 1000, PerSecond: 25, Left: 30 * time.Second,
		P50: 1200 * time.Microsecond, P99: 3 * time.Millisecond, Errors: 2,
	}
	const line = "sync: users: 10s, 250 of 1000 (25 %), 25/s, p50 1.2 ms, p99 3.0 ms, 30s left, 2 WRONG"
	var out bytes.Buffer
	p := &progress{w: &out, terminal: true}
	p.show(at)
	p.clear()
	p.clear()
	if want := "\r" + line + "\x1b[K\r\x1b[K"; out.String() != want {
		t.Errorf("on a terminal:\n%q\nwant\n%q", out.String(), want)
	}
	out.Reset()
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	p = &progress{w: &out, now: func() time.Time { return now }, printed: now}
	for range 11 {
		now = now.Add(time.Second)
		p.show(at)
	}
	if want := line + "\n" + line + "\n"; out.String() != want {
		t.Errorf("elsewhere, in 11 seconds:\n%swant\n%s", out.String(), want)
	}
}

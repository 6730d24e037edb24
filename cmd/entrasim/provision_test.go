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

func TestParseFaults(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]entra.Faults{
		"":                             {},
		"repeat":                       {Repeat: 3},
		"repeat=5,drop=0.3":            {Repeat: 5, Drop: 0.3},
		"repeat,reorder,drop,delay":    {Repeat: 3, Reorder: 10, Drop: 0.1, Delay: 20 * time.Millisecond},
		"reorder=4,delay=1s,drop=0.25": {Reorder: 4, Delay: time.Second, Drop: 0.25},
	} {
		var names []string
		if text != "" {
			names = strings.Split(text, ",")
		}
		if got, err := parseFaults(names); err != nil || got != want {
			t.Errorf("%q: got %+v, %v; want %+v", text, got, err, want)
		}
	}
	for _, text := range []string{"explode", "repeat=many", "drop=1", "drop=-1", "reorder=-2", "delay=soon"} {
		if _, err := parseFaults([]string{text}); err == nil {
			t.Errorf("%q was accepted", text)
		}
	}
}

func TestProvision_WrongUsageExits2(t *testing.T) {
	t.Parallel()
	good := []string{"provision", "--scim", "http://127.0.0.1:1", "--token", "t"}
	for name, args := range map[string][]string{
		"no endpoint":       {"provision", "--token", "t"},
		"an argument":       append([]string{"provision", "now"}, good[1:]...),
		"unknown flag":      append(good, "--fast"),
		"unknown cycle":     append(good, "--cycle", "yearly"),
		"unknown dialect":   append(good, "--dialect", "rude"),
		"unknown mapping":   append(good, "--external-id", "mail"),
		"unknown scope":     append(good, "--scope", "some"),
		"negative users":    append(good, "--users", "-1"),
		"unknown misbehave": append(good, "--misbehave", "explode"),
		"no URL":            {"provision", "--scim", "localhost", "--token", "t"},
	} {
		if code := execute(t.Context(), args, io.Discard, io.Discard); code != 2 {
			t.Errorf("%s: exit status %d, want 2", name, code)
		}
	}
}

// empty is a SCIM server without anything in it that refuses to create.
func empty(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/scim+json")
	if r.Method != http.MethodGet {
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"403"}`)
		return
	}
	_, _ = io.WriteString(w, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":0,"Resources":[],"startIndex":1}`)
}

func provisionInto(t *testing.T, handler http.HandlerFunc, args ...string) (code int, stdout string) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	var out bytes.Buffer
	args = append([]string{"provision", "--scim", server.URL, "--token", "t"}, args...)
	code = execute(t.Context(), args, &out, io.Discard)
	return code, out.String()
}

func TestProvision_NothingToPushIsClean(t *testing.T) {
	t.Parallel()
	code, stdout := provisionInto(t, empty, "--users", "0", "--groups", "0")
	if code != 0 || !strings.Contains(stdout, "Clean:") {
		t.Errorf("exit status %d\n%s", code, stdout)
	}
}

func TestProvision_FailuresExit1AndAreNamed(t *testing.T) {
	t.Parallel()
	code, stdout := provisionInto(t, empty, "--users", "5", "--groups", "1", "--verbose")
	for _, want := range []string{"5 failures", "answered 403", "differences", "POST http", `"userName":`, "-> 403"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("no %q in\n%s", want, stdout)
		}
	}
	if code != 1 {
		t.Errorf("exit status %d, want 1", code)
	}
}

func TestProvision_QuarantineAsJSON(t *testing.T) {
	t.Parallel()
	refuse := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }
	code, stdout := provisionInto(t, refuse, "--json")
	var o outcome
	if err := json.Unmarshal([]byte(stdout), &o); err != nil {
		t.Fatal(err)
	}
	if code != 1 || o.Clean || len(o.Reports) != 1 || !strings.Contains(o.Reports[0].Quarantine, "401") {
		t.Errorf("exit status %d, outcome %+v", code, o)
	}
}

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRun_WrongUsage(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"now"}, {"--database", "oracle"}, {"--only", "sleep"}, {"--round", "1ms"}, {"--for", "0s"}, {"--seed", "x"}} {
		var stdout, stderr strings.Builder
		if code := run(t.Context(), args, &stdout, &stderr); code != 2 || stderr.Len() == 0 || stdout.Len() > 0 {
			t.Errorf("run %q = %d, and said %q; want 2 and why", args, code, stderr.String())
		}
	}
}

// What a run has found is found again in its file.
func TestRun_JudgesAHistory(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "history.jsonl")
	history := `{"run":{"seed":7,"database":"sqlite","nodes":1,"lasts":0}}
{"call":{"client":"c0","node":0,"do":"read","key":"user ann","start":1,"end":2,"outcome":"ok","got":"t1 on"}}
`
	if err := os.WriteFile(file, []byte(history), 0o600); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr strings.Builder
	code := run(t.Context(), []string{"judge", file}, &stdout, &stderr)
	if code != 1 || !strings.Contains(stdout.String(), "seed 7") || !strings.Contains(stdout.String(), "VIOLATION of linearizability") {
		t.Errorf("judged %d: %s%s", code, &stdout, &stderr)
	}
	if code := run(t.Context(), []string{"judge", file + ".not"}, &stdout, &stderr); code != 1 || !strings.Contains(stderr.String(), "no such file") {
		t.Errorf("a file that is not there: %d: %s", code, &stderr)
	}
}

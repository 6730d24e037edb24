package rig

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// newSite builds the program once for a test.
func newSite(t *testing.T) *Site {
	t.Helper()
	dir := t.TempDir()
	s := &Site{Dir: dir, Program: filepath.Join(dir, "doorlist")}
	if err := Build(t.Context(), "../..", s.Program); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// noFailpoints demands that what can stop a server is in the builds alone that the rig breaks.
func noFailpoints(t *testing.T, file string) {
	t.Helper()
	program, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range append(failpointNames, failpointFile) {
		if bytes.Contains(program, []byte(word)) {
			t.Errorf("the program knows of %q", word)
		}
	}
}

// TestRig is `make rig` in short: some of each of its parts, on each database.
func TestRig(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	noFailpoints(t, s.Program)
	seed := uint64(time.Now().UnixNano())
	for name, do := range map[string]func(context.Context, Options) (Report, error){
		"a round": s.Round, "cutting requests": s.Sweep,
		"shutting people out": func(ctx context.Context, o Options) (Report, error) { return s.Revoke(ctx, o, 250) },
	} {
		for _, kind := range []string{SQLite, PostgreSQL} {
			t.Run(name+" on "+kind, func(t *testing.T) {
				r, err := do(t.Context(), Options{Seed: seed, Database: kind, Lasts: 3 * time.Second})
				if err != nil {
					t.Fatal(err)
				}
				for _, line := range r.Lines() {
					t.Log(line)
				}
				for _, v := range r.Violations {
					t.Error(v)
				}
				if len(r.Faults) == 0 && name != "shutting people out" { // where a node is paused in some of the times alone
					t.Error("nothing was broken")
				}
			})
		}
	}
}

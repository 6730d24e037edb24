package rig

import (
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

// TestRound is the smoke of `make rig`: a short round on each database.
func TestRound(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, kind := range []string{SQLite, PostgreSQL} {
		r, err := s.Round(t.Context(), Options{Seed: uint64(time.Now().UnixNano()), Database: kind, Lasts: 5 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range r.Lines() {
			t.Log(line)
		}
		if len(r.Violations) > 0 {
			t.Errorf("%d violations", len(r.Violations))
		}
	}
}

package main

import (
	"slices"
	"strings"
	"testing"

	"doorlist/internal/rig"
)

// A patch that does not apply any more shows nothing.
func TestMutants_EachPatchApplies(t *testing.T) {
	t.Parallel()
	list, err := mutants()
	if err != nil {
		t.Fatal(err)
	}
	if len(list) < 20 {
		t.Errorf("there are %d mutants, want 20 at least", len(list))
	}
	for _, m := range list {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			if err := m.apply(t.Context(), "../../..", "--check"); err != nil {
				t.Error(err)
			}
			if m.what == "" || !slices.Contains(rig.Rules(), m.rule) || !slices.Contains([]string{"round", "sweep", "revoke", "failover", "disk"}, m.part) ||
				m.database != rig.SQLite && m.database != rig.PostgreSQL {
				t.Errorf("its head is not complete: %+v", m)
			}
		})
	}
}

func TestRun_UnknownMutant(t *testing.T) {
	t.Parallel()
	var stdout, stderr strings.Builder
	if code := run(t.Context(), []string{"nobody"}, &stdout, &stderr); code != 1 || !strings.Contains(stderr.String(), "no mutant") {
		t.Errorf("run = %d: %s", code, &stderr)
	}
}

package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"doorlist/store"
)

// A table is analyzed when it has doubled, and not again before it has doubled again.
func TestFreshenStatistics_WhatHasDoubled(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		g := w.addGroup(w.entra, groupRecord("Everybody", ""))
		statements, err := store.Trace(w.Store)
		if err != nil {
			t.Fatal(err)
		}
		freshened := func() []string {
			statements() // what came before
			if err := w.FreshenStatistics(t.Context()); err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, s := range statements() {
				if name, ok := strings.CutPrefix(s.SQL, "ANALYZE "); ok {
					names = append(names, name)
				}
			}
			slices.Sort(names)
			return names
		}
		expect := func(when string, want ...string) {
			t.Helper()
			if store.DatabaseOf(w.Store) != "postgres" {
				want = nil
			}
			if got := freshened(); !slices.Equal(got, want) {
				t.Errorf("%s: analyzed %v, want %v", when, got, want)
			}
		}
		add := func(n int) {
			t.Helper()
			err := store.ExecuteAlone(t.Context(), w.Store, fmt.Sprintf(`INSERT INTO members (directory_id, group_id, member_id, kind, display)
				WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
				SELECT g.directory_id, g.id, %s, 'User', '' FROM n CROSS JOIN groups g WHERE g.id = ?`, n, randomID(w)), g.ID)
			if err != nil {
				t.Fatal(err)
			}
		}
		expect("with one group")
		add(10_000)
		expect("with 10,000 members", "members")
		expect("at once again")
		add(5_000)
		expect("with half as many more")
		add(20_000)
		expect("with more than twice as many", "members")
	})
}

// randomID is SQL for a new id.
func randomID(w *world) string {
	if store.DatabaseOf(w.Store) == "postgres" {
		return "gen_random_uuid()"
	}
	return "lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-' || hex(randomblob(2)) || '-' || hex(randomblob(2)) || '-' || hex(randomblob(6)))"
}

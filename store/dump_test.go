package store_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"doorlist/store"
)

// tableNames lists the tables of a store's database, migrations' own aside. There must be some.
func tableNames(t testing.TB, s *store.Store) []string {
	t.Helper()
	names := catalog(t, s)
	if len(names) == 0 {
		t.Fatal("the catalog lists no tables")
	}
	return names
}

func catalog(t testing.TB, s *store.Store) []string {
	t.Helper()
	sql := "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'"
	if store.DatabaseOf(s) == "sqlite" {
		sql = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
	}
	rows, err := store.Rows(t.Context(), s, sql)
	if err != nil {
		t.Fatalf("reading the catalog: %v", err)
	}
	var names []string
	for _, row := range rows {
		if name := fmt.Sprint(row["name"]); name != "goose_db_version" && name != "schema_floor" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// rowText writes a row for comparison.
func rowText(table string, row map[string]any) string {
	var b strings.Builder
	b.WriteString(table)
	for _, column := range slices.Sorted(maps.Keys(row)) {
		fmt.Fprintf(&b, " %s=%q", column, fmt.Sprint(row[column]))
	}
	return b.String()
}

// belongsTo says that a row is keyed by one of the ids: those of an organization and its directories.
func belongsTo(row map[string]any, ids []string) bool {
	for _, column := range []string{"id", "organization_id", "directory_id"} {
		if text, ok := row[column].(string); ok && slices.Contains(ids, text) {
			return true
		}
	}
	return false
}

// dump lists the rows that belong to the ids, as read by query, in order.
func dump(t testing.TB, tables []string, ids []string, query func(sql string) ([]map[string]any, error)) []string {
	t.Helper()
	var lines []string
	for _, table := range tables {
		rows, err := query("SELECT * FROM " + table)
		if err != nil {
			t.Errorf("reading %s: %v", table, err)
		}
		for _, row := range rows {
			if belongsTo(row, ids) {
				lines = append(lines, rowText(table, row))
			}
		}
	}
	slices.Sort(lines)
	return lines
}

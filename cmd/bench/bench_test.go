package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestMain lets the test's own program be the server of the fixed answer, as the command's own is.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == fixedCommand {
		os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// TestBench_MeasuresTheWholeOnBothDatabases runs it for moments: every operation's answers are checked, and every row of the table is there.
func TestBench_MeasuresTheWholeOnBothDatabases(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "table.json")
	var stdout, stderr bytes.Buffer
	args := []string{"--only", "server", "--rounds", "1", "--each", "100ms", "--connections", "3", "--users", "150", "--people", "400", "--json", file}
	if code := run(t.Context(), args, &stdout, &stderr); code != 0 {
		t.Fatalf("exit code %d: %s", code, stderr.String())
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var r report
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	rows := map[string]row{}
	for _, row := range r.Rows {
		rows[row.Database+": "+row.Name] = row
		if row.Value <= 0 || row.Target.Side == atLeast && row.Ratio <= 0 {
			t.Errorf("%+v has no figure", row)
		}
	}
	for _, kind := range kinds {
		for _, l := range limits {
			wantRow(t, rows, kind+": "+string(l))
		}
		for _, o := range operations {
			wantRow(t, rows, kind+": "+o.name)
		}
		for _, name := range []string{"add to a group of 400, times an empty one", "page 4 by index, times page 1", "page 4 by cursor, times page 1",
			"resident memory, idle", "start of the server to its first answer"} {
			wantRow(t, rows, kind+": "+name)
		}
	}
	if !strings.Contains(stdout.String(), "forward-auth check") {
		t.Errorf("the table: %s", stdout.String())
	}
}

func wantRow(t *testing.T, rows map[string]row, name string) {
	t.Helper()
	if _, found := rows[name]; !found {
		t.Errorf("the table has no row %q", name)
	}
}

func TestBench_RefusesWhatCannotBeMeant(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"--rounds", "0"}, {"--only", "half"}, {"more"}, {"--users", "3"}, {"--speed"}} {
		var stderr bytes.Buffer
		if code := run(t.Context(), args, &stderr, &stderr); code != 2 || stderr.Len() == 0 {
			t.Errorf("%v: exit code %d, %q; want 2 and a sentence", args, code, stderr.String())
		}
	}
}

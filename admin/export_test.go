package admin_test

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"doorlist/admin"
)

func TestExport_NoCellIsAFormula(t *testing.T) {
	t.Parallel()
	formulas := []string{"=HYPERLINK(1)", "+1", "-1", "@x", "\tx", "\rx", "\n=x", "  =x", "\u00a0=x", "＝x", "＋1", "－1", "＠x"}
	names := append(formulas, `a "quoted", name`, "two\nlines", " a", "Ünal", "")
	var out strings.Builder
	e, err := admin.NewExport(&out, admin.CSV, "name", "at", "active")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 3, 31, 23, 59, 59, 1000, time.UTC)
	for _, name := range names {
		if err := e.Row(name, at, true); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(out.String())).ReadAll()
	if err != nil || len(rows) != len(names)+1 || rows[0][1] != "at" {
		t.Fatalf("%v, %q", err, rows)
	}
	for i, row := range rows[1:] {
		want := names[i]
		if i < len(formulas) {
			want = "'" + want
		}
		if row[0] != want {
			t.Errorf("%q became %q", names[i], row[0])
		}
		if row[1] != "2026-03-31T23:59:59.000001Z" || row[2] != "true" {
			t.Errorf("got %q", row)
		}
	}
}

// readCSV reads what a browser downloads: behind a mark that tells Excel of UTF-8.
func readCSV(body string) ([][]string, error) {
	text, marked := strings.CutPrefix(body, "\uFEFF")
	if !marked || strings.Contains(text, "\uFEFF") {
		return nil, fmt.Errorf("the file does not begin with one byte order mark: %.80q", body)
	}
	return csv.NewReader(strings.NewReader(text)).ReadAll()
}

func TestExport_JSONLines(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	e, err := admin.NewExport(&out, admin.JSONLines, "name", "never", "count", "more")
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(e.Row("=1", time.Time{}, 3, json.RawMessage(`{"a":1}`)), e.Close()); err != nil {
		t.Fatal(err)
	}
	if want := `{"name":"=1","never":"","count":3,"more":{"a":1}}` + "\n"; out.String() != want {
		t.Errorf("got %s, want %s", out.String(), want)
	}
	if _, err := admin.NewExport(&out, "xlsx", "name"); err == nil || !strings.Contains(err.Error(), "choose csv or jsonl") {
		t.Errorf("got %v", err)
	}
}

package admin_test

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"

	"doorlist/admin"
)

// FuzzExport writes any text into an export as CSV: it comes back as it was, but for the mark that keeps spreadsheets from computing it.
func FuzzExport(f *testing.F) {
	for _, seed := range []string{"", "Alice", "=1+1", " =1+1", "\u00a0=cmd|' /C calc'!A0", "＝1", "-1", "+49 30 1", "@x", "\t=1", "a\r\nb", `"`, `a,"b"`, "'=1", "\ufeff=1", "\u200b=1", "\x00=1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var b bytes.Buffer
		e, err := admin.NewExport(&b, admin.CSV, "name", "end")
		if err != nil {
			t.Fatal(err)
		}
		if err := e.Row(text, "end"); err != nil {
			t.Fatal(err)
		}
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
		records, err := csv.NewReader(&b).ReadAll()
		if err != nil || len(records) != 2 || records[1][1] != "end" {
			t.Fatalf("%q is written as %q: %v", text, records, err)
		}
		// A reader of CSV takes the end of a line for one character (RFC 4180 section 2).
		plain := strings.ReplaceAll(text, "\r\n", "\n")
		if got := records[1][0]; got != plain && got != "'"+plain {
			t.Errorf("%q comes back as %q", text, got)
		} else if got == plain && plain != "" && strings.ContainsAny(strings.TrimSpace(plain + "x")[:1], "=+-@") {
			t.Errorf("%q is a formula to spreadsheets", text)
		}
	})
}

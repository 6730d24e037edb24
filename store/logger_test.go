package store_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"doorlist/store"
	"doorlist/store/storetest"
)

func TestLogger_TellsSlowStatementsWithoutTheirParameters(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		var log bytes.Buffer
		s, err := store.Open(t.Context(), store.Options{URL: url, Logger: slog.New(slog.NewTextHandler(&log, nil))})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		const person = "alice@contoso.com"
		query := func(rows int) bool {
			sql := "SELECT count(x) FROM generate_series(1, ?) AS x WHERE CAST(? AS text) <> ''"
			if store.DatabaseOf(s) == "sqlite" {
				sql = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < ?) SELECT count(x) FROM c WHERE ? <> ''"
			}
			if _, err := store.Rows(t.Context(), s, sql, rows, person); err != nil {
				t.Fatal(err)
			}
			return strings.Contains(log.String(), "slow statement")
		}
		if query(1) {
			t.Errorf("log of a quick statement: %s", log.String())
		}
		for rows := 1 << 19; !query(rows); rows *= 2 {
			if rows > 1<<26 {
				t.Fatal("no statement is slow enough to be logged")
			}
		}
		if text := log.String(); strings.Contains(text, person) || !strings.Contains(text, "count(x)") {
			t.Errorf("log = %s; want the statement without %s", text, person)
		}
	})
}

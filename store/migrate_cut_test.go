package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"doorlist/store"

	"github.com/google/go-cmp/cmp"
)

// schemaText is the schema with its version, tables, columns and indexes.
func schemaText(t *testing.T, s *store.Store) []string {
	t.Helper()
	queries := []string{"SELECT name AS what, coalesce(sql, '') AS text FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"}
	if store.DatabaseOf(s) == "postgres" {
		queries = []string{
			"SELECT indexname AS what, indexdef AS text FROM pg_indexes WHERE schemaname = 'public'",
			"SELECT table_name AS what, column_name || ' ' || data_type || ' ' || coalesce(column_default, '') AS text FROM information_schema.columns WHERE table_schema = 'public'",
		}
	}
	var lines []string
	for _, query := range queries {
		rows, err := store.Rows(t.Context(), s, query)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			if what := fmt.Sprint(row["what"]); !strings.HasPrefix(what, "goose_db_version") {
				lines = append(lines, fmt.Sprint(what, ": ", row["text"]))
			}
		}
	}
	have, _, err := s.Schema(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(lines)
	return append(lines, fmt.Sprint("version ", have))
}

// TestMigrate_CutAtEveryStatementIsAllOrNothing loses the connection before each statement of each migration, and before its commit: the schema is the one of
// before, and the same migration then succeeds.
func TestMigrate_CutAtEveryStatementIsAllOrNothing(t *testing.T) {
	eachEmpty(t, func(t *testing.T, open func() *store.Store) {
		s, cuts := open(), 0
		u, err := s.Upgrade(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := store.MigrateDown(t.Context(), s, 0); err != nil { // goose makes a table of its own first
			t.Fatal(err)
		}
		for _, m := range u.Pending {
			before := schemaText(t, s)
			for statements := 0; ; statements++ {
				err := store.MigrateCut(t.Context(), s, m.Version, statements)
				if err == nil {
					break
				}
				cuts++
				if !errors.Is(err, store.ErrCut) {
					t.Fatalf("%s, cut behind %d statements: %v", m.Name, statements, err)
				}
				if diff := cmp.Diff(before, schemaText(t, s)); diff != "" {
					t.Fatalf("%s, cut behind %d statements, has changed the schema (-before +after):\n%s", m.Name, statements, diff)
				}
			}
			if after := schemaText(t, s); after[len(after)-1] != fmt.Sprint("version ", m.Version) {
				t.Fatalf("after %s: %s", m.Name, after[len(after)-1])
			}
		}
		if cuts < 3*len(u.Pending) {
			t.Errorf("only %d cuts in %d migrations", cuts, len(u.Pending))
		}
		whole := open()
		if err := errors.Join(whole.Ready(t.Context()), whole.Migrate(t.Context())); err != nil {
			t.Error(err)
		}
		newWorld(t, whole)
	})
}

// TestMigrate_AnImpatientTransactionKeepsItsConnection: database/sql gives the connection of a transaction up whose context ends, unless the driver
// can judge it, and whoever holds the connection then meets one that is not there (goose, which has yet to give its lock back, panicked).
func TestMigrate_AnImpatientTransactionKeepsItsConnection(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		for range 20 {
			c, err := store.WriterPool(t, w.Store).Conn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			tx, err := c.BeginTx(ctx, nil)
			if err == nil {
				_, err = tx.ExecContext(t.Context(), "DELETE FROM outbox")
			}
			if err != nil {
				t.Fatal(err)
			}
			cancel()
			for err == nil {
				_, err = tx.ExecContext(t.Context(), "DELETE FROM outbox")
			}
			if !errors.Is(err, sql.ErrTxDone) && !errors.Is(err, context.Canceled) {
				t.Fatalf("the transaction ended with %v", err)
			}
			if _, err := c.ExecContext(t.Context(), "DELETE FROM outbox"); err != nil {
				t.Fatalf("its connection: %v", err)
			}
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		}
	})
}

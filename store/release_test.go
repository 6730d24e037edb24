package store_test

import (
	"bufio"
	"database/sql"
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"doorlist/store"

	"github.com/google/go-cmp/cmp"
)

// release is what is kept of the minor release before this one, whose servers must work on the newest schema: testdata/release/*.sql, which
// scripts/record-release writes.
type release struct {
	schema int64
	writes []string // every statement by which it changes something, with ? for parameters
}

// readRelease reads the first line, `-- schema 39 of commit ...`, and the statements.
func readRelease(t *testing.T, database string) (r release) {
	t.Helper()
	file, err := os.Open("testdata/release/" + database + ".sql")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		if line := lines.Text(); !strings.HasPrefix(line, "--") {
			r.writes = append(r.writes, line)
		} else if _, err := fmt.Sscanf(line, "-- schema %d", &r.schema); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
	}
	if err := lines.Err(); err != nil || r.schema == 0 || len(r.writes) < 100 {
		t.Fatalf("schema %d with %d statements, %v", r.schema, len(r.writes), err)
	}
	return r
}

// contracted is what the schemas since the release before have less than that one, or demand more, and why its servers do not notice.
var contracted = []string{
	// A directory is made for its connection, so no server has ever written two connections of one.
	"connections has the new unique index connections_directory (directory_id)",
}

// TestRelease_TheSchemaOnlyGrows demands that nothing was taken from the servers of the release before.
func TestRelease_TheSchemaOnlyGrows(t *testing.T) {
	eachEmpty(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		before := readRelease(t, store.DatabaseOf(s))
		if err := store.MigrateCut(t.Context(), s, before.schema, math.MaxInt); err != nil {
			t.Fatal(err)
		}
		was := shapeOf(t, s)
		if err := s.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(contracted, contractions(was, shapeOf(t, s))); diff != "" {
			t.Errorf("servers of schema %d would stumble over the newest one (-allowed +found); see store/migrations/README.md:\n%s", before.schema, diff)
		}
		rows, err := store.Rows(t.Context(), s, "SELECT oldest FROM schema_floor")
		if err != nil || len(rows) != 1 || rows[0]["oldest"].(int64) > before.schema {
			t.Errorf("the newest schema says %v, %v: it shuts out servers that know %d", rows, err, before.schema)
		}
	})
}

// TestRelease_ItsWritesAreUnderstood has the newest schema plan every statement by which the release before changes something: names and types are
// right, and each ON CONFLICT has its index.
func TestRelease_ItsWritesAreUnderstood(t *testing.T) {
	eachEmpty(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		if err := s.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		connection, err := store.WriterPool(t, s).Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer connection.Close()
		for _, statement := range readRelease(t, store.DatabaseOf(s)).writes {
			if err := understood(t, connection, store.DatabaseOf(s), statement); err != nil {
				t.Errorf("%v: %s", err, statement)
			}
		}
		if understood(t, connection, store.DatabaseOf(s), "UPDATE users SET no_such_column = ?") == nil {
			t.Error("everything is understood")
		}
	})
}

// understood plans a statement whatever its parameters are.
func understood(t *testing.T, c *sql.Conn, database, statement string) error {
	t.Helper()
	parameters := strings.Count(statement, "?")
	if database == "sqlite" {
		_, err := c.ExecContext(t.Context(), "EXPLAIN "+statement, make([]any, parameters)...)
		return err
	}
	if table, copied := strings.CutPrefix(statement, "COPY "); copied {
		into, _, _ := strings.Cut(table, " FROM")
		statement = "INSERT INTO " + into + " SELECT " + into[strings.Index(into, "(")+1:len(into)-1] + " FROM " + table[:strings.Index(table, " ")]
	}
	for i := range parameters {
		statement = strings.Replace(statement, "?", fmt.Sprint("$", i+1), 1)
	}
	if _, err := c.ExecContext(t.Context(), "PREPARE written AS "+statement); err != nil {
		return err
	}
	defer c.ExecContext(t.Context(), "DEALLOCATE written")
	given := ""
	if parameters > 0 {
		given = "(NULL" + strings.Repeat(", NULL", parameters-1) + ")"
	}
	_, err := c.ExecContext(t.Context(), "EXPLAIN EXECUTE written"+given)
	return err
}

// TestRelease_ItsRowsAreTaken writes rows with the columns that the release before knows into the newest schema, changes and deletes them: triggers and
// all that is unique let it do so, and its rows come out as they went in.
func TestRelease_ItsRowsAreTaken(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.filled()
		before := readRelease(t, store.DatabaseOf(w.Store))
		if err := store.MigrateDown(t.Context(), w.Store, before.schema); err != nil {
			t.Fatal(err)
		}
		kept := map[string][]map[string]any{}
		for _, table := range tableNames(t, w.Store) {
			kept[table] = w.rows("SELECT * FROM " + table)
		}
		if err := w.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		pool, tables := store.WriterPool(t, w.Store), 0
		run := func(statement string, args ...any) {
			t.Helper()
			if _, err := pool.ExecContext(t.Context(), statement, args...); err != nil {
				t.Errorf("%v: %s", err, statement)
			}
		}
		for table, rows := range kept {
			run("DELETE FROM " + table)
			for _, row := range rows {
				columns := slices.Sorted(maps.Keys(row))
				var args []any
				values := make([]string, len(columns))
				for i, column := range columns {
					if value, blob := row[column].([]byte); blob && value == nil { // as SQLite's driver gives an empty one
						row[column] = []byte{}
					}
					args, values[i] = append(args, row[column]), placeholder(w.Store, i+1)
				}
				run("INSERT INTO "+table+" ("+strings.Join(columns, ", ")+") VALUES ("+strings.Join(values, ", ")+")", args...)
				if len(args) > 0 {
					run("UPDATE " + table + " SET " + columns[0] + " = " + columns[0])
				}
			}
			if diff := cmp.Diff(rowTexts(table, rows), rowTexts(table, only(w.rows("SELECT * FROM "+table), rows))); diff != "" {
				t.Errorf("%s (-written +there):\n%s", table, diff)
			}
			if len(rows) > 0 {
				tables++
			}
		}
		if tables < 60 {
			t.Errorf("only %d tables had rows: too few to show anything", tables)
		}
	})
}

func placeholder(s *store.Store, n int) string {
	if store.DatabaseOf(s) == "postgres" {
		return fmt.Sprint("$", n)
	}
	return "?"
}

// only keeps of rows the columns that the others have.
func only(rows, others []map[string]any) []map[string]any {
	if len(others) == 0 {
		return rows
	}
	for _, row := range rows {
		maps.DeleteFunc(row, func(column string, _ any) bool { _, had := others[0][column]; return !had })
	}
	return rows
}

func rowTexts(table string, rows []map[string]any) (lines []string) {
	for _, row := range rows {
		lines = append(lines, rowText(table, row))
	}
	slices.Sort(lines)
	return lines
}

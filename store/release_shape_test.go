package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"doorlist/store"
)

// shape is what a schema demands of a program, by table.
type shape map[string]*tableShape

type tableShape struct {
	columns map[string]columnShape
	unique  map[string]uniqueShape // by the name of the index
	rules   []string               // checks and references
}

type columnShape struct {
	kind            string
	required, given bool // it is NOT NULL, and has a value where a statement names none
}

type uniqueShape struct {
	columns []string
	where   string // "" for all rows
}

// shapeQueries read columns (table, name, kind, required, given), unique indexes (table, name, columns, condition) and rules (table, text).
var shapeQueries = map[string][3]string{
	"postgres": {
		`SELECT table_name AS t, column_name AS name, data_type || coalesce(' ' || collation_name, '') AS kind, is_nullable = 'NO' AS required,
			column_default IS NOT NULL OR is_identity = 'YES' OR is_generated = 'ALWAYS' AS given
			FROM information_schema.columns WHERE table_schema = 'public'`,
		`SELECT c.relname::text AS t, i.relname::text AS name, coalesce(pg_get_expr(x.indpred, x.indrelid), '') AS condition,
			array_to_string(ARRAY(SELECT pg_get_indexdef(x.indexrelid, k, true) FROM generate_series(1, x.indnkeyatts) AS k), ',') AS columns
			FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
			WHERE x.indisunique AND c.relnamespace = 'public'::regnamespace`,
		`SELECT c.relname::text AS t, pg_get_constraintdef(k.oid) AS text FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
			WHERE k.contype IN ('c', 'f', 'x') AND c.relnamespace = 'public'::regnamespace`,
	},
	"sqlite": {
		`SELECT m.name AS t, c.name AS name, c.type || CASE WHEN m.sql LIKE '%STRICT%' THEN ' strict' ELSE '' END AS kind, c."notnull" AS required,
			c.dflt_value IS NOT NULL OR c.hidden > 1 AS given FROM sqlite_master m, pragma_table_xinfo(m.name) c WHERE m.type = 'table'`,
		`SELECT m.name AS t, i.name AS name, CASE WHEN i.partial THEN (SELECT substr(d.sql, instr(d.sql, ' WHERE ') + 7) FROM sqlite_master d WHERE d.name = i.name) ELSE '' END AS condition,
			(SELECT group_concat(coalesce(k.name, '?')) FROM pragma_index_info(i.name) k) AS columns
			FROM sqlite_master m, pragma_index_list(m.name) i WHERE m.type = 'table' AND i."unique"`,
		// Checks are in the text alone, and a table with one is none without.
		`SELECT m.name AS t, m.sql AS text FROM sqlite_master m WHERE m.type = 'table' AND (m.sql LIKE '%CHECK%(%' OR m.sql LIKE '%REFERENCES%')`,
	},
}

func shapeOf(t *testing.T, s *store.Store) shape {
	t.Helper()
	found := shape{}
	for _, name := range tableNames(t, s) {
		found[name] = &tableShape{columns: map[string]columnShape{}, unique: map[string]uniqueShape{}}
	}
	for i, query := range shapeQueries[store.DatabaseOf(s)] {
		rows, err := store.Rows(t.Context(), s, query)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			table, known := found[fmt.Sprint(row["t"])]
			if !known { // of the database itself, or of migrations
				continue
			}
			truth := func(column string) bool { return row[column] == true || row[column] == int64(1) }
			switch name := fmt.Sprint(row["name"]); i {
			case 0:
				table.columns[name] = columnShape{fmt.Sprint(row["kind"]), truth("required"), truth("given")}
			case 1:
				table.unique[name] = uniqueShape{strings.Split(fmt.Sprint(row["columns"]), ","), fmt.Sprint(row["condition"])}
			case 2:
				table.rules = append(table.rules, fmt.Sprint(row["text"]))
			}
		}
	}
	return found
}

// contractions are in what a program of one schema meets less on another, or must do more: all that is not an expansion.
func contractions(before, after shape) (found []string) {
	for name, was := range before {
		is, there := after[name]
		if !there {
			found = append(found, name+" is gone")
			continue
		}
		for _, what := range slices.Concat(was.columnsLess(is), was.uniqueLess(is), was.rulesMore(is)) {
			found = append(found, name+what)
		}
	}
	slices.Sort(found)
	return found
}

func (was *tableShape) columnsLess(is *tableShape) (found []string) {
	for name, before := range was.columns {
		switch after, there := is.columns[name]; {
		case !there:
			found = append(found, "."+name+" is gone")
		case after.kind != before.kind:
			found = append(found, "."+name+" was "+before.kind+" and is "+after.kind)
		case after.required && !before.required:
			found = append(found, "."+name+" may not be NULL any more")
		case before.given && !after.given:
			found = append(found, "."+name+" has no default any more")
		}
	}
	for name, after := range is.columns {
		if _, there := was.columns[name]; !there && after.required && !after.given {
			found = append(found, "."+name+" is new and must be given")
		}
	}
	return found
}

// uniqueLess: a unique index that is gone is one that somebody relied on, and a new one refuses what others still write, unless an old one did
// so already.
func (was *tableShape) uniqueLess(is *tableShape) (found []string) {
	for name, before := range was.unique {
		if !slices.ContainsFunc(values(is.unique), before.followsFrom) {
			found = append(found, fmt.Sprintf(" has no unique index %s (%s) any more", name, strings.Join(before.columns, ", ")))
		}
	}
	for name, after := range is.unique {
		if !slices.ContainsFunc(values(was.unique), after.followsFrom) {
			found = append(found, fmt.Sprintf(" has the new unique index %s (%s)", name, strings.Join(after.columns, ", ")))
		}
	}
	return found
}

// followsFrom says that rows which other keeps apart differ in u as well.
func (u uniqueShape) followsFrom(other uniqueShape) bool {
	return (other.where == "" || other.where == u.where) && !slices.ContainsFunc(other.columns, func(c string) bool { return !slices.Contains(u.columns, c) })
}

func (was *tableShape) rulesMore(is *tableShape) (found []string) {
	for _, rule := range is.rules {
		if !slices.Contains(was.rules, rule) {
			found = append(found, " has the new rule "+rule)
		}
	}
	return found
}

func values[V any](m map[string]V) (list []V) {
	for _, v := range m {
		list = append(list, v)
	}
	return list
}

// TestContractions_FindsEachKind changes a schema in every way that an older program would stumble over, and in some that it does not notice.
func TestContractions_FindsEachKind(t *testing.T) {
	eachEmpty(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		run := func(statements ...string) {
			t.Helper()
			for _, statement := range statements {
				if err := store.ExecuteAlone(t.Context(), s, statement); err != nil {
					t.Fatalf("%s: %v", statement, err)
				}
			}
		}
		postgres := store.DatabaseOf(s) == "postgres"
		for _, change := range []struct{ what, change, postgres, want string }{
			{"a table is dropped", "DROP TABLE a", "", "a is gone"},
			{"a table is renamed", "ALTER TABLE a RENAME TO b", "", "a is gone"},
			{"a column is dropped", "ALTER TABLE a DROP COLUMN note", "", "a.note is gone"},
			{"a column is renamed", "ALTER TABLE a RENAME COLUMN note TO remark", "", "a.note is gone"},
			{"a column must be given", "", "ALTER TABLE a ADD COLUMN must integer NOT NULL", "a.must is new and must be given"},
			{"another type", "", "ALTER TABLE a ALTER COLUMN count TYPE text", "a.count was integer and is text"},
			{"NULL is refused", "", "ALTER TABLE a ALTER COLUMN note SET NOT NULL", "a.note may not be NULL any more"},
			{"a default is dropped", "", "ALTER TABLE a ALTER COLUMN count DROP DEFAULT", "a.count has no default any more"},
			{"a unique index", "CREATE UNIQUE INDEX a_note ON a (note)", "", "a has the new unique index a_note (note)"},
			{"a unique index of some rows", "CREATE UNIQUE INDEX a_note ON a (note) WHERE count > 1", "", "a has the new unique index a_note (note)"},
			{"a unique index less", "DROP INDEX a_name", "", "a has no unique index a_name (name)"},
			{"a wider unique index", "DROP INDEX a_name; CREATE UNIQUE INDEX a_name ON a (name, note)", "", "a has no unique index a_name (name) any more"},
			{"a check", "", "ALTER TABLE a ADD CHECK (count < 9)", "a has the new rule CHECK ((count < 9))"},
			{"a reference", "", "ALTER TABLE a ADD FOREIGN KEY (id) REFERENCES c (id)", "a has the new rule FOREIGN KEY (id) REFERENCES c(id)"},
			{"another table", "CREATE TABLE b (id integer NOT NULL PRIMARY KEY CHECK (id > 0))", "", ""},
			{"a column that may be NULL", "ALTER TABLE a ADD COLUMN more text", "", ""},
			{"a column with a default", "ALTER TABLE a ADD COLUMN more text NOT NULL DEFAULT ''", "", ""},
			{"an index", "CREATE INDEX a_note ON a (note)", "", ""},
			{"a unique index that another implies", "CREATE UNIQUE INDEX a_two ON a (name, note)", "", ""},
			{"a default more", "", "ALTER TABLE a ALTER COLUMN note SET DEFAULT ''", ""},
			{"NULL is taken", "", "ALTER TABLE a ALTER COLUMN name DROP NOT NULL", ""},
		} {
			statement := change.change
			if postgres && change.postgres != "" {
				statement = change.postgres
			}
			if statement == "" { // SQLite has no way to say so
				continue
			}
			run("CREATE TABLE a (id integer NOT NULL, name text NOT NULL, note text, count integer NOT NULL DEFAULT 0)", "CREATE UNIQUE INDEX a_name ON a (name)",
				"CREATE TABLE c (id integer NOT NULL PRIMARY KEY)")
			before := shapeOf(t, s)
			run(strings.Split(statement, "; ")...)
			if found := strings.Join(contractions(before, shapeOf(t, s)), "; "); !strings.Contains(found, change.want) || (found == "") != (change.want == "") {
				t.Errorf("%s: found %q, want %q", change.what, found, change.want)
			}
			run("DROP TABLE IF EXISTS a", "DROP TABLE IF EXISTS b", "DROP TABLE c")
		}
	})
}

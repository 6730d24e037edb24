package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// dialect is the complete list of what differs between the databases.
type dialect struct {
	name      string
	bound     func(statement string) string // writes the parameters, of which each is a question mark, as the driver wants them
	forUpdate string                        // keeps others from changing the rows that a SELECT reads until the transaction ends
	forDelete string                        // the same, and waits for everybody who relies on the rows' being there
	forShare  string                        // keeps the rows that a SELECT reads from being deleted until the transaction ends
	lockName  string                        // takes a lock on a name until the transaction ends; "" where there is one writer at a time
	idType    string                        // the type of id columns, for casts of parameters
	collate   string                        // makes text compare by code point
	// jsonRows is a subquery that gathers the columns of the rows from somewhere as a JSON array of arrays.
	jsonRows func(columns, from string) string
	// jsonPath is the parameter that names a path in a JSON document, for the fragments below.
	jsonPath func(path []string) string
	// jsonPresent is a condition: something that is not empty is at a path (one parameter) of a document.
	jsonPresent func(document string) string
	// jsonText, jsonBool and jsonNumber are SQL for the value of that type at a path (one parameter); anything else counts
	// as absent, which is '' for texts and booleans ('true', 'false') and NULL for numbers.
	jsonText, jsonBool, jsonNumber func(document string) string
	// jsonList is a FROM item called "e" with a row for each element of the list at a path (one parameter); element is
	// the document of such a row.
	jsonList func(document string) string
	element  string
	// elementText, elementBool, elementNumber and elementPresent are jsonText, jsonBool, jsonNumber and jsonPresent for the
	// value that such an element is.
	elementText, elementBool, elementNumber, elementPresent string
	// jsonFirst is SQL for the primary element of the list at a path (one parameter), or else the first: a document.
	jsonFirst func(document string) string
	// idList is a FROM item called "ids" with the column id for a list of ids (one parameter made by idParam).
	idList  string
	idParam func(ids []string) string
	// insertRows inserts many rows by few texts of SQL, however many they are (see conn.insertRows).
	insertRows func(c conn, ctx context.Context, table string, g givenRows, more string) error
	// loggedAtOnce bounds the requests that the provisioning log writes in a transaction, for which changes wait on SQLite.
	loggedAtOnce int
	// rowsAtOnce bounds the rows of a statement that has parameters of its own for each.
	rowsAtOnce int
	// textList is a FROM item called "texts" with the column text for a JSON array of texts (one parameter).
	textList string
	// lookUp is a join that looks the rows of a table up for each row before it, by the table's index. The planner may do
	// nothing else: without statistics, or with old ones, it would rather read the members of a whole directory.
	lookUp func(table, alias, columns, condition string) string
	// few is a condition that few rows meet, where the planner cannot know: the newest of many.
	few func(condition string) string
	// memberStatistics are statements that tell the planner how members are spread. PostgreSQL finds that out by itself.
	memberStatistics []string
	// doubled is a query for the names of tables that are more than twice as large as when the planner learned of them; "" where it
	// does not go by the size.
	doubled string
	// tables and columns are queries of the catalog: for the names of all tables, and for the columns of one (a parameter) with their types.
	tables, columns string
	// unhurried are statements that lift the limits of time from the rest of a transaction.
	unhurried []string
	// position, suffix: where one text is in another (0: not), and the last n characters.
	position func(text string) string
	suffix   func(text string, n int) string
	// queriesWrite says that a WITH clause may write.
	queriesWrite bool
	// orFail makes a statement that changes nothing fail, so that nobody need wait for its outcome; unsure recognizes that failure. nil where
	// no statement waits for another.
	orFail func(statement string) string
	unsure func(error) bool
	// retryable says that the transaction lost to another and that repeating it may help.
	retryable func(error) bool
	// locked is the word of Contentions for an error of another transaction's locks, "" for other errors.
	locked func(error) string
	// conflict names the constraint that an error reports, "" for other errors.
	conflict func(error) string
	// unavailable says that the database could not answer.
	unavailable func(error) bool
}

var postgresDialect = &dialect{
	name:      "postgres",
	bound:     numbered,
	forUpdate: " FOR NO KEY UPDATE",
	forDelete: " FOR UPDATE",
	forShare:  " FOR KEY SHARE",
	lockName:  "SELECT pg_advisory_xact_lock(hashtextextended(?, 0))::text",
	idType:    "uuid",
	collate:   ` COLLATE "C"`,
	jsonRows: func(columns, from string) string { // an array costs less to set up than an aggregate
		return "('[' || array_to_string(ARRAY(SELECT json_build_array(" + columns + ") FROM " + from + "), ',') || ']')"
	},
	jsonPath: postgresPath,
	jsonPresent: func(doc string) string {
		return `coalesce((` + doc + `::jsonb #> ?::text[]) NOT IN ('""', '[]', '{}', 'null'), false)`
	},
	jsonText: func(doc string) string { return postgresTyped(doc, "'string'", "v #>> '{}'", "''") },
	jsonBool: func(doc string) string { return postgresTyped(doc, "'boolean'", "v #>> '{}'", "''") },
	jsonNumber: func(doc string) string {
		return postgresTyped(doc, "'number'", "(v #>> '{}')::double precision", "NULL")
	},
	jsonList: func(doc string) string {
		return "(SELECT jsonb_array_elements(CASE jsonb_typeof(v) WHEN 'array' THEN v ELSE '[]' END) AS item FROM (SELECT " + doc +
			"::jsonb #> ?::text[] AS v) AS at) AS e"
	},
	element:        "e.item",
	elementText:    "(CASE jsonb_typeof(e.item) WHEN 'string' THEN e.item #>> '{}' ELSE '' END)",
	elementBool:    "(CASE jsonb_typeof(e.item) WHEN 'boolean' THEN e.item #>> '{}' ELSE '' END)",
	elementNumber:  "(CASE jsonb_typeof(e.item) WHEN 'number' THEN (e.item #>> '{}')::double precision END)",
	elementPresent: `(e.item NOT IN ('""', '[]', '{}', 'null'))`,
	jsonFirst: func(doc string) string {
		return "(SELECT i.item FROM (SELECT " + doc + "::jsonb #> ?::text[] AS v) AS at, jsonb_array_elements(CASE jsonb_typeof(v) WHEN 'array' THEN v ELSE '[]' END)" +
			" WITH ORDINALITY AS i(item, n) ORDER BY coalesce(i.item -> 'primary' = 'true', false) DESC, i.n LIMIT 1)"
	},
	idList:       "unnest(?::uuid[]) AS ids(id)",
	idParam:      func(ids []string) string { return "{" + strings.Join(ids, ",") + "}" },
	insertRows:   conn.copyRows,
	loggedAtOnce: 1000,
	rowsAtOnce:   insertBatch,
	textList:     "jsonb_array_elements_text(?::jsonb) AS texts(text)",
	lookUp:       postgresLookUp,
	few:          func(condition string) string { return condition }, // its statistics tell
	tables:       "SELECT table_name::text FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'",
	columns:      "SELECT column_name::text, data_type::text FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = ?",
	unhurried:    []string{"SET LOCAL statement_timeout = 0", "SET LOCAL lock_timeout = 0", "SET LOCAL idle_in_transaction_session_timeout = 0"},
	position:     func(text string) string { return "strpos(" + text + ", ?)" },
	suffix:       func(text string, n int) string { return fmt.Sprintf("right(%s, %d)", text, n) },
	queriesWrite: true,
	orFail: func(statement string) string {
		return "WITH changed AS (" + statement + " RETURNING 1) SELECT 1 / count(*) FROM changed"
	},
	unsure:      func(err error) bool { return postgresCode(err, "22012") || errors.Is(err, errUnsure) }, // division_by_zero
	retryable:   func(err error) bool { return postgresCode(err, "40001", "40P01") || errors.Is(err, errOvertaken) },
	locked:      postgresLocked,
	conflict:    postgresConflict,
	unavailable: postgresUnavailable,
	doubled: `SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace
		AND pg_relation_size(oid) / current_setting('block_size')::bigint > 2 * relpages + 16`,
}

var sqliteDialect = &dialect{
	name:   "sqlite",
	bound:  func(statement string) string { return statement },
	idType: "text",
	jsonRows: func(columns, from string) string {
		return "(SELECT json_group_array(json_array(" + columns + ")) FROM " + from + ")"
	},
	jsonPath: sqlitePath,
	jsonPresent: func(doc string) string {
		return `coalesce((` + doc + ` -> ?) NOT IN ('""', '[]', '{}', 'null'), false)`
	},
	jsonText: func(doc string) string { return sqliteTyped(doc, "'text'", "json_extract(v, '$')", "''") },
	jsonBool: func(doc string) string { return sqliteTyped(doc, "'true', 'false'", "json_type(v)", "''") },
	jsonNumber: func(doc string) string {
		// PostgreSQL compares as double; SQLite would compare a large integer exactly.
		return sqliteTyped(doc, "'integer', 'real'", "CAST(json_extract(v, '$') AS real)", "NULL")
	},
	jsonList: func(doc string) string {
		return "(SELECT i.value, i.type FROM (SELECT " + doc + " -> ? AS v) AS at, json_each(CASE json_type(v) WHEN 'array' THEN v ELSE '[]' END) AS i) AS e"
	},
	element:        "(CASE e.type WHEN 'object' THEN e.value END)", // a text would be no JSON
	elementText:    "(CASE e.type WHEN 'text' THEN e.value ELSE '' END)",
	elementBool:    "(CASE WHEN e.type IN ('true', 'false') THEN e.type ELSE '' END)",
	elementNumber:  "(CASE WHEN e.type IN ('integer', 'real') THEN CAST(e.value AS real) END)",
	elementPresent: "(CASE e.type WHEN 'null' THEN 0 WHEN 'text' THEN e.value <> '' WHEN 'array' THEN e.value <> '[]' WHEN 'object' THEN e.value <> '{}' ELSE 1 END)",
	jsonFirst: func(doc string) string {
		return "(SELECT v -> i.fullkey FROM (SELECT " + doc + " -> ? AS v) AS at, json_each(CASE json_type(v) WHEN 'array' THEN v ELSE '[]' END) AS i" +
			" ORDER BY coalesce(json_type(v, i.fullkey || '.primary'), '') = 'true' DESC, i.key LIMIT 1)"
	},
	idList:       "(SELECT value AS id FROM json_each(?)) AS ids",
	idParam:      func(ids []string) string { return `["` + strings.Join(ids, `","`) + `"]` },
	insertRows:   conn.insertEach,
	loggedAtOnce: 250,
	rowsAtOnce:   20, // for each parameter the driver goes through all of them (modernc.org/sqlite v1.55.0, conn.bind)
	lookUp:       sqliteLookUp,
	few:          func(condition string) string { return "likelihood(" + condition + ", 0.02)" }, // it would take a quarter of all
	textList:     "(SELECT value AS text FROM json_each(?)) AS texts",
	// Without statistics SQLite takes a directory to have ten members, and finds those of one user by reading them all. The
	// numbers are rows, and rows for one value of the first, the first two and all columns of the index.
	memberStatistics: []string{
		"ANALYZE goose_db_version", // creates the table
		"DELETE FROM sqlite_stat1 WHERE tbl IN ('goose_db_version', 'members')",
		"INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('members', 'members', '1000000 100000 1000 1')," +
			" ('members', 'members_member', '1000000 100000 10 1'), ('members', 'members_nested', '10000 1000 10 1')",
	},
	tables:      "SELECT name FROM sqlite_master WHERE type = 'table'",
	columns:     "SELECT name, lower(type) FROM pragma_table_info(?)",
	position:    func(text string) string { return "instr(" + text + ", ?)" },
	suffix:      func(text string, n int) string { return fmt.Sprintf("substr(%s, -%d)", text, n) },
	retryable:   func(error) bool { return false },
	locked:      sqliteLocked,
	conflict:    sqliteConflict,
	unavailable: sqliteUnavailable,
}

// postgresTyped and sqliteTyped read a value of certain types at a path.
func postgresTyped(doc, types, value, absent string) string {
	return "(SELECT CASE WHEN jsonb_typeof(v) IN (" + types + ") THEN " + value + " ELSE " + absent + " END FROM (SELECT " + doc + "::jsonb #> ?::text[] AS v) AS at)"
}

func sqliteTyped(doc, types, value, absent string) string {
	return "(SELECT CASE WHEN json_type(v) IN (" + types + ") THEN " + value + " ELSE " + absent + " END FROM (SELECT " + doc + " -> ? AS v) AS at)"
}

// postgresLookUp: OFFSET keeps the planner from turning the sub-select into a join.
func postgresLookUp(table, alias, columns, condition string) string {
	return " CROSS JOIN LATERAL (SELECT " + columns + " FROM " + table + " " + alias + " WHERE " + condition + " OFFSET 0) AS " + alias
}

// sqliteLookUp: SQLite leaves the order of the tables in a CROSS JOIN as it is.
func sqliteLookUp(table, alias, _, condition string) string {
	return " CROSS JOIN " + table + " " + alias + " ON " + condition
}

// postgresPath writes a path as an array literal.
func postgresPath(path []string) string {
	quoted := make([]string, len(path))
	for i, name := range path {
		quoted[i] = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(name) + `"`
	}
	return "{" + strings.Join(quoted, ",") + "}"
}

// sqlitePath writes a path as SQLite's JSON path. Quotes and backslashes cannot be escaped there; no attribute has them
// in its name, so such a path matches nothing, like a name that is a control character.
func sqlitePath(path []string) string {
	var b strings.Builder
	b.WriteByte('$')
	for _, name := range path {
		if strings.ContainsAny(name, `"\`) {
			name = "\x01"
		}
		b.WriteString(`."` + name + `"`)
	}
	return b.String()
}

package storetest

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"doorlist/store"
)

// tracer is a log that keeps the statements that a store runs, while somebody asks for them.
type tracer struct {
	url     string
	mu      sync.Mutex
	on      bool
	queries []string
}

// Enabled says whether anybody asks, or all is written down.
func (tr *tracer) Enabled(_ context.Context, level slog.Level) bool {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return (tr.on || recordIn != "") && level == slog.LevelDebug
}

// Handle keeps a statement.
func (tr *tracer) Handle(_ context.Context, r slog.Record) error {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	r.Attrs(func(a slog.Attr) bool {
		if a.Key != "sql" {
			return true
		}
		if record(tr.url, a.Value.String()); tr.on {
			tr.queries = append(tr.queries, a.Value.String())
		}
		return true
	})
	return nil
}

// WithAttrs changes nothing.
func (tr *tracer) WithAttrs([]slog.Attr) slog.Handler { return tr }

// WithGroup changes nothing.
func (tr *tracer) WithGroup(string) slog.Handler { return tr }

// Statements returns a function that takes the texts of the statements which s has run since it was last called, each once.
func Statements(t testing.TB, s *store.Store) (taken func() []string) {
	t.Helper()
	tr := opened(t, s).tracer
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.on = true
	return func() []string {
		tr.mu.Lock()
		defer tr.mu.Unlock()
		list := tr.queries
		tr.queries = nil
		slices.Sort(list)
		return slices.Compact(list)
	}
}

// plannable are statements that have a plan.
var plannable = regexp.MustCompile(`^(SELECT|WITH|INSERT|UPDATE|DELETE)\b`)

// Plan tells how the database of s would run a statement whatever its parameters are, a step a line; "" for one without a plan.
func Plan(t testing.TB, s *store.Store, statement string) string {
	t.Helper()
	if !plannable.MatchString(statement) {
		return ""
	}
	url, read := opened(t, s).url, postgresPlan
	if strings.HasPrefix(url, "sqlite:") {
		read = sqlitePlan
	}
	steps, err := read(url, statement)
	if err != nil {
		t.Fatalf("storetest: %v: %s", err, statement)
	}
	return strings.Join(steps, "\n")
}

func sqlitePlan(url, statement string) (steps []string, err error) {
	db, err := sql.Open("sqlite", "file:"+strings.TrimPrefix(url, "sqlite:"))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	rows, err := db.Query("EXPLAIN QUERY PLAN "+statement, make([]any, strings.Count(statement, "?"))...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			return nil, err
		}
		steps = append(steps, step)
	}
	return steps, rows.Err()
}

// parameter is how a text in the log names a parameter.
var parameter = regexp.MustCompile(`\?`)

func postgresPlan(url, statement string) (steps []string, err error) {
	ctx, parameters := context.Background(), 0
	statement = parameter.ReplaceAllStringFunc(statement, func(string) string {
		parameters++
		return "$" + strconv.Itoa(parameters)
	})
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	if _, err := conn.Exec(ctx, "SET plan_cache_mode = force_generic_plan"); err != nil {
		return nil, err
	}
	if _, err := conn.Exec(ctx, "PREPARE traced AS "+statement); err != nil {
		return nil, err
	}
	arguments := ""
	if parameters > 0 {
		arguments = "(NULL" + strings.Repeat(", NULL", parameters-1) + ")"
	}
	rows, err := conn.Query(ctx, "EXPLAIN (COSTS OFF) EXECUTE traced"+arguments, pgx.QueryExecModeSimpleProtocol)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

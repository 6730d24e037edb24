package store

import (
	"context"
	"database/sql/driver"
	"fmt"
	"strings"

	"github.com/google/uuid"
)

// givenColumn is a column of a table with the type of its values: ofID, "text" or "bigint".
type givenColumn struct{ name, kind string }

// ofID stands for the database's type of ids.
const ofID = "id"

func namesOf(columns []givenColumn) string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.name
	}
	return strings.Join(names, ", ")
}

// givenRows is the one argument of a statement that a connection runs for all of them: database/sql would carry each value through three types.
type givenRows struct {
	columns []givenColumn
	rows    [][]any
}

// givenIn are the rows that a statement is given as its one argument, if it is.
func givenIn(args []driver.NamedValue) (givenRows, bool) {
	if len(args) != 1 {
		return givenRows{}, false
	}
	g, ok := args[0].Value.(givenRows)
	return g, ok
}

// insertRows inserts rows and, unless more is "", does that for those that are there already. The rows hold texts and numbers (int64).
func (c conn) insertRows(ctx context.Context, table string, columns []givenColumn, rows [][]any, more string) error {
	if len(rows) == 0 {
		return nil
	}
	return c.d.insertRows(c, ctx, table, givenRows{columns, rows}, more)
}

// copyRows inserts rows by COPY, which plans nothing and writes whole pages. It cannot do more, which few rows need.
func (c conn) copyRows(ctx context.Context, table string, g givenRows, more string) error {
	if more != "" {
		return c.insertArrays(ctx, table, g.columns, g.rows, more)
	}
	_, err := c.exec(ctx, "COPY "+table+" ("+namesOf(g.columns)+") FROM STDIN BINARY", g)
	return err
}

// insertArrays inserts rows by one statement with an array for each column: one text, and one round trip, however many rows there are.
func (c conn) insertArrays(ctx context.Context, table string, columns []givenColumn, rows [][]any, more string) error {
	arrays, args := make([]string, len(columns)), make([]any, len(columns))
	for i, column := range columns {
		kind := column.kind
		if kind == ofID {
			kind = c.d.idType
		}
		arrays[i] = "CAST(? AS " + kind + "[])"
		var err error
		if args[i], err = arrayOf(rows, i, column.kind); err != nil {
			return err
		}
	}
	_, err := c.exec(ctx, "INSERT INTO "+table+" ("+namesOf(columns)+") SELECT * FROM unnest("+strings.Join(arrays, ", ")+") WHERE true "+more, args...)
	return err
}

// arrayOf is a column of rows. Ids go as their bytes: the driver and the database would quote and parse each text.
func arrayOf(rows [][]any, i int, kind string) (any, error) {
	switch kind {
	case "bigint":
		return elements(rows, i, func(v any) (int64, bool) { n, ok := v.(int64); return n, ok })
	case ofID:
		return elements(rows, i, func(v any) ([16]byte, bool) {
			text, _ := v.(string)
			id, err := uuid.Parse(text)
			return id, err == nil
		})
	}
	return elements(rows, i, func(v any) (string, bool) { text, ok := v.(string); return text, ok })
}

func elements[T any](rows [][]any, i int, as func(v any) (T, bool)) ([]T, error) {
	list := make([]T, len(rows))
	for n, row := range rows {
		var ok bool
		if list[n], ok = as(row[i]); !ok {
			return nil, fmt.Errorf("store: column %d of given rows has a %T", i, row[i])
		}
	}
	return list, nil
}

// insertEach inserts row by row: where a statement needs no round trip, one that is prepared is the cheapest.
func (c conn) insertEach(ctx context.Context, table string, g givenRows, more string) error {
	_, err := c.exec(ctx, "INSERT INTO "+table+" ("+namesOf(g.columns)+") VALUES "+valueRows(1, len(g.columns))+" "+more, g)
	return err
}

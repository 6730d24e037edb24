package store

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
)

// givenColumn is a column of a table with the type that its values are cast to.
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

// insertRows inserts rows by one statement of one parameter, and more for those that are there already. The rows hold texts and numbers.
func (c conn) insertRows(ctx context.Context, table string, columns []givenColumn, rows [][]any, more string) error {
	if len(rows) == 0 {
		return nil
	}
	given, err := json.Marshal(rows)
	if err != nil {
		return err
	}
	values := make([]string, len(columns))
	for i, column := range columns {
		kind := column.kind
		if kind == ofID {
			kind = c.d.idType
		}
		values[i] = "CAST(r ->> " + strconv.Itoa(i) + " AS " + kind + ")"
	}
	_, err = c.exec(ctx, "INSERT INTO "+table+" ("+namesOf(columns)+") SELECT "+strings.Join(values, ", ")+" FROM "+c.d.givenRows+" WHERE true "+more,
		string(given))
	return err
}

package store

import (
	"database/sql"
	"strconv"
)

// ordering is a Sort in SQL. The zero ordering is that of the ids.
type ordering struct {
	sql        string // of the sort key, NULL where there is no value; "" for none
	args       []any
	optional   bool                           // there may be no value
	parse      func(text string) (any, error) // reads the text of a key
	descending bool
}

// errNoPlace refuses a start that this order cannot have given.
var errNoPlace = &InvalidError{"start", "is no place in this order"}

// parseText leaves a text key as it is.
func parseText(text string) (any, error) { return text, nil }

func parseID(text string) (any, error) {
	if !validID(text) {
		return nil, errNoPlace
	}
	return text, nil
}

func parseNumber(text string) (any, error) { return strconv.ParseFloat(text, 64) }

// order renders a Sort. Like a condition it takes names from the table alone and values as parameters.
func (w *sqlWhere) order(s *Sort) ordering {
	if s == nil {
		return ordering{}
	}
	o := w.sortKey(s)
	o.descending = s.Descending
	return o
}

func (w *sqlWhere) sortKey(s *Sort) ordering {
	if s.List != nil {
		return w.sortKeyInList(s)
	}
	if col, ok := w.table.columns[pathKey(s.Path)]; ok {
		return columnKey(col)
	}
	return w.documentKey(w.document(), nil, s)
}

func columnKey(col column) ordering {
	switch col.kind {
	case nameColumn:
		return ordering{sql: col.sql, parse: parseText}
	case idColumn:
		return ordering{sql: col.sql, parse: parseID}
	case boolColumn:
		return ordering{sql: col.sql, parse: func(text string) (any, error) { return strconv.ParseBool(text) }}
	case timeColumn:
		return ordering{sql: col.sql, parse: func(text string) (any, error) { return strconv.ParseInt(text, 10, 64) }}
	}
	return ordering{sql: "nullif(" + col.sql + ", '')", optional: true, parse: parseText}
}

// sortKeyInList finds the element that stands for a list: in the list's table if it is kept there alone, and in the
// comparison document otherwise.
func (w *sqlWhere) sortKeyInList(s *Sort) ordering {
	list := w.table.lists[pathKey(s.List)]
	if col, ok := list.columns[pathKey(s.Path)]; ok && list.order != "" {
		return ordering{
			sql: "(SELECT nullif(CAST(" + col.sql + " AS text), '') FROM " + list.name + " WHERE directory_id = ?" + list.hides.sql(w.key) + " AND " + list.owner + " = " +
				w.table.alias + ".id ORDER BY " + list.order + " LIMIT 1)" + w.d.collate,
			args: []any{w.key.DirectoryID}, optional: true, parse: parseText,
		}
	}
	return w.documentKey(w.d.jsonFirst(w.document()), []any{w.d.jsonPath(s.List)}, s)
}

// documentKey reads the key in a document; before are the parameters that the document itself takes.
func (w *sqlWhere) documentKey(document string, before []any, s *Sort) ordering {
	o := ordering{args: append(before, w.d.jsonPath(s.Path)), optional: true, parse: parseText}
	switch s.As {
	case SortNumber:
		o.sql, o.parse = "CAST("+w.d.jsonNumber(document)+" AS double precision)", parseNumber
	case SortBool:
		o.sql = "nullif(" + w.d.jsonBool(document) + ", '')" + w.d.collate
	default:
		o.sql = "nullif(" + w.d.jsonText(document) + ", '')" + w.d.collate
	}
	return o
}

// rises says that the keys grow in the direction of reading. Rows without a key come last then.
func (o ordering) rises(backward bool) bool { return o.descending == backward }

// by renders ORDER BY.
func (o ordering) by(id string, backward bool) string {
	direction, nulls := " DESC", " NULLS FIRST"
	if o.rises(backward) {
		direction, nulls = "", " NULLS LAST"
	}
	if !o.optional {
		nulls = "" // SQLite would not use an index
	}
	if backward {
		id += " DESC"
	}
	if o.sql == "" {
		return " ORDER BY " + id
	}
	return " ORDER BY sort_key" + direction + nulls + ", " + id
}

// from renders the condition of the rows from a start on, as a continuation of a WHERE clause. With an index on the key it is a range, so
// that a late page costs what the first does.
func (o ordering) from(id string, s *Start) (string, []any, error) {
	if s == nil || s.ID == "" {
		return "", nil, nil
	}
	if !validID(s.ID) {
		return "", nil, errNoPlace
	}
	beyond := id + " > ?"
	if s.Backward {
		beyond = id + " < ?"
	}
	if s.Inclusive {
		beyond = beyond[:len(beyond)-2] + "= ?"
	}
	switch rises := o.rises(s.Backward); {
	case o.sql == "":
		return " AND " + beyond, []any{s.ID}, nil
	case s.Empty && rises:
		return " AND sort_key IS NULL AND " + beyond, []any{s.ID}, nil
	case s.Empty:
		return " AND (sort_key IS NOT NULL OR " + beyond + ")", []any{s.ID}, nil
	case rises && o.optional:
		return o.fromKey(" AND (sort_key >= ? AND (sort_key > ? OR "+beyond+") OR sort_key IS NULL)", s)
	case rises:
		return o.fromKey(" AND sort_key >= ? AND (sort_key > ? OR "+beyond+")", s)
	}
	return o.fromKey(" AND sort_key <= ? AND (sort_key < ? OR "+beyond+")", s)
}

func (o ordering) fromKey(condition string, s *Start) (string, []any, error) {
	key, err := o.parse(s.Key)
	if err != nil {
		return "", nil, errNoPlace
	}
	return condition, []any{key, key, s.ID}, nil
}

// placeScanner reads the place of a row from the columns behind the row's own.
type placeScanner struct {
	id  string
	key sql.NullString // database/sql writes numbers so that they are read back exactly
}

func (p *placeScanner) place() Place { return Place{Key: p.key.String, Empty: !p.key.Valid, ID: p.id} }

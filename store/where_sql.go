package store

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// table is what a filter can reach: columns by comparison path, and lists that have a table of their own.
type table struct {
	name, alias string
	columns     map[string]column
	lists       map[string]listTable
	pinning     []string // the columns of which a value belongs to one row, or to few
	unique      []string // those of pinning of which, to whoever pushes, it belongs to one row at most
	hides       hiding
}

// pins says that a condition can hold for few rows only.
func (t *table) pins(c Where) bool {
	switch c := c.(type) {
	case And:
		return slices.ContainsFunc(c, t.pins)
	case Or:
		return len(c) > 0 && !slices.ContainsFunc(c, func(each Where) bool { return !t.pins(each) })
	case Compare:
		return c.Op == Equal && slices.Contains(t.pinning, pathKey(c.Path))
	}
	return false
}

// pinsOne says that a condition can hold for one row at most of those that whoever pushes sees: there is nothing to put in order.
func (t *table) pinsOne(c Where) bool {
	switch c := c.(type) {
	case And:
		return slices.ContainsFunc(c, t.pinsOne)
	case Compare:
		return c.Op == Equal && slices.Contains(t.unique, pathKey(c.Path))
	}
	return false
}

// hiding is SQL for what a key hides of a table, as a continuation of a WHERE clause; nil hides nothing.
type hiding func(k DirectoryKey) string

func (h hiding) sql(k DirectoryKey) string {
	if h == nil {
		return ""
	}
	return h(k)
}

type columnKind int

const (
	textColumn columnKind = iota
	nameColumn            // a text that is never empty
	idColumn
	boolColumn
	timeColumn
)

type column struct {
	sql  string
	kind columnKind
}

// listTable is a side table: rows of it belong to the resource whose id is in owner. A list that is in no document has an
// order: the column whose least value makes an element the first. Only elements that have the attribute key are in the
// table; "" if all are.
type listTable struct {
	name    string
	owner   string
	order   string
	key     string
	columns map[string]column
	// some renders a condition on some element; nil where the rows are the elements.
	some  func(w *sqlWhere, c Where) string
	hides hiding
}

// pathKey joins a comparison path. No attribute name has a blank.
func pathKey(path []string) string { return strings.Join(path, " ") }

var userTable = &table{
	name: "users", alias: "u", pinning: []string{"id", "username", "externalid"}, unique: []string{"id", "username"}, hides: func(k DirectoryKey) string { return k.present("u") },
	columns: map[string]column{
		"id": {"u.id", idColumn}, "username": {"u.user_name_key", nameColumn}, "externalid": {"u.external_id", textColumn},
		"displayname": {"u.display_name_key", textColumn}, "active": {"u.active", boolColumn},
		"meta created": {"u.created_at", timeColumn}, "meta lastmodified": {"u.modified_at", timeColumn},
	},
	lists: map[string]listTable{
		"emails": {name: "user_emails", owner: "user_id", key: "value", columns: map[string]column{
			"value": {"value_key", textColumn}, "type": {"type_key", textColumn}, "primary": {"is_primary", boolColumn},
		}},
		"groups": {name: "members", owner: "member_id", order: "group_id", columns: userGroupColumns("direct"), some: (*sqlWhere).inGroups},
	},
}

var groupTable = &table{
	name: "groups", alias: "g", pinning: []string{"id", "displayname", "externalid"}, unique: []string{"id"},
	columns: map[string]column{
		"id": {"g.id", idColumn}, "displayname": {"g.display_name_key", nameColumn}, "externalid": {"g.external_id", textColumn},
		"meta created": {"g.created_at", timeColumn}, "meta lastmodified": {"g.modified_at", timeColumn},
	},
	lists: map[string]listTable{"members": {
		name: "members m", owner: "group_id", order: "member_id", hides: func(k DirectoryKey) string { return k.unfrozen("m.kind") },
		columns: map[string]column{
			"value": {"m.member_id", idColumn}, "type": {"lower(m.kind)", textColumn},
			"display": {memberDisplay("display_key", "display_name_key"), textColumn},
		},
	}},
}

// sqlWhere renders a Where for one table. Names come only from the maps above, values only as parameters.
type sqlWhere struct {
	d     *dialect
	table *table
	key   DirectoryKey
	args  []any
}

const never, always = "1 = 0", "1 = 1"

// and renders the condition as a continuation of a WHERE clause.
func (w *sqlWhere) and(c Where) string {
	if c == nil {
		return ""
	}
	return " AND " + w.render(c, w.table.columns, w.document())
}

// document is the comparison document of the resource.
func (w *sqlWhere) document() string { return w.table.alias + ".keys" }

// render writes a condition on the attributes of a document: those with a column by it, the others by their path.
func (w *sqlWhere) render(c Where, columns map[string]column, document string) string {
	switch c := c.(type) {
	case And:
		return w.join(c, " AND ", always, columns, document)
	case Or:
		return w.join(c, " OR ", never, columns, document)
	case Not:
		return "NOT " + w.render(c.Where, columns, document)
	case Present:
		return w.present(c.Path, columns, document)
	case Compare:
		if col, ok := columns[pathKey(c.Path)]; ok {
			return "(" + w.compareColumn(col, c) + ")"
		}
		return "(" + w.comparePath(document, c) + ")"
	case Element:
		return w.element(c, document)
	}
	return never
}

func (w *sqlWhere) join(list []Where, operator, empty string, columns map[string]column, document string) string {
	if len(list) == 0 {
		return "(" + empty + ")"
	}
	parts := make([]string, len(list))
	for i, c := range list {
		parts[i] = w.render(c, columns, document)
	}
	return "(" + strings.Join(parts, operator) + ")"
}

// element renders a condition on one element of a list. Lists with a table use IN rather than EXISTS, so that SQLite
// too begins with the list's index.
func (w *sqlWhere) element(c Element, document string) string {
	list, ok := w.table.lists[pathKey(c.Path)]
	if ok && document == w.document() && coversAll(c.Where, list.columns) && list.holdsAll(c.Where) {
		if list.some != nil {
			return list.some(w, c.Where)
		}
		w.args = append(w.args, w.key.DirectoryID)
		return "(" + w.table.alias + ".id IN (SELECT " + list.owner + " FROM " + list.name + " WHERE directory_id = ?" + list.hides.sql(w.key) + " AND " +
			w.render(c.Where, list.columns, "") + "))"
	}
	w.args = append(w.args, w.d.jsonPath(c.Path))
	return "(EXISTS (SELECT 1 FROM " + w.d.jsonList(document) + " WHERE " + w.render(c.Where, nil, w.d.element) + "))"
}

// holdsAll says that every element that can satisfy the condition is in the table.
func (l listTable) holdsAll(c Where) bool {
	if l.key == "" {
		return true
	}
	switch c := c.(type) {
	case And:
		return slices.ContainsFunc(c, l.holdsAll)
	case Or:
		return !slices.ContainsFunc(c, func(each Where) bool { return !l.holdsAll(each) })
	case Present:
		return pathKey(c.Path) == l.key
	case Compare:
		return pathKey(c.Path) == l.key && c.Op != NotEqual
	}
	return false
}

// coversAll says that a condition asks only for what the columns know. A boolean is false in its column when the element
// does not have it, so that only being true can be asked for.
func coversAll(c Where, columns map[string]column) bool {
	all := func(list []Where) bool {
		for _, c := range list {
			if !coversAll(c, columns) {
				return false
			}
		}
		return true
	}
	switch c := c.(type) {
	case And:
		return all(c)
	case Or:
		return all(c)
	case Not:
		return coversAll(c.Where, columns)
	case Present:
		col, ok := columns[pathKey(c.Path)]
		return ok && col.kind != boolColumn
	case Compare:
		col, ok := columns[pathKey(c.Path)]
		return ok && (col.kind != boolColumn || c.Value == true)
	}
	return false
}

func (w *sqlWhere) present(path []string, columns map[string]column, document string) string {
	if col, ok := columns[pathKey(path)]; ok {
		if col.kind == textColumn || col.kind == nameColumn {
			return "(" + col.sql + " <> '')"
		}
		return "(" + always + ")"
	}
	if list, ok := w.table.lists[pathKey(path)]; ok && list.key == "" && document == w.document() {
		w.args = append(w.args, w.key.DirectoryID)
		return "(" + w.table.alias + ".id IN (SELECT " + list.owner + " FROM " + list.name + " WHERE directory_id = ?" + list.hides.sql(w.key) + "))"
	}
	if len(path) == 0 {
		return w.d.elementPresent
	}
	w.args = append(w.args, w.d.jsonPath(path))
	return w.d.jsonPresent(document)
}

// valueAt is SQL for the value of a type at a path of a document, with its parameters. The empty path is the element of a
// list of such values itself.
func (w *sqlWhere) valueAt(at func(document string) string, element, document string, path []string) (string, []any) {
	if len(path) == 0 {
		return element, nil
	}
	return at(document), []any{w.d.jsonPath(path)}
}

func (w *sqlWhere) compareColumn(col column, c Compare) string {
	switch v := c.Value.(type) {
	case string:
		switch col.kind {
		case idColumn:
			return w.compareID(col.sql, c.Op, v)
		case textColumn, nameColumn:
			return w.compareText(col.sql, c.Op, v, nil)
		}
	case bool:
		if col.kind == boolColumn && (c.Op == Equal || c.Op == NotEqual) {
			w.args = append(w.args, v)
			return col.sql + sqlOperator[c.Op] + "?"
		}
	case time.Time:
		if operator, ok := sqlOperator[c.Op]; ok && col.kind == timeColumn {
			w.args = append(w.args, v.UnixMicro())
			if c.Op == Greater || c.Op == GreaterEqual {
				return w.d.few(col.sql + operator + "?") // who asks for what has changed since means little of all
			}
			return col.sql + operator + "?"
		}
	}
	return mismatch(c.Op)
}

// mismatch: a value of another type is unequal and nothing else.
func mismatch(op Op) string {
	if op == NotEqual {
		return always
	}
	return never
}

var sqlOperator = map[Op]string{Equal: " = ", NotEqual: " <> ", Greater: " > ", GreaterEqual: " >= ", Less: " < ", LessEqual: " <= "}

// compareID keeps the index for eq; texts that are no id name nothing.
func (w *sqlWhere) compareID(sql string, op Op, v string) string {
	if op == Equal || op == NotEqual {
		if !validID(v) {
			return mismatch(op)
		}
		w.args = append(w.args, v)
		return sql + sqlOperator[op] + "?"
	}
	return w.compareText("CAST("+sql+" AS text)", op, v, nil)
}

// compareText compares text; before are the parameters that the expression itself takes.
func (w *sqlWhere) compareText(sql string, op Op, v string, before []any) string {
	if !isStorable(v) {
		return mismatch(op) // no column can hold it, and PostgreSQL refuses to compare with it
	}
	add := func(args ...any) { w.args = append(append(w.args, before...), args...) }
	n := utf8.RuneCountInString(v)
	if v == "" && (op == Contains || op == StartsWith || op == EndsWith) {
		add()
		return sql + " <> ''"
	}
	switch op {
	case Contains:
		add(v)
		return w.d.position(sql) + " > 0"
	case StartsWith:
		return w.startsWith(sql, v, before)
	case EndsWith:
		add(v)
		return w.d.suffix(sql, n) + " = ?"
	case Less, LessEqual, Greater, GreaterEqual:
		// An absent attribute is '' and would be less than everything.
		w.args = append(append(append(w.args, before...), before...), v)
		return "(" + sql + " <> '' AND " + sql + w.d.collate + sqlOperator[op] + "?)"
	}
	operator, known := sqlOperator[op]
	if !known {
		return never
	}
	add(v)
	return sql + operator + "?"
}

// startsWith is a range where there may be an index: from the prefix up to the next one.
func (w *sqlWhere) startsWith(sql, v string, before []any) string {
	next := nextPrefix(v)
	if next == "" {
		w.args = append(append(w.args, before...), v)
		return sql + w.d.collate + " >= ?"
	}
	w.args = append(append(w.args, before...), v)
	w.args = append(append(w.args, before...), next)
	return "(" + sql + w.d.collate + " >= ? AND " + sql + w.d.collate + " < ?)"
}

// nextPrefix is the least text greater than all texts that begin with v; "" when there is none.
func nextPrefix(v string) string {
	runes := []rune(v)
	for i := len(runes) - 1; i >= 0; i-- {
		next := runes[i] + 1
		if next == 0xD800 {
			next = 0xE000 // the surrogates are no characters
		}
		if next <= utf8.MaxRune {
			return string(runes[:i]) + string(next)
		}
	}
	return ""
}

// comparePath compares an attribute that has no column, in the comparison document.
func (w *sqlWhere) comparePath(document string, c Compare) string {
	switch v := c.Value.(type) {
	case string:
		holds := w.mayHold(document, c.Op, v)
		text, args := w.valueAt(w.d.jsonText, w.d.elementText, document, c.Path)
		return holds + w.compareText(text, c.Op, v, args)
	case bool:
		if c.Op != Equal && c.Op != NotEqual {
			return never
		}
		text := "false"
		if v {
			text = "true"
		}
		sql, args := w.valueAt(w.d.jsonBool, w.d.elementBool, document, c.Path)
		w.args = append(append(w.args, args...), text)
		return sql + sqlOperator[c.Op] + "?"
	case time.Time:
		return w.compareNumber(document, c.Path, c.Op, float64(v.UnixMicro()))
	case float64:
		return w.compareNumber(document, c.Path, c.Op, v)
	}
	return mismatch(c.Op)
}

func (w *sqlWhere) compareNumber(document string, path []string, op Op, v float64) string {
	operator, ok := sqlOperator[op]
	if !ok {
		return never
	}
	number, args := w.valueAt(w.d.jsonNumber, w.d.elementNumber, document, path)
	w.args = append(append(w.args, args...), v)
	absent := "false"
	if op == NotEqual {
		absent = "true"
	}
	return "coalesce(" + number + operator + "?, " + absent + ")"
}

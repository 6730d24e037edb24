package store

import (
	"context"
	"slices"
)

// Query selects a page of users or groups.
type Query struct {
	Where  Where  // nil: everything
	Sort   *Sort  // nil: by id, the order of creation
	Start  *Start // where the page begins; nil: behind Offset rows
	Offset int    // how many to pass over
	Limit  int    // 0: count only
	Groups bool   // of users: User.Groups is wanted
}

// UserPage is a page of users.
type UserPage struct {
	Extent
	Users []User
}

// GroupPage is a page of groups.
type GroupPage struct {
	Extent
	Groups []Group
}

// page runs a query over a table.
func page[T any](ctx context.Context, d *Directory, t *table, columns string, q Query, read func(scan scanner) (T, error)) ([]T, Extent, error) {
	if !d.valid() {
		return nil, Extent{}, nil
	}
	where := sqlWhere{d: d.d, table: t, key: d.key}
	condition := t.alias + ".directory_id = ?" + t.hides.sql(d.key) + where.and(q.Where)
	s := selection{
		order: where.order(q.Sort), id: t.alias + ".id", last: t.alias + ".id", columns: columns, table: t,
		from: " FROM " + t.name + " " + t.alias + " WHERE " + condition, args: append([]any{d.key.DirectoryID}, where.args...),
	}
	if t.pins(q.Where) {
		// In the order of an index PostgreSQL, before it has statistics, would go through the whole directory for one row.
		s.last = "CAST(" + s.id + " AS text)"
	}
	var rows []T
	var extent Extent
	var err error
	switch {
	case d.key.Pushed && q.Limit > 0 && q.Offset == 0 && q.Start == nil && t.pinsOne(q.Where):
		rows, err = rowsOf(ctx, d.joint(), "SELECT "+columns+s.from, s.args, read)
		return rows, Extent{Total: len(rows)}, err
	case q.Limit > 0 && q.Start != nil:
		rows, extent, err = pageFrom(ctx, d.conn, s.sorted(t), q, read)
	case q.Limit > 0 && d.isFar(s, q):
		return farPage(ctx, d, s, q, read)
	case q.Limit > 0 && d.isLastNear(s, q):
		return lastNearPage(ctx, d, s, q, read)
	case q.Limit > 0:
		rows, err = pageBehind(ctx, d.conn, s.sorted(t), q, read)
	}
	if err != nil {
		return nil, Extent{}, err
	}
	if total, known := q.total(len(rows), extent.More); known {
		extent.Total = total
		return rows, extent, nil
	}
	err = d.row(ctx, "SELECT count(*)"+s.from, s.args, &extent.Total)
	return rows, extent, err
}

// total is how many rows match in all, where the page itself tells it: the last page does, and so does the first if it
// is not full.
func (q Query) total(found int, more bool) (total int, known bool) {
	if q.Start != nil {
		return found, q.Limit > 0 && q.Start.ID == "" && !more
	}
	return q.Offset + found, found < q.Limit && (found > 0 || q.Offset == 0)
}

// selection is the rows that match, with their order.
type selection struct {
	order             ordering
	table             *table
	id, columns, from string // SQL
	last              string // what ids are ordered by, in SQL
	args              []any
}

// sorted gives the rows the column sort_key.
func (s selection) sorted(t *table) selection {
	if s.order.sql == "" {
		return s
	}
	s.from = " FROM (SELECT " + t.alias + ".*, " + s.order.sql + " AS sort_key" + s.from + ") " + t.alias + " WHERE " + always
	s.args = slices.Concat(s.order.args, s.args)
	return s
}

// limited bounds the rows of a statement by its last parameter. For a bare parameter SQLite would plan the statement anew each
// time it is run, which costs more than a look-up.
const limited = " LIMIT CAST(? AS bigint)"

// pageBehind reads the page behind an offset.
func pageBehind[T any](ctx context.Context, c conn, s selection, q Query, read func(scan scanner) (T, error)) (rows []T, err error) {
	sql, args := "SELECT "+s.columns+s.from+s.order.by(s.last, false)+limited, slices.Concat(s.args, []any{q.Limit})
	switch {
	case q.Offset > 0 && s.order.sql == "" && s.last == s.id:
		sql, args = s.behind(c.d, q)
	case q.Offset > 0:
		sql, args = sql+offset, append(args, q.Offset)
	}
	return rowsOf(ctx, c, sql, args, read)
}

// rowsOf reads all rows of a query.
func rowsOf[T any](ctx context.Context, c conn, sql string, args []any, read func(scan scanner) (T, error)) (rows []T, err error) {
	err = c.rows(ctx, sql, args, func(scan scanner) error {
		row, err := read(scan)
		rows = append(rows, row)
		return err
	})
	return rows, err
}

// offset passes rows over. One that it cannot see makes PostgreSQL plan the statement anew each time.
const offset = " OFFSET ?"

// behind is the page behind an offset in the order of the ids: they are found first, so that what is passed over is read from the index alone.
func (s selection) behind(d *dialect, q Query) (string, []any) {
	t := s.table
	return "SELECT " + s.columns + " FROM (SELECT " + s.id + s.from + " ORDER BY " + s.id + limited + offset + ") AS found" +
			d.lookUp(t.name, t.alias, t.alias+".*", t.alias+".directory_id = ? AND "+s.id+" = found.id") + " ORDER BY " + s.id,
		slices.Concat(s.args, []any{q.Limit, q.Offset, s.args[0]})
}

// pageFrom reads the page from a start on, and one row more to see whether there is one.
func pageFrom[T any](ctx context.Context, c conn, s selection, q Query, read func(scan scanner) (T, error)) (rows []T, e Extent, err error) {
	from, args, err := s.order.from(s.id, q.Start)
	if err != nil {
		return nil, e, err
	}
	columns, place := s.columns+", "+s.id, placeScanner{}
	extra := []any{&place.id}
	if s.order.sql != "" {
		columns, extra = columns+", sort_key", append(extra, &place.key)
	}
	sql := "SELECT " + columns + s.from + from + s.order.by(s.last, q.Start.Backward) + limited
	err = c.rows(ctx, sql, slices.Concat(s.args, args, []any{q.Limit + 1}), func(scan scanner) error {
		if e.More = len(rows) == q.Limit; e.More {
			return nil
		}
		row, err := read(func(dest ...any) error { return scan(append(dest, extra...)...) })
		rows = append(rows, row)
		e.Last = place.place()
		if len(rows) == 1 {
			e.First = e.Last
		}
		return err
	})
	if q.Start.Backward {
		slices.Reverse(rows)
		e.First, e.Last = e.Last, e.First
	}
	return rows, e, err
}

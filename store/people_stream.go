package store

import (
	"context"
	"slices"
	"strconv"
)

// peopleStream is a directory as a source of a list: its people one after the other by the index of the order or, where a
// filter is met by few, those few.
type peopleStream struct {
	l          *peopleList
	in         PersonRecord
	conditions conditions
	window     int // how many rows are passed over at a time
	few        []foundPerson
	isFew, cut bool
}

// conditions are SQL about a user u, all of which have to hold.
type conditions struct {
	sql  string
	args []any
}

func (c *conditions) and(sql string, args ...any) {
	c.sql, c.args = c.sql+" AND "+sql, append(c.args, args...)
}

// next reads the next people behind a place: n of them, or as many as the window holds. until is the place up to which they are
// all; nil if there are no more.
func (s *peopleStream) next(ctx context.Context, after *Place, n int) (found []foundPerson, until *Place, passed int, err error) {
	if s.isFew {
		return slices.DeleteFunc(slices.Clone(s.few), func(p foundPerson) bool {
			return after != nil && s.l.compare(p.Place, *after) <= 0
		}), nil, 0, nil
	}
	sql, args := s.scan(after, n)
	if found, err = s.read(ctx, sql, args); err != nil {
		return nil, nil, 0, err
	}
	if len(found) == n {
		return found, &found[n-1].Place, 0, nil
	}
	if s.conditions.sql == "" {
		return found, nil, 0, nil
	}
	sql, args = s.rows(after)
	last, err := s.read(ctx, sql+" LIMIT 1 OFFSET "+strconv.Itoa(s.window-1), args)
	if err != nil || len(last) == 0 {
		return found, nil, 0, err
	}
	return found, &last[0].Place, s.window, nil
}

// rows is a query for the directory's people in order, which the index of the order answers.
func (s *peopleStream) rows(after *Place) (sql string, args []any) {
	return s.rowsWith("u.id, "+s.l.key.text(), after)
}

func (s *peopleStream) rowsWith(columns string, after *Place) (sql string, args []any) {
	within := s.bounds(after)
	return "SELECT " + columns + " FROM users u WHERE u.directory_id = ?" + within.sql + s.l.orderBy(), append([]any{s.in.Directory.DirectoryID}, within.args...)
}

// scan passes over a window of rows for the n first that meet the conditions.
func (s *peopleStream) scan(after *Place, n int) (sql string, args []any) {
	if s.conditions.sql == "" {
		sql, args = s.rows(after)
		return sql + " LIMIT " + strconv.Itoa(n), args
	}
	const columns = "u.directory_id, u.id, u.user_name_key, u.display_name_key, u.external_key, u.active, u.origin, u.last_sign_in_at, u.modified_at"
	sql, args = s.rowsWith(columns, after)
	return "SELECT u.id, " + s.l.key.text() + " FROM (" + sql + " LIMIT " + strconv.Itoa(s.window) + ") u WHERE " + always + s.conditions.sql +
		s.l.orderBy() + " LIMIT " + strconv.Itoa(n), append(args, s.conditions.args...)
}

// bounds are the conditions that the index of the order meets by itself.
func (s *peopleStream) bounds(after *Place) (c conditions) {
	if s.l.q.Order == ByLastSignIn {
		s.l.q.signedIn(&c)
	}
	if after == nil {
		return c
	}
	beyond := " > ?"
	if s.l.q.Descending {
		beyond = " < ?"
	}
	column := s.l.key.column
	if column == "" {
		c.and("u.id"+beyond, after.ID)
		return c
	}
	var key any = after.Key
	if s.l.key.number {
		key, _ = strconv.ParseInt(after.Key, 10, 64)
	}
	if s.l.key.unique {
		// People of other directories can have the same name.
		c.and(column+beyond[:2]+"= ? AND ("+column+" <> ? OR u.id"+beyond+")", key, key, after.ID)
		return c
	}
	c.and("("+column+", u.id)"+beyond[:2]+" (?, CAST(? AS "+s.l.o.d.idType+"))", key, after.ID)
	return c
}

// text is SQL for the key of an order.
func (k peopleKey) text() string {
	if k.column == "" {
		return "''"
	}
	return "CAST(" + k.column + " AS text)"
}

func (l *peopleList) orderBy() string {
	direction := ""
	if l.q.Descending {
		direction = " DESC"
	}
	switch {
	case l.key.column == "":
		return " ORDER BY u.id" + direction
	case l.key.unique:
		return " ORDER BY " + l.key.column + direction
	}
	return " ORDER BY " + l.key.column + direction + ", u.id" + direction
}

func (s *peopleStream) read(ctx context.Context, sql string, args []any) ([]foundPerson, error) {
	var found []foundPerson
	err := s.l.o.rows(ctx, sql, args, func(scan scanner) error {
		f := foundPerson{in: s}
		err := scan(&f.ID, &f.Key)
		found = append(found, f)
		return err
	})
	return found, err
}

// keepFew makes the stream that of the people with these ids who meet the conditions, unless they could not be read.
func (s *peopleStream) keepFew(ctx context.Context, ids []string, err error) error {
	s.isFew = true
	if len(ids) == 0 || err != nil {
		return err
	}
	sql := "SELECT u.id, " + s.l.key.text() + " FROM " + s.l.o.d.idList + s.l.o.d.lookUp("users", "u", "*", "u.directory_id = ? AND u.id = ids.id") +
		" WHERE " + always + s.conditions.sql
	s.few, err = s.read(ctx, sql, append([]any{s.l.o.d.idParam(ids), s.in.Directory.DirectoryID}, s.conditions.args...))
	return err
}

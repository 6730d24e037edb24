package store

import (
	"context"
	"slices"
	"strings"
)

// source is a query for the ids of people of a directory who meet a filter, in an order that makes PostgreSQL take the index: where it
// expects many, it would rather read all people until it has found enough.
type source struct {
	sql  string
	args []any
}

// stream prepares a directory for the list: by the filter that fewest people meet, or by the order.
func (l *peopleList) stream(ctx context.Context, in PersonRecord, directories int) (*peopleStream, error) {
	s := &peopleStream{l: l, in: in, window: scannedAtOnce/directories + 100}
	sources := s.filter()
	role, err := s.roleFilter(ctx)
	if err != nil {
		return nil, err
	}
	most := peopleFound/directories + 1
	var searched []string
	if l.q.Search != "" {
		ids, few, err := s.gather(ctx, s.search(), most/namesSearched+1)
		if err != nil || few {
			return s, s.keepFew(ctx, ids, err)
		}
		searched = ids
	}
	for _, alternatives := range append(sources, role...) {
		ids, few, err := s.gather(ctx, alternatives, most)
		if err != nil || few {
			s.searchCondition()
			return s, s.keepFew(ctx, ids, err)
		}
	}
	if s.cut = searched != nil && l.q.Enough != nil; s.cut {
		return s, s.keepFew(ctx, searched, nil)
	}
	s.searchCondition()
	return s, nil
}

// gather reads the ids that any of the alternatives finds. few says that those are all.
func (s *peopleStream) gather(ctx context.Context, alternatives []source, most int) (ids []string, few bool, err error) {
	few = true
	for _, a := range alternatives {
		count := 0
		err := s.l.o.rows(ctx, a.sql+limited, append(slices.Clone(a.args), most+1), func(scan scanner) error {
			var id string
			err := scan(&id)
			ids, count = append(ids, id), count+1
			return err
		})
		if err != nil {
			return nil, false, err
		}
		few = few && count <= most
	}
	slices.Sort(ids)
	return slices.Compact(ids), few, nil
}

const peopleOf = "SELECT u.id FROM users u WHERE u.directory_id = ? AND "

// filter sets the conditions of the query, and tells the sources for those that few people may meet.
func (s *peopleStream) filter() (sources [][]source) {
	q, c, directory := s.l.q, &s.conditions, s.in.Directory.DirectoryID
	if q.Active != nil && *q.Active {
		c.and("u.active")
	}
	if q.Active != nil && !*q.Active {
		c.and("NOT u.active")
		sources = append(sources, []source{{peopleOf + "NOT u.active ORDER BY u.id", []any{directory}}})
	}
	if q.Origin != "" {
		c.and("u.origin = ?", string(q.Origin))
	}
	if q.Origin == FromSignIn {
		sources = append(sources, []source{{peopleOf + "u.origin = 'sign_in' ORDER BY u.external_key", []any{directory}}})
	}
	if q.OwnWay && s.in.Connection.ID != "" {
		var own []source
		var either []string
		for _, table := range []string{"sso_choices", "passwords", "outage_people"} {
			own = append(own, source{"SELECT x.user_id FROM " + table + " x WHERE x.directory_id = ? ORDER BY x.user_id", []any{directory}})
			either = append(either, "EXISTS (SELECT 1 FROM "+table+" x WHERE x.directory_id = u.directory_id AND x.user_id = u.id)")
		}
		c.and("(" + strings.Join(either, " OR ") + ")")
		sources = append(sources, own)
	}
	var signedIn conditions
	if q.signedIn(&signedIn); signedIn.sql != "" {
		c.and(strings.TrimPrefix(signedIn.sql, " AND "), signedIn.args...)
		sources = append(sources, []source{{"SELECT u.id FROM users u WHERE u.directory_id = ?" + signedIn.sql + " ORDER BY u.last_sign_in_at, u.id", append([]any{directory}, signedIn.args...)}})
	}
	return sources
}

// signedIn adds the conditions about the last sign-in, which are a range of users_last_sign_in.
func (q PeopleQuery) signedIn(c *conditions) {
	if q.NeverSignedIn {
		c.and("u.last_sign_in_at = 0")
	}
	if !q.SignedInSince.IsZero() {
		c.and("u.last_sign_in_at >= ?", micros(q.SignedInSince))
	}
	if !q.SignedInBefore.IsZero() {
		c.and("u.last_sign_in_at > 0 AND u.last_sign_in_at < ?", micros(q.SignedInBefore))
	}
}

// namesSearched is how many names of a person a search looks at.
const namesSearched = 4

// eachSearched tells the columns in which a search looks at the beginning, each with its source, and what is looked for in them.
func (s *peopleStream) eachSearched(each func(table, owner, column, text string)) {
	l := s.l
	each("users u", "u.id", "u.user_name_key", l.shown)
	each("users u", "u.id", "u.display_name_key", l.shown)
	each("user_emails e", "e.user_id", "e.value_key", l.shown)
	each("users u", "u.id", "u.external_key", l.shown)
	if l.q.Search != l.shown {
		each("users u", "u.id", "u.external_key", l.q.Search)
	}
}

// search finds people by users_user_name, users_display_name, user_emails_value, users_external_key and the primary key.
func (s *peopleStream) search() (all []source) {
	directory := s.in.Directory.DirectoryID
	s.eachSearched(func(table, owner, column, text string) {
		within := beginning(column, text)
		alias := column[:1]
		all = append(all, source{"SELECT " + owner + " FROM " + table + " WHERE " + alias + ".directory_id = ?" + within.sql + " ORDER BY " + column,
			append([]any{directory}, within.args...)})
	})
	if validID(s.l.q.Search) {
		all = append(all, source{peopleOf + "u.id = ?", []any{directory, s.l.q.Search}})
	}
	return all
}

// searchCondition demands what search finds.
func (s *peopleStream) searchCondition() {
	if s.l.q.Search == "" {
		return
	}
	var either []string
	var args []any
	s.eachSearched(func(table, _, column, text string) {
		within := beginning(column, text)
		sql := strings.TrimPrefix(within.sql, " AND ")
		if table != "users u" {
			sql = "EXISTS (SELECT 1 FROM " + table + " WHERE e.directory_id = u.directory_id AND e.user_id = u.id AND " + sql + ")"
		}
		either, args = append(either, sql), append(args, within.args...)
	})
	if validID(s.l.q.Search) {
		either, args = append(either, "u.id = ?"), append(args, s.l.q.Search)
	}
	s.conditions.and("("+strings.Join(either, " OR ")+")", args...)
}

// beginning demands that a column begins with a text.
func beginning(column, text string) (c conditions) {
	c.and(column+" >= ?", text)
	if next := nextPrefix(text); next != "" {
		c.and(column+" < ?", next)
	}
	return c
}

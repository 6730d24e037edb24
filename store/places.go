package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Far pages of a list by index are found by the place where the page before ended: to pass over all that lies before takes the longer the further one
// goes, and so does counting. What is remembered is a place among ids, and no row: whatever is shown is read.

const (
	// farOff is behind how many rows a page is far. Near ones are found by counting.
	farOff = 1000
	// placesLast is for how long a list goes on where it was: as changes before it do not move its pages, its indexes drift from the list as it is.
	placesLast = time.Minute
	maxPlaces  = 1000
)

// places remember where far pages begin.
type places struct {
	now func() time.Time

	mu   sync.Mutex
	kept map[pageKey]farPlace
}

// pageKey names a page: its list by the statement and its parameters, and how many rows are passed over.
type pageKey struct {
	list   string
	offset int
}

// farPlace is where a page begins, and how long the list was when its rows were counted.
type farPlace struct {
	start   Start
	total   int
	counted time.Time
}

// find gives the place where a page begins, if it is remembered.
func (p *places) find(k pageKey) (farPlace, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	at, ok := p.kept[k]
	return at, ok && p.now().Sub(at.counted) < placesLast
}

// keep remembers where a page begins.
func (p *places) keep(k pageKey, at farPlace) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.kept == nil || len(p.kept) >= maxPlaces {
		p.kept = map[pageKey]farPlace{}
	}
	p.kept[k] = at
}

func (s selection) page(offset int) pageKey {
	return pageKey{fmt.Sprintf("%s %#v", s.from, s.args), offset}
}

// hasPlaces says that pages may be found by a place.
func (d *Directory) hasPlaces(s selection) bool {
	return d.places != nil && s.order.sql == "" && s.last == s.id
}

// isFar says that a page is to be found by a place.
func (d *Directory) isFar(s selection, q Query) bool { return d.hasPlaces(s) && q.Offset >= farOff }

// isLastNear says that far pages come behind a page that is none.
func (d *Directory) isLastNear(s selection, q Query) bool {
	return d.hasPlaces(s) && q.Offset < farOff && q.Offset+q.Limit >= farOff
}

// lastNearPage reads a page by counting, and remembers where it ends: a walk goes on there, and not where one before it was, which may have begun
// before somebody came into the midst of the list.
func lastNearPage[T any](ctx context.Context, d *Directory, s selection, q Query, read func(scan scanner) (T, error)) (rows []T, e Extent, err error) {
	counted, last := d.places.now(), placeScanner{}
	s.columns += ", " + s.id
	rows, err = pageBehind(ctx, d.conn, s, q, func(scan scanner) (T, error) {
		return read(func(dest ...any) error { return scan(append(dest, &last.id)...) })
	})
	if err != nil {
		return nil, e, err
	}
	if total, known := q.total(len(rows), false); known {
		return rows, Extent{Total: total}, nil
	}
	if err := d.row(ctx, "SELECT count(*)"+s.from, s.args, &e.Total); err != nil {
		return nil, e, err
	}
	if len(rows) == q.Limit {
		d.places.keep(s.page(q.Offset+len(rows)), farPlace{Start{Place: last.place()}, e.Total, counted})
	}
	return rows, e, nil
}

// farPage reads a far page. Its Extent has the total.
func farPage[T any](ctx context.Context, d *Directory, s selection, q Query, read func(scan scanner) (T, error)) (rows []T, e Extent, err error) {
	at, known := d.places.find(s.page(q.Offset))
	if !known {
		if at, err = d.countPlace(ctx, s, q.Offset); err != nil || at.total <= q.Offset {
			return nil, Extent{Total: at.total}, err
		}
	}
	q.Start = &at.start
	if rows, e, err = pageFrom(ctx, d.conn, s, q, read); err != nil {
		return nil, e, err
	}
	if e.Total = max(at.total, q.Offset+len(rows)+1); !e.More { // whatever was counted
		e.Total = q.Offset + len(rows)
	}
	if len(rows) > 0 {
		d.places.keep(s.page(q.Offset), farPlace{Start{Place: e.First, Inclusive: true}, e.Total, at.counted})
		d.places.keep(s.page(q.Offset+len(rows)), farPlace{Start{Place: e.Last}, e.Total, at.counted})
	}
	return rows, e, nil
}

// countPlace finds the place behind an offset, and how many rows there are, by the index alone where there is one.
func (d *Directory) countPlace(ctx context.Context, s selection, behind int) (at farPlace, err error) {
	at = farPlace{start: Start{Inclusive: true}, counted: d.places.now()}
	if err := d.row(ctx, "SELECT count(*)"+s.from, s.args, &at.total); err != nil || at.total <= behind {
		return at, err
	}
	err = d.row(ctx, "SELECT "+s.id+s.from+" ORDER BY "+s.id+" LIMIT 1"+offset, append(slices.Clip(s.args), behind), &at.start.ID)
	if errors.Is(err, ErrNotFound) { // rows went meanwhile
		at.total, err = behind, nil
	}
	return at, err
}

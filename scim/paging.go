package scim

import (
	"encoding/json"
	"net/url"

	"doorlist/store"
)

// Sizes of a page of a list.
const (
	defaultCount = 100
	maxCount     = 200
)

// readPaging reads which page is wanted: by startIndex (RFC 7644 section 3.4.2.4), or by cursor (RFC 9865), which a
// client asks for by sending one, empty for the first page.
func (l *listQuery) readPaging(c *call, q url.Values) error {
	cursor, sent := parameter(q, "cursor")
	if !sent {
		return l.readIndex(q)
	}
	if index, _ := parameter(q, "startIndex"); index != "" {
		return &valueError{"startIndex", "cannot be combined with a cursor. Send one of them."}
	}
	count, err := number(q, "count", defaultCount)
	if err != nil || count > maxCount {
		return errCount
	}
	l.Limit = max(count, 0) // RFC 9865 section 2: below 0 means 0
	filter, _ := parameter(q, "filter")
	if l.binding, err = c.binding(l, filter); err != nil {
		return err
	}
	l.Start = new(store.Start)
	if cursor != "" {
		l.Start, err = c.cursors.open(cursor, l.binding)
	}
	return err
}

func (l *listQuery) readIndex(q url.Values) (err error) {
	if l.startIndex, err = number(q, "startIndex", 1); err != nil {
		return err
	}
	if l.Limit, err = number(q, "count", defaultCount); err != nil {
		return err
	}
	// RFC 7644 section 3.4.2.4: a startIndex below 1 means 1, a count below 0 means 0.
	l.startIndex = max(l.startIndex, 1)
	l.Limit = min(max(l.Limit, 0), maxCount)
	l.Offset = l.startIndex - 1
	return nil
}

// binding says what a cursor is for: it cannot be used in another directory or for another list, where the place that
// it holds would mean something else.
func (c *call) binding(l *listQuery, filter string) ([]byte, error) {
	return json.Marshal([]any{c.credential.Directory, l.rt.name, filter, l.Sort})
}

// page describes the page that was found, its resources aside.
func (l *listQuery) page(c *call, e store.Extent) (listPage, error) {
	p := listPage{total: e.Total, startIndex: l.startIndex}
	if l.Start == nil {
		return p, nil
	}
	var err error
	if l.Limit == 0 { // the total alone: the next page begins where this one would have
		p.next, err = c.seal(l.Start, l.binding)
		return p, err
	}
	before, after := around(*l.Start, e)
	if p.previous, err = c.seal(before, l.binding); err != nil {
		return p, err
	}
	p.next, err = c.seal(after, l.binding)
	return p, err
}

// around finds where the pages before and after a page begin; nil where there is none.
func around(from store.Start, e store.Extent) (before, after *store.Start) {
	back := store.Start{Place: e.First, Backward: true}
	on := store.Start{Place: e.Last}
	if e.Last.ID == "" { // an empty page lies where it was to begin
		back = store.Start{Place: from.Place, Backward: true, Inclusive: !from.Inclusive}
		on = store.Start{Place: from.Place, Inclusive: !from.Inclusive}
	}
	switch {
	case from.Backward && e.More:
		return &back, &on
	case from.Backward:
		return nil, &on // it was reached from there
	case from.ID != "":
		before = &back
	}
	if e.More {
		after = &on
	}
	return before, after
}

// seal makes a cursor, "" for no page.
func (c *call) seal(start *store.Start, binding []byte) (string, error) {
	if start == nil {
		return "", nil
	}
	return c.cursors.seal(*start, binding)
}

package store

import (
	"context"
	"errors"
	"math"
	"strings"
	"time"

	"github.com/google/uuid"
)

// EventFilter narrows a search for events; an empty field does not restrict.
type EventFilter struct {
	Action      string // a whole action such as "user.deactivated", or what comes before its dot
	ActorKind   ActorKind
	Actor       string // an id or a name
	SubjectID   string
	DirectoryID string
	Since       time.Time // the first instant
	Until       time.Time // the first instant that is too late
	Text        string    // somewhere in the actor's name or id, or in what the event tells
}

// EventPage is what a search found, the newest first.
type EventPage struct {
	Events []Event
	Older  string    // where the next page begins; "" if this is the last
	Back   time.Time // the search had to stop at this time, though the page is not full; zero if it did not
}

// searched is how many events one search looks at: reading them takes less than 100 ms. Few filters have an index that writes
// would pay for, so a search for something rare goes on page by page.
const searched = 20_000

// SearchEvents finds events that are older than one with the id before ("": all), the newest first.
func (o *OrganizationScope) SearchEvents(ctx context.Context, f EventFilter, before string, count int) (EventPage, error) {
	if !o.valid() || !isStorable(f.Action+string(f.ActorKind)+f.Actor+f.SubjectID+f.DirectoryID) {
		return EventPage{}, nil
	}
	bounds, args := "organization_id = ?", []any{o.id}
	if f.SubjectID != "" {
		bounds, args = bounds+" AND subject_id = ?", append(args, f.SubjectID)
	}
	if validID(before) {
		bounds, args = bounds+" AND id < ?", append(args, before)
	}
	bounds, args, err := o.within(ctx, f, bounds, args)
	if err != nil {
		return EventPage{}, err
	}
	window := " FROM events WHERE " + bounds + " ORDER BY id DESC LIMIT ?"
	args = append(args, searched)
	page, err := o.searchWindow(ctx, f, "SELECT "+eventColumns+" FROM (SELECT "+eventColumns+window+") e WHERE ", args, count)
	if err != nil || page.Older != "" {
		return page, err
	}
	var n int
	var at int64
	err = o.row(ctx, "SELECT count(*), coalesce(min(at), 0) FROM (SELECT at"+window+") e", args, &n, &at)
	if err != nil || n < searched {
		return page, err
	}
	page.Back = fromMicros(at)
	return page, o.row(ctx, "SELECT id FROM (SELECT id"+window+") e ORDER BY id LIMIT 1", args, &page.Older)
}

// searchWindow reads what meets the filter among the events that one search looks at.
func (o *OrganizationScope) searchWindow(ctx context.Context, f EventFilter, sql string, args []any, count int) (EventPage, error) {
	condition, more := f.condition()
	sql, args = sql+condition+" ORDER BY id DESC", append(args[:len(args):len(args)], more...)
	text := Fold(f.Text)
	if text == "" { // otherwise nobody knows before how many rows a page takes
		sql, args = sql+limited, append(args, count+1)
	}
	var page EventPage
	errFull := errors.New("the page is full")
	err := o.rows(ctx, sql, args, func(scan scanner) error {
		e, err := scanEvent(scan)
		if err != nil {
			return err
		}
		if !e.tells(text) {
			return nil
		}
		if len(page.Events) == count {
			page.Older = page.Events[count-1].ID
			return errFull
		}
		page.Events = append(page.Events, e)
		return nil
	})
	if errors.Is(err, errFull) {
		err = nil
	}
	return page, err
}

// tells says whether a folded text is somewhere in what the event tells of people and things.
func (e Event) tells(text string) bool {
	return text == "" || strings.Contains(Fold(e.Actor.Name+"\n"+e.Actor.ID+"\n"+e.SubjectID+"\n"+e.Detail), text)
}

// condition is what SQL can tell of an event.
func (f EventFilter) condition() (sql string, args []any) {
	sql = "1 = 1"
	add := func(condition string, values ...any) { sql, args = sql+" AND "+condition, append(args, values...) }
	switch {
	case strings.Contains(f.Action, "."):
		add("action = ?", f.Action)
	case f.Action != "":
		add("action >= ? AND action < ?", f.Action+".", f.Action+"/") // which is the next character
	}
	if f.ActorKind != "" {
		add("actor_kind = ?", string(f.ActorKind))
	}
	if f.Actor != "" {
		add("(actor_id = ? OR actor_name = ?)", f.Actor, f.Actor)
	}
	if f.DirectoryID != "" {
		add("directory_id = ?", f.DirectoryID)
	}
	if !f.Since.IsZero() {
		add("at >= ?", micros(f.Since))
	}
	if !f.Until.IsZero() {
		add("at < ?", micros(f.Until))
	}
	return sql, args
}

// clockSlack is how far the order of ids may be from that of times: servers' clocks differ.
const clockSlack = time.Hour

// within turns a range of times into one of ids, by which events are in order.
func (o *OrganizationScope) within(ctx context.Context, f EventFilter, sql string, args []any) (string, []any, error) {
	if !f.Since.IsZero() {
		from, err := o.firstEventAt(ctx, f.Since.Add(-clockSlack))
		if err != nil {
			return "", nil, err
		}
		sql, args = sql+" AND id >= ?", append(args, from)
	}
	if !f.Until.IsZero() {
		to, err := o.firstEventAt(ctx, f.Until.Add(clockSlack))
		if err != nil {
			return "", nil, err
		}
		sql, args = sql+" AND id < ?", append(args, to)
	}
	return sql, args, nil
}

// firstEventAt is an id before which all events are older than t, found by halving the range of the times in ids.
func (o *OrganizationScope) firstEventAt(ctx context.Context, t time.Time) (string, error) {
	low, high := int64(0), int64(1)<<48-1
	for low < high {
		middle := low + (high-low)/2
		var id string
		at := int64(math.MaxInt64)
		err := o.row(ctx, "SELECT id, at FROM events WHERE organization_id = ? AND id >= ? ORDER BY id LIMIT 1", []any{o.id, idOfMillis(middle)}, &id, &at)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return "", err
		}
		if at >= micros(t) {
			high = middle
			continue
		}
		low = middle + 1
		if found, err := uuid.Parse(id); err == nil {
			low = max(low, min(high, millis(found)+1))
		}
	}
	return idOfMillis(low), nil
}

// Event finds an event; ErrNotFound when there is none.
func (o *OrganizationScope) Event(ctx context.Context, id string) (Event, error) {
	if !o.valid() || !validID(id) {
		return Event{}, ErrNotFound
	}
	var e Event
	err := o.rows(ctx, "SELECT "+eventColumns+" FROM events WHERE organization_id = ? AND id = ?", []any{o.id, id}, func(scan scanner) (err error) {
		e, err = scanEvent(scan)
		return err
	})
	if err == nil && e.ID == "" {
		err = ErrNotFound
	}
	return e, err
}

// placeBlocks bounds how many blocks are searched for one event: it is in the first of them but for the latest of latecomers.
const placeBlocks = 20

// BlockOf is the checkpoint of the block that an event is in. ErrNotFound while it is in none.
func (o *OrganizationScope) BlockOf(ctx context.Context, eventID string) (Checkpoint, error) {
	if !o.valid() || !validID(eventID) {
		return Checkpoint{}, ErrNotFound
	}
	blocks, err := o.blocks(ctx, o.id, " AND last_event >= ? ORDER BY last_event LIMIT ?", eventID, placeBlocks)
	for _, b := range blocks {
		for _, e := range b.entries {
			if e.id.String() == eventID {
				return b.checkpoint(), err
			}
		}
	}
	if err == nil {
		err = ErrNotFound
	}
	return Checkpoint{}, err
}

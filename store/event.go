package store

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// Event is one audit record: who changed what, when, and how it was before.
type Event struct {
	ID             string
	OrganizationID string
	At             time.Time
	Actor          Actor
	Action         string // subject and verb, e.g. "user.deactivated"
	SubjectKind    string
	SubjectID      string
	DirectoryID    string // "" for what belongs to the organization
	Detail         string // a JSON object
}

// EventQuery selects events; an empty field does not restrict.
type EventQuery struct {
	SubjectID string
	After     string // the id of the last event already seen
	Limit     int    // 0: 1,000
}

// eventColumns are all columns but the proof that a server wrote the event.
const eventColumns = "organization_id, id, at, actor_kind, actor_id, actor_name, action, subject_kind, subject_id, directory_id, request_id, address, detail"

// Events lists the organization's audit events, oldest first.
func (o *OrganizationScope) Events(ctx context.Context, q EventQuery) ([]Event, error) {
	sql, args := "", []any{}
	if !o.valid() || !isStorable(q.SubjectID) {
		return nil, nil
	}
	if q.SubjectID != "" {
		sql, args = sql+" AND subject_id = ?", append(args, q.SubjectID)
	}
	if validID(q.After) {
		sql, args = sql+" AND id > ?", append(args, q.After)
	}
	return o.eventsWhere(ctx, sql, q.Limit, args...)
}

// eventsWhere lists events of the organization for which a further condition holds; of no more than the limit, or 1,000.
func (o *OrganizationScope) eventsWhere(ctx context.Context, condition string, most int, args ...any) ([]Event, error) {
	args = append(append([]any{o.id}, args...), limit(most, 1000))
	return o.eventRows(ctx, "SELECT "+eventColumns+" FROM events WHERE organization_id = ?"+condition+" ORDER BY id LIMIT ?", args...)
}

// eventRows lists the events of a query for eventColumns.
func (c conn) eventRows(ctx context.Context, sql string, args ...any) ([]Event, error) {
	var list []Event
	err := c.rows(ctx, sql, args, func(scan scanner) error {
		e, err := scanEvent(scan)
		list = append(list, e)
		return err
	})
	return list, err
}

// scanEvent reads eventColumns and what more is asked for.
func scanEvent(scan scanner, more ...any) (Event, error) {
	var e Event
	var at int64
	err := scan(append([]any{&e.OrganizationID, &e.ID, &at, &e.Actor.Kind, &e.Actor.ID, &e.Actor.Name, &e.Action, &e.SubjectKind,
		&e.SubjectID, &e.DirectoryID, &e.Actor.RequestID, &e.Actor.Address, &e.Detail}, more...)...)
	e.At = fromMicros(at)
	return e, err
}

// detail is what an event tells beside its subject.
type detail map[string]any

// text is the detail as JSON. Documents go in as they are: encoding/json would read each of them again, and they are most of an event.
func (d detail) text() string {
	b := []byte{'{'}
	for i, name := range slices.Sorted(maps.Keys(d)) {
		if i > 0 {
			b = append(b, ',')
		}
		b, _ = jsontext.AppendQuote(b, name) // names are our own
		b = append(b, ':')
		value, isDocument := d[name].(json.RawMessage)
		if !isDocument || value == nil {
			var err error
			if value, err = json.Marshal(d[name]); err != nil {
				return "{}" // only texts, numbers and raw JSON of our own are put in
			}
		}
		b = append(b, value...)
	}
	return string(append(b, '}'))
}

// note adds an event to the change.
func (tx *Tx) note(organizationID, directoryID, action, subjectID string, d detail) {
	if d == nil {
		d = detail{}
	}
	kind, _, _ := strings.Cut(action, ".")
	tx.tally.add(action, d)
	e := Event{
		ID: tx.store.newID(), OrganizationID: organizationID, At: tx.now, Actor: tx.actor, Action: action,
		SubjectKind: kind, SubjectID: subjectID, DirectoryID: directoryID, Detail: d.text(),
	}
	tx.events = append(tx.events, e)
	for _, id := range e.concerns(d) {
		tx.concerns = append(tx.concerns, concern{organizationID, id, e.ID})
	}
}

// insertBatch bounds the rows of one statement: PostgreSQL takes 65,535 parameters.
const insertBatch = 1000

func (tx *Tx) insertEvents() error {
	for rest := tx.events; len(rest) > 0; {
		batch := rest[:min(tx.d.rowsAtOnce, len(rest))]
		rest = rest[len(batch):]
		args := make([]any, 0, 14*len(batch))
		for _, e := range batch {
			d := e.digest()
			proof := tx.store.prover.proof(d)
			entry, err := newEntry(e, d, proof)
			if err != nil {
				return err
			}
			tx.entries = append(tx.entries, witnessed{e.OrganizationID, entry})
			args = append(args, e.OrganizationID, e.ID, micros(e.At), e.Actor.Kind, e.Actor.ID, e.Actor.Name, e.Action,
				e.SubjectKind, e.SubjectID, e.DirectoryID, e.Actor.RequestID, e.Actor.Address, e.Detail, proof)
		}
		if err := tx.later("INSERT INTO events ("+eventColumns+", mac) VALUES "+valueRows(len(batch), 14), args...); err != nil {
			return err
		}
	}
	return nil
}

// valueRows writes n rows of placeholders.
func valueRows(n, columns int) string {
	row := "(?" + strings.Repeat(", ?", columns-1) + ")"
	return row + strings.Repeat(", "+row, n-1)
}

// limit applies a default to an unset limit.
func limit(n, standard int) int {
	if n <= 0 {
		return standard
	}
	return n
}

package store

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
)

// UndoPlan is what is to be undone, by the ids of events. The latest comes first, because each change may rest on those before it. What
// was noted together about one thing is a unit, and undone together.
type UndoPlan struct {
	OrganizationID string
	Units          [][]string
	Events         []Event // the only ones, where the plan is about one change; without it nil
}

// batch gathers units for one transaction, from one on.
func (p UndoPlan) batch(from int) (ids []string, next int) {
	for next = from; next < len(p.Units) && (next == from || len(ids)+len(p.Units[next]) <= undoBatch); next++ {
		ids = append(ids, p.Units[next]...)
	}
	return ids, next
}

// PlanUndoOf plans to undo one change: the event, and what was noted with it about the same thing. Of an undo, it is what that did.
// ErrNotFound when the organization has no such event.
func (o *OrganizationScope) PlanUndoOf(ctx context.Context, eventID string) (UndoPlan, error) {
	p := UndoPlan{OrganizationID: o.id}
	if !o.valid() || !validID(eventID) {
		return p, ErrNotFound
	}
	e, err := first(o.eventsWhere(ctx, " AND id = ?", 1, eventID))
	if err != nil {
		return p, err
	}
	if e.Action == "event.undone" {
		var told struct{ Events []string }
		if err := json.Unmarshal([]byte(e.Detail), &told); err != nil {
			return p, err
		}
		if p.Events, err = o.eventsNamed(ctx, knownIDs(told.Events)); err != nil {
			return p, err
		}
	} else {
		p.Events, err = o.eventsWhere(ctx, " AND subject_id = ? AND at = ? AND actor_kind = ? AND actor_id = ? AND request_id = ?", 0,
			e.SubjectID, micros(e.At), string(e.Actor.Kind), e.Actor.ID, e.Actor.RequestID)
		if err != nil {
			return p, err
		}
		slices.Reverse(p.Events)
	}
	var unit []string
	for _, each := range p.Events {
		unit = append(unit, each.ID)
	}
	p.Units = [][]string{unit}
	return p, nil
}

// undoneBy finds the undo of an event that holds; zero for none. An undo can be undone in its turn, by the events that it made.
func (o *OrganizationTx) undoneBy(eventID string) (by Event, err error) {
	for undone := true; ; undone = !undone {
		latest, err := o.tx.eventRows(o.tx.ctx, "SELECT "+eventColumns+" FROM events WHERE organization_id = ? AND subject_id = ? AND action = 'event.undone' ORDER BY id DESC LIMIT 1", o.id, eventID)
		if err != nil || len(latest) == 0 {
			return by, err
		}
		if by = (Event{}); undone {
			by = latest[0]
		}
		var told struct{ Events []string }
		if err := json.Unmarshal([]byte(latest[0].Detail), &told); err != nil || len(told.Events) == 0 {
			return by, err
		}
		eventID = told.Events[0]
	}
}

// EventSpan is what the provider of one directory changed, from one event to another: a cycle, or a request if its id is given.
type EventSpan struct {
	DirectoryID, First, Last string
	RequestID                string // "" for all
}

// PlanUndoSpan plans to undo a span.
func (o *OrganizationScope) PlanUndoSpan(ctx context.Context, span EventSpan) (UndoPlan, error) {
	p := UndoPlan{OrganizationID: o.id}
	if !o.valid() || !validID(span.DirectoryID) || !validID(span.First) || !validID(span.Last) {
		return p, nil
	}
	condition, args := "", []any{o.id, span.First, span.Last, span.DirectoryID, string(Provisioner)}
	if span.RequestID != "" {
		condition, args = " AND request_id = ?", append(args, span.RequestID)
	}
	var subject string
	var at int64
	err := o.rows(ctx, `SELECT id, at, subject_id FROM events WHERE organization_id = ? AND id >= ? AND id <= ? AND directory_id = ?
		AND actor_kind = ?`+condition+" ORDER BY id DESC", args, func(scan scanner) error {
		var id, s string
		var t int64
		err := scan(&id, &t, &s)
		if last := len(p.Units) - 1; last >= 0 && s == subject && t == at {
			p.Units[last] = append(p.Units[last], id)
		} else {
			p.Units = append(p.Units, []string{id})
		}
		subject, at = s, t
		return err
	})
	return p, err
}

// eventsNamed reads events by their ids, the latest first.
func (o *OrganizationScope) eventsNamed(ctx context.Context, ids []string) ([]Event, error) {
	var list []Event
	for batch := range slices.Chunk(ids, insertBatch) {
		events, err := o.eventRows(ctx, "SELECT "+eventColumnsOf("e")+" FROM "+o.d.idList+o.d.lookUp("events", "e", eventColumnsOf("e"), "e.organization_id = ? AND e.id = ids.id"),
			o.d.idParam(batch), o.id)
		if err != nil {
			return nil, err
		}
		list = append(list, events...)
	}
	at := make(map[string]int, len(ids))
	for i, id := range ids {
		at[id] = i
	}
	slices.SortFunc(list, func(a, b Event) int { return cmp.Compare(at[a.ID], at[b.ID]) })
	return list, nil
}

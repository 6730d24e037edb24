package store

import (
	"context"
	"errors"
	"slices"
	"time"
)

// SCIMCycle is a run of requests of a connection's provider without a long pause, and what it changed.
type SCIMCycle struct {
	ID               string
	Start, End       time.Time
	Requests, Errors int64 // Errors: answers with a status of 400 or more
	Noted            Noted // its audit events are among those from First to Last, by the connection's credentials
}

// A provider's next cycle begins after a pause, or with a probe after a short one: Entra sends one at the beginning of each cycle and nowhere
// else, and its cycles may follow each other at once.
const (
	cyclePause = 5 * time.Minute
	probePause = 5 * time.Second
)

// begins says that a request is the first of another cycle.
func (y *SCIMCycle) begins(r *SCIMRequest) bool {
	pause := r.At.Sub(y.End)
	return y.ID == "" || pause >= cyclePause || r.Operation == Probe && pause >= probePause
}

func (y *SCIMCycle) add(r *SCIMRequest) {
	y.Requests++
	if r.Status >= 400 {
		y.Errors++
	}
	if r.At.Before(y.Start) {
		y.Start = r.At
	}
	if end := r.At.Add(r.Took); end.After(y.End) {
		y.End = end
	}
	y.Noted.Add(r.Noted)
}

var cycleColumns = slices.Concat(
	[]givenColumn{{"organization_id", ofID}, {"connection_id", ofID}, {"id", ofID}, {"started_at", "bigint"}, {"ended_at", "bigint"},
		{"requests", "bigint"}, {"errors", "bigint"}},
	bigints(tallyColumns), []givenColumn{{"first_event", "text"}, {"last_event", "text"}})

func bigints(names []string) (columns []givenColumn) {
	for _, name := range names {
		columns = append(columns, givenColumn{name, "bigint"})
	}
	return columns
}

var replaceCycle = "ON CONFLICT (organization_id, connection_id, id) DO UPDATE SET " + replacing(cycleColumns[3:])

// replacing puts the given values into a row's place.
func replacing(columns []givenColumn) string {
	text := ""
	for i, c := range columns {
		if i > 0 {
			text += ", "
		}
		text += c.name + " = excluded." + c.name
	}
	return text
}

func (y *SCIMCycle) row(key connectionKey) []any {
	row := []any{key.organizationID, key.connectionID, y.ID, micros(y.Start), micros(y.End), y.Requests, y.Errors}
	for _, n := range y.Noted.counts() {
		row = append(row, *n)
	}
	return append(row, y.Noted.First, y.Noted.Last)
}

func (y *SCIMCycle) scan(scan scanner) error {
	var start, end int64
	fields := []any{&y.ID, &start, &end, &y.Requests, &y.Errors}
	for _, n := range y.Noted.counts() {
		fields = append(fields, n)
	}
	err := scan(append(fields, &y.Noted.First, &y.Noted.Last)...)
	y.Start, y.End = fromMicros(start), fromMicros(end)
	return err
}

// countCycles adds requests to the latest cycles of their connections, or begins others.
func (c conn) countCycles(ctx context.Context, batch []*SCIMRequest, newID func() string) error {
	requests := map[connectionKey][]*SCIMRequest{}
	for _, r := range batch {
		if r.CredentialID == "" { // a stranger's, whom somebody watches
			continue
		}
		key := connectionKey{r.OrganizationID, r.ConnectionID}
		requests[key] = append(requests[key], r)
	}
	for _, key := range sortedKeys(requests) {
		if err := c.countCycle(ctx, key, requests[key], newID); err != nil {
			return err
		}
	}
	return nil
}

func (c conn) countCycle(ctx context.Context, key connectionKey, requests []*SCIMRequest, newID func() string) error {
	if c.d.lockName != "" { // several servers may find that a pause is over
		if err := c.row(ctx, c.d.lockName, []any{"cycle " + key.connectionID}, new(string)); err != nil {
			return err
		}
	}
	latest, err := first(c.cycles(ctx, "", key.organizationID, key.connectionID, 1))
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	var rows [][]any
	for _, r := range requests {
		if latest.begins(r) {
			if latest.ID != "" {
				rows = append(rows, latest.row(key))
			}
			latest = SCIMCycle{ID: stampID(newID(), r.At), Start: r.At}
		}
		latest.add(r)
	}
	return c.insertRows(ctx, "scim_cycles", cycleColumns, append(rows, latest.row(key)), replaceCycle)
}

// Cycles lists the latest cycles of a connection before one (an id; "" for all), the latest first.
func (o *OrganizationScope) Cycles(ctx context.Context, connectionID, before string, most int) ([]SCIMCycle, error) {
	if !o.valid() || !validID(connectionID) {
		return nil, nil
	}
	condition, args := "", []any{o.id, connectionID}
	if validID(before) {
		condition, args = " AND id < ?", append(args, before)
	}
	return o.cycles(ctx, condition, append(args, limit(most, 100))...)
}

// Cycle finds a cycle of a connection.
func (o *OrganizationScope) Cycle(ctx context.Context, connectionID, id string) (SCIMCycle, error) {
	if !o.valid() || !validID(connectionID) || !validID(id) {
		return SCIMCycle{}, ErrNotFound
	}
	return first(o.cycles(ctx, " AND id = ?", o.id, connectionID, id, 1))
}

func (c conn) cycles(ctx context.Context, condition string, args ...any) (list []SCIMCycle, err error) {
	err = c.rows(ctx, "SELECT "+namesOf(cycleColumns[2:])+" FROM scim_cycles WHERE organization_id = ? AND connection_id = ?"+condition+
		" ORDER BY id DESC LIMIT ?", args, func(scan scanner) error {
		var y SCIMCycle
		err := y.scan(scan)
		list = append(list, y)
		return err
	})
	return list, err
}

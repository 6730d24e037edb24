package store

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"
)

// SCIMHour counts the requests of a connection within an hour.
type SCIMHour struct {
	At                        time.Time // when the hour began
	Requests, Errors, Changes int64     // Errors: answers with a status of 400 or more
	Took                      [8]int64  // requests by duration: up to each of TookBounds, and longer
}

// TookBounds are the durations by which SCIMHour.Took counts.
var TookBounds = [...]time.Duration{5 * time.Millisecond, 10 * time.Millisecond, 25 * time.Millisecond, 50 * time.Millisecond, 100 * time.Millisecond,
	250 * time.Millisecond, time.Second}

// Within is the least of TookBounds within which so many of a hundred requests were answered; over says that it was longer than all.
func (h SCIMHour) Within(percent int64) (bound time.Duration, over bool) {
	sum := int64(0)
	for i, n := range h.Took[:len(TookBounds)] {
		if sum += n; sum*100 >= h.Requests*percent {
			return TookBounds[i], false
		}
	}
	return TookBounds[len(TookBounds)-1], true
}

var hourColumns = []givenColumn{
	{"organization_id", ofID}, {"connection_id", ofID}, {"hour", "bigint"}, {"requests", "bigint"}, {"errors", "bigint"}, {"changes", "bigint"},
	{"took_5ms", "bigint"}, {"took_10ms", "bigint"}, {"took_25ms", "bigint"}, {"took_50ms", "bigint"}, {"took_100ms", "bigint"}, {"took_250ms", "bigint"},
	{"took_1s", "bigint"}, {"took_longer", "bigint"},
}

// addingUp adds counts to those that a row of the table has.
func addingUp(table string, columns []givenColumn) string {
	sums := make([]string, len(columns))
	for i, c := range columns {
		sums[i] = c.name + " = " + table + "." + c.name + " + excluded." + c.name
	}
	return strings.Join(sums, ", ")
}

var addHours = "ON CONFLICT (organization_id, connection_id, hour) DO UPDATE SET " + addingUp("scim_hours", hourColumns[3:])

func (h *SCIMHour) add(r *SCIMRequest) {
	h.Requests++
	h.Changes += r.Changes
	if r.Status >= 400 {
		h.Errors++
	}
	i, _ := slices.BinarySearch(TookBounds[:], r.Took)
	h.Took[i]++
}

// countHours counts requests.
func (c conn) countHours(ctx context.Context, batch []*SCIMRequest) error {
	type key struct {
		connectionKey
		hour int64
	}
	hours := map[key]*SCIMHour{}
	var order []key
	for _, r := range batch {
		k := key{connectionKey{r.OrganizationID, r.ConnectionID}, micros(r.At.Truncate(time.Hour))}
		if hours[k] == nil {
			hours[k], order = &SCIMHour{}, append(order, k)
		}
		hours[k].add(r)
	}
	slices.SortFunc(order, func(a, b key) int { // the same on all servers, so that no two batches wait for each other
		return cmp.Or(cmp.Compare(a.connectionID, b.connectionID), cmp.Compare(a.hour, b.hour))
	})
	rows := make([][]any, len(order))
	for i, k := range order {
		h := hours[k]
		rows[i] = []any{k.organizationID, k.connectionID, k.hour, h.Requests, h.Errors, h.Changes}
		for _, n := range h.Took {
			rows[i] = append(rows[i], n)
		}
	}
	return c.insertRows(ctx, "scim_hours", hourColumns, rows, addHours)
}

// Hours counts the requests of a connection by the hour, since a time, the earliest first. Hours without requests are left out.
func (o *OrganizationScope) Hours(ctx context.Context, connectionID string, since time.Time) ([]SCIMHour, error) {
	if !o.valid() || !validID(connectionID) {
		return nil, nil
	}
	var list []SCIMHour
	err := o.rows(ctx, "SELECT "+namesOf(hourColumns[2:])+" FROM scim_hours WHERE organization_id = ? AND connection_id = ? AND hour >= ? ORDER BY hour",
		[]any{o.id, connectionID, micros(since.Truncate(time.Hour))}, func(scan scanner) error {
			var h SCIMHour
			var at int64
			fields := []any{&at, &h.Requests, &h.Errors, &h.Changes}
			for i := range h.Took {
				fields = append(fields, &h.Took[i])
			}
			err := scan(fields...)
			h.At = fromMicros(at)
			list = append(list, h)
			return err
		})
	return list, err
}

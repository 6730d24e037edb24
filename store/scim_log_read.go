package store

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
)

// SCIMRequestQuery selects requests; an empty field does not restrict.
type SCIMRequestQuery struct {
	ConnectionID string
	Operation    string
	Status       int    // its class: 2 for 200 to 299, and so on
	Subject      string // an id, or a name as a whole
	Target       string // a part of it, in any case of ASCII letters
	From, To     time.Time
	Changed      bool   // those that changed something
	After        string // the id of the last request already seen
	Limit        int    // 0: 100
	Window       int    // how many requests of a connection a search looks at that no index helps; 0: 10,000, of more it would not answer at once
}

// SCIMRequestPage is a part of the log, the newest first.
type SCIMRequestPage struct {
	Requests []SCIMRequest
	Next     string // to go on after; "" where there is no more
	Searched bool   // the search has stopped there, and may find more further back
}

// where is the condition behind that on the connection: what an index helps with, and what must be looked for.
func (q SCIMRequestQuery) where(d *dialect) (indexed, searched sqlCondition) {
	switch q.Operation {
	case "":
	case LookUpUser, LookUpGroup:
		searched.and("operation = ?", q.Operation)
	default:
		indexed.and("operation <> 'Look up user' AND operation <> 'Look up group' AND operation = ?", q.Operation) // scim_requests_operation
	}
	switch {
	case q.Status == 4:
		indexed.and("status >= 400 AND status < 500") // scim_requests_refused
	case q.Status == 5:
		indexed.and("status >= 400 AND status >= 500")
	case q.Status > 0:
		indexed.and("status >= ? AND status < ?", q.Status*100, q.Status*100+100)
	}
	if !q.From.IsZero() {
		indexed.and("at >= ? AND id >= ?", micros(q.From), idAt(q.From))
	}
	if !q.To.IsZero() {
		indexed.and("at < ? AND id < ?", micros(q.To), idAt(q.To.Add(time.Millisecond)))
	}
	if validID(q.After) {
		indexed.and("id < ?", q.After)
	}
	switch {
	case validID(q.Subject):
		indexed.and("subject_id <> '' AND subject_id = ?", q.Subject) // scim_requests_subject
	case q.Subject != "":
		searched.and("lower(subject_name) = ?", strings.ToLower(q.Subject))
	}
	if q.Target != "" {
		searched.and(d.position("lower(target)")+" > 0", strings.ToLower(q.Target))
	}
	if q.Changed {
		searched.and("changes > 0")
	}
	return indexed, searched
}

// sqlCondition is a condition to be put behind another.
type sqlCondition struct {
	sql  string
	args []any
}

func (c *sqlCondition) and(condition string, args ...any) {
	c.sql, c.args = c.sql+" AND "+condition, append(c.args, args...)
}

// Requests lists requests of the organization's connections, without their long texts.
func (o *OrganizationScope) Requests(ctx context.Context, q SCIMRequestQuery) (page SCIMRequestPage, err error) {
	if !o.valid() || !isStorable(q.Operation+q.Subject+q.Target) {
		return page, nil
	}
	connections := []string{q.ConnectionID}
	if q.ConnectionID == "" {
		all, err := o.Connections(ctx)
		if err != nil {
			return page, err
		}
		connections = connections[:0]
		for _, c := range all {
			connections = append(connections, c.ID)
		}
	}
	most := limit(q.Limit, 100)
	end := ""                        // of what was looked at in all connections
	for _, id := range connections { // each by the key
		if !validID(id) {
			continue
		}
		found, horizon, err := o.requestsOf(ctx, id, q, most+1)
		if err != nil {
			return page, err
		}
		page.Requests, end = append(page.Requests, found...), max(end, horizon)
	}
	list := slices.DeleteFunc(page.Requests, func(r SCIMRequest) bool { return r.ID < end })
	slices.SortFunc(list, func(a, b SCIMRequest) int { return strings.Compare(b.ID, a.ID) })
	page.Requests, page.Next, page.Searched = list, end, end != ""
	if len(list) > most {
		page.Requests, page.Next, page.Searched = list[:most], list[most-1].ID, false
	}
	return page, nil
}

// requestsOf lists requests of a connection. end is the last that was looked at where the search stopped before the last of all.
func (o *OrganizationScope) requestsOf(ctx context.Context, connectionID string, q SCIMRequestQuery, most int) (list []SCIMRequest, end string, err error) {
	indexed, searched := q.where(o.d)
	from, args := "scim_requests WHERE organization_id = ? AND connection_id = ?"+indexed.sql, slices.Concat([]any{o.id, connectionID}, indexed.args)
	if searched.sql != "" {
		window := limit(q.Window, 10_000)
		from += " ORDER BY id DESC LIMIT " + strconv.Itoa(window)
		var n int
		if err := o.row(ctx, "SELECT count(*), coalesce(CAST(min(CAST(id AS text)) AS text), '') FROM (SELECT id FROM "+from+") AS looked", args, &n, &end); err != nil {
			return nil, "", err
		}
		if n < window {
			end = ""
		}
		from = "(SELECT * FROM " + from + ") AS looked WHERE true" + searched.sql
	}
	err = o.rows(ctx, "SELECT "+namesOf(requestColumns)+" FROM "+from+" ORDER BY id DESC"+limited, slices.Concat(args, searched.args, []any{most}),
		func(scan scanner) error {
			var r SCIMRequest
			err := r.scan(scan)
			list = append(list, r)
			return err
		})
	return list, end, err
}

// Request finds a request of one of the organization's connections, with its long texts.
func (o *OrganizationScope) Request(ctx context.Context, id string) (SCIMRequest, error) {
	if !o.valid() || !validID(id) {
		return SCIMRequest{}, ErrNotFound
	}
	var r SCIMRequest
	const ofOne = ` WHERE organization_id = ? AND id = ? AND connection_id IN (SELECT c.id FROM connections c WHERE c.organization_id = ?)`
	key := []any{o.id, id, o.id}
	err := o.rows(ctx, "SELECT "+namesOf(requestColumns)+" FROM scim_requests"+ofOne, key, func(scan scanner) error { return r.scan(scan) })
	if err == nil && r.ID == "" {
		err = ErrNotFound
	}
	if err != nil {
		return SCIMRequest{}, err
	}
	err = o.rows(ctx, "SELECT body, body_bytes, answer FROM scim_request_texts"+ofOne, key,
		func(scan scanner) error { return scan(&r.Body, &r.BodyBytes, &r.Answer) })
	return r, err
}

// requestLasts is more than a request takes.
const requestLasts = 2 * time.Minute

// RequestBehind finds the request that an audit event comes from, as far as the log reaches back.
func (o *OrganizationScope) RequestBehind(ctx context.Context, e Event) (SCIMRequest, error) {
	if e.Actor.Kind != Provisioner || e.Actor.RequestID == "" || e.OrganizationID != o.id {
		return SCIMRequest{}, ErrNotFound
	}
	connections, err := o.Connections(ctx)
	if err != nil {
		return SCIMRequest{}, err
	}
	for _, c := range connections {
		var id string
		err := o.row(ctx, `SELECT id FROM scim_requests WHERE organization_id = ? AND connection_id = ? AND id >= ? AND id < ? AND request_id = ?`,
			[]any{o.id, c.ID, idAt(e.At.Add(-requestLasts)), idAt(e.At.Add(time.Second)), e.Actor.RequestID}, &id)
		if err == nil {
			return o.Request(ctx, id)
		}
		if !errors.Is(err, ErrNotFound) {
			return SCIMRequest{}, err
		}
	}
	return SCIMRequest{}, ErrNotFound
}

// EventsOf lists the audit events of a request, the first first.
func (o *OrganizationScope) EventsOf(ctx context.Context, r SCIMRequest) ([]Event, error) {
	if !o.valid() || r.OrganizationID != o.id || !validID(r.Noted.First) || !validID(r.Noted.Last) {
		return nil, nil
	}
	return o.eventsWhere(ctx, " AND id >= ? AND id <= ? AND request_id = ?", 0, r.Noted.First, r.Noted.Last, r.RequestID)
}

package store

import (
	"context"
	"errors"
	"slices"
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
}

// where is the condition behind that on the connection.
func (q SCIMRequestQuery) where(d *dialect) (sql string, args []any) {
	and := func(condition string, more ...any) {
		sql, args = sql+" AND "+condition, append(args, more...)
	}
	if q.Operation != "" {
		and("operation = ?", q.Operation)
	}
	switch {
	case q.Status == 4:
		and("status >= 400 AND status < 500") // scim_requests_refused
	case q.Status == 5:
		and("status >= 400 AND status >= 500")
	case q.Status > 0:
		and("status >= ? AND status < ?", q.Status*100, q.Status*100+100)
	}
	switch {
	case validID(q.Subject):
		and("subject_id <> '' AND subject_id = ?", q.Subject) // scim_requests_subject
	case q.Subject != "":
		and("lower(subject_name) = ?", strings.ToLower(q.Subject))
	}
	if q.Target != "" {
		and(d.position("lower(target)")+" > 0", strings.ToLower(q.Target))
	}
	if !q.From.IsZero() {
		and("at >= ? AND id >= ?", micros(q.From), idAt(q.From))
	}
	if !q.To.IsZero() {
		and("at < ? AND id < ?", micros(q.To), idAt(q.To.Add(time.Millisecond)))
	}
	if q.Changed {
		and("changes > 0")
	}
	if validID(q.After) {
		and("id < ?", q.After)
	}
	return sql, args
}

// Requests lists requests of the organization's connections, the newest first, without their long texts.
func (o *OrganizationScope) Requests(ctx context.Context, q SCIMRequestQuery) ([]SCIMRequest, error) {
	if !o.valid() || !isStorable(q.Operation+q.Subject+q.Target) {
		return nil, nil
	}
	connections := []string{q.ConnectionID}
	if q.ConnectionID == "" {
		all, err := o.Connections(ctx)
		if err != nil {
			return nil, err
		}
		connections = connections[:0]
		for _, c := range all {
			connections = append(connections, c.ID)
		}
	}
	var list []SCIMRequest
	for _, id := range connections { // each by the key
		if !validID(id) {
			continue
		}
		found, err := o.requestsOf(ctx, id, q)
		if err != nil {
			return nil, err
		}
		list = append(list, found...)
	}
	slices.SortFunc(list, func(a, b SCIMRequest) int { return strings.Compare(b.ID, a.ID) })
	return list[:min(len(list), limit(q.Limit, 100))], nil
}

func (o *OrganizationScope) requestsOf(ctx context.Context, connectionID string, q SCIMRequestQuery) (list []SCIMRequest, err error) {
	condition, args := q.where(o.d)
	args = slices.Concat([]any{o.id, connectionID}, args, []any{limit(q.Limit, 100)})
	err = o.rows(ctx, "SELECT "+namesOf(requestColumns)+" FROM scim_requests WHERE organization_id = ? AND connection_id = ?"+condition+
		" ORDER BY id DESC"+limited, args, func(scan scanner) error {
		var r SCIMRequest
		err := r.scan(scan)
		list = append(list, r)
		return err
	})
	return list, err
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

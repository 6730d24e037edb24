package store

import (
	"context"
	"time"
)

// Outage is a time in which named people may use local credentials because their provider is down.
type Outage struct {
	ID                         string
	Reason, StartedBy          string
	StartedAt, EndsAt, EndedAt time.Time // EndedAt is when it was ended; zero until the end is on record
	People                     []OutagePerson
}

// OutagePerson is one of the people named in an outage.
type OutagePerson struct{ DirectoryID, UserID, UserName string }

// Over says whether the outage has ended, by itself or before.
func (o Outage) Over(now time.Time) bool { return !o.EndedAt.IsZero() || !now.Before(o.EndsAt) }

// MaxOutage bounds an outage: one that lasts is a change of mode, which an owner should make as such.
const MaxOutage = 7 * 24 * time.Hour

// StartOutage lets the named people use local credentials for a time.
func (o *OrganizationTx) StartOutage(reason, by string, lasts time.Duration, people []OutagePerson) (Outage, error) {
	if lasts < time.Minute || lasts > MaxOutage {
		return Outage{}, &InvalidError{"for", "must lie between 1 minute and 7 days"}
	}
	if len(people) == 0 {
		return Outage{}, &InvalidError{"user", "must name at least one person"}
	}
	if _, err := o.find(); err != nil {
		return Outage{}, err
	}
	out := Outage{ID: o.tx.store.newID(), Reason: storable(reason, maxClaimed), StartedBy: storable(by, maxClaimed), StartedAt: o.tx.now, EndsAt: o.tx.now.Add(lasts)}
	_, err := o.tx.do(`INSERT INTO outages (organization_id, id, reason, started_by, started_at, ends_at, ended_at) VALUES (?, ?, ?, ?, ?, ?, 0)`,
		o.id, out.ID, out.Reason, out.StartedBy, micros(out.StartedAt), micros(out.EndsAt))
	if err != nil {
		return Outage{}, err
	}
	var names []string
	for _, p := range people {
		d := o.tx.Directory(DirectoryKey{OrganizationID: o.id, DirectoryID: p.DirectoryID})
		if _, err := d.WaysIn(p.UserID); err != nil { // which knows the directories of the organization alone
			return Outage{}, err
		}
		u, err := d.lockUser(p.UserID)
		if err != nil {
			return Outage{}, err
		}
		_, err = o.tx.do("INSERT INTO outage_people (organization_id, outage_id, directory_id, user_id) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
			o.id, out.ID, p.DirectoryID, p.UserID)
		if err != nil {
			return Outage{}, err
		}
		out.People = append(out.People, OutagePerson{p.DirectoryID, p.UserID, u.UserName})
		names = append(names, u.UserName)
	}
	o.note("outage.started", out.ID, detail{"reason": out.Reason, "ends_at": out.EndsAt, "people": names})
	return out, nil
}

// EndOutage ends an outage before its time, and with it the sessions that its people began with a password. One that is
// over stays as it is.
func (o *OrganizationTx) EndOutage(id string) error {
	if !validID(o.id) || !validID(id) {
		return ErrNotFound
	}
	out, err := first(o.tx.outages(o.tx.ctx, " WHERE o.organization_id = ? AND o.id = ?", o.id, id))
	if err != nil || out.Over(o.tx.now) {
		return err
	}
	n, err := o.tx.do("UPDATE outages SET ended_at = ? WHERE organization_id = ? AND id = ? AND ended_at = 0", micros(o.tx.now), o.id, id)
	if err != nil || n == 0 {
		return err
	}
	o.note("outage.ended", id, detail{"reason": out.Reason, "ends_at": out.EndsAt, "by_itself": false})
	for _, p := range out.People {
		err := o.tx.endSessionsWhere(DirectoryKey{OrganizationID: o.id, DirectoryID: p.DirectoryID}, "outage_over", " AND user_id = ? AND method = 'password'", p.UserID)
		if err != nil {
			return err
		}
	}
	return nil
}

// CloseOutages puts the end of outages whose time is over on record, each once however many servers do it.
func (s *Store) CloseOutages(ctx context.Context) error {
	due := 0
	err := s.read.row(ctx, "SELECT count(*) FROM outages WHERE ended_at = 0 AND ends_at <= ?", []any{micros(s.Now())}, &due)
	if err != nil || due == 0 {
		return err
	}
	return s.Write(ctx, Actor{Kind: System}, func(tx *Tx) error {
		return tx.rows(tx.ctx, `UPDATE outages SET ended_at = ends_at WHERE ended_at = 0 AND ends_at <= ? RETURNING organization_id, id, reason, ends_at`,
			[]any{micros(tx.now)}, func(scan scanner) error {
				var organization string
				var out Outage
				var ends int64
				err := scan(&organization, &out.ID, &out.Reason, &ends)
				tx.note(organization, "", "outage.ended", out.ID, detail{"reason": out.Reason, "ends_at": fromMicros(ends), "by_itself": true})
				tx.changed = true
				return err
			})
	})
}

// OutagesInForce tells how many outages are in force in all organizations.
func (s *Store) OutagesInForce(ctx context.Context) (n int, err error) {
	err = s.read.row(ctx, "SELECT count(*) FROM outages WHERE ended_at = 0 AND ends_at > ?", []any{micros(s.Now())}, &n)
	return n, err
}

// OutagesInForce lists the outages of the organization that are in force at the time, the latest first.
func (o *OrganizationScope) OutagesInForce(ctx context.Context, now time.Time) ([]Outage, error) {
	if !o.valid() {
		return nil, nil
	}
	return o.outages(ctx, " WHERE o.organization_id = ? AND o.ended_at = 0 AND o.ends_at > ?", o.id, micros(now))
}

// Outages lists the organization's outages, the latest first.
func (o *OrganizationScope) Outages(ctx context.Context) ([]Outage, error) {
	if !o.valid() {
		return nil, nil
	}
	return o.outages(ctx, " WHERE o.organization_id = ?", o.id)
}

func (c conn) outages(ctx context.Context, condition string, args ...any) ([]Outage, error) {
	var list []Outage
	err := c.rows(ctx, `SELECT o.id, o.reason, o.started_by, o.started_at, o.ends_at, o.ended_at,
		coalesce(CAST(p.directory_id AS text), ''), coalesce(CAST(p.user_id AS text), ''), coalesce(u.user_name, '')
		FROM outages o LEFT JOIN outage_people p ON p.organization_id = o.organization_id AND p.outage_id = o.id
		LEFT JOIN users u ON u.directory_id = p.directory_id AND u.id = p.user_id`+condition+" ORDER BY o.id DESC, u.user_name_key", args, func(scan scanner) error {
		var out Outage
		var p OutagePerson
		var started, ends, ended int64
		err := scan(&out.ID, &out.Reason, &out.StartedBy, &started, &ends, &ended, &p.DirectoryID, &p.UserID, &p.UserName)
		if n := len(list); n == 0 || list[n-1].ID != out.ID {
			out.StartedAt, out.EndsAt, out.EndedAt = fromMicros(started), fromMicros(ends), fromMicros(ended)
			list = append(list, out)
		}
		if last := &list[len(list)-1]; p.UserID != "" { // nobody is left where all its people were deleted
			last.People = append(last.People, p)
		}
		return err
	})
	return list, err
}

package store

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// How long the requests of a connection are kept, and how many at most. Counts by the hour and cycles tell of no person and are kept longer.
const (
	defaultLogDays = 30
	maxLogDays     = 365
	maxLogRows     = 200_000
	// trimEvery is after how many requests of a connection its log is cut to maxLogRows.
	trimEvery   = 25_000
	keepCounted = 400 * 24 * time.Hour
)

// LogDays is for how many days a connection's requests are kept.
func (o *OrganizationScope) LogDays(ctx context.Context, connectionID string) (int, error) {
	days := defaultLogDays
	if !o.valid() || !validID(connectionID) {
		return days, nil
	}
	err := o.rows(ctx, "SELECT keep_days FROM scim_log_settings WHERE organization_id = ? AND connection_id = ?", []any{o.id, connectionID},
		func(scan scanner) error { return scan(&days) })
	return days, err
}

// SetLogDays changes for how many days a connection's requests are kept.
func (o *OrganizationTx) SetLogDays(connectionID string, days int) error {
	if days < 1 || days > maxLogDays {
		return &InvalidError{"log-retention", fmt.Sprintf("must be from 1 to %d days", maxLogDays)}
	}
	c, err := o.connection(connectionID)
	if err != nil {
		return err
	}
	was := defaultLogDays
	err = o.tx.get("SELECT keep_days FROM scim_log_settings WHERE organization_id = ? AND connection_id = ?", []any{o.id, c.ID}, &was)
	if err != nil && !errors.Is(err, ErrNotFound) || was == days {
		return err
	}
	_, err = o.tx.do(`INSERT INTO scim_log_settings (organization_id, connection_id, keep_days) VALUES (?, ?, ?)
		ON CONFLICT (organization_id, connection_id) DO UPDATE SET keep_days = excluded.keep_days`, o.id, c.ID, days)
	if err == nil {
		o.note("connection.log_retention_changed", c.ID, detail{"before": was, "after": days})
	}
	return err
}

// PurgeRequests forgets requests that were kept for as long as their connection wants. Several servers may do it at once.
func (s *Store) PurgeRequests(ctx context.Context) error {
	type due struct {
		connectionKey
		days int
	}
	var list []due
	err := s.read.rows(ctx, `SELECT c.organization_id, c.id, coalesce(l.keep_days, ?) FROM connections c
		LEFT JOIN scim_log_settings l ON l.organization_id = c.organization_id AND l.connection_id = c.id`, []any{defaultLogDays}, func(scan scanner) error {
		var d due
		err := scan(&d.organizationID, &d.connectionID, &d.days)
		list = append(list, d)
		return err
	})
	var failed error
	for _, d := range list {
		failed = errors.Join(failed, s.forgetRequests(ctx, d.connectionKey, idAt(s.Now().AddDate(0, 0, -d.days))), s.forgetCounted(ctx, d.connectionKey))
	}
	return errors.Join(err, failed)
}

func (s *Store) forgetCounted(ctx context.Context, key connectionKey) error {
	before := s.Now().Add(-keepCounted)
	_, err1 := s.bookkeep(ctx, "DELETE FROM scim_hours WHERE organization_id = ? AND connection_id = ? AND hour < ?", key.organizationID, key.connectionID, micros(before))
	_, err2 := s.bookkeep(ctx, "DELETE FROM scim_cycles WHERE organization_id = ? AND connection_id = ? AND id < ?", key.organizationID, key.connectionID, idAt(before))
	return errors.Join(err1, err2)
}

// trimRequests forgets the oldest requests of a connection beyond so many.
func (s *Store) trimRequests(ctx context.Context, key connectionKey, most int) error {
	var oldest string
	err := s.read.row(ctx, "SELECT id FROM scim_requests WHERE organization_id = ? AND connection_id = ? ORDER BY id DESC LIMIT 1 OFFSET ?",
		[]any{key.organizationID, key.connectionID, most - 1}, &oldest)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err == nil {
		err = s.forgetRequests(ctx, key, oldest)
	}
	return err
}

// forgetRequests deletes the requests of a connection before one, some at a time.
func (s *Store) forgetRequests(ctx context.Context, key connectionKey, before string) error {
	for _, table := range []string{"scim_request_texts", "scim_requests"} {
		for n := int64(purgeBatch); n == purgeBatch; {
			var err error
			n, err = s.bookkeep(ctx, "DELETE FROM "+table+" WHERE organization_id = ? AND connection_id = ? AND id IN (SELECT id FROM "+table+
				" WHERE organization_id = ? AND connection_id = ? AND id < ? ORDER BY id LIMIT ?)",
				key.organizationID, key.connectionID, key.organizationID, key.connectionID, before, purgeBatch)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

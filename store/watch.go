package store

import (
	"context"
	"time"
)

// Exchange is a short summary of what a connection's provider asked for and was answered. It tells of no person.
type Exchange struct {
	ID             string
	At             time.Time
	Method, Target string // path and query, with the values of filters left out
	Status         int
	Detail         string // of a refusal; "" otherwise
	Address        string
}

// keptExchanges is how many exchanges of a connection are kept.
const keptExchanges = 100

// Watch lets the exchanges of a connection be recorded until a time. If nobody watched, those of earlier times are forgotten.
func (s *Store) Watch(ctx context.Context, c Connection, until time.Time) error {
	if !validID(c.OrganizationID) || !validID(c.ID) {
		return ErrNotFound
	}
	before, err := s.Organization(c.OrganizationID).WatchedUntil(ctx, c.ID)
	if err != nil {
		return err
	}
	if before.Before(s.Now()) {
		if _, err := s.bookkeep(ctx, "DELETE FROM scim_exchanges WHERE organization_id = ? AND connection_id = ?", c.OrganizationID, c.ID); err != nil {
			return err
		}
	}
	_, err = s.bookkeep(ctx, `INSERT INTO scim_watches (organization_id, connection_id, until)
		SELECT organization_id, id, CAST(? AS bigint) FROM connections WHERE organization_id = ? AND id = ?
		ON CONFLICT (organization_id, connection_id) DO UPDATE SET until = excluded.until`, micros(until), c.OrganizationID, c.ID)
	return err
}

// WatchedUntil tells until when a connection is or was watched last; zero for never.
func (o *OrganizationScope) WatchedUntil(ctx context.Context, connectionID string) (time.Time, error) {
	if !o.valid() || !validID(connectionID) {
		return time.Time{}, nil
	}
	var until int64
	err := o.row(ctx, "SELECT coalesce(max(until), 0) FROM scim_watches WHERE organization_id = ? AND connection_id = ?", []any{o.id, connectionID}, &until)
	return fromMicros(until), err
}

// Exchanges lists what was recorded of a connection, the newest first.
func (o *OrganizationScope) Exchanges(ctx context.Context, connectionID string) ([]Exchange, error) {
	if !o.valid() || !validID(connectionID) {
		return nil, nil
	}
	var list []Exchange
	err := o.rows(ctx, `SELECT id, at, method, target, status, detail, address FROM scim_exchanges
		WHERE organization_id = ? AND connection_id = ? ORDER BY id DESC LIMIT ?`, []any{o.id, connectionID, keptExchanges}, func(scan scanner) error {
		var e Exchange
		var at int64
		err := scan(&e.ID, &at, &e.Method, &e.Target, &e.Status, &e.Detail, &e.Address)
		e.At = fromMicros(at)
		list = append(list, e)
		return err
	})
	return list, err
}

// maxExchangeText bounds each text of an exchange, in bytes.
const maxExchangeText = 400

// RecordExchange keeps an exchange of a connection that is watched, and forgets the oldest beyond what is kept.
func (s *Store) RecordExchange(ctx context.Context, c Connection, e Exchange) error {
	if !validID(c.OrganizationID) || !validID(c.ID) {
		return ErrNotFound
	}
	n, err := s.bookkeep(ctx, `INSERT INTO scim_exchanges (organization_id, connection_id, id, at, method, target, status, detail, address)
		SELECT w.organization_id, w.connection_id, CAST(? AS `+s.dialect.idType+`), CAST(? AS bigint), CAST(? AS text), CAST(? AS text), CAST(? AS bigint), CAST(? AS text),
		CAST(? AS text) FROM scim_watches w
		WHERE w.organization_id = ? AND w.connection_id = ? AND w.until > ?`,
		s.newID(), micros(s.Now()), storable(e.Method, maxExchangeText), storable(e.Target, maxExchangeText), e.Status,
		storable(e.Detail, maxExchangeText), storable(e.Address, maxExchangeText), c.OrganizationID, c.ID, micros(s.Now()))
	if err != nil || n == 0 {
		return err
	}
	_, err = s.bookkeep(ctx, `DELETE FROM scim_exchanges WHERE organization_id = ? AND connection_id = ? AND id NOT IN (SELECT id FROM scim_exchanges
		WHERE organization_id = ? AND connection_id = ? ORDER BY id DESC LIMIT ?)`, c.OrganizationID, c.ID, c.OrganizationID, c.ID, keptExchanges)
	return err
}

// RefusedConnection finds the connection that a refused request meant: the one it names by slug or id, else the one that its token
// belonged to before it expired, was revoked, or the connection was switched off. ErrNotFound unless somebody watches it.
func (s *Store) RefusedConnection(ctx context.Context, named, token string) (Connection, error) {
	const watched = " JOIN scim_watches w ON w.organization_id = c.organization_id AND w.connection_id = c.id AND w.until > ?"
	now := micros(s.Now())
	if named == "" {
		return first(s.read.connections(ctx, watched+" JOIN scim_tokens t ON t.organization_id = c.organization_id AND t.connection_id = c.id AND t.secret_hash = ?", now, hashSecret(token)))
	}
	if !isStorable(named) {
		return Connection{}, ErrNotFound
	}
	condition := " WHERE c.slug = ?"
	if validID(named) {
		condition = " WHERE c.id = ?"
	}
	return first(s.read.connections(ctx, watched+condition, now, named))
}

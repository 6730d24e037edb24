package store

import (
	"context"
	"time"
)

// Watch shows the requests of a connection to whoever looks, until a time: from now on, or from when somebody began to look who still does.
// Requests that are refused before a connection is known are recorded for the one that they seem to mean only while it is watched:
// anybody can send them.
func (s *Store) Watch(ctx context.Context, c Connection, until time.Time) error {
	if !validID(c.OrganizationID) || !validID(c.ID) {
		return ErrNotFound
	}
	now := micros(s.Now())
	_, err := s.bookkeep(ctx, `INSERT INTO scim_watches (organization_id, connection_id, since, until)
		SELECT organization_id, id, CAST(? AS bigint), CAST(? AS bigint) FROM connections WHERE organization_id = ? AND id = ?
		ON CONFLICT (organization_id, connection_id) DO UPDATE SET until = excluded.until,
		since = CASE WHEN scim_watches.until < ? THEN excluded.since ELSE scim_watches.since END`, now, micros(until), c.OrganizationID, c.ID, now)
	return err
}

// Watched tells from when until when a connection is or was watched last; zero for never.
func (o *OrganizationScope) Watched(ctx context.Context, connectionID string) (since, until time.Time, err error) {
	if !o.valid() || !validID(connectionID) {
		return since, until, nil
	}
	var from, to int64
	err = o.rows(ctx, "SELECT since, until FROM scim_watches WHERE organization_id = ? AND connection_id = ?", []any{o.id, connectionID},
		func(scan scanner) error { return scan(&from, &to) })
	return fromMicros(from), fromMicros(to), err
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

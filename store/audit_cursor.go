package store

import (
	"context"
	"time"
)

// TrailCursor is how far an organization's trail is known to have reached a receiver elsewhere.
type TrailCursor struct {
	OrganizationID string
	Seq            int64     // of the last block that is there; 0: none
	WaitsSince     time.Time // when the first block was made that is not
}

// LeaseTrails makes this node the only one that sends trails to a receiver, for a time. held is what it got the last time, or
// the zero time; until is what it has now. ok is false while another node has it.
func (s *Store) LeaseTrails(ctx context.Context, receiver string, held time.Time, lasts time.Duration) (until time.Time, ok bool, err error) {
	now := s.Now()
	until = now.Add(lasts)
	// The end of a lease tells whose it is: nobody else can know it who has not read it, and then it is over.
	n, err := s.bookkeep(ctx, `INSERT INTO audit_cursors (organization_id, name, seq, leased_until) VALUES (?, ?, 0, ?)
		ON CONFLICT (organization_id, name) DO UPDATE SET leased_until = excluded.leased_until
		WHERE audit_cursors.leased_until = ? OR audit_cursors.leased_until <= ?`, originID, receiver, micros(until), micros(held), micros(now))
	return until, n > 0, err
}

// ReleaseTrails gives a lease back, if it is still held.
func (s *Store) ReleaseTrails(ctx context.Context, receiver string, held time.Time) error {
	_, err := s.bookkeep(ctx, "UPDATE audit_cursors SET leased_until = 0 WHERE organization_id = ? AND name = ? AND leased_until = ?", originID, receiver, micros(held))
	return err
}

// TrailsBehind lists the trails of which a receiver lacks blocks, those of removed organizations too.
func (s *Store) TrailsBehind(ctx context.Context, receiver string) ([]TrailCursor, error) {
	var list []TrailCursor
	err := s.read.rows(ctx, `SELECT organization_id, seq, since FROM (
		SELECT k.organization_id, coalesce(c.seq, 0) AS seq, (SELECT b.at FROM audit_blocks b
			WHERE b.organization_id = k.organization_id AND b.seq > coalesce(c.seq, 0) ORDER BY b.seq LIMIT 1) AS since
		FROM audit_keys k LEFT JOIN audit_cursors c ON c.organization_id = k.organization_id AND c.name = ?
		WHERE k.organization_id > ?) AS trails WHERE since IS NOT NULL ORDER BY organization_id`, []any{receiver, originID}, func(scan scanner) error {
		var c TrailCursor
		var since int64
		err := scan(&c.OrganizationID, &c.Seq, &since)
		c.WaitsSince = fromMicros(since)
		list = append(list, c)
		return err
	})
	return list, err
}

// AdvanceTrail notes that a receiver has an organization's trail up to a block. It never goes back.
func (s *Store) AdvanceTrail(ctx context.Context, receiver, organizationID string, seq int64) error {
	if !validID(organizationID) {
		return ErrNotFound
	}
	_, err := s.bookkeep(ctx, `INSERT INTO audit_cursors (organization_id, name, seq, leased_until) VALUES (?, ?, ?, 0)
		ON CONFLICT (organization_id, name) DO UPDATE SET seq = excluded.seq WHERE audit_cursors.seq < excluded.seq`, organizationID, receiver, seq)
	return err
}

// EventsIn calls each for the events that entries of the chain name, in the order of the entries. Events that are not there are
// left out: VerifyAudit tells of those.
func (o *OrganizationScope) EventsIn(ctx context.Context, entries []AuditEntry, each func(Event) error) error {
	if !o.valid() {
		return nil
	}
	for rest := entries; len(rest) > 0; {
		batch := rest[:min(eventsInBatch, len(rest))]
		rest = rest[len(batch):]
		ids := make([]string, len(batch))
		for i, e := range batch {
			ids[i] = e.EventID
		}
		found := make(map[string]Event, len(batch))
		err := o.provenEvents(ctx, o.id, ids, func(e Event, _ digest, _ []byte) error {
			found[e.ID] = e
			return nil
		})
		if err != nil {
			return err
		}
		for _, id := range ids {
			if e, ok := found[id]; ok {
				if err := each(e); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// eventsInBatch bounds what EventsIn holds in memory.
const eventsInBatch = 200

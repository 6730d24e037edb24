package store

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"time"
)

// minRetention is the shortest time that events can be kept.
const minRetention = 30 * 24 * time.Hour

// SetAuditRetention says how long events are kept; 0: for ever.
func (o *OrganizationTx) SetAuditRetention(keep time.Duration) error {
	if keep != 0 && keep < minRetention {
		return &InvalidError{"audit-retention", "must be 30 days at least, or 0 for ever"}
	}
	if _, err := o.find(); err != nil {
		return err
	}
	var was int64
	err := o.tx.get("SELECT retention FROM audit_trails WHERE organization_id = ?", []any{o.id}, &was)
	if err != nil && !errors.Is(err, ErrNotFound) || was == keep.Microseconds() {
		return notFoundIsNone(err)
	}
	key, err := o.tx.auditKey(o.tx.ctx, &o.tx.store.sealer, o.id)
	if errors.Is(err, errNoAuditKey) {
		key, _, err = o.tx.makeAuditKey(o.tx.ctx, &o.tx.store.sealer, o.id)
	}
	if err != nil {
		return err
	}
	us := keep.Microseconds()
	_, err = o.tx.do(`INSERT INTO audit_trails (organization_id, retention, signature, verified_at, report) VALUES (?, ?, ?, 0, '')
		ON CONFLICT (organization_id) DO UPDATE SET retention = excluded.retention, signature = excluded.signature`,
		o.id, us, ed25519.Sign(key, retentionMessage(o.id, us)))
	if err == nil {
		o.note("organization.audit_retention_changed", o.id, detail{"before": retained(was), "after": retained(us)})
	}
	return err
}

func retentionMessage(organization string, us int64) []byte {
	return encoding(nil).text(retentionEncoding, organization).number(us)
}

func notFoundIsNone(err error) error {
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

// retained says a retention in a detail.
func retained(us int64) string {
	if us == 0 {
		return "for ever"
	}
	return (time.Duration(us) * time.Microsecond).String()
}

// expiryEvents and expiryBlocks bound what one change removes.
const (
	expiryEvents = 5000
	expiryBlocks = 100
)

// ExpireAudit removes events whose time is over, in whole blocks, and leaves a signed horizon behind. It returns how many events
// that were.
func (s *Store) ExpireAudit(ctx context.Context) (int, error) {
	type due struct {
		organization string
		retention    int64
		signature    []byte
	}
	var list []due
	err := s.read.rows(ctx, "SELECT organization_id, retention, signature FROM audit_trails WHERE retention > 0 ORDER BY organization_id", nil, func(scan scanner) error {
		var d due
		err := scan(&d.organization, &d.retention, &d.signature)
		list = append(list, d)
		return err
	})
	total, faults := 0, []error{err}
	for _, d := range list {
		n, err := s.expire(ctx, d.organization, d.retention, d.signature)
		total, faults = total+n, append(faults, err)
	}
	return total, errors.Join(faults...)
}

func (s *Store) expire(ctx context.Context, organization string, us int64, signature []byte) (int, error) {
	key, err := s.read.auditKey(ctx, &s.sealer, organization)
	if err != nil {
		return 0, err
	}
	if !ed25519.Verify(publicKey(key), retentionMessage(organization, us), signature) {
		return 0, fmt.Errorf("how long events of %s are kept was changed in the database, so none are removed: set it again", organization)
	}
	before := s.Now().Add(-time.Duration(us) * time.Microsecond)
	for total := 0; ; {
		n, err := s.expireSome(ctx, organization, before, key)
		if total += n; n == 0 || err != nil {
			return total, err
		}
	}
}

// expireSome removes the oldest blocks that were made before a time, with their events.
func (s *Store) expireSome(ctx context.Context, organization string, before time.Time, key ed25519.PrivateKey) (n int, err error) {
	err = s.Write(ctx, Actor{Kind: System, Name: "retention"}, func(tx *Tx) error {
		n = 0
		old, err := tx.oldBlocks(organization, before)
		if err != nil || len(old) == 0 {
			return err
		}
		for _, b := range old {
			if err := tx.dropEvents(organization, b.entries); err != nil {
				return err
			}
			n += len(b.entries)
		}
		return tx.moveHorizon(old[len(old)-1], key, n, len(old))
	})
	return n, err
}

func (tx *Tx) oldBlocks(organization string, before time.Time) (old []storedBlock, err error) {
	blocks, err := tx.blocks(tx.ctx, organization, " ORDER BY seq LIMIT ?", expiryBlocks)
	n := 0
	for _, b := range blocks {
		// What does not look like ours stays, for whoever verifies.
		if n += len(b.entries); !b.sound || !b.at.Before(before) || n > expiryEvents && len(old) > 0 {
			break
		}
		old = append(old, b)
	}
	return old, err
}

func (tx *Tx) dropEvents(organization string, entries []entry) error {
	ids := make([]string, len(entries))
	for i, e := range entries {
		ids[i] = e.id.String()
	}
	if err := tx.dropConcerns(organization, ids); err != nil {
		return err
	}
	_, err := tx.do("DELETE FROM events WHERE organization_id = ? AND id IN (SELECT ids.id FROM "+tx.d.idList+")", organization, tx.d.idParam(ids))
	return err
}

// moveHorizon removes the blocks up to one and says so.
func (tx *Tx) moveHorizon(last storedBlock, key ed25519.PrivateKey, events, blocks int) error {
	if _, err := tx.do("DELETE FROM audit_blocks WHERE organization_id = ? AND seq <= ?", last.organizationID, last.seq); err != nil {
		return err
	}
	h := horizon{OrganizationID: last.organizationID, Seq: last.seq, At: last.at, Hash: last.hash}
	_, err := tx.do(`INSERT INTO audit_horizons (organization_id, seq, at, hash, signature) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (organization_id) DO UPDATE SET seq = excluded.seq, at = excluded.at, hash = excluded.hash, signature = excluded.signature`,
		h.OrganizationID, h.Seq, micros(h.At), h.Hash[:], ed25519.Sign(key, h.message()))
	if err == nil {
		_, err = tx.do(`INSERT INTO trail_starts (organization_id, at) VALUES (?, ?) ON CONFLICT (organization_id) DO UPDATE SET at = excluded.at
			WHERE excluded.at > trail_starts.at`, h.OrganizationID, micros(h.At))
	}
	if err == nil {
		tx.note(h.OrganizationID, "", "audit.expired", h.OrganizationID, detail{"events": events, "blocks": blocks, "up_to_block": h.Seq, "up_to": h.At})
	}
	return err
}

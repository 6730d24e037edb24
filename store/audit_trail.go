package store

import (
	"context"
	"encoding/json"
	"errors"
	"time"
)

// trail is what is kept of an organization's trail as a whole.
type trail struct {
	retention  time.Duration
	verifiedAt time.Time
	report     string
}

func (o *OrganizationScope) trail(ctx context.Context) (trail, error) {
	if !o.valid() {
		return trail{}, nil
	}
	var t trail
	var retention, verified int64
	err := o.row(ctx, "SELECT retention, verified_at, report FROM audit_trails WHERE organization_id = ?", []any{o.id}, &retention, &verified, &t.report)
	if errors.Is(err, ErrNotFound) {
		err = nil
	}
	t.retention, t.verifiedAt = time.Duration(retention)*time.Microsecond, fromMicros(verified)
	return t, err
}

// AuditRetention is how long the organization's events are kept; 0: for ever.
func (o *OrganizationScope) AuditRetention(ctx context.Context) (time.Duration, error) {
	t, err := o.trail(ctx)
	return t.retention, err
}

// ExpiringEvents tells for each length of time how many events would go now if they were kept for so long; for 0, which is for ever, none.
func (o *OrganizationScope) ExpiringEvents(ctx context.Context, now time.Time, keeps ...time.Duration) ([]int, error) {
	counts := make([]int, len(keeps))
	if !o.valid() {
		return counts, nil
	}
	for i, keep := range keeps {
		if keep <= 0 {
			continue
		}
		// The length of a value is known without reading it, in both databases.
		err := o.row(ctx, "SELECT coalesce(sum(length(entries)), 0) FROM audit_blocks WHERE organization_id = ? AND at < ?", []any{o.id, micros(now.Add(-keep))}, &counts[i])
		if err != nil {
			return nil, err
		}
		counts[i] /= entrySize
	}
	return counts, nil
}

// LastAuditReport is what the last verification found that was kept; ErrNotFound when there was none.
func (o *OrganizationScope) LastAuditReport(ctx context.Context) (AuditReport, error) {
	t, err := o.trail(ctx)
	if err == nil && t.report == "" {
		err = ErrNotFound
	}
	if err != nil {
		return AuditReport{}, err
	}
	var r AuditReport
	return r, json.Unmarshal([]byte(t.report), &r)
}

// KeepAuditReport keeps what a verification found, for the console.
func (s *Store) KeepAuditReport(ctx context.Context, r AuditReport) error {
	text, err := json.Marshal(r)
	if err != nil || !validID(r.OrganizationID) {
		return err
	}
	_, err = s.bookkeep(ctx, `INSERT INTO audit_trails (organization_id, retention, signature, verified_at, report) VALUES (?, 0, ?, ?, ?)
		ON CONFLICT (organization_id) DO UPDATE SET verified_at = excluded.verified_at, report = excluded.report`, r.OrganizationID, []byte{}, micros(r.At), string(text))
	return err
}

// Trails lists the organizations that have events or blocks, removed ones too, for those who look after all of them.
func (s *Store) Trails(ctx context.Context) (organizations []string, err error) {
	for organization := noID; ; {
		if organization, err = s.read.nextTrail(ctx, organization); err != nil || organization == "" {
			return organizations, err
		}
		organizations = append(organizations, organization)
	}
}

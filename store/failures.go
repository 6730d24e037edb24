package store

import (
	"context"
	"time"
)

// Failures are the wrong passwords and codes of a person since a time and since the latest admission from the same address.
type Failures struct {
	Here, Everywhere         int       // from the one address, and from all
	LastHere, LastEverywhere time.Time // zero where there are none
}

// PasswordFailures locks the user, so that of many attempts at once each sees the ones before, and counts what failed.
func (d *DirectoryTx) PasswordFailures(userID, address string, since time.Time) (Failures, error) {
	if _, err := d.lockUser(userID); err != nil {
		return Failures{}, err
	}
	return d.read().PasswordFailures(d.tx.ctx, userID, address, since)
}

// PasswordFailures counts what failed of a user's attempts.
func (d *Directory) PasswordFailures(ctx context.Context, userID, address string, since time.Time) (Failures, error) {
	if !d.valid() || !validID(userID) {
		return Failures{}, nil
	}
	address = storable(address, maxClaimed)
	var f Failures
	var here, everywhere int64
	// The query relies on decisions_user_at.
	err := d.row(ctx, `SELECT count(*), coalesce(max(at), 0), coalesce(sum(CASE WHEN address = ? THEN 1 ELSE 0 END), 0),
		coalesce(max(CASE WHEN address = ? THEN at ELSE 0 END), 0) FROM decisions WHERE organization_id = ? AND user_id = ? AND at >= ? AND
		EXISTS (SELECT 1 FROM users WHERE directory_id = ? AND id = ?) AND reason = 'bad_credentials' AND at > (SELECT coalesce(max(at), 0) FROM decisions WHERE organization_id = ? AND user_id = ? AND at >= ? AND admitted AND address = ?)`,
		[]any{address, address, d.key.OrganizationID, userID, micros(since), d.key.DirectoryID, userID, d.key.OrganizationID, userID, micros(since), address},
		&f.Everywhere, &everywhere, &f.Here, &here)
	f.LastHere, f.LastEverywhere = fromMicros(here), fromMicros(everywhere)
	return f, err
}

package store

import (
	"context"
	"time"
)

// Purpose says what a one-time link is for.
type Purpose string

// The purposes.
const (
	ToInvite Purpose = "set_password"   // an administrator lets the person choose a password
	ToReset  Purpose = "reset_password" // the person has forgotten it
)

// How long a one-time link can be used.
const (
	InviteFor = 72 * time.Hour
	ResetFor  = 30 * time.Minute
)

// linkPrefixes begin the secrets of one-time links, so that a leaked one can be recognized.
var linkPrefixes = map[Purpose]string{ToInvite: "dli_", ToReset: "dlr_"}

// Invitation lets a person set the password once.
type Invitation struct {
	ID        string
	Purpose   Purpose
	Directory DirectoryKey
	UserID    string
	UserName  string
	ExpiresAt time.Time
}

// Invitation finds the invitation of a one-time secret. ErrNotFound for a secret that was never given, has expired, or
// is of somebody who is switched off; ErrUsed for one that was used or replaced.
func (s *Store) Invitation(ctx context.Context, secret string) (Invitation, error) {
	return s.read.invitation(ctx, secret, s.Now(), "")
}

func (c conn) invitation(ctx context.Context, secret string, now time.Time, lock string) (Invitation, error) {
	var i Invitation
	var expires, used int64
	err := c.row(ctx, `SELECT o.id, o.purpose, o.organization_id, o.directory_id, o.user_id, u.user_name, o.expires_at, o.used_at FROM one_time_secrets o
		JOIN users u ON u.directory_id = o.directory_id AND u.id = o.user_id AND (u.active OR u.held)
		WHERE o.secret_hash = ?`+lock, []any{hashSecret(secret)},
		&i.ID, &i.Purpose, &i.Directory.OrganizationID, &i.Directory.DirectoryID, &i.UserID, &i.UserName, &expires, &used)
	i.ExpiresAt = fromMicros(expires)
	switch {
	case err != nil:
		return Invitation{}, err
	case used != 0:
		return Invitation{}, ErrUsed
	case !now.Before(i.ExpiresAt):
		return Invitation{}, ErrNotFound
	}
	return i, nil
}

// Invite makes a secret with which the user can set the password once. Earlier ones lose their use: links get lost, and
// the one who asks for another must be able to trust that it is the only one.
func (d *DirectoryTx) Invite(userID string, purpose Purpose) (Invitation, string, error) {
	lasts, action := InviteFor, "user.invited"
	if purpose == ToReset {
		lasts, action = ResetFor, "user.reset_asked"
	}
	u, err := d.lockUser(userID)
	if err != nil {
		return Invitation{}, "", err
	}
	if !u.MayEnter() {
		return Invitation{}, "", &RefusedError{u.UserName + " is switched off, so a link would be of no use"}
	}
	if err := d.endLinks(userID); err != nil {
		return Invitation{}, "", err
	}
	i := Invitation{ID: d.tx.store.newID(), Purpose: purpose, Directory: d.key, UserID: userID, UserName: u.UserName, ExpiresAt: d.tx.now.Add(lasts)}
	secret := newSecret(linkPrefixes[purpose])
	_, err = d.tx.do(`INSERT INTO one_time_secrets (organization_id, id, purpose, directory_id, user_id, secret_hash, created_at, expires_at,
		used_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)`, d.key.OrganizationID, i.ID, string(purpose), d.key.DirectoryID, userID,
		hashSecret(secret), micros(d.tx.now), micros(i.ExpiresAt))
	if err != nil {
		return Invitation{}, "", err
	}
	d.note(action, userID, detail{"user_name": u.UserName, "expires_at": i.ExpiresAt})
	return i, secret, nil
}

// LinksSince tells how many one-time links for a purpose were made for the user since a time.
func (d *DirectoryTx) LinksSince(userID string, purpose Purpose, since time.Time) (int, error) {
	if !d.read().valid() || !validID(userID) {
		return 0, nil
	}
	var n int
	err := d.tx.get("SELECT count(*) FROM one_time_secrets WHERE directory_id = ? AND user_id = ? AND purpose = ? AND created_at >= ?",
		[]any{d.key.DirectoryID, userID, string(purpose), micros(since)}, &n)
	return n, err
}

// endLinks takes the use from the user's one-time links.
func (d *DirectoryTx) endLinks(userID string) error {
	return d.tx.later("UPDATE one_time_secrets SET used_at = ? WHERE directory_id = ? AND user_id = ? AND used_at = 0",
		micros(d.tx.now), d.key.DirectoryID, userID)
}

// AcceptInvitation uses an invitation up and keeps the hash of the password that was chosen. Sessions from before end.
// Of several who try at once one succeeds; errors as for Invitation.
func (tx *Tx) AcceptInvitation(secret, passwordHash string) (Invitation, error) {
	i, err := tx.invitation(tx.ctx, secret, tx.now, tx.d.forUpdate)
	if err != nil {
		return Invitation{}, err
	}
	return i, tx.Directory(i.Directory).SetPassword(i.UserID, passwordHash, "")
}

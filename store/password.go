package store

import (
	"context"
	"time"
)

// Invitation lets a local person set the password once.
type Invitation struct {
	ID        string
	Directory DirectoryKey
	UserID    string
	UserName  string
	ExpiresAt time.Time
}

// Invitation finds the invitation of a one-time secret. ErrNotFound for a secret that was never given or has expired,
// ErrUsed for one that was used.
func (s *Store) Invitation(ctx context.Context, secret string) (Invitation, error) {
	return s.read.invitation(ctx, secret, s.Now(), "")
}

func (c conn) invitation(ctx context.Context, secret string, now time.Time, lock string) (Invitation, error) {
	var i Invitation
	var expires, used int64
	err := c.row(ctx, `SELECT o.id, o.organization_id, o.directory_id, o.user_id, u.user_name, o.expires_at, o.used_at FROM one_time_secrets o
		JOIN users u ON u.directory_id = o.directory_id AND u.id = o.user_id
		WHERE o.secret_hash = ? AND o.purpose = 'set_password'`+lock, []any{hashSecret(secret)},
		&i.ID, &i.Directory.OrganizationID, &i.Directory.DirectoryID, &i.UserID, &i.UserName, &expires, &used)
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

// AcceptInvitation uses an invitation up and keeps the hash of the password that was chosen. Sessions from before end.
// Of several who try at once one succeeds; errors as for Invitation.
func (tx *Tx) AcceptInvitation(secret, passwordHash string) (Invitation, error) {
	i, err := tx.invitation(tx.ctx, secret, tx.now, tx.d.forUpdate)
	if err != nil {
		return Invitation{}, err
	}
	n, err := tx.do("UPDATE one_time_secrets SET used_at = ? WHERE organization_id = ? AND id = ? AND used_at = 0",
		micros(tx.now), i.Directory.OrganizationID, i.ID)
	if err != nil {
		return Invitation{}, err
	}
	if n == 0 {
		return Invitation{}, ErrUsed
	}
	_, err = tx.do(`INSERT INTO passwords (directory_id, user_id, hash, changed_at) VALUES (?, ?, ?, ?)
		ON CONFLICT (directory_id, user_id) DO UPDATE SET hash = excluded.hash, changed_at = excluded.changed_at`,
		i.Directory.DirectoryID, i.UserID, passwordHash, micros(tx.now))
	if err != nil {
		return Invitation{}, err
	}
	d := tx.Directory(i.Directory)
	d.note("user.password_set", i.UserID, detail{"user_name": i.UserName})
	return i, d.endSessions(i.UserID, "password_changed")
}

// LocalPerson is a local person who has a password.
type LocalPerson struct {
	Organization Organization
	User         User
	PasswordHash string
}

// LocalPeople finds the local people with a password by userName, compared under Fold. Each organization may have one
// of the name.
func (s *Store) LocalPeople(ctx context.Context, userName string) ([]LocalPerson, error) {
	if !isStorable(userName) {
		return nil, nil
	}
	var list []LocalPerson
	err := s.read.rows(ctx, "SELECT "+userColumns+`, o.id, p.hash FROM users u
		JOIN passwords p ON p.directory_id = u.directory_id AND p.user_id = u.id
		JOIN directories d ON d.id = u.directory_id AND d.connection_id IS NULL
		JOIN organizations o ON o.id = d.organization_id
		WHERE u.user_name_key = ? ORDER BY u.id LIMIT ?`, []any{Fold(userName), fewUsers}, func(scan scanner) error {
		var p LocalPerson
		var err error
		p.User, err = scanUser(scan, &p.Organization.ID, &p.PasswordHash)
		list = append(list, p)
		return err
	})
	for i := range list {
		if err == nil {
			list[i].Organization, err = s.read.findOrganization(ctx, list[i].Organization.ID)
		}
	}
	return list, err
}

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
	d := tx.Directory(i.Directory)
	if err := d.keepPassword(i.UserID, passwordHash); err != nil {
		return Invitation{}, err
	}
	d.note("user.password_set", i.UserID, detail{"user_name": i.UserName})
	return i, d.endSessions(i.UserID, "password_changed")
}

func (d *DirectoryTx) keepPassword(userID, hash string) error {
	_, err := d.tx.do(`INSERT INTO passwords (directory_id, user_id, hash, changed_at) VALUES (?, ?, ?, ?)
		ON CONFLICT (directory_id, user_id) DO UPDATE SET hash = excluded.hash, changed_at = excluded.changed_at`,
		d.key.DirectoryID, userID, hash, micros(d.tx.now))
	return err
}

// setPassword keeps a pushed password. Sessions that were begun with the one before end.
func (d *DirectoryTx) setPassword(u User, hash string) error {
	if err := d.keepPassword(u.ID, hash); err != nil {
		return err
	}
	d.note("user.password_set", u.ID, detail{"user_name": u.UserName})
	return d.endPasswordSessions(u.ID)
}

// removePassword removes the password if the record says so. kept says that it says so and that there was none.
func (d *DirectoryTx) removePassword(u User, r *UserRecord) (kept bool, err error) {
	if r.PasswordHash == nil || *r.PasswordHash != "" {
		return false, nil
	}
	n, err := d.tx.do("DELETE FROM passwords WHERE directory_id = ? AND user_id = ?", d.key.DirectoryID, u.ID)
	if err != nil {
		return false, err
	}
	if n == 0 {
		r.PasswordHash = nil
		return true, nil
	}
	d.note("user.password_removed", u.ID, detail{"user_name": u.UserName})
	return false, d.endPasswordSessions(u.ID)
}

func (d *DirectoryTx) endPasswordSessions(userID string) error {
	return d.tx.endSessionsWhere(d.key, "password_changed", " AND user_id = ? AND method = 'password'", userID)
}

// PasswordPerson is a person who has a password, whether it is good for anything or not.
type PasswordPerson struct {
	Organization Organization
	Connection   Connection // no ID for people of the local directory
	User         User
	PasswordHash string
	WaysIn       WaysIn
}

// Directory is the key of the person's directory.
func (p PasswordPerson) Directory() DirectoryKey {
	if p.Connection.ID == "" {
		return p.Organization.LocalDirectory
	}
	return p.Connection.Directory()
}

// PasswordPeople finds the people with a password by userName, compared under Fold: each directory may have one of the
// name.
func (s *Store) PasswordPeople(ctx context.Context, userName string) ([]PasswordPerson, error) {
	if !isStorable(userName) {
		return nil, nil
	}
	type place struct{ organization, connection string }
	var list []PasswordPerson
	var places []place
	err := s.read.rows(ctx, "SELECT "+userColumns+`, d.organization_id, coalesce(CAST(d.connection_id AS text), ''), p.hash, `+waysInColumns+` FROM users u
		JOIN passwords p ON p.directory_id = u.directory_id AND p.user_id = u.id
		JOIN directories d ON d.id = u.directory_id
		WHERE u.user_name_key = ? ORDER BY u.id LIMIT ?`, []any{Fold(userName), fewUsers}, func(scan scanner) error {
		var p PasswordPerson
		var at place
		var row waysInRow
		var err error
		p.User, err = scanUser(scan, append([]any{&at.organization, &at.connection, &p.PasswordHash}, row.fields()...)...)
		p.WaysIn = row.waysIn()
		list, places = append(list, p), append(places, at)
		return err
	})
	for i, at := range places {
		if err == nil {
			list[i].Organization, err = s.read.findOrganization(ctx, at.organization)
		}
		if err == nil && at.connection != "" {
			list[i].Connection, err = s.FindConnection(ctx, at.connection)
		}
	}
	return list, err
}

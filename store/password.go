package store

import "context"

// SetPassword keeps the hash of the password that a user chose. One-time links lose their use, and sessions end, all but
// the one with the id keep ("": none).
func (d *DirectoryTx) SetPassword(userID, hash, keep string) error {
	u, err := d.lockUser(userID)
	if err != nil {
		return err
	}
	if err := d.keepPassword(userID, hash); err != nil {
		return err
	}
	d.note("user.password_set", userID, detail{"user_name": u.UserName})
	if !validID(keep) {
		keep = noID
	}
	return d.tx.endSessionsWhere(d.key, "password_changed", " AND user_id = ? AND id <> ?", userID, keep)
}

// keepPassword keeps a hash. Links to choose a password die with the one that they would replace, and so do sign-ins that
// began with that one.
func (d *DirectoryTx) keepPassword(userID, hash string) error {
	_, err := d.tx.do(`INSERT INTO passwords (directory_id, user_id, hash, changed_at) VALUES (?, ?, ?, ?)
		ON CONFLICT (directory_id, user_id) DO UPDATE SET hash = excluded.hash, changed_at = excluded.changed_at`,
		d.key.DirectoryID, userID, hash, micros(d.tx.now))
	if err != nil {
		return err
	}
	if err := d.endLinks(userID); err != nil {
		return err
	}
	return d.endChallenges(userID)
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
	Organization Organization // of the directory
	Connection   Connection   // no ID for people of the local directory
	Attachments  []string     // for who fills it in: what is said of the connection, from where the person signs in to
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
	return s.passwordPeople(ctx, "u.user_name_key = ?", Fold(userName))
}

// PasswordPersonOf finds the person with a password of a directory by the id.
func (s *Store) PasswordPersonOf(ctx context.Context, key DirectoryKey, userID string) (PasswordPerson, error) {
	if !s.Directory(key).valid() || !validID(userID) {
		return PasswordPerson{}, ErrNotFound
	}
	return first(s.passwordPeople(ctx, "d.organization_id = ? AND u.directory_id = ? AND u.id = ?", key.OrganizationID, key.DirectoryID, userID))
}

func (s *Store) passwordPeople(ctx context.Context, condition string, args ...any) ([]PasswordPerson, error) {
	type place struct{ organization, connection string }
	var list []PasswordPerson
	var places []place
	err := s.read.rows(ctx, "SELECT "+userColumns+`, d.organization_id, coalesce(CAST(d.connection_id AS text), ''), p.hash, `+waysInColumns+` FROM users u
		JOIN passwords p ON p.directory_id = u.directory_id AND p.user_id = u.id
		JOIN directories d ON d.id = u.directory_id
		JOIN organizations g ON g.id = d.organization_id
		WHERE `+condition+" ORDER BY u.id LIMIT ?", append(args, fewUsers), func(scan scanner) error {
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

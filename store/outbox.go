package store

import (
	"context"
	"net/mail"
	"strings"
	"time"
)

// Mail is a message to one person. It waits in the outbox until it is sent, so that a mail server that does not answer
// stops nothing else.
type Mail struct {
	ID             string
	OrganizationID string
	Directory      DirectoryKey
	UserID         string
	To             string
	Subject        string
	Text           string // empty in lists: it may hold a one-time link
	CreatedAt      time.Time
	ExpiresAt      time.Time // when it is of no use any more
	NextAt         time.Time // of the next attempt
	Attempts       int
	Fault          string // why the latest attempt failed
}

// mailPlace is where a message's text is sealed for.
func mailPlace(id string) string { return "outbox.body " + id }

// IsAddress says whether a text is an e-mail address alone, such as alice@example.com.
func IsAddress(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s && strings.Count(s, "@") == 1
}

// QueueMail puts a message to a user into the outbox.
func (d *DirectoryTx) QueueMail(userID string, m Mail) error {
	if !IsAddress(m.To) {
		return &InvalidError{"address", "must be an e-mail address such as alice@example.com"}
	}
	if _, err := d.lockUser(userID); err != nil {
		return err
	}
	m.ID = d.tx.store.newID()
	sealed, err := d.tx.store.sealer.seal(m.Text, mailPlace(m.ID))
	if err != nil {
		return err
	}
	_, err = d.tx.do(`INSERT INTO outbox (organization_id, id, directory_id, user_id, recipient, subject, body, created_at, expires_at,
		next_at, attempts, fault) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, '')`, d.key.OrganizationID, m.ID, d.key.DirectoryID, userID,
		m.To, m.Subject, sealed, micros(d.tx.now), micros(m.ExpiresAt), micros(d.tx.now))
	if err == nil {
		d.note("mail.queued", m.ID, detail{"user": userID, "to": m.To, "subject": m.Subject})
	}
	return err
}

const mailColumns = "organization_id, id, directory_id, user_id, recipient, subject, body, created_at, expires_at, next_at, attempts, fault"

// mails reads messages; the text stays sealed.
func (c conn) mails(ctx context.Context, rest string, args ...any) (list []Mail, sealed [][]byte, err error) {
	err = c.rows(ctx, "SELECT "+mailColumns+" FROM outbox"+rest, args, func(scan scanner) error {
		var m Mail
		var body []byte
		var created, expires, next int64
		err := scan(&m.OrganizationID, &m.ID, &m.Directory.DirectoryID, &m.UserID, &m.To, &m.Subject, &body, &created, &expires, &next, &m.Attempts, &m.Fault)
		m.Directory.OrganizationID = m.OrganizationID
		m.CreatedAt, m.ExpiresAt, m.NextAt = fromMicros(created), fromMicros(expires), fromMicros(next)
		list, sealed = append(list, m), append(sealed, body)
		return err
	})
	return list, sealed, err
}

// UnsentMail lists what waits in the outbox, the oldest first and at most 1,000, without the texts.
func (s *Store) UnsentMail(ctx context.Context) ([]Mail, error) {
	list, _, err := s.read.mails(ctx, " ORDER BY created_at, id LIMIT 1000")
	return list, err
}

// CountUnsentMail counts what waits in the outbox.
func (s *Store) CountUnsentMail(ctx context.Context) (n int, err error) {
	err = s.read.row(ctx, "SELECT count(*) FROM outbox", nil, &n)
	return n, err
}

// ClaimMail takes a message whose time has come, for so long: should its sender not come back, another one takes it then.
// ErrNotFound when there is none.
func (s *Store) ClaimMail(ctx context.Context, lease time.Duration) (Mail, error) {
	for {
		now := s.Now()
		list, sealed, err := s.read.mails(ctx, " WHERE next_at <= ? ORDER BY next_at, id LIMIT 1", micros(now))
		if err != nil {
			return Mail{}, err
		}
		if len(list) == 0 {
			return Mail{}, ErrNotFound
		}
		m := list[0]
		n, err := s.bookkeep(ctx, "UPDATE outbox SET next_at = ?, attempts = attempts + 1 WHERE organization_id = ? AND id = ? AND next_at = ?",
			micros(now.Add(lease)), m.OrganizationID, m.ID, micros(m.NextAt))
		if err != nil {
			return Mail{}, err
		}
		if n == 0 {
			continue // another node was faster
		}
		m.Attempts++
		m.Text, err = s.sealer.open(sealed[0], mailPlace(m.ID))
		return m, err
	}
}

// PutOffMail gives a message that could not be sent its next attempt.
func (s *Store) PutOffMail(ctx context.Context, m Mail, next time.Time, fault string) error {
	_, err := s.bookkeep(ctx, "UPDATE outbox SET next_at = ?, fault = ? WHERE organization_id = ? AND id = ?",
		micros(next), storable(fault, maxClaimed), m.OrganizationID, m.ID)
	return err
}

// FinishMail takes a message out of the outbox: it was sent, or is given up because of a fault.
func (s *Store) FinishMail(ctx context.Context, m Mail, fault string) error {
	return s.Write(ctx, Actor{Kind: System, Name: "mail"}, func(tx *Tx) error {
		if err := tx.doOne("DELETE FROM outbox WHERE organization_id = ? AND id = ?", m.OrganizationID, m.ID); err != nil {
			return err
		}
		action, more := "mail.sent", detail{"user": m.UserID, "to": m.To, "attempts": m.Attempts}
		if fault != "" {
			action, more["fault"] = "mail.given_up", storable(fault, maxClaimed)
		}
		tx.note(m.OrganizationID, m.Directory.DirectoryID, action, m.ID, more)
		return nil
	})
}

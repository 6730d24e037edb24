package store

import (
	"context"
	"errors"
	"time"
)

// UseAssertion marks an assertion of a connection as used, for as long as it would be accepted. ErrUsed says that it was
// used before, on this server or another one.
func (s *Store) UseAssertion(ctx context.Context, c Connection, assertionID string, until time.Time) error {
	if !validID(c.OrganizationID) || !validID(c.ID) {
		return ErrNotFound
	}
	n, err := s.bookkeep(ctx, `INSERT INTO saml_assertions (organization_id, connection_id, id_hash, expires_at) VALUES (?, ?, ?, ?)
		ON CONFLICT DO NOTHING`, c.OrganizationID, c.ID, hashSecret(assertionID), micros(until))
	if err == nil && n == 0 {
		err = ErrUsed
	}
	return err
}

// KeepSAMLAnswer keeps what a good response said until the browser comes for it, or until a time.
func (s *Store) KeepSAMLAnswer(ctx context.Context, c Connection, state, answer string, until time.Time) error {
	if !validID(c.OrganizationID) || !validID(c.ID) {
		return ErrNotFound
	}
	_, err := s.bookkeep(ctx, `INSERT INTO saml_answers (organization_id, connection_id, state_hash, answer, expires_at) VALUES (?, ?, ?, ?, ?)`,
		c.OrganizationID, c.ID, hashSecret(state), answer, micros(until))
	return err
}

// TakeSAMLAnswer returns what was kept under a state, once. ErrNotFound says that there is nothing, or nothing any more.
func (s *Store) TakeSAMLAnswer(ctx context.Context, c Connection, state string) (string, error) {
	if !validID(c.OrganizationID) || !validID(c.ID) {
		return "", ErrNotFound
	}
	const where = " FROM saml_answers WHERE organization_id = ? AND connection_id = ? AND state_hash = ? AND expires_at > ?"
	args := []any{c.OrganizationID, c.ID, hashSecret(state), micros(s.Now())}
	var answer string
	if err := s.read.row(ctx, "SELECT answer"+where, args, &answer); err != nil {
		return "", err
	}
	n, err := s.bookkeep(ctx, "DELETE"+where, args...)
	if err == nil && n == 0 { // somebody was faster
		err = ErrNotFound
	}
	return answer, err
}

// PurgeSAML forgets used assertions that nobody would accept any more, and answers that nobody came for.
func (s *Store) PurgeSAML(ctx context.Context) error {
	now := micros(s.Now())
	_, err1 := s.bookkeep(ctx, "DELETE FROM saml_assertions WHERE expires_at < ?", now)
	_, err2 := s.bookkeep(ctx, "DELETE FROM saml_answers WHERE expires_at < ?", now)
	return errors.Join(err1, err2)
}

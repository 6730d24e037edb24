package store

import (
	"context"
	"errors"
	"time"
)

// Consent is the making of a connection that waits for an administrator's consent at the provider.
type Consent struct {
	OrganizationID string
	SessionID      string // of who began it
	Slug, Name     string // of the connection to make
	ExpiresAt      time.Time
}

// StartConsent keeps a consent under its state, of which only a hash is kept, and forgets expired ones. It refuses a slug that no
// connection could get, before anybody goes to the provider for it.
func (s *Store) StartConsent(ctx context.Context, state string, c Consent) error {
	if !validID(c.OrganizationID) || !validID(c.SessionID) {
		return ErrNotFound
	}
	if err := checkConnectionSlug(c.Slug); err != nil {
		return err
	}
	if _, err := s.FindConnection(ctx, c.Slug); !errors.Is(err, ErrNotFound) {
		if err == nil {
			err = &ConflictError{Field: "slug"}
		}
		return err
	}
	_, err := s.bookkeep(ctx, "INSERT INTO consents (organization_id, state_hash, session_id, slug, name, expires_at) VALUES (?, ?, ?, ?, ?, ?)",
		c.OrganizationID, hashSecret(state), c.SessionID, c.Slug, storable(c.Name, maxClaimed), micros(c.ExpiresAt))
	if err != nil {
		return err
	}
	_, err = s.bookkeep(ctx, "DELETE FROM consents WHERE expires_at < ?", micros(s.Now()))
	return err
}

// ConsumeConsent returns the consent of a state and forgets it, so that a state is good once. ErrNotFound for a state that was never
// given, was used, or has expired. Whether it is another session's is for the caller to judge.
func (s *Store) ConsumeConsent(ctx context.Context, state string) (Consent, error) {
	var c Consent
	var expires int64
	hash := hashSecret(state)
	err := s.read.row(ctx, "SELECT organization_id, session_id, slug, name, expires_at FROM consents WHERE state_hash = ?", []any{hash},
		&c.OrganizationID, &c.SessionID, &c.Slug, &c.Name, &expires)
	if err != nil {
		return Consent{}, err
	}
	c.ExpiresAt = fromMicros(expires)
	n, err := s.bookkeep(ctx, "DELETE FROM consents WHERE state_hash = ?", hash)
	if err != nil {
		return Consent{}, err
	}
	if n == 0 || !s.Now().Before(c.ExpiresAt) {
		return Consent{}, ErrNotFound
	}
	return c, nil
}

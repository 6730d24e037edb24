package store

import (
	"context"
	"sync"
	"time"
)

// What a credential stands for takes four tables to know, for each request anew. But it hardly ever changes, and the database knows when it does: a
// credential that was read before is good as it was read if the stamp of its organization is still the same (credential_revisions). Nothing is good
// without having asked for that.

// credentialAsk is who asks what a secret stands for, by its hash, and whether they are going to write: requests of one provider come at once.
type credentialAsk struct {
	secretHash, address string
	writes              bool
}

// stampedCredential is a credential with the stamp that its organization had when it was read; "" if there was none.
type stampedCredential struct {
	Credential
	stamp string
}

// knownCredentials are the credentials that were shown of late. The zero value is ready.
type knownCredentials struct {
	mu    sync.Mutex
	known map[credentialAsk]stampedCredential
}

// maxKnownCredentials bounds them. A server has a few for each connection, from a few addresses; all are read again when there are too many.
const maxKnownCredentials = 1000

func (k *knownCredentials) keep(ask credentialAsk, c stampedCredential) {
	if c.stamp == "" {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.known[ask] == c {
		return
	}
	if k.known == nil || len(k.known) >= maxKnownCredentials {
		k.known = map[credentialAsk]stampedCredential{}
	}
	k.known[ask] = c
}

func (k *knownCredentials) find(ask credentialAsk) (stampedCredential, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	c, known := k.known[ask]
	return c, known
}

// knownCredential is a credential that was shown before, if the database says that it is still what it was. ErrNotFound otherwise, which says nothing
// of the credential.
func (s *Store) knownCredential(ctx context.Context, ask credentialAsk, now time.Time) (stampedCredential, error) {
	c, known := s.sharing.known.find(ask)
	if !known || !c.ExpiresAt.IsZero() && !c.ExpiresAt.After(now) {
		return stampedCredential{}, ErrNotFound
	}
	var stamp string
	err := s.read.joint().row(ctx, "SELECT stamp FROM credential_revisions WHERE organization_id = ?", []any{c.Connection.OrganizationID}, &stamp)
	if err == nil && stamp != c.stamp {
		err = ErrNotFound
	}
	return c, err
}

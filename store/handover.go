package store

import (
	"context"
	"time"
)

// HostTokenPrefix begins the secrets by which sessions are known on an application's host, so that a leaked one can be
// recognized.
const HostTokenPrefix = "dlh_"

// Handover is a browser on its way from the door to an application's host.
type Handover struct {
	OrganizationID string
	SessionID      string // of the person at the door
	Host           string // the only one where the code works
	Browser        []byte // SHA-256 of the cookie on that host that binds it to a browser
	ReturnTo       string // a path of that host
	ExpiresAt      time.Time
}

// StartHandover keeps a handover under its code, of which only a hash is kept, and forgets handovers long past.
func (s *Store) StartHandover(ctx context.Context, code string, n Handover) error {
	if !validID(n.OrganizationID) || !validID(n.SessionID) {
		return ErrNotFound
	}
	_, err := s.bookkeep(ctx, `INSERT INTO handovers (organization_id, code_hash, session_id, host, browser, return_to, expires_at, used_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, 0)`, n.OrganizationID, hashSecret(code), n.SessionID, n.Host, n.Browser, storable(n.ReturnTo, maxReturnTo), micros(n.ExpiresAt))
	if err != nil {
		return err
	}
	_, err = s.bookkeep(ctx, "DELETE FROM handovers WHERE expires_at < ?", micros(s.Now().Add(-rememberUsed)))
	return err
}

// ConsumeHandover returns the handover of a code and makes the code unusable. ErrNotFound for a code that was never given
// or is long past; ErrUsed, with the handover, for one that was used before. Whether it has expired, or is another
// browser's or host's, is for the caller to judge.
func (s *Store) ConsumeHandover(ctx context.Context, code string) (Handover, error) {
	hash := hashSecret(code)
	n, err := s.bookkeep(ctx, "UPDATE handovers SET used_at = ? WHERE code_hash = ? AND used_at = 0", micros(s.Now()), hash)
	if err != nil {
		return Handover{}, err
	}
	var h Handover
	var expires int64
	err = s.read.row(ctx, "SELECT organization_id, session_id, host, browser, return_to, expires_at FROM handovers WHERE code_hash = ?", []any{hash},
		&h.OrganizationID, &h.SessionID, &h.Host, &h.Browser, &h.ReturnTo, &expires)
	h.ExpiresAt = fromMicros(expires)
	if err == nil && n == 0 {
		err = ErrUsed
	}
	return h, err
}

// MaxSessionHosts is on how many hosts a session can be known at once. One more forgets the oldest.
const MaxSessionHosts = 100

// OpenHost makes a session known on an application's host by the hash of a secret of its own, in place of the one before.
// ErrNotFound when the session has ended.
func (d *DirectoryTx) OpenHost(session Session, host string, secretHash []byte) error {
	if !d.read().valid() || !validID(session.ID) || host == "" || !isStorable(host) {
		return ErrNotFound
	}
	if err := d.livingSession(session.ID); err != nil {
		return err
	}
	_, err := d.tx.do(`INSERT INTO session_hosts (organization_id, session_id, host, secret_hash, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (organization_id, session_id, host) DO UPDATE SET secret_hash = excluded.secret_hash, created_at = excluded.created_at`,
		d.key.OrganizationID, session.ID, host, secretHash, micros(d.tx.now), micros(session.ExpiresAt))
	if err != nil {
		return err
	}
	d.note("session.host_opened", session.ID, detail{"user": session.UserID, "host": host})
	_, err = d.tx.do(`DELETE FROM session_hosts WHERE organization_id = ? AND session_id = ? AND host NOT IN (SELECT host FROM session_hosts
		WHERE organization_id = ? AND session_id = ? ORDER BY created_at DESC, host LIMIT ?)`,
		d.key.OrganizationID, session.ID, d.key.OrganizationID, session.ID, MaxSessionHosts)
	return err
}

// atHost finds the session of a secret that it has on a host, by the index session_hosts_secret.
const atHost = "(s.organization_id, s.id) IN (SELECT h.organization_id, h.session_id FROM session_hosts h WHERE h.secret_hash = ? AND h.host = ?)"

// VisitAt finds a session by the SHA-256 of the secret that it has on a host, as Visit does by its own. On another host the
// secret is as good as none: ErrNotFound.
func (s *Store) VisitAt(ctx context.Context, host string, secretHash []byte) (Visit, error) {
	if !isStorable(host) {
		return Visit{}, ErrNotFound
	}
	return s.sharedVisit(ctx, visitAsk{secretHash: string(secretHash), host: host}, func(ctx context.Context) (Visit, error) {
		return s.visit(ctx, s.visitAtSQL, secretHash, host)
	})
}

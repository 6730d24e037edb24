package store

import (
	"context"
	"time"
)

// SCIMWay is a way in which a connection's provider can prove itself to SCIM now.
type SCIMWay struct {
	ConnectionID string
	Kind         CredentialKind
	ID, Label    string    // of the token, the client or the connection
	Asserts      bool      // the client has no secret: it shows what its provider signs
	ExpiresAt    time.Time // of the client's secret that lasts longest; zero: never
	LastUsedAt   time.Time // to a minute; zero where it was never used, or where that is not kept
}

// Each part finds its rows by the organization, which its table's primary key begins with.
const wayQuery = `SELECT t.connection_id, 'token', t.id, t.label, '', t.expires_at, t.last_used_at FROM scim_tokens t
		WHERE t.organization_id = ? AND t.revoked_at = 0 AND (t.expires_at = 0 OR t.expires_at > ?)
	UNION ALL SELECT k.connection_id, 'client', k.id, k.label, k.subject, 0, k.last_used_at FROM scim_clients k
		WHERE k.organization_id = ? AND k.revoked_at = 0 AND k.subject <> ''
	UNION ALL SELECT k.connection_id, 'client', k.id, k.label, '', s.expires_at, k.last_used_at FROM scim_clients k
		JOIN scim_client_secrets s ON s.organization_id = k.organization_id AND s.client_id = k.id
		WHERE k.organization_id = ? AND k.revoked_at = 0 AND k.subject = '' AND s.revoked_at = 0 AND (s.expires_at = 0 OR s.expires_at > ?)
	UNION ALL SELECT a.connection_id, 'connection', a.connection_id, '', '', 0, 0 FROM scim_access a WHERE a.organization_id = ? AND a.entra_tokens = ?`

// SCIMWays lists how the providers of the organization's connections can prove themselves now, in no order.
func (o *OrganizationScope) SCIMWays(ctx context.Context, now time.Time) ([]SCIMWay, error) {
	if !o.valid() {
		return nil, nil
	}
	var list []SCIMWay
	known := map[string]int{} // where in the list a credential is, which comes once for each secret
	args := []any{o.id, micros(now), o.id, o.id, micros(now), o.id, true}
	err := o.rows(ctx, wayQuery, args, func(scan scanner) error {
		var w SCIMWay
		var subject string
		var expires, used int64
		err := scan(&w.ConnectionID, &w.Kind, &w.ID, &w.Label, &subject, &expires, &used)
		w.Asserts, w.ExpiresAt, w.LastUsedAt = subject != "", fromMicros(expires), fromMicros(used)
		at, again := known[w.ID]
		switch {
		case again && list[at].endsBefore(w):
			list[at].ExpiresAt = w.ExpiresAt
		case !again:
			known[w.ID] = len(list)
			list = append(list, w)
		}
		return err
	})
	return list, err
}

func (w SCIMWay) endsBefore(other SCIMWay) bool {
	return !w.ExpiresAt.IsZero() && (other.ExpiresAt.IsZero() || other.ExpiresAt.After(w.ExpiresAt))
}

// SCIMWayInUse is the way by which a connection's provider comes: the one that was used last or, before any was, the one that lasts
// longest. ErrNotFound where it has none.
func SCIMWayInUse(all []SCIMWay, connectionID string) (SCIMWay, error) {
	var best SCIMWay
	for _, w := range all {
		if w.ConnectionID != connectionID {
			continue
		}
		later := w.LastUsedAt.After(best.LastUsedAt)
		if best.ConnectionID == "" || later || w.LastUsedAt.Equal(best.LastUsedAt) && best.endsBefore(w) {
			best = w
		}
	}
	if best.ConnectionID == "" {
		return best, ErrNotFound
	}
	return best, nil
}

package store

import (
	"context"
	"time"
)

// SessionFilter selects sessions of an organization; an empty field does not restrict.
type SessionFilter struct {
	ID, DirectoryID, UserID string
	Before                  string // the id of the last session already seen
}

// condition is SQL on sessions s, always beginning with a condition of its own. ok is false where nothing can meet it.
func (f SessionFilter) condition(now time.Time) (sql string, args []any, ok bool) {
	sql, args = "s.expires_at > ?", []any{micros(now)}
	for _, part := range []struct{ sql, id string }{
		{"s.id = ?", f.ID}, {"s.directory_id = ?", f.DirectoryID}, {"s.user_id = ?", f.UserID}, {"s.id < ?", f.Before},
	} {
		if part.id == "" {
			continue
		}
		if !validID(part.id) {
			return "", nil, false
		}
		sql, args = sql+" AND "+part.sql, append(args, part.id)
	}
	return sql, args, true
}

// ListedSession is a session in a list, with the name of its person.
type ListedSession struct {
	Session
	UserName string
}

// SessionPage is how many sessions a list holds at most. To go on, give the last one's id as Before.
const SessionPage = 1000

// ListSessions lists the sessions that are neither ended nor over at a time, newest first.
func (o *OrganizationScope) ListSessions(ctx context.Context, f SessionFilter, now time.Time) ([]ListedSession, error) {
	condition, args, ok := f.condition(now)
	if !ok || !o.valid() {
		return nil, nil
	}
	var list []ListedSession
	err := o.rows(ctx, "SELECT "+sessionColumns+`, u.user_name FROM sessions s
		JOIN directories d ON d.organization_id = s.organization_id AND d.id = s.directory_id
		JOIN users u ON u.directory_id = s.directory_id AND u.id = s.user_id
		WHERE `+letsInto+` AND s.revoked_at = 0 AND `+condition+" ORDER BY s.id DESC LIMIT ?",
		append(append([]any{o.id, o.id}, args...), SessionPage), func(scan scanner) error {
			var r sessionRow
			var l ListedSession
			err := scan(append(r.fields(), &l.UserName)...)
			l.Session = r.session()
			list = append(list, l)
			return err
		})
	return list, err
}

// EndSessions ends the sessions that the filter selects and that are not over, and says how many they were.
func (o *OrganizationTx) EndSessions(f SessionFilter, reason string) (int, error) {
	condition, args, ok := f.condition(o.tx.now)
	if !ok || !validID(o.id) {
		return 0, nil
	}
	return o.tx.endSelected(reason, letsInto+" AND "+condition, append([]any{o.id, o.id}, args...)...)
}

// keepSessions is how long a session is remembered after its time, so that an auditor finds it.
const keepSessions = 30 * 24 * time.Hour

// purgeBatch bounds the rows that one statement deletes, and so how long others wait for it.
const purgeBatch = 1000

// PurgeSessions forgets sessions whose time was over 30 days ago. Several servers may do it at once.
func (s *Store) PurgeSessions(ctx context.Context) (int64, error) {
	_, err := s.purge(ctx, `DELETE FROM session_hosts WHERE (organization_id, session_id, host) IN
		(SELECT organization_id, session_id, host FROM session_hosts WHERE expires_at < ? LIMIT ?)`)
	if err != nil {
		return 0, err
	}
	return s.purge(ctx, `DELETE FROM sessions WHERE (organization_id, id) IN
		(SELECT organization_id, id FROM sessions WHERE expires_at < ? LIMIT ?)`)
}

// purge repeats a statement that deletes a batch of rows until none is left, and counts them.
func (s *Store) purge(ctx context.Context, statement string) (int64, error) {
	before := micros(s.Now().Add(-keepSessions))
	for purged := int64(0); ; {
		n, err := s.bookkeep(ctx, statement, before, purgeBatch)
		purged += n
		if err != nil || n < purgeBatch {
			return purged, err
		}
	}
}

// EndProviderSessions ends the sessions that belong to a session at their identity provider, and returns them. issuer ""
// stands for any: the id is the provider's secret, shared with those who took part in that session alone.
func (s *Store) EndProviderSessions(ctx context.Context, actor Actor, sid, issuer string) (issuers []string, err error) {
	if sid == "" || !isStorable(sid) || !isStorable(issuer) {
		return nil, nil
	}
	type found struct{ organization, session, issuer string }
	var list []found
	err = s.read.rows(ctx, `SELECT s.organization_id, s.id, c.issuer FROM sessions s
		JOIN directories d ON d.organization_id = s.organization_id AND d.id = s.directory_id
		JOIN connections c ON c.organization_id = d.organization_id AND c.id = d.connection_id
		WHERE s.provider_sid = ? AND s.provider_sid <> '' AND s.revoked_at = 0 AND (? = '' OR c.issuer = ?) LIMIT ?`,
		[]any{sid, issuer, issuer, purgeBatch}, func(scan scanner) error {
			var f found
			err := scan(&f.organization, &f.session, &f.issuer)
			list, issuers = append(list, f), append(issuers, f.issuer)
			return err
		})
	if err != nil || len(list) == 0 {
		return nil, err
	}
	err = s.Write(ctx, actor, func(tx *Tx) error {
		for _, f := range list {
			if _, err := tx.Organization(f.organization).EndSessions(SessionFilter{ID: f.session}, "provider_logout"); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return issuers, nil
}

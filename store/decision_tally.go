package store

import (
	"context"
	"time"
)

// Attempts is how many attempts to enter had the same outcome within an hour.
type Attempts struct {
	Hour         time.Time // its beginning
	ConnectionID string    // "" for local people
	Reason       string
	Count        int
}

// tallyAfter is how long an hour has been over before it is counted: a transaction that began in it is long decided then.
const tallyAfter = 5 * time.Minute

// keepTallies is how long the counted hours are kept, at least the 30 days that are shown.
const keepTallies = 32 * 24 * time.Hour

const hourMicros = int64(time.Hour / time.Microsecond)

// TallyDecisions counts the decisions of the hours that are over. Several servers may do it at once. What it writes nobody else
// does, so that no sign-in waits for it.
func (s *Store) TallyDecisions(ctx context.Context) error {
	to := s.Now().Add(-tallyAfter).Truncate(time.Hour)
	due := map[string]int64{}
	err := s.read.rows(ctx, `SELECT o.id, coalesce(t.tallied_to, 0) FROM organizations o
		LEFT JOIN decision_tallies t ON t.organization_id = o.id WHERE coalesce(t.tallied_to, 0) < ?`, []any{micros(to)}, func(scan scanner) error {
		var id string
		var from int64
		err := scan(&id, &from)
		due[id] = from
		return err
	})
	for id, from := range due {
		if err == nil {
			err = s.tally(ctx, id, fromMicros(from), to)
		}
	}
	return err
}

// tally counts an organization's decisions up to a time, a day at a time.
func (s *Store) tally(ctx context.Context, organizationID string, from, to time.Time) error {
	if oldest := to.Add(-keepTallies); from.Before(oldest) {
		var first int64
		err := s.read.row(ctx, "SELECT coalesce(min(at), ?) FROM decisions WHERE organization_id = ? AND at >= ?",
			[]any{micros(to), organizationID, micros(oldest)}, &first)
		if err != nil {
			return err
		}
		from = fromMicros(first).Truncate(time.Hour)
	}
	for {
		end := to
		if next := from.Add(24 * time.Hour); next.Before(to) {
			end = next
		}
		counted, err := s.Organization(organizationID).countDecisions(ctx, from, end)
		if err == nil {
			err = s.writeTally(ctx, organizationID, counted, end)
		}
		if from = end; err != nil || !from.Before(to) {
			return err
		}
	}
}

// writeTally keeps counted hours, and forgets old ones.
func (s *Store) writeTally(ctx context.Context, organizationID string, counted []Attempts, to time.Time) error {
	return s.writer.write(ctx, func(c conn) error {
		ctx := s.statementContext(ctx)
		// Who removes an organization waits, so that none of its numbers come after it.
		known := 0
		err := c.rows(ctx, "SELECT 1 FROM organizations WHERE id = ?"+s.dialect.forShare, []any{organizationID}, func(scan scanner) error { return scan(&known) })
		if err != nil || known == 0 {
			return err
		}
		for rest := counted; len(rest) > 0; {
			batch := rest[:min(insertBatch, len(rest))]
			rest = rest[len(batch):]
			var args []any
			for _, a := range batch {
				args = append(args, organizationID, micros(a.Hour), a.ConnectionID, a.Reason, a.Count)
			}
			_, err := c.exec(ctx, "INSERT INTO decision_hours (organization_id, hour, connection_id, reason, attempts) VALUES "+valueRows(len(batch), 5)+
				" ON CONFLICT (organization_id, hour, connection_id, reason) DO UPDATE SET attempts = excluded.attempts", args...)
			if err != nil {
				return err
			}
		}
		if _, err := c.exec(ctx, "DELETE FROM decision_hours WHERE organization_id = ? AND hour < ?", organizationID, micros(to.Add(-keepTallies))); err != nil {
			return err
		}
		_, err = c.exec(ctx, `INSERT INTO decision_tallies (organization_id, tallied_to) VALUES (?, ?) ON CONFLICT (organization_id)
			DO UPDATE SET tallied_to = excluded.tallied_to WHERE decision_tallies.tallied_to < excluded.tallied_to`, organizationID, micros(to))
		return err
	})
}

// countDecisions counts decisions by the hour; it relies on decisions_at.
func (o *OrganizationScope) countDecisions(ctx context.Context, from, to time.Time) ([]Attempts, error) {
	return o.attempts(ctx, `SELECT hour, connection_id, reason, count(*) FROM
		(SELECT at - at % ? AS hour, connection_id, reason FROM decisions WHERE organization_id = ? AND at >= ? AND at < ?) AS d
		GROUP BY hour, connection_id, reason ORDER BY hour, connection_id, reason`, hourMicros, o.id, micros(from), micros(to))
}

// AttemptsSince tells how many attempts to enter there were in each hour from that of a time on, with which outcome. What is
// not counted yet, the last hours, is counted now.
func (o *OrganizationScope) AttemptsSince(ctx context.Context, since time.Time) ([]Attempts, error) {
	if !o.valid() {
		return nil, nil
	}
	since = since.Truncate(time.Hour)
	var talliedTo int64
	if err := o.row(ctx, "SELECT coalesce(max(tallied_to), 0) FROM decision_tallies WHERE organization_id = ?", []any{o.id}, &talliedTo); err != nil {
		return nil, err
	}
	list, err := o.attempts(ctx, `SELECT hour, connection_id, reason, attempts FROM decision_hours
		WHERE organization_id = ? AND hour >= ? AND hour < ? ORDER BY hour, connection_id, reason`, o.id, micros(since), talliedTo)
	if err != nil {
		return nil, err
	}
	if rest := fromMicros(talliedTo); since.Before(rest) {
		since = rest
	}
	const never = 1 << 62
	late, err := o.countDecisions(ctx, since, fromMicros(never))
	return append(list, late...), err
}

func (o *OrganizationScope) attempts(ctx context.Context, sql string, args ...any) ([]Attempts, error) {
	var list []Attempts
	err := o.rows(ctx, sql, args, func(scan scanner) error {
		var a Attempts
		var hour int64
		err := scan(&hour, &a.ConnectionID, &a.Reason, &a.Count)
		a.Hour = fromMicros(hour)
		list = append(list, a)
		return err
	})
	return list, err
}

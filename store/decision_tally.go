package store

import (
	"context"
	"slices"
	"time"
)

// Attempts is how many attempts to enter had the same outcome within an hour.
type Attempts struct {
	Hour         time.Time // its beginning
	ConnectionID string    // "" for local people
	Reason       string
	Count        int
}

// tallyAfter is how long ago a decision was made before it is counted for good: a transaction that began then is long decided.
const tallyAfter = 5 * time.Minute

// tallyFrom is how many decisions of the running hour wait until they are counted: a page counts so many by itself in no time.
const tallyFrom = 500

// keepTallies is how long the counted hours are kept, at least the 30 days that are shown.
const keepTallies = 32 * 24 * time.Hour

const hourMicros = int64(time.Hour / time.Microsecond)

// tallied is up to when an organization's decisions are counted.
type tallied struct {
	hours int64 // whole hours: where a server that knows no minutes goes on
	to    int64
}

// end is up to when all are counted, whoever has counted them.
func (t tallied) end() int64 { return max(t.hours, t.to) }

// talliedTo is SQL for the end of a row t of decision_tallies.
const talliedTo = "CASE WHEN t.tallied_to > t.counted_to THEN t.tallied_to ELSE t.counted_to END"

// TallyDecisions counts the decisions that were made up to some minutes ago: of the running hour where there are many, else when the hour
// is over. Several servers may do it at once, and one may end at any moment: each decision is counted once. What it writes nobody else
// does, so that no sign-in waits for it.
func (s *Store) TallyDecisions(ctx context.Context) error {
	to := s.Now().Add(-tallyAfter)
	due := map[string]tallied{}
	err := s.read.rows(ctx, `SELECT o.id, coalesce(t.tallied_to, 0), coalesce(t.counted_to, 0) FROM organizations o
		LEFT JOIN decision_tallies t ON t.organization_id = o.id WHERE coalesce(t.tallied_to, 0) < ? OR (SELECT d.at FROM decisions d
			WHERE d.organization_id = o.id AND d.at >= `+talliedTo+` AND d.at < ? ORDER BY d.at LIMIT 1 OFFSET ?) IS NOT NULL`,
		[]any{micros(to.Truncate(time.Hour)), micros(to), tallyFrom}, func(scan scanner) error {
			var id string
			var t tallied
			err := scan(&id, &t.hours, &t.to)
			due[id] = t
			return err
		})
	for id, was := range due {
		if err == nil {
			err = s.tally(ctx, id, was, to)
		}
	}
	return err
}

// tally counts an organization's decisions up to a time, a day at a time, until it finds that another server does so too.
func (s *Store) tally(ctx context.Context, organizationID string, was tallied, to time.Time) error {
	from := fromMicros(was.end())
	if oldest := to.Add(-keepTallies); from.Before(oldest) {
		var first int64
		err := s.read.row(ctx, "SELECT coalesce(min(at), ?) FROM decisions WHERE organization_id = ? AND at >= ?",
			[]any{micros(to), organizationID, micros(oldest)}, &first)
		if err != nil {
			return err
		}
		from = fromMicros(first)
	}
	for {
		end := to
		if next := from.Add(24 * time.Hour); next.Before(to) {
			end = next
		}
		now := tallied{micros(end.Truncate(time.Hour)), micros(end)}
		counted, err := s.Organization(organizationID).countDecisions(ctx, from, end)
		if err != nil {
			return err
		}
		mine, err := s.writeTally(ctx, organizationID, counted, was, now)
		if was, from = now, end; err != nil || !mine || !from.Before(to) {
			return err
		}
	}
}

// writeTally adds what was counted, and forgets old hours, unless what was counted before is not what it was any more: then another
// server has counted the same, or the organization is gone.
func (s *Store) writeTally(ctx context.Context, organizationID string, counted []Attempts, was, now tallied) (mine bool, err error) {
	err = s.writer.write(ctx, func(c conn) error {
		mine = false
		ctx := s.statementContext(ctx)
		// Who removes an organization waits, so that none of its numbers come after it.
		known := 0
		err := c.rows(ctx, "SELECT 1 FROM organizations WHERE id = ?"+s.dialect.forShare, []any{organizationID}, func(scan scanner) error { return scan(&known) })
		if err != nil || known == 0 {
			return err
		}
		n, err := c.exec(ctx, `INSERT INTO decision_tallies (organization_id, tallied_to, counted_to) VALUES (?, ?, ?) ON CONFLICT (organization_id)
			DO UPDATE SET tallied_to = excluded.tallied_to, counted_to = excluded.counted_to
			WHERE decision_tallies.tallied_to = ? AND decision_tallies.counted_to = ?`, organizationID, now.hours, now.to, was.hours, was.to)
		if err != nil || n == 0 {
			return err
		}
		if err := addAttempts(ctx, c, organizationID, counted); err != nil {
			return err
		}
		_, err = c.exec(ctx, "DELETE FROM decision_hours WHERE organization_id = ? AND hour < ?", organizationID, now.to-keepTallies.Microseconds())
		mine = err == nil
		return err
	})
	return mine, err
}

// addAttempts adds to the counts of the hours.
func addAttempts(ctx context.Context, c conn, organizationID string, counted []Attempts) error {
	for batch := range slices.Chunk(counted, insertBatch) {
		var args []any
		for _, a := range batch {
			args = append(args, organizationID, micros(a.Hour), a.ConnectionID, a.Reason, a.Count)
		}
		_, err := c.exec(ctx, "INSERT INTO decision_hours (organization_id, hour, connection_id, reason, attempts) VALUES "+valueRows(len(batch), 5)+
			" ON CONFLICT (organization_id, hour, connection_id, reason) DO UPDATE SET attempts = decision_hours.attempts + excluded.attempts", args...)
		if err != nil {
			return err
		}
	}
	return nil
}

// countDecisions counts decisions by the hour; it relies on decisions_at.
func (o *OrganizationScope) countDecisions(ctx context.Context, from, to time.Time) ([]Attempts, error) {
	return o.attempts(ctx, `SELECT hour, connection_id, reason, count(*) FROM
		(SELECT at - at % ? AS hour, connection_id, reason FROM decisions WHERE organization_id = ? AND at >= ? AND at < ?) AS d
		GROUP BY hour, connection_id, reason ORDER BY hour, connection_id, reason`, hourMicros, o.id, micros(from), micros(to))
}

// AttemptsSince tells how many attempts to enter there were in each hour from that of a time on, with which outcome. What is not counted
// yet, the last minutes, is counted now: by the same statement, so that nothing counted meanwhile is counted twice.
func (o *OrganizationScope) AttemptsSince(ctx context.Context, since time.Time) ([]Attempts, error) {
	if !o.valid() {
		return nil, nil
	}
	const end = "SELECT " + talliedTo + " FROM decision_tallies t WHERE t.organization_id = ?"
	first, counted := micros(since.Truncate(time.Hour)), int64(0)
	if err := o.row(ctx, "SELECT coalesce(("+end+"), 0)", []any{o.id}, &counted); err != nil {
		return nil, err
	}
	// What was counted to is read once more with the rest. As a number it lets PostgreSQL see that few decisions came after it.
	return o.attempts(ctx, `SELECT hour, connection_id, reason, CAST(sum(attempts) AS bigint) FROM (
			SELECT hour, connection_id, reason, attempts FROM decision_hours WHERE organization_id = ? AND hour >= ?
			UNION ALL SELECT late.hour, late.connection_id, late.reason, count(*) FROM (SELECT at - at % ? AS hour, connection_id, reason FROM decisions
				WHERE organization_id = ? AND at >= ? AND at >= coalesce((`+end+`), 0)) AS late
			GROUP BY late.hour, late.connection_id, late.reason) AS a
		WHERE hour >= ? GROUP BY hour, connection_id, reason ORDER BY hour, connection_id, reason`,
		o.id, first, hourMicros, o.id, max(first, counted), o.id, first)
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

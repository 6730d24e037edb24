package store

import (
	"context"
	"slices"
	"time"
)

// Lockouts sums up how long it took until people who had lost their access noticed. Most of that is how long they asked for
// nothing; what must not be is a request that is served meanwhile.
type Lockouts struct {
	Sessions int           // of such people, which asked again
	P50, P99 time.Duration // from the change to the first request that was refused
	Served   int           // sessions of which a request was served that began after the change
}

// endsAccess are the ends of a session by which the person has lost their access.
var endsAccess = []string{"inactive", "deleted", "rebound", "unlinked", "no_role", "connection_off", "detached"}

// takesRoles is the condition that an event is one by which a person who is signed in can have lost their role: it names
// them (twice a parameter), or concerns whoever had the role.
func (d *dialect) takesRoles() string {
	return `(action IN ('group.members_removed', 'user.role_unassigned', 'user.updated') AND (subject_id = ? OR ` + d.position("detail") + ` > 0)
	OR action IN ('group.members_cleared', 'group.deleted', 'mapping.removed', 'mapping.updated', 'role.removed', 'group.updated',
			'connection.updated', 'organization.default_role_changed', 'organization.setting_inherited', 'organization.moved'))`
}

// eventsLooked bounds how far back the change is looked for by which a role was lost.
const eventsLooked = 1000

// commitsWithin is how long after the time that a change bears it may take effect: a request that begins meanwhile may be served.
const commitsWithin = time.Second

// recordLockout keeps, at the first request of a session that is refused, since when its person has had no access. servedAt is
// when the last request of the session began that was served; zero if nobody knows.
func (tx *Tx) recordLockout(v Visit, d Decision, servedAt time.Time) error {
	since, reason := v.Session.RevokedAt, v.Session.RevokedReason
	if since.IsZero() && d.Reason == "no_role" {
		reason = "no_role"
		var err error
		if since, err = tx.roleLost(v); err != nil {
			return err
		}
	}
	if since.IsZero() || !slices.Contains(endsAccess, reason) {
		return nil
	}
	served := 0
	// When a role was lost is found out later, and not exactly enough to accuse anybody.
	if !v.Session.RevokedAt.IsZero() && servedAt.After(since.Add(commitsWithin)) {
		served = 1
	}
	_, err := tx.do(`INSERT INTO lockouts (organization_id, session_id, user_id, reason, since, refused_at, served) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		v.Session.AdmittedTo, v.Session.ID, v.Session.UserID, reason, micros(since), micros(tx.now), served)
	return err
}

// roleLost finds when the person of a session lost their role: at the last change that can have taken it, among the latest
// events; zero if there is none.
func (tx *Tx) roleLost(v Visit) (time.Time, error) {
	var last int64
	for _, org := range slices.Compact([]string{v.Session.OrganizationID, v.Session.AdmittedTo}) {
		var at int64
		err := tx.get("SELECT coalesce(max(at), 0) FROM (SELECT at, action, subject_id, detail FROM events WHERE organization_id = ? ORDER BY id DESC LIMIT ?) AS e WHERE "+
			tx.d.takesRoles(), []any{org, eventsLooked, v.Session.UserID, v.Session.UserID}, &at)
		if err != nil {
			return time.Time{}, err
		}
		last = max(last, at)
	}
	return fromMicros(last), nil
}

// lockoutsRead bounds how many lock-outs are summed up, the latest.
const lockoutsRead = 10_000

// LockoutsSince sums up the lock-outs of the organization from a time on, the latest 10,000 of them.
func (o *OrganizationScope) LockoutsSince(ctx context.Context, since time.Time) (Lockouts, error) {
	var sum Lockouts
	if !o.valid() {
		return sum, nil
	}
	var took []int64
	err := o.rows(ctx, "SELECT refused_at - since, served FROM lockouts WHERE organization_id = ? AND since >= ? ORDER BY since DESC LIMIT ?",
		[]any{o.id, micros(since), lockoutsRead}, func(scan scanner) error {
			var us int64
			var served int
			err := scan(&us, &served)
			took, sum.Served = append(took, us), sum.Served+served
			return err
		})
	if err != nil || len(took) == 0 {
		return sum, err
	}
	slices.Sort(took)
	at := func(share int) time.Duration {
		return time.Duration(took[(len(took)*share+99)/100-1]) * time.Microsecond
	}
	sum.Sessions, sum.P50, sum.P99 = len(took), at(50), at(99)
	return sum, nil
}

// PurgeLockouts forgets lock-outs that are no longer shown.
func (s *Store) PurgeLockouts(ctx context.Context) (int64, error) {
	return s.purge(ctx, `DELETE FROM lockouts WHERE (organization_id, session_id) IN
		(SELECT organization_id, session_id FROM lockouts WHERE since < ? LIMIT ?)`)
}

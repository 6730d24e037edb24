package store

import "time"

// Brake bounds how many people the pushes of one connection may switch off within an hour. Above the bound it gives the
// alarm, and if it is set to hold, whoever follows keeps coming in until an administrator decides, or the time of holding is
// over; the provider is answered as if it were done.
type Brake struct {
	People  int           // so many may leave in any case
	Percent int           // and so many of a hundred of the people there are; 100 switches the brake off
	Hold    time.Duration // after which a push takes effect by itself, in whole hours; 0 holds nobody
}

// DefaultBrake is the brake of a connection that has no settings of its own. It holds nobody, because revocation is
// immediate unless an owner says otherwise.
var DefaultBrake = Brake{People: 10, Percent: 20}

// brakeWindow is how far back leavers count. It covers one of Entra's cycles, of 40 minutes, and the beginning of the next.
const brakeWindow = time.Hour

// alarmsEvery is how long a departure that goes on gives no further alarm.
const alarmsEvery = time.Hour

// recountAfter is how old the count of people may be: to count a large directory for each of thousands of leavers would be
// work without end.
const recountAfter = time.Minute

// holds says whether the latest of so many leavers is above the bound where there were so many people, they among them.
func (b Brake) holds(leavers, people int) bool {
	return leavers > b.People && leavers*100 > b.Percent*people
}

func (b Brake) check() error {
	switch {
	case b.People < 0 || b.People > 1_000_000:
		return &InvalidError{"people", "must be between 0 and 1000000"}
	case b.Percent < 0 || b.Percent > 100:
		return &InvalidError{"percent", "must be between 0 and 100; 100 switches the brake off"}
	case b.Hold < 0 || b.Hold > 30*24*time.Hour || b.Hold%time.Hour != 0:
		return &InvalidError{"hold", "must be whole hours, from 1 hour to 30 days, or 0 to hold nobody"}
	}
	return nil
}

// brake decides about a change of a user that is made already, and tells whether the user is held from then on. It costs
// nothing unless a push switches somebody off or on.
func (d *DirectoryTx) brake(before User, after UserRecord, held bool) (bool, error) {
	switch {
	case before.Active == after.Active:
		return held, nil
	case after.Active:
		return false, d.forgetLeaver(before.ID)
	case d.tx.actor.Kind != Provisioner:
		return false, nil
	}
	until, err := d.leave(before.ID)
	if err != nil || until.IsZero() {
		return false, err
	}
	return true, d.tx.later("UPDATE users SET held = ? WHERE directory_id = ? AND id = ?", true, d.key.DirectoryID, before.ID)
}

// leave counts somebody whom a push switches off or deletes, and says how long the brake holds them; zero if it does not.
func (d *DirectoryTx) leave(userID string) (until time.Time, err error) {
	b, above, err := d.oneMore(userID)
	if err != nil || !above || b.Hold == 0 {
		return time.Time{}, err
	}
	until = d.tx.now.Add(b.Hold)
	return until, d.addLeaver(userID, until)
}

// oneMore counts a leaver, and says whether they are above the bound then.
func (d *DirectoryTx) oneMore(userID string) (b Brake, above bool, err error) {
	b, people, err := d.lockBrake(1)
	if err != nil {
		return b, false, err
	}
	if err := d.addLeaver(userID, time.Time{}); err != nil {
		return b, false, err
	}
	above, err = d.judge(b, people, userID)
	return b, above, err
}

// judge says whether the leavers, the latest of whom is given, are above the bound, and gives the alarm then. They are counted only where it
// matters and they may be: to count thousands for each of thousands would be work without end.
func (d *DirectoryTx) judge(b Brake, people headcount, latest string) (above bool, err error) {
	stale, told := d.tx.now.Sub(people.at) > recountAfter, d.tx.now.Sub(people.alarmed) < alarmsEvery
	if people.leaving <= b.People || !stale && !b.holds(people.leaving, people.counted) || told && b.Hold == 0 {
		return false, nil
	}
	leavers, err := d.leavers()
	if err == nil && leavers != people.leaving {
		err = d.tx.later("UPDATE brakes SET leaving = ? WHERE directory_id = ?", leavers, d.key.DirectoryID)
	}
	if err != nil || leavers <= b.People {
		return false, err
	}
	if stale {
		people.counted, err = d.recount(leavers, latest)
	}
	if err != nil || !b.holds(leavers, people.counted) {
		return false, err
	}
	if told {
		return true, nil
	}
	return true, d.alarm(b, leavers, people.counted)
}

// headcount is how many people there were at a time, and when there was an alarm.
type headcount struct {
	counted     int
	at, alarmed time.Time
	// leaving is how many have left of late, or more: those who came back, or left long ago, are in it until they are counted again.
	leaving int
	// lossesAlarmed is when the owners were last warned of roles that many lost.
	lossesAlarmed time.Time
}

// lockBrake reads the brake of the directory, with more leavers, and keeps others from counting leavers until the change ends. A change locks
// its user before, so that two of them cannot wait for each other.
func (d *DirectoryTx) lockBrake(leaving int) (Brake, headcount, error) {
	var b Brake
	var people headcount
	var hours, at, alarmed, losses int64
	err := d.tx.get(`INSERT INTO brakes (directory_id, people, percent, hold_hours, counted, counted_at, alarmed_at, leaving) VALUES (?, ?, ?, ?, 0, 0, 0, ?)
		ON CONFLICT (directory_id) DO UPDATE SET leaving = brakes.leaving + excluded.leaving RETURNING people, percent, hold_hours, counted, counted_at,
		alarmed_at, losses_alarmed_at, leaving`,
		[]any{d.key.DirectoryID, DefaultBrake.People, DefaultBrake.Percent, int(DefaultBrake.Hold / time.Hour), leaving},
		&b.People, &b.Percent, &hours, &people.counted, &at, &alarmed, &losses, &people.leaving)
	b.Hold, people.at, people.alarmed, people.lossesAlarmed = time.Duration(hours)*time.Hour, fromMicros(at), fromMicros(alarmed), fromMicros(losses)
	return b, people, err
}

// addLeaver puts somebody among the leavers.
func (d *DirectoryTx) addLeaver(userID string, applyAt time.Time) error {
	return d.tx.later(`INSERT INTO leavers (directory_id, user_id, left_at, apply_at) VALUES (?, ?, ?, ?)
		ON CONFLICT (directory_id, user_id) DO UPDATE SET left_at = excluded.left_at, apply_at = excluded.apply_at`,
		d.key.DirectoryID, userID, micros(d.tx.now), micros(applyAt))
}

// leavers is how many have left of late.
func (d *DirectoryTx) leavers() (n int, err error) {
	err = d.tx.get("SELECT count(*) FROM leavers WHERE directory_id = ? AND left_at > ?",
		[]any{d.key.DirectoryID, micros(d.tx.now.Add(-brakeWindow))}, &n)
	return n, err
}

// countLeaver counts somebody whom a push has deleted, and gives the alarm above the bound.
func (d *DirectoryTx) countLeaver(u User) error {
	if d.tx.actor.Kind != Provisioner {
		return d.forgetLeaver(u.ID)
	}
	_, _, err := d.oneMore(u.ID)
	return err
}

func (d *DirectoryTx) forgetLeaver(userID string) error {
	return d.tx.later("DELETE FROM leavers WHERE directory_id = ? AND user_id = ?", d.key.DirectoryID, userID)
}

// recount counts the people of the directory, those who have left of late among them. The latest leaver may not be gone yet.
func (d *DirectoryTx) recount(leavers int, latest string) (people int, err error) {
	err = d.tx.get("SELECT count(*) FROM users WHERE directory_id = ? AND active AND parted = '' AND id <> ?", []any{d.key.DirectoryID, latest}, &people)
	if err != nil {
		return 0, err
	}
	people += leavers
	err = d.tx.later("UPDATE brakes SET counted = ?, counted_at = ? WHERE directory_id = ?", people, micros(d.tx.now), d.key.DirectoryID)
	return people, err
}

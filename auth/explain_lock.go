package auth

import (
	"context"
	"fmt"
	"time"

	"doorlist/store"
)

// lock is the wait behind too many wrong passwords or codes of a person.
type lock struct {
	until   time.Time // zero when there is none
	address string    // from which attempts wait; "" for all
}

// lockOf finds whether the person must wait before the next attempt from the address of the last one. Networks that are
// trusted, from which an owner waits for less, are the servers' setting and not known here.
func lockOf(ctx context.Context, s *store.Store, p store.PersonRecord, last *store.Decision) (lock, error) {
	if last == nil {
		return lock{}, nil
	}
	now := s.Now()
	f, err := s.Directory(p.Directory).PasswordFailures(ctx, p.User.ID, last.Address, now.Add(-failuresWithin))
	if err != nil {
		return lock{}, err
	}
	if wait := waitFor(store.Failures{Everywhere: f.Everywhere, LastEverywhere: f.LastEverywhere}, now, false); wait > 0 {
		return lock{until: now.Add(waitFor(f, now, false)).UTC()}, nil
	}
	if wait := waitFor(f, now, false); wait > 0 {
		return lock{now.Add(wait).UTC(), last.Address}, nil
	}
	return lock{}, nil
}

// words tell an administrator of a lock.
func (l lock) words() string {
	from := "from " + short(l.address) + ", from where the last one came,"
	if l.address == "" {
		from = "from everywhere"
	}
	return fmt.Sprintf("there were too many wrong passwords or codes, so that attempts %s are refused until %s", from, l.until.Format(time.RFC3339))
}

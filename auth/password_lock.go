package auth

import (
	"net/netip"
	"strconv"
	"time"

	"doorlist/store"
)

// Wrong passwords and codes are counted for a person and an address together, so that a stranger elsewhere cannot lock the
// person out, and for the person alone, because addresses are cheap. Behind the free ones each further one doubles the
// wait: nobody is locked out for good, and guessing gets nowhere.
const (
	failuresWithin = time.Hour
	freeHere       = 9
	freeEverywhere = 99
	firstWait      = 30 * time.Second
	longestWait    = 15 * time.Minute
)

// waitFor is how long a person must wait before the next attempt is looked at; 0 when it may be made now. An owner on a
// trusted network waits for what happened there alone, and never long: strangers must not lock out the one who can mend things.
func waitFor(f store.Failures, now time.Time, trustedOwner bool) time.Duration {
	here := waitAfter(f.Here-freeHere, f.LastHere, now)
	if trustedOwner {
		return min(here, max(0, f.LastHere.Add(firstWait).Sub(now)))
	}
	return max(here, waitAfter(f.Everywhere-freeEverywhere, f.LastEverywhere, now))
}

// waitAfter is what is left of the wait behind the n-th failure that is not free.
func waitAfter(n int, last, now time.Time) time.Duration {
	if n <= 0 {
		return 0
	}
	wait := min(firstWait<<min(n-1, 10), longestWait)
	return max(0, last.Add(wait).Sub(now))
}

// wait asks how long the person must wait before another attempt from the address.
func (d *door) wait(dir *store.DirectoryTx, p store.PasswordPerson, owner bool, address string) (time.Duration, error) {
	now := d.store.Now()
	f, err := dir.PasswordFailures(p.User.ID, address, now.Add(-failuresWithin))
	if err != nil {
		return 0, err
	}
	return waitFor(f, now, owner && within(address, d.trusted)), nil
}

func within(address string, networks []netip.Prefix) bool {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return false
	}
	for _, n := range networks {
		if n.Contains(a.Unmap()) {
			return true
		}
	}
	return false
}

// retryAfter words a wait for the header of that name: whole seconds, one at least.
func retryAfter(wait time.Duration) string {
	return strconv.Itoa(max(1, int((wait+time.Second-1)/time.Second)))
}

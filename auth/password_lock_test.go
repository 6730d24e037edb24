package auth

import (
	"testing"
	"time"

	"doorlist/store"
)

func TestWaitFor_DoublesAndEndsByItself(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	for what, c := range map[string]struct {
		failures store.Failures
		trusted  bool
		want     time.Duration
	}{
		"nothing failed":            {want: 0},
		"nine here":                 {store.Failures{Here: 9, LastHere: now, Everywhere: 9, LastEverywhere: now}, false, 0},
		"ten here":                  {store.Failures{Here: 10, LastHere: now, Everywhere: 10, LastEverywhere: now}, false, 30 * time.Second},
		"ten here, a while ago":     {store.Failures{Here: 10, LastHere: ago(20 * time.Second)}, false, 10 * time.Second},
		"ten here, long ago":        {store.Failures{Here: 10, LastHere: ago(30 * time.Second)}, false, 0},
		"twelve here":               {store.Failures{Here: 12, LastHere: now}, false, 2 * time.Minute},
		"a thousand here":           {store.Failures{Here: 1000, LastHere: now}, false, 15 * time.Minute},
		"ninety-nine elsewhere":     {store.Failures{Everywhere: 99, LastEverywhere: now}, false, 0},
		"a hundred elsewhere":       {store.Failures{Everywhere: 100, LastEverywhere: now}, false, 30 * time.Second},
		"an owner's, by strangers":  {store.Failures{Everywhere: 1000, LastEverywhere: now}, true, 0},
		"an owner's, from inside":   {store.Failures{Here: 1000, LastHere: now, Everywhere: 1000, LastEverywhere: now}, true, 30 * time.Second},
		"an owner's, a while later": {store.Failures{Here: 1000, LastHere: ago(30 * time.Second)}, true, 0},
	} {
		if got := waitFor(c.failures, now, c.trusted); got != c.want {
			t.Errorf("%s: %v, want %v", what, got, c.want)
		}
	}
}

// Somebody whom nobody knows is locked out like somebody who is known, or the lock would tell who is.
func TestStrangers_WaitLikePeople(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	var s strangers
	for i := range 10 {
		if wait := s.try("Nobody@example.com", "192.0.2.1", now); wait != 0 {
			t.Fatalf("attempt %d: wait %v", i, wait)
		}
	}
	for _, c := range []struct {
		what, name, address string
		at                  time.Time
		want                time.Duration
	}{
		{"the name in another case", "nobody@EXAMPLE.com", "192.0.2.1", now, 30 * time.Second},
		{"another address", "nobody@example.com", "192.0.2.2", now, 0},
		{"another name", "somebody@example.com", "192.0.2.1", now, 0},
		{"later", "nobody@example.com", "192.0.2.1", now.Add(30 * time.Second), 0},
		{"after one more", "nobody@example.com", "192.0.2.1", now.Add(31 * time.Second), 59 * time.Second},
	} {
		if got := s.try(c.name, c.address, c.at); got != c.want {
			t.Errorf("%s: %v, want %v", c.what, got, c.want)
		}
	}
}

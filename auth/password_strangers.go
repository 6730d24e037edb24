package auth

import (
	"slices"
	"sync"
	"time"

	"doorlist/store"
)

// strangers counts failures under names that nobody has, by the rule for people, so that a lock does not tell who is
// known. It begins anew when there are more names than an honest day brings.
type strangers struct {
	mu     sync.Mutex
	failed map[string][]strangerFailure // by folded name, in order of time
}

type strangerFailure struct {
	at      time.Time
	address string
}

const (
	maxStrangers        = 10_000
	maxStrangerFailures = 200
)

// try returns how long somebody of the name must wait before the next attempt from the address, and counts this one as a
// failure if it is made now.
func (s *strangers) try(name, address string, now time.Time) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed == nil || len(s.failed) >= maxStrangers {
		s.failed = map[string][]strangerFailure{}
	}
	key := store.Fold(name)
	recent := slices.DeleteFunc(s.failed[key], func(f strangerFailure) bool { return f.at.Before(now.Add(-failuresWithin)) })
	var f store.Failures
	for _, failure := range recent {
		f.Everywhere++
		f.LastEverywhere = failure.at
		if failure.address == address {
			f.Here++
			f.LastHere = failure.at
		}
	}
	wait := waitFor(f, now, false)
	if wait == 0 && len(recent) < maxStrangerFailures {
		recent = append(recent, strangerFailure{now, address})
	}
	s.failed[key] = recent
	return wait
}

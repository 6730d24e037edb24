package auth

import (
	"sync"
	"time"
)

// servedKept bounds how many sessions this server remembers; of the older half it forgets all at once.
const servedKept = 100_000

// served remembers when the last request of each session began that was served. Nothing is decided by it: it is how a request
// that is served after its person was shut out comes to light.
type served struct {
	mu            sync.Mutex
	young, former map[string]time.Time // by the session's id
}

// note remembers a request that began at a time.
func (s *served) note(sessionID string, began time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.young == nil || len(s.young) >= servedKept/2 {
		s.young, s.former = map[string]time.Time{}, s.young
	}
	if s.young[sessionID].Before(began) {
		s.young[sessionID] = began
	}
}

// last tells when the last request of a session began that was served here; zero if nobody remembers.
func (s *served) last(sessionID string) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at := s.young[sessionID]; !at.IsZero() {
		return at
	}
	return s.former[sessionID]
}

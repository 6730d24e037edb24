package overload

import "time"

// Slot is the right of one request to be worked on. Its methods may be called from several goroutines.
type Slot struct {
	limiter *Limiter
	class   Class
	caller  string
	// guarded by the limiter
	held, ended bool
	since       time.Time
}

// Release gives the slot back, for good. Any call but the first does nothing.
func (s *Slot) Release() {
	s.limiter.mu.Lock()
	defer s.limiter.mu.Unlock()
	s.ended = true
	s.limiter.release(s)
}

// Pause gives the slot back while the request waits for something that is not this server's: its client, or a provider. It says whether it did; then
// Resume must follow.
func (s *Slot) Pause() bool {
	s.limiter.mu.Lock()
	defer s.limiter.mu.Unlock()
	held := s.held
	s.limiter.release(s)
	return held
}

// Resume takes the slot again at once, even if there is none: what has begun is to be finished. After Release it does nothing.
func (s *Slot) Resume() {
	s.limiter.mu.Lock()
	defer s.limiter.mu.Unlock()
	if !s.held && !s.ended {
		s.limiter.hold(s)
	}
}

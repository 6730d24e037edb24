package entra

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sync"
)

// Lasting, as a number of times, keeps a misbehavior up until Behave.
const Lasting = -1

// Misbehavior is one way in which an issuer can be broken, hostile or merely unusual. Each sets one of the functions,
// which acts at the step that it is named after. Misbehaviors lists them all, so that a test can range over them.
type Misbehavior struct {
	Name     string
	Does     string // one sentence for people
	Harmless bool   // a correct client signs the person in nevertheless

	Token    func(*IDToken)                                                     // before the ID token is signed
	Metadata func(*Server, http.ResponseWriter, map[string]any) (answered bool) // discovery
	Keys     func(*Server, http.ResponseWriter, map[string]any) (answered bool) // the published key set
	Redeem   func(*Server, http.ResponseWriter, *http.Request) (answered bool)  // the token endpoint
	Callback func(*Server, url.Values)                                          // what the browser carries back
}

// Misbehaviors returns the whole table.
func Misbehaviors() []Misbehavior {
	return slices.Concat(tokenMisbehaviors, claimMisbehaviors, endpointMisbehaviors, callbackMisbehaviors)
}

// Misbehave turns the named misbehavior on for that many times, or Lasting. Several may be on at once.
func (s *Server) Misbehave(name string, times int) error {
	known := slices.ContainsFunc(Misbehaviors(), func(m Misbehavior) bool { return m.Name == name })
	if !known {
		return fmt.Errorf("%w: misbehavior %q", ErrNotFound, name)
	}
	if times == 0 || times < Lasting {
		return fmt.Errorf("%w: times is 1 or more, or %d for lasting", ErrInvalid, Lasting)
	}
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	if s.faults.active == nil {
		s.faults.active = map[string]int{}
	}
	s.faults.active[name] = times
	return nil
}

// Behave turns every misbehavior off.
func (s *Server) Behave() {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.active = nil
}

// faults counts how often each misbehavior is still due.
type faults struct {
	mu     sync.Mutex
	active map[string]int
}

// take returns what is due at one step, and counts it.
func (f *faults) take(atStep func(Misbehavior) bool) []Misbehavior {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.active) == 0 {
		return nil
	}
	var due []Misbehavior
	for _, m := range Misbehaviors() {
		left, on := f.active[m.Name]
		if !on || !atStep(m) {
			continue
		}
		due = append(due, m)
		if left == 1 {
			delete(f.active, m.Name)
		} else if left > 1 {
			f.active[m.Name] = left - 1
		}
	}
	return due
}

// snapshot returns what is on, with the number of times left.
func (f *faults) snapshot() map[string]int {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := map[string]int{}
	for name, left := range f.active {
		out[name] = left
	}
	return out
}

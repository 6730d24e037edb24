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

	Certificate func(certificate) (certificate, error) // that signs a SAML answer, and is listed beside the right one
	Answer      func(*SAMLAnswer)                      // before a SAML answer is signed
}

// Misbehaviors returns the whole table for OpenID Connect.
func Misbehaviors() []Misbehavior {
	return slices.Concat(tokenMisbehaviors, claimMisbehaviors, endpointMisbehaviors, callbackMisbehaviors)
}

// SAMLMisbehaviors returns the whole table for SAML. No name is in both.
func SAMLMisbehaviors() []Misbehavior {
	return slices.Concat(samlAnswerMisbehaviors, samlClaimMisbehaviors, samlSignatureMisbehaviors, samlDocumentMisbehaviors, attackMisbehaviors())
}

func allMisbehaviors() []Misbehavior { return slices.Concat(Misbehaviors(), SAMLMisbehaviors()) }

// Misbehave turns the named misbehavior on for that many times, or Lasting. Several may be on at once.
func (s *Server) Misbehave(name string, times int) error {
	known := slices.ContainsFunc(allMisbehaviors(), func(m Misbehavior) bool { return m.Name == name })
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
	due := f.on(atStep)
	for _, m := range due {
		if left := f.active[m.Name]; left == 1 {
			delete(f.active, m.Name)
		} else if left > 1 {
			f.active[m.Name] = left - 1
		}
	}
	return due
}

// due returns what is due at one step without counting it, where another step counts.
func (f *faults) due(atStep func(Misbehavior) bool) []Misbehavior {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.on(atStep)
}

// on needs the lock.
func (f *faults) on(atStep func(Misbehavior) bool) []Misbehavior {
	if len(f.active) == 0 {
		return nil
	}
	var due []Misbehavior
	for _, m := range allMisbehaviors() {
		if _, on := f.active[m.Name]; on && atStep(m) {
			due = append(due, m)
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

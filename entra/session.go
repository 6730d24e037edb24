package entra

import (
	"maps"
	"net/http"
	"time"
)

// session is a browser that has signed in at this tenant.
type session struct {
	tenant   *Tenant
	personID string
	sid      string
	authTime time.Time
}

const (
	sessionCookie = "ESTSAUTH"
	sessionLife   = 24 * time.Hour
	sweepEvery    = 1024 // sign-ins
)

func (s *Server) startSession(w http.ResponseWriter, t *Tenant, p Person) *session {
	x := &session{tenant: t, personID: p.ObjectID, sid: s.random.GUID(), authTime: s.now()}
	secret := s.random.Text(43)
	s.mu.Lock()
	s.sessions[secret] = x
	s.sweep()
	s.mu.Unlock()
	http.SetCookie(w, &http.Cookie{
		Name: sessionCookie, Value: secret, Path: "/" + t.ID, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
	return x
}

func (s *Server) currentSession(r *http.Request, a *signIn) (*session, Person, bool) {
	c, err := r.Cookie(sessionCookie)
	if err != nil {
		return nil, Person{}, false
	}
	s.mu.Lock()
	x, ok := s.sessions[c.Value]
	s.mu.Unlock()
	if !ok || x.tenant != a.tenant || s.now().Sub(x.authTime) > sessionLife {
		return nil, Person{}, false
	}
	p, ok := a.tenant.Person(x.personID)
	return x, p, ok
}

// sweep forgets what has run out, now and then, so that a load test does not fill the memory. It needs s.mu.
func (s *Server) sweep() {
	s.signIns++
	if s.signIns%sweepEvery != 0 {
		return
	}
	now := s.now()
	maps.DeleteFunc(s.sessions, func(_ string, x *session) bool { return now.Sub(x.authTime) > sessionLife })
	maps.DeleteFunc(s.grants, func(_ string, g *grant) bool { return now.Sub(g.issued) > 2*codeLife })
}

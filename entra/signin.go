package entra

import (
	"net/http"
	"net/url"
	"strings"
)

// signIn is a person on the way into an application, whatever the protocol.
type signIn struct {
	tenant *Tenant
	app    Application
	params url.Values // of the request
	path   string     // of the endpoint, where the same request is made again
	prompt string     // as OpenID Connect Core 1.0 section 3.1.2.1 names it: none, login, ...

	grant  func(Person, *session) // answers the application that the person is signed in
	refuse func(*aadError)        // answers the application that nobody is
}

func (a *signIn) param(name string) string { return a.params.Get(name) }

// identify finds out who signs in: the choice made on the page or by a program, else the browser's session.
func (s *Server) identify(w http.ResponseWriter, r *http.Request, a *signIn) {
	who := a.param("sim_user")
	if who == "cancel" {
		a.refuse(errDeclined)
		return
	}
	if who != "" {
		p, ok := a.tenant.FindPerson(who)
		if !ok {
			s.showRefusal(w, a.tenant, errAccountMissing.detail(who, a.tenant.Name), a.again())
			return
		}
		s.admit(w, a, p, nil)
		return
	}
	session, p, known := s.currentSession(r, a)
	if a.prompt == "none" && !known {
		a.refuse(errNoSession)
		return
	}
	if known && a.mayBeSilent(p) {
		s.admit(w, a, p, session)
		return
	}
	s.showSignIn(w, a)
}

// mayBeSilent says whether the session's person may pass without a page. Unlike Entra, a session alone is not enough
// without a hint: somebody who tries out the simulator wants to be asked who to be.
func (a *signIn) mayBeSilent(p Person) bool {
	switch a.prompt {
	case "none":
		return true
	case "login", "select_account", "consent":
		return false
	}
	return a.hints(p)
}

// hints says whether login_hint means p.
func (a *signIn) hints(p Person) bool {
	hint := a.param("login_hint")
	return hint != "" && (strings.EqualFold(hint, p.UserPrincipalName) || strings.EqualFold(hint, p.Mail) || hint == loginHint(p.ObjectID))
}

// admit applies Entra's own conditions and lets the person in. A nil session starts one.
func (s *Server) admit(w http.ResponseWriter, a *signIn, p Person, session *session) {
	if problem := a.obstacle(p); problem != nil {
		// Entra shows these on its own page, unless it was asked not to show any.
		if a.prompt == "none" {
			a.refuse(&aadError{problem.number, "interaction_required", problem.text})
			return
		}
		s.showRefusal(w, a.tenant, problem, a.again())
		return
	}
	if session == nil {
		session = s.startSession(w, a.tenant, p)
	}
	a.grant(p, session)
}

func (a *signIn) obstacle(p Person) *aadError {
	if p.SoftDeleted() {
		return errAccountMissing.detail(p.UserPrincipalName, a.tenant.Name)
	}
	if !p.AccountEnabled {
		return errAccountDisabled
	}
	if a.app.AssignmentRequired && !a.tenant.InScope(p.ObjectID) {
		return errNotAssigned.detail(a.app.ClientID, a.app.Name, p.UserPrincipalName)
	}
	return nil
}

// again is the URL of the same request before anybody was chosen.
func (a *signIn) again() string {
	return a.path + "?" + a.forwarded().Encode()
}

// forwarded are the parameters of the protocol, without the simulator's own.
func (a *signIn) forwarded() url.Values {
	out := url.Values{}
	for name, values := range a.params {
		if !strings.HasPrefix(name, "sim_") {
			out[name] = values
		}
	}
	return out
}

package entra

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// authRequest is a request to the authorize endpoint (OpenID Connect Core 1.0 section 3.1.2.1).
type authRequest struct {
	tenant      *Tenant
	app         Application
	redirectURI string
	mode        string // response_mode
	params      url.Values
}

func (a *authRequest) param(name string) string { return a.params.Get(name) }

// authorize signs a person in, or shows the page that asks who it is.
func (s *Server) authorize(w http.ResponseWriter, r *http.Request, t *Tenant) {
	if err := r.ParseForm(); err != nil {
		s.showError(w, t, errParameter.detail("request", "not a form"))
		return
	}
	a, problem := newAuthRequest(t, r.Form)
	if problem != nil {
		// The redirect URI is not to be trusted, so the error stays on this page (RFC 6749 section 4.1.2.1).
		s.showError(w, t, problem)
		return
	}
	if problem := a.check(); problem != nil {
		s.callbackError(w, r, a, problem)
		return
	}
	s.identify(w, r, a)
}

func newAuthRequest(t *Tenant, params url.Values) (*authRequest, *aadError) {
	id, redirect := params.Get("client_id"), params.Get("redirect_uri")
	if id == "" {
		return nil, errParameterMissing.detail("client_id")
	}
	app, ok := t.application(id)
	if !ok {
		return nil, errApplication.detail(id, t.Name)
	}
	if !app.permitsRedirect(redirect) {
		return nil, errRedirectMismatch.detail(redirect, id)
	}
	mode := params.Get("response_mode")
	if mode == "" {
		mode = "query"
	}
	return &authRequest{tenant: t, app: app, redirectURI: redirect, mode: mode, params: params}, nil
}

// check returns what is wrong with the rest of the request, which the application itself is told.
func (a *authRequest) check() *aadError {
	if a.mode != "query" && a.mode != "form_post" {
		mode := a.mode
		a.mode = "query"
		return errParameter.detail("response_mode", mode)
	}
	if rt := a.param("response_type"); rt != "code" {
		return errResponseType.detail(rt)
	}
	if !slices.Contains(strings.Fields(a.param("scope")), "openid") {
		return errScopeMissing.detail(a.param("scope"))
	}
	if m := a.param("code_challenge_method"); m != "" && m != "plain" && m != "S256" {
		return errParameter.detail("code_challenge_method", m)
	}
	if p := a.param("prompt"); !slices.Contains([]string{"", "none", "login", "select_account", "consent"}, p) {
		return errParameter.detail("prompt", p)
	}
	return nil
}

// identify finds out who signs in: the choice made on the page or by a program, else the browser's session.
func (s *Server) identify(w http.ResponseWriter, r *http.Request, a *authRequest) {
	who := a.param("sim_user")
	if who == "cancel" {
		s.callbackError(w, r, a, errDeclined)
		return
	}
	if who != "" {
		p, ok := a.tenant.FindPerson(who)
		if !ok {
			s.showRefusal(w, a.tenant, errAccountMissing.detail(who, a.tenant.Name), a.again())
			return
		}
		s.admit(w, r, a, p, nil)
		return
	}
	session, p, known := s.currentSession(r, a)
	if a.param("prompt") == "none" && !known {
		s.callbackError(w, r, a, errNoSession)
		return
	}
	if known && a.mayBeSilent(p) {
		s.admit(w, r, a, p, session)
		return
	}
	s.showSignIn(w, a)
}

// mayBeSilent says whether the session's person may pass without a page. Unlike Entra, a session alone is not enough
// without a hint: somebody who tries out the simulator wants to be asked who to be.
func (a *authRequest) mayBeSilent(p Person) bool {
	switch a.param("prompt") {
	case "none":
		return true
	case "login", "select_account", "consent":
		return false
	}
	return a.hints(p)
}

// hints says whether login_hint means p.
func (a *authRequest) hints(p Person) bool {
	hint := a.param("login_hint")
	return hint != "" && (strings.EqualFold(hint, p.UserPrincipalName) || strings.EqualFold(hint, p.Mail) || hint == loginHint(p.ObjectID))
}

// admit applies Entra's own conditions and sends the browser back with a code. A nil session starts one.
func (s *Server) admit(w http.ResponseWriter, r *http.Request, a *authRequest, p Person, session *session) {
	if problem := a.obstacle(p); problem != nil {
		// Entra shows these on its own page, unless it was asked not to show any.
		if a.param("prompt") == "none" {
			s.callbackError(w, r, a, &aadError{problem.number, "interaction_required", problem.text})
			return
		}
		s.showRefusal(w, a.tenant, problem, a.again())
		return
	}
	if session == nil {
		session = s.startSession(w, a.tenant, p)
	}
	code := s.newGrant(a, p, session)
	s.callback(w, r, a, url.Values{"code": {code}, "session_state": {session.sid}})
}

func (a *authRequest) obstacle(p Person) *aadError {
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
func (a *authRequest) again() string {
	return "/" + a.tenant.ID + "/oauth2/v2.0/authorize?" + a.forwarded().Encode()
}

// forwarded are the parameters of the protocol, without the simulator's own.
func (a *authRequest) forwarded() url.Values {
	out := url.Values{}
	for name, values := range a.params {
		if !strings.HasPrefix(name, "sim_") {
			out[name] = values
		}
	}
	return out
}

func (s *Server) callbackError(w http.ResponseWriter, r *http.Request, a *authRequest, e *aadError) {
	s.callback(w, r, a, url.Values{
		"error": {e.name}, "error_description": {s.description(e)},
		"error_uri": {errorPage + e.numberText()},
	})
}

// callback returns to the application by GET, or by a page that posts itself (OAuth 2.0 Form Post Response Mode).
func (s *Server) callback(w http.ResponseWriter, r *http.Request, a *authRequest, answer url.Values) {
	if state := a.param("state"); state != "" {
		answer.Set("state", state)
	}
	for _, m := range s.faults.take(func(m Misbehavior) bool { return m.Callback != nil }) {
		m.Callback(s, answer)
	}
	if a.mode == "form_post" {
		s.showFormPost(w, a.redirectURI, answer)
		return
	}
	target, err := url.Parse(a.redirectURI)
	if err != nil {
		s.showError(w, a.tenant, errRedirectMismatch.detail(a.redirectURI, a.app.ClientID))
		return
	}
	query := target.Query()
	for name, values := range answer {
		query[name] = values
	}
	target.RawQuery = query.Encode()
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, target.String(), http.StatusSeeOther)
}

package entra

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// authRequest is a request to the authorize endpoint (OpenID Connect Core 1.0 section 3.1.2.1).
type authRequest struct {
	signIn
	redirectURI string
	mode        string // response_mode
}

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
	a.prompt = a.param("prompt")
	a.grant = func(p Person, session *session) {
		code := s.newGrant(a, p, session)
		s.callback(w, r, a, url.Values{"code": {code}, "session_state": {session.sid}})
	}
	a.refuse = func(e *aadError) { s.callbackError(w, r, a, e) }
	s.identify(w, r, &a.signIn)
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
	in := signIn{tenant: t, app: app, params: params, path: "/" + t.ID + "/oauth2/v2.0/authorize"}
	return &authRequest{signIn: in, redirectURI: redirect, mode: mode}, nil
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
	s.leadBack(w, r, a.tenant, a.app.ClientID, a.redirectURI, answer)
}

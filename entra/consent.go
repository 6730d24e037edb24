package entra

import (
	"net/http"
	"net/url"
)

// anyOrganization stands for the tenant of whoever signs in; here that is the first that knows the application.
const anyOrganization = "organizations"

// adminConsent asks an administrator to consent to an application for the whole tenant, and sends the answer back. The administrator
// is whoever presses the button.
func (s *Server) adminConsent(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		http.Error(w, "The request is not a form.", http.StatusBadRequest)
		return
	}
	id, redirect := r.Form.Get("client_id"), r.Form.Get("redirect_uri")
	t, ok := s.consenting(r.PathValue("tenant"), id)
	if !ok {
		s.writeTokenError(w, errTenantUnknown.detail(r.PathValue("tenant")))
		return
	}
	app, ok := t.application(id)
	if !ok {
		s.showError(w, t, errApplication.detail(id, t.Name))
		return
	}
	if !app.permitsRedirect(redirect) {
		s.showError(w, t, errRedirectMismatch.detail(redirect, id))
		return
	}
	answer := url.Values{"admin_consent": {"True"}, "state": {r.Form.Get("state")}}
	switch r.Form.Get("sim_consent") {
	case "accept":
		answer.Set("tenant", t.ID)
		answer.Set("scope", r.Form.Get("scope"))
	case "cancel":
		// Entra's refusal says admin_consent=True all the same.
		answer.Set("error", "consent_required")
		answer.Set("error_description", s.description(errDeclined))
	default:
		showPage(w, http.StatusOK, "consent.html", map[string]any{"Tenant": t.Name, "Application": app.Name, "Params": r.Form})
		return
	}
	s.leadBack(w, r, t, id, redirect, answer)
}

// leadBack sends the browser to a registered redirect URI with an answer.
func (s *Server) leadBack(w http.ResponseWriter, r *http.Request, t *Tenant, clientID, redirect string, answer url.Values) {
	target, err := url.Parse(redirect)
	if err != nil {
		s.showError(w, t, errRedirectMismatch.detail(redirect, clientID))
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

func (s *Server) consenting(name, clientID string) (*Tenant, bool) {
	if name != anyOrganization {
		return s.tenant(name)
	}
	for _, t := range s.tenants {
		if _, ok := t.application(clientID); ok {
			return t, true
		}
	}
	return s.tenants[0], true
}

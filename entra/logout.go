package entra

import "net/http"

// logout ends the browser's session and returns to a registered URI (OpenID Connect RP-Initiated Logout 1.0). With any
// other URI it stays on its own page: Entra is no open redirector.
func (s *Server) logout(w http.ResponseWriter, r *http.Request, t *Tenant) {
	if c, err := r.Cookie(sessionCookie); err == nil {
		s.mu.Lock()
		delete(s.sessions, c.Value)
		s.mu.Unlock()
	}
	http.SetCookie(w, &http.Cookie{Name: sessionCookie, Path: "/" + t.ID, MaxAge: -1, HttpOnly: true})
	uri := r.FormValue("post_logout_redirect_uri")
	for _, app := range t.Applications() {
		if uri != "" && app.permitsRedirect(uri) {
			http.Redirect(w, r, uri, http.StatusSeeOther)
			return
		}
	}
	showPage(w, http.StatusOK, "signedout.html", map[string]any{"Tenant": t.Name})
}

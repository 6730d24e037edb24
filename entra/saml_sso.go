package entra

import (
	"net/http"
	"net/url"
)

func (s *Server) samlRoutes(mux *http.ServeMux) {
	// Entra's own pages write the path both ways.
	for _, path := range []string{"/FederationMetadata/2007-06/FederationMetadata.xml", "/federationmetadata/2007-06/federationmetadata.xml"} {
		mux.HandleFunc("GET /{tenant}"+path, s.forTenant(s.federationMetadata))
	}
	for _, method := range []string{"GET", "POST"} {
		mux.HandleFunc(method+" /{tenant}/saml2", s.forTenant(s.singleSignOn))
		mux.HandleFunc(method+" /{tenant}/myapps/signin/{app}", s.forTenant(s.myApps))
	}
}

// singleSignOn signs a person in on request of an application (SAML profiles section 4.1).
func (s *Server) singleSignOn(w http.ResponseWriter, r *http.Request, t *Tenant) {
	r.Body = http.MaxBytesReader(w, r.Body, 2*requestLimit)
	if err := r.ParseForm(); err != nil {
		s.showError(w, t, errSAMLMessage.detail("not a form"))
		return
	}
	a, problem := newSAMLRequest(t, r)
	if problem != nil {
		s.showError(w, t, problem)
		return
	}
	s.identifyBySAML(w, r, a)
}

// myApps is the tile of an application in a person's portal: it leads to the application's sign-on URL or, without one,
// sends an answer that nobody asked for. The second needs requests not to be signed, as in Entra.
func (s *Server) myApps(w http.ResponseWriter, r *http.Request, t *Tenant) {
	app, ok := t.application(r.PathValue("app"))
	if err := r.ParseForm(); err != nil || !ok || app.SAML == nil {
		s.showError(w, t, errApplication.detail(r.PathValue("app"), t.Name))
		return
	}
	if app.SAML.SignOnURL != "" {
		http.Redirect(w, r, app.SAML.SignOnURL, http.StatusSeeOther)
		return
	}
	if len(app.SAML.Requests) > 0 {
		s.showError(w, t, errUnsigned.detail("there is no request"))
		return
	}
	a := &samlRequest{
		signIn:   signIn{tenant: t, app: app, params: r.Form, path: r.URL.Path},
		audience: app.SAML.Identifiers[0], reply: app.SAML.defaultReply(), relayState: app.SAML.RelayState,
	}
	if a.reply == "" {
		s.showError(w, t, errReplyURL.detail("", app.ClientID))
		return
	}
	s.identifyBySAML(w, r, a)
}

func (s *Server) identifyBySAML(w http.ResponseWriter, r *http.Request, a *samlRequest) {
	a.grant = func(p Person, session *session) {
		s.answer(w, a, func(active certificate) *SAMLAnswer { return s.samlAnswer(a, p, session, active) })
	}
	a.refuse = func(e *aadError) {
		s.answer(w, a, func(active certificate) *SAMLAnswer { return s.samlRefusal(a, e, active) })
	}
	s.identify(w, r, &a.signIn)
}

// answer signs and sends what build makes, in a page that posts itself to the application.
func (s *Server) answer(w http.ResponseWriter, a *samlRequest, build func(certificate) *SAMLAnswer) {
	active, err := s.activeCertificate(a)
	var document []byte
	if err == nil {
		document, err = s.finish(build(active))
	}
	if err != nil {
		http.Error(w, "The simulator could not write a SAML answer: "+err.Error(), http.StatusInternalServerError)
		return
	}
	fields := url.Values{"SAMLResponse": {b64Standard(document)}}
	if a.relayState != "" {
		fields.Set("RelayState", a.relayState)
	}
	s.showFormPost(w, a.reply, fields)
}

func (s *Server) activeCertificate(a *samlRequest) (certificate, error) {
	active, _, err := s.signing(a.tenant, a.app)
	for _, m := range s.faults.take(func(m Misbehavior) bool { return m.Certificate != nil }) {
		if err == nil {
			active, err = m.Certificate(active)
		}
	}
	return active, err
}

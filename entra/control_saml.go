package entra

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// fillSAML sets what a form names. Lists are separated by white space.
func fillSAML(settings *SAML, form url.Values) {
	for name, field := range map[string]*[]string{"identifiers": &settings.Identifiers, "reply_urls": &settings.ReplyURLs} {
		if form.Has(name) {
			*field = strings.Fields(form.Get(name))
		}
	}
	for name, field := range map[string]*string{
		"sign_on_url": &settings.SignOnURL, "relay_state": &settings.RelayState, "sign": (*string)(&settings.Sign),
		"encryption_certificate": &settings.Encryption,
	} {
		if form.Has(name) {
			*field = form.Get(name)
		}
	}
	if form.Has("request_certificate") {
		settings.Requests = nil
		if text := form.Get("request_certificate"); text != "" {
			settings.Requests = []string{text}
		}
	}
}

func (s *Server) addSAML(r *http.Request, t *Tenant) (string, error) {
	var settings SAML
	fillSAML(&settings, r.Form)
	added, err := t.Register(Application{Name: r.FormValue("name"), SAML: &settings})
	return added.ClientID, err
}

func (s *Server) changeSAML(r *http.Request, t *Tenant) (string, error) {
	id := r.PathValue("id")
	switch action := r.PathValue("action"); action {
	case "update":
		return "", t.UpdateSAML(id, func(settings *SAML) { fillSAML(settings, r.Form) })
	case "certificate-add":
		return "", s.AddCertificate(t, id)
	case "certificate-activate":
		return "", s.ActivateCertificate(t, id)
	case "certificate-withdraw":
		return "", s.WithdrawCertificates(t, id)
	default:
		return "", fmt.Errorf("%w: action %s of a SAML application", ErrNotFound, action)
	}
}

package entra

import (
	"net/http"
	"net/url"
)

// assertionType is the type of a signed client assertion (RFC 7523 section 2.2).
const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// authenticate accepts a secret in the body or by HTTP Basic (RFC 6749 section 2.3.1), and a signed assertion of the
// application's own or of another issuer.
func (s *Server) authenticate(t *Tenant, r *http.Request) (Application, *aadError) {
	id, secret := r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
	if user, password, ok := r.BasicAuth(); ok {
		// Both halves are form-encoded inside Basic.
		var errID, errSecret error
		id, errID = url.QueryUnescape(user)
		secret, errSecret = url.QueryUnescape(password)
		if errID != nil || errSecret != nil {
			return Application{}, errSecretWrong.detail(user)
		}
	}
	app, ok := t.application(id)
	if !ok {
		return Application{}, errApplication.detail(id, t.Name)
	}
	if assertion := r.PostForm.Get("client_assertion"); assertion != "" {
		if kind := r.PostForm.Get("client_assertion_type"); kind != assertionType {
			return Application{}, errParameter.detail("client_assertion_type", kind)
		}
		return app, s.checkAssertion(r, t, app, assertion)
	}
	if secret == "" {
		return Application{}, errSecretMissing
	}
	if !app.hasSecret(secret) {
		return Application{}, errSecretWrong.detail(id)
	}
	return app, nil
}

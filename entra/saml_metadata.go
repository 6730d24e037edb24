package entra

import (
	"net/http"

	"github.com/beevik/etree"
)

// The namespaces and constants of SAML 2.0 that the simulator writes.
const (
	nsAssertion = "urn:oasis:names:tc:SAML:2.0:assertion"
	nsProtocol  = "urn:oasis:names:tc:SAML:2.0:protocol"
	nsMetadata  = "urn:oasis:names:tc:SAML:2.0:metadata"
	nsSignature = "http://www.w3.org/2000/09/xmldsig#"

	bindingRedirect = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
	bindingPost     = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
)

// byteOrderMark precedes Entra's metadata, which breaks parsers that do not expect it.
const byteOrderMark = "\ufeff"

// samlIssuer is the entity ID of a tenant, the same in every cloud address.
func samlIssuer(tenantID string) string { return "https://sts.windows.net/" + tenantID + "/" }

// federationMetadata answers a tenant's metadata, or with appid those of one application. The two list different
// certificates: an application signs with its own.
func (s *Server) federationMetadata(w http.ResponseWriter, r *http.Request, t *Tenant) {
	var app Application
	if id := r.FormValue("appid"); id != "" {
		found, ok := t.application(id)
		if !ok || found.SAML == nil {
			s.showError(w, t, errApplication.detail(id, t.Name))
			return
		}
		app = found
	}
	listed, err := s.listed(t, app)
	if err != nil {
		http.Error(w, "The simulator could not make a certificate: "+err.Error(), http.StatusInternalServerError)
		return
	}
	doc := etree.NewDocument()
	doc.SetRoot(s.entityDescriptor(t, s.base(r)+"/"+t.ID+"/saml2", listed))
	w.Header().Set("Content-Type", "application/xml; charset=utf-8")
	text, err := doc.WriteToString()
	if err != nil {
		http.Error(w, "The simulator could not write its metadata: "+err.Error(), http.StatusInternalServerError)
		return
	}
	// A reader that went away needs no more.
	_, _ = w.Write([]byte(byteOrderMark + text))
}

// listed applies the misbehaviors that concern certificates, without counting: they are due at the answer.
func (s *Server) listed(t *Tenant, app Application) ([]certificate, error) {
	active, listed, err := s.signing(t, app)
	if err != nil {
		return nil, err
	}
	for _, m := range s.faults.due(func(m Misbehavior) bool { return m.Certificate != nil }) {
		changed, err := m.Certificate(active)
		if err != nil {
			return nil, err
		}
		listed = append(listed, changed)
	}
	return listed, nil
}

// entityDescriptor writes what SAML metadata section 2.4.3 asks of an identity provider.
func (s *Server) entityDescriptor(t *Tenant, endpoint string, listed []certificate) *etree.Element {
	root := etree.NewElement("EntityDescriptor")
	root.CreateAttr("xmlns", nsMetadata)
	root.CreateAttr("ID", "_"+s.random.GUID())
	root.CreateAttr("entityID", samlIssuer(t.ID))
	idp := root.CreateElement("IDPSSODescriptor")
	idp.CreateAttr("protocolSupportEnumeration", nsProtocol)
	for _, c := range listed {
		key := idp.CreateElement("KeyDescriptor")
		key.CreateAttr("use", "signing")
		key.AddChild(keyInfo(c))
	}
	for _, binding := range []string{bindingRedirect, bindingPost} {
		service := idp.CreateElement("SingleSignOnService")
		service.CreateAttr("Binding", binding)
		service.CreateAttr("Location", endpoint)
	}
	return root
}

func keyInfo(c certificate) *etree.Element {
	info := etree.NewElement("KeyInfo")
	info.CreateAttr("xmlns", nsSignature)
	info.CreateElement("X509Data").CreateElement("X509Certificate").SetText(c.text())
	return info
}

package entra

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/beevik/etree"
)

// requestLimit caps a SAML request, also while it inflates.
const requestLimit = 64 << 10

// The name identifier formats that Entra issues.
const (
	formatUnspecified = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"
	formatEmail       = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
	formatPersistent  = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
	formatTransient   = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
)

// classPassword is how everybody signs in here: the simulator asks for less, but says what Entra's default is.
const classPassword = "urn:oasis:names:tc:SAML:2.0:ac:classes:Password"

// samlRequest is an AuthnRequest (SAML core section 3.4.1), or, with only its application, an unsolicited sign-in.
type samlRequest struct {
	signIn
	id         string
	audience   string // the request's Issuer
	reply      string // assertion consumer service
	format     string // of the name identifier; empty: Entra chooses
	relayState string
}

// newSAMLRequest reads a request that came by either binding and says what Entra would have against it. All of it is
// shown on Entra's page: the reply URL is not to be trusted yet, and for the rest Entra does the same.
func newSAMLRequest(t *Tenant, r *http.Request) (*samlRequest, *aadError) {
	raw, err := decodeRequest(r.Form.Get("SAMLRequest"))
	if err != nil {
		return nil, errSAMLMessage.detail(err.Error())
	}
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(raw); err != nil || doc.Root() == nil || doc.Root().Tag != "AuthnRequest" || doc.Root().NamespaceURI() != nsProtocol {
		return nil, errSAMLMessage.detail("no AuthnRequest")
	}
	request := doc.Root()
	issuer := childText(request, "Issuer")
	app, ok := t.samlApplication(issuer)
	if !ok {
		return nil, errApplication.detail(issuer, t.Name)
	}
	a := &samlRequest{
		signIn: signIn{tenant: t, app: app, params: r.Form, path: samlPath(t)}, audience: issuer,
		id: request.SelectAttrValue("ID", ""), reply: request.SelectAttrValue("AssertionConsumerServiceURL", app.SAML.defaultReply()),
		relayState: r.Form.Get("RelayState"),
	}
	if err := checkRequestSignature(app, r, request); err != nil {
		return nil, errUnsigned.detail(err.Error())
	}
	return a, a.check(request)
}

func samlPath(t *Tenant) string { return "/" + t.ID + "/saml2" }

// check applies what Entra documents for each part; what it ignores is not looked at.
func (a *samlRequest) check(request *etree.Element) *aadError {
	if a.id == "" || strings.ContainsAny(a.id[:1], "0123456789") {
		return errSAMLID.detail(a.id)
	}
	if v := request.SelectAttrValue("Version", ""); v != "2.0" {
		return errSAMLMessage.detail("Version " + v)
	}
	if request.SelectElement("Subject") != nil {
		return errSAMLMessage.detail("Subject is not supported, use login_hint")
	}
	if binding := request.SelectAttrValue("ProtocolBinding", bindingPost); binding != bindingPost {
		return errSAMLBinding.detail(binding)
	}
	if !a.app.SAML.permitsReply(a.reply) {
		return errReplyURL.detail(a.reply, a.app.ClientID)
	}
	if policy := request.SelectElement("NameIDPolicy"); policy != nil {
		a.format = policy.SelectAttrValue("Format", "")
	}
	switch a.format {
	case "", formatUnspecified, formatEmail, formatPersistent, formatTransient:
	default:
		return errNameIDPolicy
	}
	a.prompt = promptOf(request)
	return checkAuthnContext(request)
}

// promptOf says in the terms of OpenID Connect how much the person may be asked.
func promptOf(request *etree.Element) string {
	isOn := func(name string) bool {
		v := request.SelectAttrValue(name, "false")
		return v == "true" || v == "1"
	}
	if isOn("IsPassive") {
		return "none"
	}
	if isOn("ForceAuthn") {
		return "login"
	}
	return ""
}

// checkAuthnContext refuses what Entra refuses with AADSTS75011, on which many applications stumble: another class than
// the one by which the person signed in, or a comparison other than exact.
func checkAuthnContext(request *etree.Element) *aadError {
	wanted := request.SelectElement("RequestedAuthnContext")
	if wanted == nil {
		return nil
	}
	if wanted.SelectAttrValue("Comparison", "exact") != "exact" {
		return errAuthnContext.detail(wanted.SelectAttrValue("Comparison", "") + " comparison")
	}
	classes := wanted.SelectElements("AuthnContextClassRef")
	for _, class := range classes {
		if strings.TrimSpace(class.Text()) == classPassword {
			return nil
		}
	}
	if len(classes) == 0 {
		return nil
	}
	return errAuthnContext.detail(strings.TrimSpace(classes[0].Text()))
}

// decodeRequest takes the deflated form of the Redirect binding (SAML bindings section 3.4.4.1) and the plain one of
// the POST binding by either method: the sign-in page's own form sends a request again as it came.
func decodeRequest(text string) ([]byte, error) {
	if text == "" {
		return nil, errors.New("the parameter SAMLRequest is missing")
	}
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, errors.New("the parameter SAMLRequest is not base64")
	}
	if bytes.HasPrefix(bytes.TrimSpace(raw), []byte("<")) {
		return raw, nil
	}
	inflated, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(raw)), requestLimit+1))
	if err != nil || len(inflated) > requestLimit {
		return nil, errors.New("the parameter SAMLRequest is not deflated, or too large")
	}
	return inflated, nil
}

func childText(e *etree.Element, tag string) string {
	if child := e.SelectElement(tag); child != nil {
		return strings.TrimSpace(child.Text())
	}
	return ""
}

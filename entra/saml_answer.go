package entra

import (
	"time"

	"github.com/beevik/etree"
)

// The lives that Entra gives to an answer. The conditions hold from the moment of issue, without allowance for clocks.
const (
	assertionLife    = 70 * time.Minute
	confirmationLife = 5 * time.Minute
)

const (
	statusSuccess   = "urn:oasis:names:tc:SAML:2.0:status:Success"
	statusResponder = "urn:oasis:names:tc:SAML:2.0:status:Responder"
	statusNoPassive = "urn:oasis:names:tc:SAML:2.0:status:NoPassive"
	methodBearer    = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
)

// SAMLAnswer is an answer on its way to the application; a Misbehavior may change everything about it.
type SAMLAnswer struct {
	Response  *etree.Element
	Assertion *etree.Element // within Response; nil in a refusal
	Text      []byte         // once signed: what is sent

	signAssertion, signResponse bool
	digest, signature           algorithm
	signer                      certificate
	shown                       certificate         // in KeyInfo
	changes                     []func(*SAMLAnswer) // to Text

	server  *Server
	request *samlRequest
	person  Person
	now     time.Time
}

// samlAnswer builds the answer that Entra would give (SAML core section 3.3.3).
func (s *Server) samlAnswer(a *samlRequest, p Person, x *session, active certificate) *SAMLAnswer {
	answer := s.newAnswer(a, active)
	answer.person = p
	answer.signAssertion, answer.signResponse = a.app.SAML.signs()
	addStatus(answer.Response, statusSuccess)
	assertion := answer.Response.CreateElement("Assertion")
	assertion.CreateAttr("xmlns", nsAssertion)
	assertion.CreateAttr("ID", "_"+s.random.GUID())
	assertion.CreateAttr("IssueInstant", samlTime(answer.now))
	assertion.CreateAttr("Version", "2.0")
	assertion.CreateElement("Issuer").SetText(samlIssuer(a.tenant.ID))
	answer.Assertion = assertion
	answer.addSubject()
	answer.addConditions()
	for _, c := range samlClaims(a, p) {
		answer.SetClaim(c.name, c.values...)
	}
	answer.addAuthnStatement(x)
	return answer
}

// samlRefusal is an answer without an assertion, which tells the application what went wrong.
func (s *Server) samlRefusal(a *samlRequest, e *aadError, active certificate) *SAMLAnswer {
	answer := s.newAnswer(a, active)
	status := addStatus(answer.Response, statusResponder)
	if e.number == errNoSession.number {
		status.SelectElement("samlp:StatusCode").CreateElement("samlp:StatusCode").CreateAttr("Value", statusNoPassive)
	}
	status.CreateElement("samlp:StatusMessage").SetText(s.description(e))
	return answer
}

func (s *Server) newAnswer(a *samlRequest, active certificate) *SAMLAnswer {
	now := s.now().UTC()
	response := etree.NewElement("samlp:Response")
	response.CreateAttr("xmlns:samlp", nsProtocol)
	response.CreateAttr("ID", "_"+s.random.GUID())
	response.CreateAttr("Version", "2.0")
	response.CreateAttr("IssueInstant", samlTime(now))
	response.CreateAttr("Destination", a.reply)
	if a.id != "" {
		response.CreateAttr("InResponseTo", a.id)
	}
	issuer := response.CreateElement("Issuer")
	issuer.CreateAttr("xmlns", nsAssertion)
	issuer.SetText(samlIssuer(a.tenant.ID))
	return &SAMLAnswer{
		Response: response, digest: digestSHA256, signature: signatureSHA256, signer: active, shown: active,
		server: s, request: a, now: now,
	}
}

func addStatus(response *etree.Element, code string) *etree.Element {
	status := response.CreateElement("samlp:Status")
	status.CreateElement("samlp:StatusCode").CreateAttr("Value", code)
	return status
}

func (a *SAMLAnswer) addSubject() {
	subject := a.Assertion.CreateElement("Subject")
	format, name := a.nameID()
	id := subject.CreateElement("NameID")
	id.CreateAttr("Format", format)
	id.SetText(name)
	confirmation := subject.CreateElement("SubjectConfirmation")
	confirmation.CreateAttr("Method", methodBearer)
	data := confirmation.CreateElement("SubjectConfirmationData")
	if a.request.id != "" {
		data.CreateAttr("InResponseTo", a.request.id)
	}
	data.CreateAttr("NotOnOrAfter", samlTime(a.now.Add(confirmationLife)))
	data.CreateAttr("Recipient", a.request.reply)
}

// nameID follows the request's policy. Where Entra may choose, it names the person by userPrincipalName, as the default
// claim of its portal does.
func (a *SAMLAnswer) nameID() (format, name string) {
	switch a.request.format {
	case formatPersistent:
		return formatPersistent, pairwiseSubject(a.request.tenant.ID, a.request.app.ClientID, a.person.ObjectID)
	case formatTransient:
		return formatTransient, "_" + a.server.random.GUID()
	}
	return formatEmail, a.person.UserPrincipalName
}

func (a *SAMLAnswer) addConditions() {
	conditions := a.Assertion.CreateElement("Conditions")
	conditions.CreateAttr("NotBefore", samlTime(a.now))
	conditions.CreateAttr("NotOnOrAfter", samlTime(a.now.Add(assertionLife)))
	conditions.CreateElement("AudienceRestriction").CreateElement("Audience").SetText(a.request.audience)
}

func (a *SAMLAnswer) addAuthnStatement(x *session) {
	statement := a.Assertion.CreateElement("AuthnStatement")
	statement.CreateAttr("AuthnInstant", samlTime(x.authTime.UTC()))
	statement.CreateAttr("SessionIndex", a.Assertion.SelectAttrValue("ID", ""))
	statement.CreateElement("AuthnContext").CreateElement("AuthnContextClassRef").SetText(classPassword)
}

// samlTime writes milliseconds, as Entra does.
func samlTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

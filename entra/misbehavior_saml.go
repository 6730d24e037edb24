package entra

import (
	"crypto/rsa"
	"time"

	"github.com/beevik/etree"
)

// samlAnswerMisbehaviors leave the signature right and make single conditions of a SAML answer wrong.
var samlAnswerMisbehaviors = []Misbehavior{
	{Name: "saml-audience-missing", Does: "The assertion is restricted to no audience.", Answer: func(a *SAMLAnswer) {
		removeAll(a.Assertion, "./Conditions/AudienceRestriction")
	}},
	{Name: "saml-audience-other", Does: "The assertion is for another application.", Answer: func(a *SAMLAnswer) {
		a.part("./Assertion/Conditions/AudienceRestriction/Audience").SetText("https://other.example/saml")
	}},
	{Name: "saml-audience-second-restriction", Does: "A second restriction, which must hold as well, names another application only.", Answer: func(a *SAMLAnswer) {
		a.part("./Assertion/Conditions").CreateElement("AudienceRestriction").CreateElement("Audience").SetText("https://other.example/saml")
	}},
	{Name: "saml-conditions-missing", Does: "The assertion has no conditions.", Answer: func(a *SAMLAnswer) { removeAll(a.Assertion, "./Conditions") }},
	{Name: "saml-subject-missing", Does: "The assertion has no subject.", Answer: func(a *SAMLAnswer) { removeAll(a.Assertion, "./Subject") }},
	{Name: "saml-authentication-missing", Does: "The assertion has no authentication statement.", Answer: func(a *SAMLAnswer) { removeAll(a.Assertion, "./AuthnStatement") }},
	{Name: "saml-confirmation-missing", Does: "The subject is not confirmed.", Answer: func(a *SAMLAnswer) {
		removeAll(a.Assertion, "./Subject/SubjectConfirmation")
	}},
	{Name: "saml-confirmation-data-missing", Does: "The confirmation says neither when nor where it holds.", Answer: func(a *SAMLAnswer) {
		removeAll(a.Assertion, "./Subject/SubjectConfirmation/SubjectConfirmationData")
	}},
	{Name: "saml-confirmation-holder-of-key", Does: "The confirmation asks for proof of a key, not for a bearer.", Answer: func(a *SAMLAnswer) {
		a.part("./Assertion/Subject/SubjectConfirmation").CreateAttr("Method", "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key")
	}},
	{Name: "saml-confirmation-expired", Does: "The confirmation expired an hour ago.", Answer: func(a *SAMLAnswer) {
		a.confirmation().CreateAttr("NotOnOrAfter", samlTime(a.now.Add(-time.Hour)))
	}},
	{Name: "saml-confirmation-endless", Does: "The confirmation never expires.", Answer: func(a *SAMLAnswer) { a.confirmation().RemoveAttr("NotOnOrAfter") }},
	{Name: "saml-recipient-wrong", Does: "The confirmation is for another assertion consumer service.", Answer: func(a *SAMLAnswer) {
		a.confirmation().CreateAttr("Recipient", "https://other.example/saml/acs")
	}},
	{Name: "saml-recipient-missing", Does: "The confirmation names no recipient.", Answer: func(a *SAMLAnswer) { a.confirmation().RemoveAttr("Recipient") }},
	{Name: "saml-destination-wrong", Does: "The response is addressed to another assertion consumer service.", Answer: func(a *SAMLAnswer) {
		a.Response.CreateAttr("Destination", "https://other.example/saml/acs")
	}},
	{Name: "saml-in-response-to-wrong", Does: "The answer is to another request.", Answer: func(a *SAMLAnswer) {
		a.Response.CreateAttr("InResponseTo", "id-of-another-request")
		a.confirmation().CreateAttr("InResponseTo", "id-of-another-request")
	}},
	{Name: "saml-in-response-to-response-only", Does: "The confirmation is to another request, while the unsigned response names the right one.", Answer: func(a *SAMLAnswer) {
		a.confirmation().CreateAttr("InResponseTo", "id-of-another-request")
	}},
	{Name: "saml-expired", Does: "The conditions expired an hour ago.", Answer: func(a *SAMLAnswer) {
		conditions := a.part("./Assertion/Conditions")
		conditions.CreateAttr("NotBefore", samlTime(a.now.Add(-2*time.Hour)))
		conditions.CreateAttr("NotOnOrAfter", samlTime(a.now.Add(-time.Hour)))
	}},
	{Name: "saml-not-yet-valid", Does: "The conditions hold from an hour from now.", Answer: func(a *SAMLAnswer) {
		a.part("./Assertion/Conditions").CreateAttr("NotBefore", samlTime(a.now.Add(time.Hour)))
	}},
	{Name: "saml-session-over", Does: "The session of the authentication statement ended an hour ago.", Answer: func(a *SAMLAnswer) {
		a.part("./Assertion/AuthnStatement").CreateAttr("SessionNotOnOrAfter", samlTime(a.now.Add(-time.Hour)))
	}},
	{Name: "saml-authentication-old", Does: "The person signed in two days ago, which matters only to who asked for a new sign-in (ForceAuthn).", Harmless: true, Answer: func(a *SAMLAnswer) {
		a.part("./Assertion/AuthnStatement").CreateAttr("AuthnInstant", samlTime(a.now.Add(-48*time.Hour)))
	}},
	{Name: "saml-refused", Does: "The response refuses (AADSTS50105); its text holds HTML.", Answer: func(a *SAMLAnswer) {
		a.refuse(`AADSTS50105: The signed in user '<script>alert(1)</script>' is not assigned to a role for the application.`)
	}},
	{Name: "saml-refused-with-assertion", Does: "The response refuses, and holds a good assertion all the same.", Answer: func(a *SAMLAnswer) {
		a.part("./Status/StatusCode").CreateAttr("Value", statusResponder)
	}},
}

// samlSignatureMisbehaviors break the signature of an answer or change who makes it.
var samlSignatureMisbehaviors = []Misbehavior{
	{Name: "saml-unsigned", Does: "Nothing is signed.", Answer: func(a *SAMLAnswer) { a.signAssertion, a.signResponse = false, false }},
	{Name: "saml-response-only", Does: "The response is signed, the assertion is not: another signing option of the same administrator.", Answer: func(a *SAMLAnswer) {
		a.signAssertion, a.signResponse = false, true
	}},
	{Name: "saml-sha1", Does: "Digest and signature use SHA-1, as the portal still lets an administrator choose.", Answer: func(a *SAMLAnswer) {
		a.digest, a.signature = digestSHA1, signatureSHA1
	}},
	{Name: "saml-sha1-digest", Does: "The digest uses SHA-1, the signature SHA-256.", Answer: func(a *SAMLAnswer) { a.digest = digestSHA1 }},
	{Name: "saml-certificate-unknown", Does: "A stranger signs and shows a certificate of their own.", Answer: func(a *SAMLAnswer) {
		a.signAsAttacker(func(stranger certificate) { a.shown = stranger })
	}},
	{Name: "saml-certificate-borrowed", Does: "A stranger signs and shows the published certificate.", Answer: func(a *SAMLAnswer) {
		a.signAsAttacker(func(certificate) {})
	}},
	{Name: "saml-certificate-expired", Does: "The certificate has run out; the metadata list it, and Entra goes on signing with it.", Certificate: func(c certificate) (certificate, error) {
		return c.expired()
	}},
}

// part finds an element of the response. Where another misbehavior has removed it, the change is made to nothing.
func (a *SAMLAnswer) part(path string) *etree.Element {
	if found := a.Response.FindElement(path); found != nil {
		return found
	}
	return etree.NewElement("removed")
}

func (a *SAMLAnswer) confirmation() *etree.Element {
	return a.part("./Assertion/Subject/SubjectConfirmation/SubjectConfirmationData")
}

func (a *SAMLAnswer) refuse(message string) {
	a.Response.RemoveChild(a.Assertion)
	a.Assertion = nil
	status := a.Response.SelectElement("Status")
	status.SelectElement("StatusCode").CreateAttr("Value", statusResponder)
	status.CreateElement("samlp:StatusMessage").SetText(message)
}

// signAsAttacker signs with a key that Entra does not know.
func (a *SAMLAnswer) signAsAttacker(show func(certificate)) {
	key, err := a.server.keys.attacker()
	var private *rsa.PrivateKey
	if err == nil {
		private = key.private
	}
	stranger, err := newCertificate(private, a.now.Add(-time.Hour))
	if err != nil {
		a.signAssertion, a.signResponse = false, false
		return
	}
	a.signer = stranger
	show(stranger)
}

func removeAll(e *etree.Element, path string) {
	for _, found := range e.FindElements(path) {
		found.Parent().RemoveChild(found)
	}
}

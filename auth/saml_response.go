package auth

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/xml"
	"errors"
	"net/url"
	"time"

	"github.com/beevik/etree"
	"github.com/crewjam/saml"

	"doorlist/policy"
)

// samlAssertion is an assertion that is good in every respect but one: whether it was used before.
type samlAssertion struct {
	id       string
	until    time.Time // when nobody would accept it any more
	identity identity
}

// read judges a response. requestID is the request that it answers; "" for a response that nobody asked for, which must
// then answer none. key is ours.
func (p samlParty) read(raw []byte, requestID string, key *rsa.PrivateKey) (samlAssertion, error) {
	response, err := parseSAML(raw)
	if err != nil {
		return samlAssertion{}, err
	}
	shape, err := shapeOf(response)
	if err != nil {
		return samlAssertion{}, err
	}
	if err := p.checkResponse(response, requestID); err != nil {
		return samlAssertion{}, err
	}
	signers, err := p.signers()
	if err != nil {
		return samlAssertion{}, err
	}
	if shape, err = p.settle(shape, signers, key); err != nil {
		return samlAssertion{}, err
	}
	// Strangers are turned away here: the library reads the whole document anew before it looks at signatures.
	if err := verifyWithin(shape.assertion, signers); err != nil {
		return samlAssertion{}, err
	}
	verifier := &samlVerifier{certificates: signers}
	fromLibrary := p.askLibrary(shape.response, requestID, verifier)
	if verifier.signed == nil {
		return samlAssertion{}, asRefusal(fromLibrary)
	}
	checked, err := p.checkAssertion(verifier.signed, requestID)
	if err != nil {
		return samlAssertion{}, err
	}
	return checked, asRefusal(fromLibrary)
}

// settle brings a response into the form in which the library demands what we demand: a signature of the assertion itself. The library
// trusts whatever lies in a signed response, so the response's own signature is verified and taken off; and an encrypted
// assertion takes its place in the clear, after the same look at its document (CVE-2026-2092 was the lack of that).
func (p samlParty) settle(s samlShape, signers []*x509.Certificate, key *rsa.PrivateKey) (samlShape, error) {
	if s.assertion == nil {
		return s, badResponse("the response has no assertion")
	}
	if signature := only(s.response, signatureNS, "Signature"); signature != nil {
		whole := &samlVerifier{certificates: signers}
		if err := whole.VerifySignature(nil, s.response); err != nil {
			return s, err
		}
		s.response.RemoveChild(signature)
	}
	if s.assertion.Tag != "EncryptedAssertion" {
		return s, nil
	}
	if !p.settings.Encryption {
		return s, badResponse("the assertion is encrypted, and the connection does not allow that")
	}
	plain, err := decryptAssertion(s.assertion, key)
	if err != nil {
		return s, err
	}
	if plain.Tag != "Assertion" || plain.NamespaceURI() != assertionNS {
		return s, badResponse("what was encrypted is no assertion")
	}
	s.response.InsertChildAt(s.assertion.Index(), plain)
	s.response.RemoveChild(s.assertion)
	return shapeOf(s.response)
}

// askLibrary is the library's own judgment, which verifies by way of verifier. Its code dereferences parts of an assertion that may be
// missing, so a panic is a refusal.
func (p samlParty) askLibrary(response *etree.Element, requestID string, verifier *samlVerifier) (err error) {
	defer func() {
		if recover() != nil {
			err = badResponse("the assertion lacks parts that every assertion has")
		}
	}()
	doc := etree.NewDocument()
	doc.SetRoot(response.Copy())
	text, err := doc.WriteToBytes()
	if err != nil {
		return err
	}
	sp := p.library()
	sp.SignatureVerifier = verifier
	acs, err := url.Parse(p.acs)
	if err != nil {
		return err
	}
	_, err = sp.ParseXMLResponse(text, []string{requestID}, *acs)
	return err
}

// asRefusal words what the library refused. Its own message is the same for every fault; the cause lies beneath, beside the whole response,
// which is not for logs.
func asRefusal(err error) error {
	var no *refusal
	var invalid *saml.InvalidResponseError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &no):
		return no
	case errors.As(err, &invalid):
		if errors.As(invalid.PrivateErr, &no) {
			return no
		}
		return badResponse("the response was refused: %v", invalid.PrivateErr)
	}
	return badResponse("the response was refused: %v", err)
}

// checkResponse judges what stands around the assertion. Most of it is not signed, so it can but refuse.
func (p samlParty) checkResponse(response *etree.Element, requestID string) error {
	if version := response.SelectAttrValue("Version", ""); version != "2.0" {
		return badResponse("the response is of SAML %q, not 2.0", version)
	}
	if answers := response.SelectAttrValue("InResponseTo", ""); answers != requestID {
		return p.answersAnother("response", requestID)
	}
	if issuer := only(response, assertionNS, "Issuer"); issuer != nil && issuer.Text() != p.settings.Provider.EntityID {
		return badResponse("the response is issued by %q, and the connection's provider is %q", issuer.Text(), p.settings.Provider.EntityID)
	}
	if err := checkStatus(response); err != nil {
		return err
	}
	if destination := response.SelectAttrValue("Destination", ""); destination != p.acs {
		return badResponse("the response is meant for %q, not for %s", destination, p.acs)
	}
	return nil
}

func (p samlParty) answersAnother(what, requestID string) *refusal {
	if requestID == "" {
		return badResponse("the %s answers a request (InResponseTo), but nothing here knows of that", what)
	}
	return badResponse("the %s does not answer the request of this sign-in (InResponseTo)", what)
}

// checkStatus reads what the provider says about its own success.
func checkStatus(response *etree.Element) error {
	status := only(response, protocolNS, "Status")
	if status == nil {
		return badResponse("the response has no status")
	}
	code := only(status, protocolNS, "StatusCode")
	if code == nil {
		return badResponse("the response has no status code")
	}
	if code.SelectAttrValue("Value", "") == saml.StatusSuccess {
		return nil
	}
	if inner := only(code, protocolNS, "StatusCode"); inner != nil {
		code = inner // which says more
	}
	message := ""
	if el := only(status, protocolNS, "StatusMessage"); el != nil {
		message = el.Text()
	}
	return samlFault(code.SelectAttrValue("Value", ""), message)
}

// unmarshalAssertion reads an assertion from what was signed.
func unmarshalAssertion(signed *etree.Element) (a saml.Assertion, err error) {
	doc := etree.NewDocument()
	doc.SetRoot(signed.Copy())
	text, err := doc.WriteToBytes()
	if err != nil {
		return a, err
	}
	if err := xml.NewDecoder(bytes.NewReader(text)).Decode(&a); err != nil {
		return a, &refusal{reason: policy.BadResponse, detail: "the assertion cannot be read: " + short(err.Error())}
	}
	return a, nil
}

package auth

import (
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"testing"
	"time"
)

// A response with a signature that is no one's.
const unsignedResponse = `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_r" IssueInstant="2026-01-02T03:04:05Z" Version="2.0" ` +
	`Destination="https://door.example.com/saml/code/acs"><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>`
const worthlessSignature = `<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>` +
	`<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/><ds:Reference URI="#_a"><ds:Transforms>` +
	`<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/><ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/></ds:Transforms>` +
	`<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue>AAAA</ds:DigestValue></ds:Reference></ds:SignedInfo><ds:SignatureValue>AAAA</ds:SignatureValue></ds:Signature>`

// FuzzSAMLResponse posts any document: without the provider's key nobody comes in, nothing panics, and every refusal has its
// reason.
func FuzzSAMLResponse(f *testing.F) {
	p := partyOf(f, 1)
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(unsignedResponse + `<saml:Assertion ID="_a" Version="2.0"><saml:Issuer>https://idp.example.com</saml:Issuer>` + worthlessSignature + `</saml:Assertion></samlp:Response>`))
	f.Add([]byte(unsignedResponse + `<saml:EncryptedAssertion><e:EncryptedData xmlns:e="http://www.w3.org/2001/04/xmlenc#"><e:EncryptionMethod Algorithm="http://www.w3.org/2009/xmlenc11#aes256-gcm"/>` +
		`<e:EncryptedKey><e:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"/><e:CipherData><e:CipherValue>AAAA</e:CipherValue></e:CipherData></e:EncryptedKey>` +
		`<e:CipherData><e:CipherValue>AAAA</e:CipherValue></e:CipherData></e:EncryptedData></saml:EncryptedAssertion></samlp:Response>`))
	f.Add([]byte(unsignedResponse + `<samlp:Extensions/></samlp:Response>`))
	f.Fuzz(func(t *testing.T, document []byte) {
		_, err := p.read(document, "", key)
		var no *refusal
		if !errors.As(err, &no) {
			t.Errorf("%q: %v, want a refusal", document, err)
		}
	})
}

// FuzzSAMLMetadata reads any document: what comes out can be trusted in form.
func FuzzSAMLMetadata(f *testing.F) {
	f.Add([]byte(`<EntityDescriptor entityID="x" xmlns="urn:oasis:names:tc:SAML:2.0:metadata"><IDPSSODescriptor protocolSupportEnumeration="y"/></EntityDescriptor>`))
	f.Fuzz(func(t *testing.T, document []byte) {
		m, err := ReadSAMLMetadata(document, time.Time{})
		if err == nil && (m.Provider.EntityID == "" || m.Provider.SignOnURL == "" || len(CertificateEnds(m.Provider)) == 0) {
			t.Errorf("%q is read as %+v", document, m.Provider)
		}
	})
}

package auth

import (
	"crypto/tls"
	"crypto/x509"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/beevik/etree"
	"github.com/google/go-cmp/cmp"
	dsig "github.com/russellhaering/goxmldsig"

	"doorlist/store"
)

const signedRequest = "_q"

// signedParty is a connection, and a good response of its provider to signedRequest.
func signedParty(t testing.TB) (p samlParty, response string) {
	t.Helper()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	certificate, der, err := NewSAMLKey("idp", now)
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509.ParsePKCS8PrivateKey([]byte(der))
	if err != nil {
		t.Fatal(err)
	}
	own, err := parseOrigin("https://door.example.com")
	if err != nil {
		t.Fatal(err)
	}
	settings := store.SAMLSettings{Provider: store.SAMLProvider{EntityID: "https://idp.example.com", Certificates: [][]byte{certificate}}}
	p = newSAMLParty(own, store.Connection{Kind: store.SAMLConnection, Slug: "code", SubjectClaim: "subject"}, settings, now)
	assertion := etree.NewDocument()
	if err := assertion.ReadFromString(strings.NewReplacer("ENTITY", p.entityID, "ACS", p.acs).Replace(goodAssertion)); err != nil {
		t.Fatal(err)
	}
	signing := dsig.NewDefaultSigningContext(dsig.TLSCertKeyStore(tls.Certificate{Certificate: [][]byte{certificate}, PrivateKey: key}))
	signing.Canonicalizer = dsig.MakeC14N10ExclusiveCanonicalizerWithPrefixList("")
	signed, err := signing.SignEnveloped(assertion.Root())
	if err != nil {
		t.Fatal(err)
	}
	assertion.SetRoot(signed)
	text, err := assertion.WriteToString()
	if err != nil {
		t.Fatal(err)
	}
	return p, strings.Replace(unsignedResponse, ` Version="2.0"`, ` Version="2.0" InResponseTo="`+signedRequest+`"`, 1) + text + `</samlp:Response>`
}

const goodAssertion = `<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_a" IssueInstant="2026-01-02T03:04:05Z" Version="2.0"><saml:Issuer>https://idp.example.com</saml:Issuer>` +
	`<saml:Subject><saml:NameID>alice</saml:NameID><saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">` +
	`<saml:SubjectConfirmationData InResponseTo="_q" NotOnOrAfter="2026-01-02T03:09:05Z" Recipient="ACS"/></saml:SubjectConfirmation></saml:Subject>` +
	`<saml:Conditions NotBefore="2026-01-02T03:04:05Z" NotOnOrAfter="2026-01-02T03:09:05Z"><saml:AudienceRestriction><saml:Audience>ENTITY</saml:Audience></saml:AudienceRestriction></saml:Conditions>` +
	`<saml:AuthnStatement AuthnInstant="2026-01-02T03:04:05Z"><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>` +
	`<saml:AttributeStatement><saml:Attribute Name="subject"><saml:AttributeValue>alice</saml:AttributeValue></saml:Attribute></saml:AttributeStatement></saml:Assertion>`

// FuzzSignedSAMLResponse puts a text in the place of any part of a good response: whatever is accepted still says of the same person the
// same that the provider signed (signature wrapping and its kin).
func FuzzSignedSAMLResponse(f *testing.F) {
	p, response := signedParty(f)
	good, err := p.read([]byte(response), signedRequest, nil)
	if err != nil || good.identity.Key != "alice" {
		f.Fatalf("the response itself: %+v, %v", good, err)
	}
	evil := strings.NewReplacer("alice", "owner", `ID="_a"`, `ID="_b"`).Replace(goodAssertion)
	from, value := strings.Index(response, "<saml:Assertion "), strings.Index(response, "alice</saml:AttributeValue>")
	for _, s := range []struct {
		at, length int
		text       string
	}{
		{from, 0, evil}, {len(response) - len("</samlp:Response>"), 0, evil}, {from, 0, "<samlp:Extensions>" + evil + "</samlp:Extensions>"}, {value, 5, "owner"},
		{value + 2, 0, "<!---->"}, {value + 2, 0, "<x/>"}, {value, 0, "<![CDATA["}, {value, 0, "&#x6f;"}, {0, 0, "<!DOCTYPE a>"}, {0, 0, " "}, {len(response), 0, "<!-- x -->"},
		{from + 1, 4, "xaml"}, {from, 0, `<saml:Issuer>https://idp.example.com</saml:Issuer>`}, {value, 5, "alice</saml:AttributeValue><saml:AttributeValue>owner"},
	} {
		f.Add(uint16(s.at), uint16(s.length), s.text)
	}
	f.Fuzz(func(t *testing.T, at, length uint16, text string) {
		got, err := p.read([]byte(replaced(response, at, length, text)), signedRequest, nil)
		if err != nil {
			return
		}
		if diff := cmp.Diff(good, got, cmp.AllowUnexported(samlAssertion{})); diff != "" {
			t.Errorf("%q at %d for %d bytes makes of what was signed (-signed +read):\n%s", text, at, length, diff)
		}
	})
}

// replaced has another text in the place of a part of one.
func replaced(whole string, at, length uint16, text string) string {
	from := min(int(at), len(whole))
	return string(slices.Concat([]byte(whole[:from]), []byte(text), []byte(whole[min(from+int(length), len(whole)):])))
}

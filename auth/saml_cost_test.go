package auth

import (
	"crypto/x509"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"doorlist/store"
)

// hostileResponse is 150 KB that nobody has signed, in a shape that is dear to bring into canonical form, where every certificate is asked.
func hostileResponse() []byte {
	declarations := ""
	for i := range 25 {
		declarations += fmt.Sprintf(` xmlns:n%d="urn:n:%d"`, i, i)
	}
	content := strings.Repeat("<x"+declarations+` n1:a="b"/>`, (150<<10)/(len(declarations)+15))
	return []byte(unsignedResponse + `<saml:Assertion ID="_a" Version="2.0"><saml:Issuer>https://idp.example.com</saml:Issuer>` +
		strings.Replace(worthlessSignature, "</ds:SignedInfo>", content+"</ds:SignedInfo>", 1) + "</saml:Assertion></samlp:Response>")
}

// partyOf is a connection whose provider has so many certificates.
func partyOf(t testing.TB, certificates int) samlParty {
	t.Helper()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	own, err := parseOrigin("https://door.example.com")
	if err != nil {
		t.Fatal(err)
	}
	settings := store.SAMLSettings{Encryption: true, Provider: store.SAMLProvider{EntityID: "https://idp.example.com"}}
	certificate, _, err := NewSAMLKey("idp", now) // whose private key is forgotten
	if err != nil {
		t.Fatal(err)
	}
	settings.Provider.Certificates = slices.Repeat([][]byte{certificate}, certificates)
	return newSAMLParty(own, store.Connection{Kind: store.SAMLConnection, Slug: "code", SubjectClaim: store.NameID}, settings, now)
}

// A stranger can make the server look at a document of any size that is allowed. What verifying it costs must not depend on how many
// certificates the provider has announced.
func TestSAML_VerifyingCostsTheSameForManyCertificates(t *testing.T) {
	one, many := signersOf(t, partyOf(t, 1)), signersOf(t, partyOf(t, maxCertificates))
	response, err := parseSAML(hostileResponse())
	if err != nil {
		t.Fatal(err)
	}
	took := func(certificates []*x509.Certificate) time.Duration {
		began := time.Now()
		if err := verifyWithin(only(response, assertionNS, "Assertion"), certificates); err == nil {
			t.Fatal("it is verified")
		}
		return time.Since(began)
	}
	var ratios []float64
	for range 9 {
		ratios = append(ratios, 1/float64(took(one))*float64(took(many)))
	}
	slices.Sort(ratios)
	if median := ratios[len(ratios)/2]; median > 3 {
		t.Errorf("%d certificates take %.1f times as long as one", maxCertificates, median)
	}
}

func signersOf(t *testing.T, p samlParty) []*x509.Certificate {
	t.Helper()
	list, err := p.signers()
	if err != nil {
		t.Fatal(err)
	}
	return list
}

package entra_test

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"strings"
	"testing"

	"doorlist/entra"
)

func certificateOf(t *testing.T, der []byte) *x509.Certificate {
	t.Helper()
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestSAML_RolloverOfCertificates(t *testing.T) {
	t.Parallel()
	s := newSAMLSite(t, entra.SAML{})
	listed := func() int { return len(s.metadata().IDPSSODescriptors[0].KeyDescriptors) }
	step := func(name string, change func(*entra.Tenant, string) error, want int) {
		if err := change(s.tenant, s.app.ClientID); err != nil {
			t.Fatal(err)
		}
		if got := listed(); got != want {
			t.Errorf("%s: %d certificates listed, want %d", name, got, want)
		}
	}
	step("added", s.server.AddCertificate, 2)
	if _, _, err := s.signInBySAML(rita); err != nil {
		t.Errorf("the new certificate signs before it is active: %v", err)
	}
	step("activated", s.server.ActivateCertificate, 2)
	if _, _, err := s.signInBySAML(rita); err == nil {
		t.Error("the new certificate is trusted with the metadata of yesterday")
	}
	s.provider.IDPMetadata = s.metadata()
	if _, _, err := s.signInBySAML(rita); err != nil {
		t.Errorf("with fresh metadata: %v", err)
	}
	step("withdrawn", s.server.WithdrawCertificates, 1)
	if err := s.server.AddCertificate(s.tenant, "unknown"); err == nil {
		t.Error("an unknown application has certificates")
	}
}

func TestSAMLMetadata_TenantsOwnCertificateIsAnother(t *testing.T) {
	t.Parallel()
	s := newSAMLSite(t, entra.SAML{})
	own := s.metadata().IDPSSODescriptors[0].KeyDescriptors[0].KeyInfo.X509Data.X509Certificates[0].Data
	// The lower-case spelling is the one that the portal shows.
	common := string(s.fetch("/federationmetadata/2007-06/federationmetadata.xml"))
	if strings.Contains(common, own) || !strings.Contains(common, "<X509Certificate>") {
		t.Error("the tenant's metadata list the application's certificate, or none")
	}
	if page := string(s.fetch("/FederationMetadata/2007-06/FederationMetadata.xml?appid=unknown")); aadsts(page) != "AADSTS700016" {
		t.Errorf("metadata of an unknown application: %.200s", page)
	}
}

func TestSAML_EncryptedAssertion(t *testing.T) {
	t.Parallel()
	stores, keys := keyPairs()
	_, der, err := stores[1].GetKeyPair()
	if err != nil {
		t.Fatal(err)
	}
	text := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	for _, option := range []entra.Signing{entra.SignAssertion, entra.SignBoth} {
		s := newSAMLSite(t, entra.SAML{Encryption: text, Sign: option})
		s.provider.Key, s.provider.Certificate = keys[1], certificateOf(t, der)
		assertion, document, err := s.signInBySAML(rita)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(document), "rita") || assertion.Subject.NameID.Value != rita {
			t.Errorf("signed %s: the assertion is not encrypted, or about %q", option, assertion.Subject.NameID.Value)
		}
		if err := s.server.Misbehave("saml-unsigned", 1); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.signInBySAML(rita); err == nil {
			t.Errorf("signed %s: encryption stands in for a signature", option)
		}
	}
}

func TestSAML_OverageAbove150Groups(t *testing.T) {
	t.Parallel()
	s := newSAMLSite(t, entra.SAML{}, func(a *entra.Application) { a.Groups = entra.SecurityGroup })
	const groups, link = "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups", "http://schemas.microsoft.com/claims/groups.link"
	uma := person(t, s.tenant, "uma.unassigned")
	for i := range 150 {
		addGroup(t, s.tenant, fmt.Sprint("Group ", i), uma.ObjectID)
	}
	full, _, err := s.signInBySAML(uma.UserPrincipalName)
	if err != nil {
		t.Fatal(err)
	}
	if got := len(values(full, groups)); got != 150 {
		t.Errorf("with 150 groups the assertion holds %d", got)
	}
	addGroup(t, s.tenant, "One too many", uma.ObjectID)
	over, _, err := s.signInBySAML(uma.UserPrincipalName)
	if err != nil {
		t.Fatal(err)
	}
	if len(values(over, groups)) != 0 || len(values(over, link)) != 1 {
		t.Errorf("with 151 groups the assertion holds %d and %d links", len(values(over, groups)), len(values(over, link)))
	}
}

func TestSAML_RegistrationRefusesWhatEntraRefuses(t *testing.T) {
	t.Parallel()
	tenant := demoTenant(t)
	good := entra.SAML{Identifiers: []string{entityID}, ReplyURLs: []string{replyURL}}
	if _, err := tenant.Register(entra.Application{SAML: &good}); err != nil {
		t.Fatal(err)
	}
	for name, settings := range map[string]entra.SAML{
		"identifier taken": good,
		"no identifier":    {ReplyURLs: []string{replyURL}},
		"no reply URL":     {Identifiers: []string{"a"}},
		"signing option":   {Identifiers: []string{"a"}, ReplyURLs: []string{replyURL}, Sign: "neither"},
		"no certificate":   {Identifiers: []string{"a"}, ReplyURLs: []string{replyURL}, Encryption: "MII"},
	} {
		if _, err := tenant.Register(entra.Application{SAML: &settings}); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

package entra_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/crewjam/saml"

	"doorlist/entra"
)

const (
	objectIDClaim = "http://schemas.microsoft.com/identity/claims/objectidentifier"
	tenantIDClaim = "http://schemas.microsoft.com/identity/claims/tenantid"
)

func TestSAML_GoodPath(t *testing.T) {
	t.Parallel()
	s := newSAMLSite(t, entra.SAML{})
	assertion, document, err := s.signInBySAML(rita)
	if err != nil {
		t.Fatal(err)
	}
	p := person(t, s.tenant, "rita.reader")
	for name, want := range map[string]string{
		objectIDClaim: p.ObjectID, tenantIDClaim: s.tenant.ID,
		"http://schemas.microsoft.com/identity/claims/displayname":           "Rita Reader",
		"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name":         rita,
		"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress": rita,
	} {
		if got := values(assertion, name); !slices.Equal(got, []string{want}) {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if assertion.Issuer.Value != "https://sts.windows.net/"+s.tenant.ID+"/" || assertion.Subject.NameID.Value != rita {
		t.Errorf("issuer %q, name %q", assertion.Issuer.Value, assertion.Subject.NameID.Value)
	}
	life := assertion.Conditions.NotOnOrAfter.Sub(assertion.IssueInstant)
	confirmation := assertion.Subject.SubjectConfirmations[0].SubjectConfirmationData.NotOnOrAfter.Sub(assertion.IssueInstant)
	if life != 70*time.Minute || confirmation != 5*time.Minute {
		t.Errorf("valid for %v, confirmed for %v", life, confirmation)
	}
	if _, err := s.verified(document); err != nil {
		t.Errorf("goxmldsig: %v", err)
	}
	if strings.Count(string(document), "<Signature ") != 1 {
		t.Error("more than the assertion is signed")
	}
}

func TestSAML_SigningOptions(t *testing.T) {
	t.Parallel()
	for option, want := range map[entra.Signing]int{entra.SignAssertion: 1, entra.SignResponse: 1, entra.SignBoth: 2} {
		s := newSAMLSite(t, entra.SAML{Sign: option})
		_, document, err := s.signInBySAML(rita)
		if err != nil {
			t.Errorf("%s: %v", option, err)
		}
		if got := strings.Count(string(document), "<Signature "); got != want {
			t.Errorf("%s: %d signatures, want %d", option, got, want)
		}
		_, err = s.verified(document)
		if signed := err == nil; signed != (option != entra.SignResponse) {
			t.Errorf("%s: assertion signed: %v (%v)", option, signed, err)
		}
	}
}

func TestSAML_NameID(t *testing.T) {
	t.Parallel()
	s := newSAMLSite(t, entra.SAML{})
	nameID := func(format saml.NameIDFormat) string {
		s.provider.AuthnNameIDFormat = format
		assertion, _, err := s.signInBySAML(rita)
		if err != nil {
			t.Fatalf("%s: %v", format, err)
		}
		return assertion.Subject.NameID.Value
	}
	if got := nameID(saml.EmailAddressNameIDFormat); got != rita {
		t.Errorf("emailAddress: %q", got)
	}
	if first, second := nameID(saml.PersistentNameIDFormat), nameID(saml.PersistentNameIDFormat); first != second || first == rita {
		t.Errorf("persistent: %q, then %q", first, second)
	}
	if first, second := nameID(saml.TransientNameIDFormat), nameID(saml.TransientNameIDFormat); first == second {
		t.Errorf("transient: %q twice", first)
	}
}

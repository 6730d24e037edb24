package entra_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/beevik/etree"
	"github.com/crewjam/saml"

	"doorlist/entra"
)

// TestSAMLMisbehavior_CarefulApplication ranges over the whole table: a careful application must turn the person away
// exactly where the table does not say that the misbehavior is harmless.
func TestSAMLMisbehavior_CarefulApplication(t *testing.T) {
	t.Parallel()
	s := newSAMLSite(t, entra.SAML{})
	seen := map[string]bool{}
	if err := s.carefulSignIn(seen); err != nil {
		t.Fatal(err)
	}
	for _, m := range entra.SAMLMisbehaviors() {
		t.Run(m.Name, func(t *testing.T) {
			if err := s.server.Misbehave(m.Name, 1); err != nil {
				t.Fatal(err)
			}
			s.provider.IDPMetadata = s.metadata()
			err := s.carefulSignIn(seen)
			if m.Harmless != (err == nil) {
				t.Errorf("%s\nharmless: %v; the sign-in ended with: %v", m.Does, m.Harmless, err)
			}
			if err := s.carefulSignIn(seen); err != nil {
				t.Errorf("the sign-in after it: %v; it was to happen once", err)
			}
		})
	}
}

// carefulSignIn adds to the library what it leaves to its caller.
func (s *samlSite) carefulSignIn(seen map[string]bool) error {
	assertion, document, err := s.signInBySAML(rita)
	if err != nil {
		return err
	}
	if strings.Contains(string(document), "<!DOCTYPE") {
		return errors.New("document type")
	}
	if seen[assertion.ID] {
		return errors.New("replayed")
	}
	seen[assertion.ID] = true
	if err := checkDocument(document); err != nil {
		return err
	}
	if err := checkAssertion(assertion); err != nil {
		return err
	}
	oids, tids := values(assertion, objectIDClaim), values(assertion, tenantIDClaim)
	if len(tids) != 1 || tids[0] != s.tenant.ID {
		return fmt.Errorf("tenants %q", tids)
	}
	if want := person(s.t, s.tenant, "rita.reader").ObjectID; len(oids) != 1 || !strings.EqualFold(oids[0], want) {
		return fmt.Errorf("object ids %q, want %s", oids, want)
	}
	return nil
}

// checkDocument wants one assertion, itself signed, by nothing weaker than SHA-256.
func checkDocument(document []byte) error {
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(document); err != nil {
		return err
	}
	assertions := doc.FindElements("//Assertion")
	if len(assertions) != 1 || assertions[0].SelectElement("Signature") == nil {
		return fmt.Errorf("%d assertions, or an unsigned one", len(assertions))
	}
	for _, e := range append(doc.FindElements("//SignatureMethod"), doc.FindElements("//DigestMethod")...) {
		if strings.HasSuffix(e.SelectAttrValue("Algorithm", ""), "sha1") {
			return errors.New("SHA-1")
		}
	}
	return nil
}

func checkAssertion(a *saml.Assertion) error {
	if a.Conditions == nil || len(a.Conditions.AudienceRestrictions) == 0 {
		return errors.New("no audience")
	}
	for _, r := range a.Conditions.AudienceRestrictions {
		if r.Audience.Value != entityID {
			return fmt.Errorf("audience %q", r.Audience.Value)
		}
	}
	if a.Subject == nil || len(a.Subject.SubjectConfirmations) != 1 || len(a.AuthnStatements) != 1 {
		return errors.New("no subject, confirmation or authentication")
	}
	c := a.Subject.SubjectConfirmations[0]
	if c.Method != "urn:oasis:names:tc:SAML:2.0:cm:bearer" || c.SubjectConfirmationData.Recipient != replyURL || c.SubjectConfirmationData.NotOnOrAfter.IsZero() {
		return errors.New("confirmation")
	}
	if end := a.AuthnStatements[0].SessionNotOnOrAfter; end != nil && end.Before(time.Now()) {
		return errors.New("session over")
	}
	return nil
}

// TestSAMLMisbehavior_WhatTheLibraryCatches pins that some are refused for what they are, and not for a slip of ours.
func TestSAMLMisbehavior_WhatTheLibraryCatches(t *testing.T) {
	t.Parallel()
	s := newSAMLSite(t, entra.SAML{})
	for name, says := range map[string]string{
		"saml-unsigned": "signature element not present", "saml-certificate-expired": "not valid at this time",
		"saml-certificate-unknown": "trusted certs", "saml-certificate-borrowed": "verification error",
		"saml-audience-other": "AudienceRestriction", "saml-expired": "is expired", "saml-not-yet-valid": "not yet valid",
		"saml-destination-wrong": "Destination", "saml-recipient-wrong": "Recipient", "saml-in-response-to-wrong": "InResponseTo",
		"saml-replay": "InResponseTo", "saml-issuer-other": "Issuer", "saml-refused": "Responder", "saml-evil-inside": "could not be verified",
		"saml-instruction-name": "could not be verified", "saml-xsw1": "Missing signature", "saml-xsw8": "Missing signature",
	} {
		if _, _, err := s.signInBySAML(rita); err != nil {
			t.Fatal(err)
		}
		if err := s.server.Misbehave(name, 1); err != nil {
			t.Fatal(err)
		}
		s.provider.IDPMetadata = s.metadata()
		if _, _, err := s.signInBySAML(rita); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: got %v, want %q", name, err, says)
		}
	}
}

func TestSAMLMisbehavior_TableIsWellFormed(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, m := range entra.SAMLMisbehaviors() {
		if seen[m.Name] || !strings.HasPrefix(m.Name, "saml-") || !strings.HasSuffix(m.Does, ".") || (m.Answer == nil) == (m.Certificate == nil) {
			t.Errorf("%q: a row needs a name of its own that begins with saml-, a sentence and one function", m.Name)
		}
		seen[m.Name] = true
	}
}

// TestSAMLAttack_DocumentsNameTheVictim pins that the attacks are worth refusing: in each the genuine signature is kept
// where the attack is about moving it, and the document names the victim.
func TestSAMLAttack_DocumentsNameTheVictim(t *testing.T) {
	t.Parallel()
	victim := entra.Person{ObjectID: "11111111-2222-4333-8444-555555555555", UserPrincipalName: "victim@contoso.com", DisplayName: "Victim"}
	for _, option := range []entra.Signing{entra.SignAssertion, entra.SignResponse, entra.SignBoth} {
		s := newSAMLSite(t, entra.SAML{Sign: option})
		_, genuine, err := s.signInBySAML(rita)
		if err != nil {
			t.Fatal(err)
		}
		forged := 0
		for _, k := range entra.SAMLAttacks() {
			document, err := k.Forge(genuine, victim)
			if errors.Is(err, entra.ErrUnsuitable) {
				continue
			}
			if err != nil {
				t.Fatalf("%s: %v", k.Name, err)
			}
			forged++
			if !strings.Contains(string(document), victim.ObjectID) {
				t.Errorf("%s, signed %s: the victim is not in the document", k.Name, option)
			}
			if k.Name != "evil-only" && !strings.Contains(string(document), "SignatureValue") {
				t.Errorf("%s, signed %s: no signature is left to confuse anybody", k.Name, option)
			}
		}
		if want := map[entra.Signing]int{entra.SignAssertion: 17, entra.SignResponse: 6, entra.SignBoth: 19}[option]; forged != want {
			t.Errorf("signed %s: %d attacks, want %d", option, forged, want)
		}
	}
}

package auth

import (
	"strings"
	"time"

	"github.com/beevik/etree"
	"github.com/crewjam/saml"
)

// samlSkew is how far the provider's clock may be off, as Shibboleth allows.
const samlSkew = 3 * time.Minute

const bearer = "urn:oasis:names:tc:SAML:2.0:cm:bearer"

// checkAssertion makes the checks of SAML Profiles section 4.1.4.3 on a verified assertion, all of them, whether the library
// makes them too or not, and reads who it is about.
func (p samlParty) checkAssertion(signed *etree.Element, requestID string) (samlAssertion, error) {
	if err := unmixed(signed); err != nil {
		return samlAssertion{}, err
	}
	a, err := unmarshalAssertion(signed)
	if err != nil {
		return samlAssertion{}, err
	}
	if a.Version != "2.0" || a.ID == "" {
		return samlAssertion{}, badResponse("the assertion has no id, or is not of SAML 2.0")
	}
	if a.Issuer.Value != p.settings.Provider.EntityID {
		return samlAssertion{}, badResponse("the assertion is issued by %q, and the connection's provider is %q", a.Issuer.Value, p.settings.Provider.EntityID)
	}
	if a.IssueInstant.Before(p.now.Add(-issuedBefore)) || a.IssueInstant.After(p.now.Add(samlSkew)) {
		return samlAssertion{}, badResponse("the assertion was issued at %s, too far from our clock, which says %s", stampOf(a.IssueInstant), stampOf(p.now))
	}
	until, err := p.checkConditions(a.Conditions)
	if err != nil {
		return samlAssertion{}, err
	}
	if err := p.checkAudience(signed); err != nil {
		return samlAssertion{}, err
	}
	confirmed, err := p.checkSubject(a.Subject, requestID)
	if err != nil {
		return samlAssertion{}, err
	}
	if confirmed.After(until) {
		until = confirmed
	}
	at, end, err := p.checkStatements(a.AuthnStatements)
	if err != nil {
		return samlAssertion{}, err
	}
	id, err := p.identity(a)
	id.AuthTime, id.Until = at, end
	return samlAssertion{id: a.ID, until: until.Add(samlSkew), identity: id}, err
}

// unmixed demands that no element has text beside elements. What reads a value reads its text alone and would cut it short, as comments
// once did (CVE-2017-11427 and its kin).
func unmixed(signed *etree.Element) error {
	return walk(signed, func(el *etree.Element) error {
		if len(el.ChildElements()) == 0 {
			return nil
		}
		for _, child := range el.Child {
			if text, ok := child.(*etree.CharData); ok && strings.TrimSpace(text.Data) != "" {
				return badResponse("the assertion has text and elements mixed in one %s", el.Tag)
			}
		}
		return nil
	})
}

func stampOf(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// over says that a moment, after which something does not hold, has passed. A moment that is not named counts as passed.
func (p samlParty) over(notOnOrAfter time.Time) bool {
	return notOnOrAfter.IsZero() || !p.now.Before(notOnOrAfter.Add(samlSkew))
}

func (p samlParty) early(notBefore time.Time) bool {
	return p.now.Before(notBefore.Add(-samlSkew))
}

// isInverted says that a time ends before it begins (SAML Core sections 2.4.1.2 and 2.5.1.2), which the skew on both sides would hide.
func isInverted(notBefore, notOnOrAfter time.Time) bool {
	return !notBefore.IsZero() && !notBefore.Before(notOnOrAfter)
}

func (p samlParty) checkConditions(c *saml.Conditions) (until time.Time, err error) {
	switch {
	case c == nil:
		return until, badResponse("the assertion has no conditions")
	case p.over(c.NotOnOrAfter):
		return until, badResponse("the assertion's conditions hold until %s, and it is %s", stampOf(c.NotOnOrAfter), stampOf(p.now))
	case p.early(c.NotBefore):
		return until, badResponse("the assertion's conditions hold from %s, and it is %s", stampOf(c.NotBefore), stampOf(p.now))
	case isInverted(c.NotBefore, c.NotOnOrAfter):
		return until, badResponse("the assertion's conditions hold from %s, and only until %s", stampOf(c.NotBefore), stampOf(c.NotOnOrAfter))
	}
	return c.NotOnOrAfter, nil
}

// checkAudience demands at least one restriction to an audience, and that each names us (SAML Core section 2.5.1.4). A condition that we
// do not know is one that we cannot say is met (section 2.5.1.1).
func (p samlParty) checkAudience(signed *etree.Element) error {
	conditions := only(signed, assertionNS, "Conditions")
	if conditions == nil {
		return badResponse("the assertion has no conditions, or several")
	}
	restrictions := 0
	for _, condition := range conditions.ChildElements() {
		switch condition.Tag {
		case "OneTimeUse", "ProxyRestriction": // which ask for no more than we do
		case "AudienceRestriction":
			restrictions++
			if !p.inAudience(condition) {
				return badResponse("the assertion is meant for another audience; the connection's entity id is %s", p.entityID)
			}
		default:
			return badResponse("the assertion has a condition that is unknown here: %s", condition.Tag)
		}
	}
	if restrictions == 0 {
		return badResponse("the assertion is meant for no audience in particular")
	}
	return nil
}

func (p samlParty) inAudience(restriction *etree.Element) bool {
	for _, audience := range restriction.ChildElements() {
		if audience.Tag == "Audience" && strings.TrimSpace(audience.Text()) == p.entityID {
			return true
		}
	}
	return false
}

// checkSubject demands the one confirmation that web sign-in has: whoever bears the assertion, to this address, as the
// answer to this request, until a moment.
func (p samlParty) checkSubject(s *saml.Subject, requestID string) (until time.Time, err error) {
	if s == nil || len(s.SubjectConfirmations) != 1 || s.SubjectConfirmations[0].Method != bearer {
		return until, badResponse("the assertion's subject has not exactly one confirmation, by bearer")
	}
	data := s.SubjectConfirmations[0].SubjectConfirmationData
	switch {
	case data == nil:
		return until, badResponse("the confirmation of the assertion's subject has no data")
	case data.Recipient != p.acs:
		return until, badResponse("the assertion is for the recipient %q, not for %s", data.Recipient, p.acs)
	case data.InResponseTo != requestID:
		return until, p.answersAnother("assertion", requestID)
	case p.over(data.NotOnOrAfter):
		return until, badResponse("the assertion could be delivered until %s, and it is %s", stampOf(data.NotOnOrAfter), stampOf(p.now))
	case p.early(data.NotBefore):
		return until, badResponse("the assertion can be delivered from %s on, and it is %s", stampOf(data.NotBefore), stampOf(p.now))
	case isInverted(data.NotBefore, data.NotOnOrAfter):
		return until, badResponse("the assertion can be delivered from %s on, and only until %s", stampOf(data.NotBefore), stampOf(data.NotOnOrAfter))
	}
	return data.NotOnOrAfter, nil
}

// checkStatements finds when the person last proved who they are, and when the provider wants the session to end.
func (p samlParty) checkStatements(statements []saml.AuthnStatement) (at, end time.Time, err error) {
	if len(statements) == 0 {
		return at, end, badResponse("the assertion says nothing of an authentication")
	}
	for _, s := range statements {
		if s.AuthnInstant.After(p.now.Add(samlSkew)) {
			return at, end, badResponse("the authentication was at %s, and it is %s", stampOf(s.AuthnInstant), stampOf(p.now))
		}
		if s.AuthnInstant.After(at) {
			at = s.AuthnInstant
		}
		if s.SessionNotOnOrAfter == nil {
			continue
		}
		if !p.now.Before(*s.SessionNotOnOrAfter) {
			return at, end, badResponse("the provider's session ended at %s, and it is %s", stampOf(*s.SessionNotOnOrAfter), stampOf(p.now))
		}
		if end.IsZero() || s.SessionNotOnOrAfter.Before(end) {
			end = *s.SessionNotOnOrAfter
		}
	}
	return at.UTC(), end.UTC(), nil
}

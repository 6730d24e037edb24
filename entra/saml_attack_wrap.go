package entra

import "github.com/beevik/etree"

// wrappingAttacks move the signed element to a place where a verifier still finds it by its ID while a reader meets the
// evil one.
var wrappingAttacks = []SAMLAttack{
	{Name: "xsw1", Does: "The signed response is inside the signature of an evil response.", signed: signedResponse, forge: func(f *forgery) {
		evil, genuine := f.evilResponse()
		evil.SelectElement("Signature").AddChild(genuine)
		f.response = evil
	}},
	{Name: "xsw2", Does: "The signed response is in front of its detached signature in an evil response.", signed: signedResponse, forge: func(f *forgery) {
		evil, genuine := f.evilResponse()
		evil.InsertChildAt(evil.SelectElement("Signature").Index(), genuine)
		f.response = evil
	}},
	{Name: "xsw3", Does: "An evil assertion is in front of the signed one.", signed: signedAssertion, forge: func(f *forgery) { f.before(f.evil()) }},
	{Name: "xsw4", Does: "The signed assertion is inside an evil one.", signed: signedAssertion, forge: func(f *forgery) {
		evil := f.evil()
		f.before(evil)
		evil.AddChild(f.assertion)
	}},
	{Name: "xsw5", Does: "The evil assertion carries the signature; the genuine one follows without it.", signed: signedAssertion, forge: func(f *forgery) {
		evil := f.evil()
		putSignature(evil, f.detach(f.assertion))
		f.before(evil)
	}},
	{Name: "xsw6", Does: "The evil assertion carries the signature, and the genuine one is inside that signature.", signed: signedAssertion, forge: func(f *forgery) {
		evil, signature := f.evil(), f.detach(f.assertion)
		putSignature(evil, signature)
		f.before(evil)
		signature.AddChild(f.assertion)
	}},
	{Name: "xsw7", Does: "An evil assertion is in Extensions, in front of the signed one.", signed: signedAssertion, forge: func(f *forgery) {
		extensions := etree.NewElement("samlp:Extensions")
		extensions.AddChild(f.evil())
		f.response.InsertChildAt(f.response.SelectElement("Issuer").Index()+1, extensions)
	}},
	{Name: "xsw8", Does: "The evil assertion carries the signature, with the genuine one in an Object of it.", signed: signedAssertion, forge: func(f *forgery) {
		evil, signature := f.evil(), f.detach(f.assertion)
		putSignature(evil, signature)
		f.before(evil)
		signature.CreateElement("Object").AddChild(f.assertion)
	}},
}

// relatedAttacks confuse by number, by ID or by name rather than by place.
var relatedAttacks = []SAMLAttack{
	{Name: "evil-first", Does: "An unsigned evil assertion comes before the genuine one.", forge: func(f *forgery) { f.before(f.evil()) }},
	{Name: "evil-last", Does: "An unsigned evil assertion comes after the genuine one.", forge: func(f *forgery) { f.response.AddChild(f.evil()) }},
	{Name: "evil-only", Does: "The signature is taken off, and the assertion is about somebody else.", forge: func(f *forgery) {
		f.detach(f.response)
		f.detach(f.assertion)
		f.impersonate(f.assertion)
	}},
	{Name: "evil-inside", Does: "The signed assertion is changed, and its signature is left as it was.", forge: func(f *forgery) { f.impersonate(f.assertion) }},
	{Name: "same-id-first", Does: "An evil assertion with the ID of the signed one comes first.", signed: signedAssertion, forge: func(f *forgery) {
		f.before(f.twin("ID"))
	}},
	{Name: "same-id-last", Does: "An evil assertion with the ID of the signed one comes last.", signed: signedAssertion, forge: func(f *forgery) {
		f.response.AddChild(f.twin("ID"))
	}},
	{Name: "id-case", Does: "The evil assertion carries the signature, and calls its ID Id and id.", signed: signedAssertion, forge: func(f *forgery) {
		evil := f.twin("Id")
		evil.CreateAttr("id", evil.SelectAttrValue("Id", ""))
		evil.RemoveAttr("ID")
		putSignature(evil, f.assertion.SelectElement("Signature").Copy())
		f.before(evil)
	}},
	{Name: "reference-empty", Does: "The evil assertion carries the signature, whose reference is changed to the whole document.", signed: signedAssertion, forge: func(f *forgery) {
		evil, signature := f.evil(), f.detach(f.assertion)
		signature.FindElement("./SignedInfo/Reference").CreateAttr("URI", "")
		putSignature(evil, signature)
		f.before(evil)
	}},
	{Name: "reference-second", Does: "The signature of the evil assertion has a second reference, to it, with its digest.", signed: signedAssertion, forge: func(f *forgery) {
		evil, signature := f.evil(), f.detach(f.assertion)
		secondReference(signature, evil)
		putSignature(evil, signature)
		f.before(evil)
	}},
	{Name: "signed-info-second", Does: "The signature of the evil assertion has an unsigned second SignedInfo that covers it.", signed: signedAssertion, forge: func(f *forgery) {
		evil, signature := f.evil(), f.detach(f.assertion)
		info := signature.SelectElement("SignedInfo").Copy()
		reference := info.SelectElement("Reference")
		pointTo(reference, evil)
		signature.InsertChildAt(0, info)
		putSignature(evil, signature)
		f.before(evil)
	}},
	{Name: "digest-comment", Does: "The digest of the evil assertion is in front of the genuine one, which follows in a comment.", signed: signedAssertion, forge: func(f *forgery) {
		signature := f.assertion.SelectElement("Signature")
		value := signature.FindElement("./SignedInfo/Reference/DigestValue")
		genuine := value.Text()
		f.impersonate(f.assertion)
		pointTo(signature.FindElement("./SignedInfo/Reference"), f.assertion)
		value.CreateComment(genuine)
	}},
}

// twin is an evil assertion that keeps the ID of the signed one, in the attribute given.
func (f *forgery) twin(attribute string) *etree.Element {
	twin := f.evil()
	twin.CreateAttr(attribute, f.assertion.SelectAttrValue("ID", ""))
	return twin
}

// putSignature puts a signature where the schema wants it.
func putSignature(e, signature *etree.Element) {
	e.InsertChildAt(e.SelectElement("Issuer").Index()+1, signature)
}

func secondReference(signature, target *etree.Element) {
	first := signature.FindElement("./SignedInfo/Reference")
	second := first.Copy()
	pointTo(second, target)
	first.Parent().InsertChildAt(first.Index()+1, second)
}

// pointTo makes a reference right for target, as if a key were at hand for the rest.
func pointTo(reference, target *etree.Element) {
	bare := target.Copy()
	if signature := bare.SelectElement("Signature"); signature != nil {
		bare.RemoveChild(signature)
	}
	reference.CreateAttr("URI", "#"+target.SelectAttrValue("ID", ""))
	sum, err := digestSHA256.sum(bare)
	if err != nil {
		return // the digest stays wrong, and the document is refused for that
	}
	reference.SelectElement("DigestValue").SetText(b64Standard(sum))
}

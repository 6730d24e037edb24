package auth

import (
	"crypto/x509"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
)

// What a signature may be made of. SHA-1 is refused for both, which Entra offers as a choice.
const exclusiveC14N = "http://www.w3.org/2001/10/xml-exc-c14n#"

var (
	signatureMethods = map[string]bool{
		dsig.RSASHA256SignatureMethod: true, dsig.RSASHA384SignatureMethod: true, dsig.RSASHA512SignatureMethod: true,
		dsig.ECDSASHA256SignatureMethod: true, dsig.ECDSASHA384SignatureMethod: true, dsig.ECDSASHA512SignatureMethod: true,
	}
	digestMethods = map[string]bool{
		"http://www.w3.org/2001/04/xmlenc#sha256":       true,
		"http://www.w3.org/2001/04/xmldsig-more#sha384": true,
		"http://www.w3.org/2001/04/xmlenc#sha512":       true,
	}
)

// checkSignature demands that a signature is over the very element that it stands in, whole, and made with methods that
// hold. SAML Core section 5.4 allows nothing else.
func checkSignature(over *etree.Element) error {
	signature := only(over, signatureNS, "Signature")
	if signature == nil {
		return badResponse("the %s is not signed", over.Tag)
	}
	info := only(signature, signatureNS, "SignedInfo")
	if info == nil || only(signature, signatureNS, "Object") != nil {
		return badResponse("the signature of the %s has no form that is allowed", over.Tag)
	}
	reference := only(info, signatureNS, "Reference")
	if reference == nil {
		return badResponse("the signature of the %s has not exactly one reference", over.Tag)
	}
	id := over.SelectAttrValue("ID", "")
	if id == "" || reference.SelectAttrValue("URI", "") != "#"+id {
		return badResponse("the signature of the %s is over something else", over.Tag)
	}
	if method := algorithmOf(info, "SignatureMethod"); !signatureMethods[method] {
		return badResponse("the signature method %q is not allowed: the provider must sign with SHA-256", method)
	}
	if method := algorithmOf(reference, "DigestMethod"); !digestMethods[method] {
		return badResponse("the digest method %q is not allowed: the provider must sign with SHA-256", method)
	}
	return checkTransforms(over, info, reference)
}

func algorithmOf(parent *etree.Element, tag string) string {
	el := only(parent, signatureNS, tag)
	if el == nil {
		return ""
	}
	return el.SelectAttrValue("Algorithm", "")
}

func checkTransforms(over, info, reference *etree.Element) error {
	wrong := badResponse("the signature of the %s transforms what it is over in a way that is not allowed", over.Tag)
	list := only(reference, signatureNS, "Transforms")
	if list == nil || algorithmOf(info, "CanonicalizationMethod") != exclusiveC14N {
		return wrong
	}
	transforms := list.ChildElements()
	if len(transforms) != 2 {
		return wrong
	}
	for i, algorithm := range []string{dsig.EnvelopedSignatureAltorithmId.String(), exclusiveC14N} {
		if transforms[i].SelectAttrValue("Algorithm", "") != algorithm {
			return wrong
		}
	}
	return nil
}

// samlVerifier verifies signatures for the library and keeps what was signed: claims are read from that alone, never from
// the document that was sent (CVE-2024-45409 and its kin).
type samlVerifier struct {
	certificates []*x509.Certificate
	signed       *etree.Element // as it was signed, of the last good signature
}

// VerifySignature implements saml.SignatureVerifier, which replaces the library's own check.
func (v *samlVerifier) VerifySignature(_ *dsig.ValidationContext, el *etree.Element) error {
	v.signed = nil
	if err := checkSignature(el); err != nil {
		return err
	}
	el = el.Copy()
	// Which key may sign is a matter of the metadata. What a response says about its key proves nothing.
	signature := only(el, signatureNS, "Signature")
	if info := only(signature, signatureNS, "KeyInfo"); info != nil {
		signature.RemoveChild(info)
	}
	useASN1(signature)
	certificate, err := signerOf(signature, v.certificates)
	if err != nil {
		return badResponse("the signature of the %s %v", el.Tag, err)
	}
	signed, err := validationBy(certificate).Validate(el)
	if err != nil {
		return badResponse("the signature of the %s is the provider's, and what it is over was changed or cannot be read", el.Tag)
	}
	v.signed = signed
	return nil
}

// validationBy trusts one certificate, whatever its dates: metadata vouches for keys, and providers go on signing with a key after the
// date of its certificate (SAML V2.0 Metadata Interoperability Profile section 2.6.1). Entra does so.
func validationBy(certificate *x509.Certificate) *dsig.ValidationContext {
	return &dsig.ValidationContext{
		CertificateStore: &dsig.MemoryX509CertificateStore{Roots: []*x509.Certificate{certificate}},
		IdAttribute:      "ID", Clock: dsig.NewFakeClockAt(certificate.NotBefore),
	}
}

// signers are the keys that may sign for the provider.
func (p samlParty) signers() ([]*x509.Certificate, error) {
	var list []*x509.Certificate
	for _, der := range p.settings.Provider.Certificates {
		certificate, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, err
		}
		list = append(list, certificate)
	}
	return list, nil
}

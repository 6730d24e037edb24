package entra

import (
	"crypto"
	"crypto/rsa"
	_ "crypto/sha1" // a misbehavior signs with it

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
)

// algorithm is a hash under the name by which XML Signature knows it, or knows RSA with it.
type algorithm struct {
	uri  string
	hash crypto.Hash
}

var (
	digestSHA256    = algorithm{"http://www.w3.org/2001/04/xmlenc#sha256", crypto.SHA256}
	digestSHA1      = algorithm{nsSignature + "sha1", crypto.SHA1}
	signatureSHA256 = algorithm{algRSASHA256, crypto.SHA256}
	signatureSHA1   = algorithm{nsSignature + "rsa-sha1", crypto.SHA1}
)

const (
	transformEnveloped = nsSignature + "enveloped-signature"
	transformExclusive = "http://www.w3.org/2001/10/xml-exc-c14n#"
)

func (a algorithm) sum(e *etree.Element) ([]byte, error) {
	canonical, err := dsig.MakeC14N10ExclusiveCanonicalizerWithPrefixList("").Canonicalize(e)
	if err != nil {
		return nil, err
	}
	h := a.hash.New()
	h.Write(canonical)
	return h.Sum(nil), nil
}

// finish applies the misbehaviors, signs what the application's option says, encrypts and writes. The assertion comes
// first: a signature over the response covers it as it is sent.
func (s *Server) finish(a *SAMLAnswer) ([]byte, error) {
	if a.Assertion != nil {
		s.misbehaveBefore(a)
	}
	if a.Assertion != nil && a.signAssertion {
		if err := a.sign(a.Assertion); err != nil {
			return nil, err
		}
	}
	if a.Assertion != nil && a.request.app.SAML.Encryption != "" {
		if err := a.encrypt(); err != nil {
			return nil, err
		}
	}
	if a.signResponse {
		if err := a.sign(a.Response); err != nil {
			return nil, err
		}
	}
	return s.deliver(a)
}

func (s *Server) misbehaveBefore(a *SAMLAnswer) {
	for _, m := range s.faults.take(func(m Misbehavior) bool { return m.Answer != nil }) {
		m.Answer(a)
		if a.Assertion == nil {
			return // a refusal has nothing left to be wrong
		}
	}
}

// deliver writes the answer, makes the changes that wait for that and keeps it as it was before them.
func (s *Server) deliver(a *SAMLAnswer) (text []byte, err error) {
	doc := etree.NewDocument()
	doc.SetRoot(a.Response)
	if a.Text, err = doc.WriteToBytes(); err != nil {
		return nil, err
	}
	genuine := string(a.Text)
	if a.person.ObjectID != "" {
		for _, change := range a.changes {
			change(a)
		}
		s.mu.Lock()
		s.answers[a.request.app.ClientID] = genuine
		s.mu.Unlock()
	}
	return a.Text, nil
}

// sign adds an enveloped signature behind the Issuer, where the schema wants it (SAML core section 5.4).
func (a *SAMLAnswer) sign(e *etree.Element) error {
	digest, err := a.digest.sum(e)
	if err != nil {
		return err
	}
	info := etree.NewElement("SignedInfo")
	info.CreateAttr("xmlns", nsSignature)
	info.CreateElement("CanonicalizationMethod").CreateAttr("Algorithm", transformExclusive)
	info.CreateElement("SignatureMethod").CreateAttr("Algorithm", a.signature.uri)
	reference := info.CreateElement("Reference")
	reference.CreateAttr("URI", "#"+e.SelectAttrValue("ID", ""))
	transforms := reference.CreateElement("Transforms")
	for _, t := range []string{transformEnveloped, transformExclusive} {
		transforms.CreateElement("Transform").CreateAttr("Algorithm", t)
	}
	reference.CreateElement("DigestMethod").CreateAttr("Algorithm", a.digest.uri)
	reference.CreateElement("DigestValue").SetText(b64Standard(digest))
	sum, err := a.signature.sum(info)
	if err != nil {
		return err
	}
	value, err := rsa.SignPKCS1v15(nil, a.signer.private, a.signature.hash, sum)
	if err != nil {
		return err
	}
	signature := etree.NewElement("Signature")
	signature.CreateAttr("xmlns", nsSignature)
	signature.AddChild(info)
	signature.CreateElement("SignatureValue").SetText(b64Standard(value))
	signature.AddChild(keyInfo(a.shown))
	e.InsertChildAt(e.SelectElement("Issuer").Index()+1, signature)
	return nil
}

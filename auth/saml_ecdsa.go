package auth

import (
	"encoding/asn1"
	"encoding/base64"
	"math/big"
	"strings"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
)

var ecdsaMethods = map[string]bool{
	dsig.ECDSASHA256SignatureMethod: true, dsig.ECDSASHA384SignatureMethod: true, dsig.ECDSASHA512SignatureMethod: true,
}

// maxECDSA is the length of a signature over the curve P-521, in bytes.
const maxECDSA = 2 * 66

// useASN1 rewrites the value of an ECDSA signature for crypto/x509, which goxmldsig asks as it is: a document has r and s one behind the
// other, equally long (XML Signature 1.1 section 6.4.3), and crypto/x509 takes them in ASN.1 alone. Values of another form stay, and are no good.
func useASN1(signature *etree.Element) {
	info, value := only(signature, signatureNS, "SignedInfo"), only(signature, signatureNS, "SignatureValue")
	if info == nil || value == nil || !ecdsaMethods[algorithmOf(info, "SignatureMethod")] {
		return
	}
	raw, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(value.Text()), ""))
	if err != nil || len(raw)%2 != 0 || len(raw) > maxECDSA {
		return
	}
	pair := struct{ R, S *big.Int }{new(big.Int).SetBytes(raw[:len(raw)/2]), new(big.Int).SetBytes(raw[len(raw)/2:])}
	if encoded, err := asn1.Marshal(pair); err == nil {
		value.SetText(base64.StdEncoding.EncodeToString(encoded))
	}
}

package auth

import (
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
	"github.com/russellhaering/goxmldsig/etreeutils"
)

// x509Methods are signatureMethods as crypto/x509 calls them.
var x509Methods = map[string]x509.SignatureAlgorithm{
	dsig.RSASHA256SignatureMethod: x509.SHA256WithRSA, dsig.RSASHA384SignatureMethod: x509.SHA384WithRSA, dsig.RSASHA512SignatureMethod: x509.SHA512WithRSA,
	dsig.ECDSASHA256SignatureMethod: x509.ECDSAWithSHA256, dsig.ECDSASHA384SignatureMethod: x509.ECDSAWithSHA384, dsig.ECDSASHA512SignatureMethod: x509.ECDSAWithSHA512,
}

// signerOf finds the certificate whose key has signed the SignedInfo. It decides nothing but which one the library is to verify with: to
// bring a large document into canonical form once for each certificate would let strangers keep the server busy. What it is over is
// not looked at here.
func signerOf(signature *etree.Element, certificates []*x509.Certificate) (*x509.Certificate, error) {
	info, value := only(signature, signatureNS, "SignedInfo"), only(signature, signatureNS, "SignatureValue")
	if info == nil || value == nil {
		return nil, errors.New("has no value, or several")
	}
	made, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(value.Text()), ""))
	if err != nil {
		return nil, errors.New("has a value that is not base64")
	}
	signed, err := canonicalInfo(info)
	if err != nil {
		return nil, errors.New("cannot be brought into canonical form")
	}
	method := x509Methods[algorithmOf(info, "SignatureMethod")]
	for _, certificate := range certificates {
		if certificate.CheckSignature(method, signed, made) == nil {
			return certificate, nil
		}
	}
	return nil, fmt.Errorf("is good by none of the %d certificates in the provider's metadata", len(certificates))
}

// canonicalInfo is what was signed: the SignedInfo with the declarations of namespaces that hold around it (Exclusive XML
// Canonicalization section 1.3).
func canonicalInfo(info *etree.Element) ([]byte, error) {
	alone, err := detached(info)
	if err != nil {
		return nil, err
	}
	return dsig.MakeC14N10ExclusiveCanonicalizerWithPrefixList("").Canonicalize(alone)
}

// verifyWithin verifies the signature of an element that stands in a document.
func verifyWithin(over *etree.Element, certificates []*x509.Certificate) error {
	alone, err := detached(over)
	if err != nil {
		return badResponse("the namespaces of the %s cannot be told apart", over.Tag)
	}
	return (&samlVerifier{certificates: certificates}).VerifySignature(nil, alone)
}

// detached copies an element with the declarations of namespaces that hold around it.
func detached(el *etree.Element) (*etree.Element, error) {
	around, err := etreeutils.NSBuildParentContext(el)
	if err != nil {
		return nil, err
	}
	return etreeutils.NSDetatch(around, el)
}

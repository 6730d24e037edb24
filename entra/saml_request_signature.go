package entra

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
)

// algRSASHA256 is the only algorithm that Entra takes for requests unless weak ones are opted in.
const algRSASHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"

// checkRequestSignature demands a signature where the application has given Entra a certificate for it. It is in the
// query for the Redirect binding and in the document for the POST binding; at the other place it does not count.
func checkRequestSignature(app Application, r *http.Request, request *etree.Element) error {
	if len(app.SAML.Requests) == 0 {
		return nil
	}
	var trusted []*x509.Certificate
	for _, text := range app.SAML.Requests {
		c, err := parseCertificate(text)
		if err != nil {
			return err
		}
		trusted = append(trusted, c)
	}
	if query := r.URL.Query(); query.Has("Signature") {
		return checkQuerySignature(r.URL.RawQuery, trusted)
	}
	return checkDocumentSignature(request, trusted)
}

// checkQuerySignature follows SAML bindings section 3.4.4.1: signed are the parameters as they were encoded by the
// sender, in a fixed order.
func checkQuerySignature(query string, trusted []*x509.Certificate) error {
	values, err := url.ParseQuery(query)
	if err != nil {
		return err
	}
	if alg := values.Get("SigAlg"); alg != algRSASHA256 {
		return errors.New("the algorithm is " + alg)
	}
	signature, err := base64.StdEncoding.DecodeString(values.Get("Signature"))
	if err != nil {
		return errors.New("the signature is not base64")
	}
	var signed []string
	for _, name := range []string{"SAMLRequest", "RelayState", "SigAlg"} {
		for _, pair := range strings.Split(query, "&") {
			if strings.HasPrefix(pair, name+"=") {
				signed = append(signed, pair)
			}
		}
	}
	sum := sha256.Sum256([]byte(strings.Join(signed, "&")))
	valid := slices.ContainsFunc(trusted, func(c *x509.Certificate) bool {
		key, ok := c.PublicKey.(*rsa.PublicKey)
		return ok && rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], signature) == nil
	})
	if !valid {
		return errors.New("it was not signed with a certificate of the application")
	}
	return nil
}

func checkDocumentSignature(request *etree.Element, trusted []*x509.Certificate) error {
	signature := request.SelectElement("Signature")
	if signature == nil {
		return errors.New("it has no signature")
	}
	method := signature.FindElement("./SignedInfo/SignatureMethod")
	if method == nil || method.SelectAttrValue("Algorithm", "") != algRSASHA256 {
		return errors.New("the algorithm is not RSA-SHA256")
	}
	context := dsig.NewDefaultValidationContext(&dsig.MemoryX509CertificateStore{Roots: trusted})
	if _, err := context.Validate(request); err != nil {
		return err
	}
	return nil
}

package auth_test

import (
	"compress/flate"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"doorlist/auth"
	"doorlist/store"
	"doorlist/store/storetest"
)

// The identity provider of these tests writes documents in their canonical form by hand and signs the text. It shares no
// code with what reads them.

const (
	samlEntity = "https://sts.windows.net/" + tenantID + "/"
	samlSignOn = "https://login.microsoftonline.com/" + tenantID + "/saml2"
	sha256RSA  = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
	sha1RSA    = "http://www.w3.org/2000/09/xmldsig#rsa-sha1"
	sha256EC   = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
	sha256Sum  = "http://www.w3.org/2001/04/xmlenc#sha256"
	sha1Sum    = "http://www.w3.org/2000/09/xmldsig#sha1"
	c14n       = "http://www.w3.org/2001/10/xml-exc-c14n#"
	enveloped  = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
)

// samlSigner is a key with its certificate.
type samlSigner struct {
	key crypto.Signer
	der []byte
}

func newSigner(key crypto.Signer, from, until time.Time) samlSigner {
	template := &x509.Certificate{SerialNumber: big.NewInt(from.Unix()), Subject: pkix.Name{CommonName: "idp"}, NotBefore: from, NotAfter: until}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		panic(err)
	}
	return samlSigner{key, der}
}

// sign makes a signature value as XML Signature has it: of ECDSA, r and s one behind the other.
func (s samlSigner) sign(sum []byte, hash crypto.Hash) []byte {
	if key, ok := s.key.(*ecdsa.PrivateKey); ok {
		r, second, err := ecdsa.Sign(rand.Reader, key, sum)
		if err != nil {
			panic(err)
		}
		half := (key.Params().BitSize + 7) / 8
		return append(r.FillBytes(make([]byte, half)), second.FillBytes(make([]byte, half))...)
	}
	value, err := s.key.Sign(rand.Reader, sum, hash)
	if err != nil {
		panic(err)
	}
	return value
}

func newECKey(curve elliptic.Curve) *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		panic(err)
	}
	return key
}

func newRSAKey() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
}

var (
	goodSigner = sync.OnceValue(func() samlSigner {
		return newSigner(signingKey(), storetest.Start.Add(-time.Hour), storetest.Start.Add(90*24*time.Hour))
	})
	evilSigner = sync.OnceValue(func() samlSigner {
		return newSigner(newRSAKey(), storetest.Start.Add(-time.Hour), storetest.Start.Add(90*24*time.Hour))
	})
	// ourSAMLKey is the key of every connection: making one takes longer than most tests.
	ourSAMLKey = sync.OnceValues(func() ([]byte, string) {
		certificate, key, err := auth.NewSAMLKey("code", storetest.Start)
		if err != nil {
			panic(err)
		}
		return certificate, key
	})
)

// signature is the Signature element over the canonical text of an element.
type signature struct {
	signer                      samlSigner
	method, digest, canonical   string
	transforms                  []string
	uri, moreReferences, inside string // inside goes behind the SignatureValue
	withoutKeyInfo              bool
}

func (s signature) of(canonicalText string) string {
	sum, hash := sha256.Sum256([]byte(canonicalText)), crypto.SHA256
	digest := sum[:]
	if s.digest == sha1Sum {
		sum := sha1.Sum([]byte(canonicalText))
		digest = sum[:]
	}
	if s.method == sha1RSA {
		hash = crypto.SHA1
	}
	transforms := ""
	for _, t := range s.transforms {
		transforms += `<ds:Transform Algorithm="` + t + `"></ds:Transform>`
	}
	info := `<ds:SignedInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:CanonicalizationMethod Algorithm="` + s.canonical + `"></ds:CanonicalizationMethod>` +
		`<ds:SignatureMethod Algorithm="` + s.method + `"></ds:SignatureMethod>` + s.moreReferences +
		`<ds:Reference URI="` + s.uri + `"><ds:Transforms>` + transforms + `</ds:Transforms><ds:DigestMethod Algorithm="` + s.digest + `"></ds:DigestMethod>` +
		`<ds:DigestValue>` + base64.StdEncoding.EncodeToString(digest) + `</ds:DigestValue></ds:Reference></ds:SignedInfo>`
	h := hash.New()
	h.Write([]byte(info))
	value := s.signer.sign(h.Sum(nil), hash)
	keyInfo := `<ds:KeyInfo><ds:X509Data><ds:X509Certificate>` + base64.StdEncoding.EncodeToString(s.signer.der) + `</ds:X509Certificate></ds:X509Data></ds:KeyInfo>`
	if s.withoutKeyInfo {
		keyInfo = ""
	}
	info = strings.Replace(info, ` xmlns:ds="http://www.w3.org/2000/09/xmldsig#"`, "", 1) // which the Signature declares
	return `<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#">` + info + `<ds:SignatureValue>` + base64.StdEncoding.EncodeToString(value) +
		`</ds:SignatureValue>` + keyInfo + s.inside + `</ds:Signature>`
}

func goodSignature(over string) signature {
	return signature{signer: goodSigner(), method: sha256RSA, digest: sha256Sum, canonical: c14n, transforms: []string{enveloped, c14n}, uri: "#" + over}
}

// samlDoc is a response as Entra sends it. Each part is text that a test may replace.
type samlDoc struct {
	id, requestID, acs, entityID, destination, responseIssuer, issuer, status string
	now                                                                       time.Time

	conditions, subject, statement, attributes string
	signature                                  signature
	responseSignature                          *signature
	unsigned                                   bool
	// sealed turns the signed assertion into an EncryptedAssertion.
	sealed func(assertion string) string
	// assembled replaces what stands in the response after the status.
	assembled func(assertion string) string
	// sent changes the text of the whole.
	sent func(document string) string
}

const (
	objectIDClaim = "http://schemas.microsoft.com/identity/claims/objectidentifier"
	tenantIDClaim = "http://schemas.microsoft.com/identity/claims/tenantid"
	nameClaim     = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name"
	roleClaim     = "http://schemas.microsoft.com/ws/2008/06/identity/claims/role"
	methodsClaim  = "http://schemas.microsoft.com/claims/authnmethodsreferences"
)

func attribute(name string, values ...string) string {
	text := `<saml:Attribute Name="` + name + `">`
	for _, v := range values {
		text += `<saml:AttributeValue>` + v + `</saml:AttributeValue>`
	}
	return text + `</saml:Attribute>`
}

func instant(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

func conditionsOf(from, until, restrictions string) string {
	return `<saml:Conditions NotBefore="` + from + `" NotOnOrAfter="` + until + `">` + restrictions + `</saml:Conditions>`
}

func audience(of ...string) string {
	text := `<saml:AudienceRestriction>`
	for _, a := range of {
		text += `<saml:Audience>` + a + `</saml:Audience>`
	}
	return text + `</saml:AudienceRestriction>`
}

func subjectOf(nameID, method, data string) string {
	return `<saml:Subject>` + nameID + `<saml:SubjectConfirmation Method="` + method + `">` + data + `</saml:SubjectConfirmation></saml:Subject>`
}

const bearerMethod = "urn:oasis:names:tc:SAML:2.0:cm:bearer"

func persistentNameID(value string) string {
	return `<saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">` + value + `</saml:NameID>`
}

func confirmation(requestID, until, recipient string) string {
	return `<saml:SubjectConfirmationData InResponseTo="` + requestID + `" NotOnOrAfter="` + until + `" Recipient="` + recipient + `"></saml:SubjectConfirmationData>`
}

// newSAMLDoc is the good response for a person. requestID is "" for one that nobody asked for.
func newSAMLDoc(w *world, objectID, requestID string) *samlDoc {
	now, entityID := w.clock.Now(), w.door.URL+"/saml/"+w.conn.Slug
	d := &samlDoc{
		id: "_" + rand.Text(), requestID: requestID, acs: entityID + "/acs", entityID: entityID, destination: entityID + "/acs",
		responseIssuer: samlEntity, issuer: samlEntity, now: now,
		status: `<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"></samlp:StatusCode></samlp:Status>`,
	}
	d.conditions = conditionsOf(instant(now.Add(-5*time.Minute)), instant(now.Add(65*time.Minute)), audience(entityID))
	d.subject = subjectOf(persistentNameID("pairwise"), bearerMethod, confirmation(requestID, instant(now.Add(5*time.Minute)), d.acs))
	d.statement = d.authnStatement(now, "")
	d.attributes = attribute(tenantIDClaim, tenantID) + attribute(objectIDClaim, objectID) + attribute(nameClaim, "alice@contoso.com") +
		attribute("http://schemas.microsoft.com/identity/claims/identityprovider", samlEntity)
	d.signature = goodSignature(d.id)
	return d
}

func (d *samlDoc) authnStatement(at time.Time, more string) string {
	return `<saml:AuthnStatement AuthnInstant="` + instant(at) + `" SessionIndex="` + d.id + `"` + more + `><saml:AuthnContext><saml:AuthnContextClassRef>` +
		`urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>`
}

// assertion is the canonical text of the assertion, and where its signature goes.
func (d *samlDoc) assertion() string {
	head := `<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="` + d.id + `" IssueInstant="` + instant(d.now) + `" Version="2.0">`
	issuer := `<saml:Issuer>` + d.issuer + `</saml:Issuer>`
	rest := d.subject + d.conditions + `<saml:AttributeStatement>` + d.attributes + `</saml:AttributeStatement>` + d.statement + `</saml:Assertion>`
	if d.unsigned {
		return head + issuer + rest
	}
	return head + issuer + d.signature.of(head+issuer+rest) + rest
}

// document is the response as it is posted, before base64.
func (d *samlDoc) document() string {
	answers := ""
	if d.requestID != "" {
		answers = ` InResponseTo="` + d.requestID + `"`
	}
	head := `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" Destination="` + d.destination + `" ID="_r` + d.id + `"` + answers +
		` IssueInstant="` + instant(d.now) + `" Version="2.0">`
	issuer := ""
	if d.responseIssuer != "" {
		issuer = `<saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">` + d.responseIssuer + `</saml:Issuer>`
	}
	content := d.assertion()
	if d.sealed != nil {
		content = d.sealed(content)
	}
	if d.assembled != nil {
		content = d.assembled(content)
	}
	rest := d.status + content + `</samlp:Response>`
	text := head + issuer + rest
	if d.responseSignature != nil {
		text = head + issuer + d.responseSignature.of(head+issuer+rest) + rest
	}
	if d.sent != nil {
		text = d.sent(text)
	}
	return text
}

// metadataOf is the metadata of a provider with these signers, with a byte order mark as Entra's.
func metadataOf(entityID, signOn string, signers ...samlSigner) string {
	keys := ""
	for _, s := range signers {
		keys += `<KeyDescriptor use="signing"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>` +
			base64.StdEncoding.EncodeToString(s.der) + `</X509Certificate></X509Data></KeyInfo></KeyDescriptor>`
	}
	return "\xef\xbb\xbf" + `<?xml version="1.0" encoding="utf-8"?><EntityDescriptor ID="_m" entityID="` + entityID + `" xmlns="urn:oasis:names:tc:SAML:2.0:metadata">` +
		`<IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">` + keys +
		`<SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="` + signOn + `"/>` +
		`<SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="` + signOn + `"/></IDPSSODescriptor></EntityDescriptor>`
}

// newSAMLWorld is a world whose connection, with Alice in it, speaks SAML.
func newSAMLWorld(t testing.TB, s *store.Store) *world {
	t.Helper()
	w := newWorld(t, s)
	w.useSAML("code", store.SAMLSettings{Encryption: true}, metadataOf(samlEntity, samlSignOn, goodSigner()))
	w.provision()
	return w
}

// useSAML makes the world's connection a new SAML one; document "" leaves it without metadata.
func (w *world) useSAML(slug string, settings store.SAMLSettings, document string) {
	w.t.Helper()
	certificate, key := ourSAMLKey()
	settings.Certificate = certificate
	w.write(func(tx *store.Tx) (err error) {
		o := tx.Organization(w.org.ID)
		if w.conn, err = o.CreateConnection(store.Connection{Slug: slug, Name: "Contoso by SAML", Kind: store.SAMLConnection}, ""); err != nil {
			return err
		}
		return o.CreateSAML(w.conn.ID, settings, key)
	})
	if document != "" {
		w.giveMetadata(document)
	}
}

func (w *world) giveMetadata(document string) {
	w.t.Helper()
	m, err := auth.ReadSAMLMetadata([]byte(document), w.clock.Now())
	w.must(err)
	w.write(func(tx *store.Tx) (err error) {
		w.conn, err = tx.Organization(w.org.ID).SetSAMLMetadata(w.conn.ID, m)
		return err
	})
}

func (w *world) changeSAML(change func(*store.SAMLSettings)) {
	w.t.Helper()
	settings, err := w.store.Organization(w.org.ID).SAML(w.t.Context(), w.conn.ID)
	w.must(err)
	change(&settings)
	w.write(func(tx *store.Tx) error { return tx.Organization(w.org.ID).UpdateSAML(w.conn.ID, settings) })
}

// samlRequest is what a request to the provider says.
type samlRequest struct {
	XMLName                     xml.Name `xml:"urn:oasis:names:tc:SAML:2.0:protocol AuthnRequest"`
	ID                          string   `xml:",attr"`
	Destination                 string   `xml:",attr"`
	AssertionConsumerServiceURL string   `xml:",attr"`
	ForceAuthn                  bool     `xml:",attr"`
	Issuer                      string   `xml:"urn:oasis:names:tc:SAML:2.0:assertion Issuer"`
	Policy                      struct {
		Format string `xml:",attr"`
	} `xml:"NameIDPolicy"`
	Context *struct{} `xml:"RequestedAuthnContext"`
	Subject *struct{} `xml:"urn:oasis:names:tc:SAML:2.0:assertion Subject"`

	relay string
	query url.Values
}

// request begins a sign-in and reads what the provider is sent. Its signature must be good.
func (b *browser) request(start string) samlRequest {
	b.w.t.Helper()
	res := b.get(start)
	if res.StatusCode != http.StatusSeeOther {
		b.w.t.Fatalf("GET %s: got %d, want a redirect to the provider\n%s", start, res.StatusCode, res.body)
	}
	there, err := url.Parse(res.Header.Get("Location"))
	b.w.must(err)
	signed, rest, ok := strings.Cut(there.RawQuery, "&Signature=")
	if !ok {
		b.w.t.Fatalf("the request is not signed: %s", there)
	}
	encoded, _, _ := strings.Cut(rest, "&")
	text, err := url.QueryUnescape(encoded)
	b.w.must(err)
	value, err := base64.StdEncoding.DecodeString(text)
	b.w.must(err)
	der, _ := ourSAMLKey()
	certificate, err := x509.ParseCertificate(der)
	b.w.must(err)
	sum := sha256.Sum256([]byte(signed))
	b.w.must(rsa.VerifyPKCS1v15(certificate.PublicKey.(*rsa.PublicKey), crypto.SHA256, sum[:], value))
	r := samlRequest{query: there.Query()}
	r.relay = r.query.Get("RelayState")
	deflated, err := base64.StdEncoding.DecodeString(r.query.Get("SAMLRequest"))
	b.w.must(err)
	request, err := io.ReadAll(flate.NewReader(strings.NewReader(string(deflated))))
	b.w.must(err)
	b.w.must(xml.Unmarshal(request, &r))
	return r
}

// postSAML posts a form from the provider's page: another site, so that the browser keeps our cookies, and takes new ones.
func (b *browser) postSAML(values url.Values) answer {
	b.w.t.Helper()
	address := b.base + "/saml/" + b.w.conn.Slug + "/acs"
	req, err := http.NewRequest(http.MethodPost, address, strings.NewReader(values.Encode()))
	b.w.must(err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", "https://login.microsoftonline.com")
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	res, err := (&http.Client{CheckRedirect: b.client.CheckRedirect}).Do(req)
	b.w.must(err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	b.w.must(err)
	b.client.Jar.SetCookies(req.URL, res.Cookies())
	return answer{res, string(text)}
}

func samlForm(document, relay string) url.Values {
	return url.Values{"SAMLResponse": {base64.StdEncoding.EncodeToString([]byte(document))}, "RelayState": {relay}}
}

// deliver posts a document and, where it was found good, goes on with the browser.
func (b *browser) deliver(document, relay string) answer {
	b.w.t.Helper()
	res := b.postSAML(samlForm(document, relay))
	if res.StatusCode != http.StatusSeeOther {
		return res
	}
	if there := res.Header.Get("Location"); !strings.HasPrefix(there, "/saml/"+b.w.conn.Slug+"/finish?state=") {
		b.w.t.Fatalf("a good response leads to %q", there)
	}
	return b.get(res.Header.Get("Location"))
}

// samlSignIn signs Alice in with a response that change may have changed.
func (b *browser) samlSignIn(change func(*samlDoc)) answer {
	b.w.t.Helper()
	r := b.request("/login/" + b.w.conn.Slug + "?return_to=/wiki/start")
	d := newSAMLDoc(b.w, b.w.alice.ObjectID, r.ID)
	if change != nil {
		change(d)
	}
	return b.deliver(d.document(), r.relay)
}

// wantSAML demands that a response lets Alice in.
func (b *browser) wantSAML(change func(*samlDoc)) {
	b.w.t.Helper()
	res := b.samlSignIn(change)
	if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/wiki/start" {
		detail := ""
		if list := b.w.decisions(); len(list) > 0 {
			detail = fmt.Sprintf("%s: %s", list[0].Reason, list[0].Detail)
		}
		b.w.t.Fatalf("got %d to %q, want to be let in; %s", res.StatusCode, res.Header.Get("Location"), detail)
	}
	b.wantVerify(http.StatusOK, "")
}

package auth

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"time"

	"github.com/crewjam/saml"
	"github.com/labstack/echo/v4"

	"doorlist/store"
)

// Namespaces of the documents.
const (
	protocolNS   = "urn:oasis:names:tc:SAML:2.0:protocol"
	assertionNS  = "urn:oasis:names:tc:SAML:2.0:assertion"
	signatureNS  = "http://www.w3.org/2000/09/xmldsig#"
	encryptionNS = "http://www.w3.org/2001/04/xmlenc#"
)

// The library's clock is one for the whole process and cannot be a test's. Its allowances are made so wide that they never
// decide: samlCheck.times judges every time, by the store's clock.
func init() {
	const century = 100 * 365 * 24 * time.Hour
	saml.MaxIssueDelay, saml.MaxClockSkew = century, century
}

// samlParty is this server as the service provider of one connection. Each connection is a party of its own, with its own
// entity id and address, so that no provider's response can be meant for another one's connection (IdP mix-up).
type samlParty struct {
	connection store.Connection
	settings   store.SAMLSettings
	entityID   string
	acs        string // where responses are posted
	now        time.Time
}

// samlParty finds the SAML connection of a slug; store.ErrNotFound for connections of other kinds.
func (d *door) samlParty(ctx context.Context, slug string) (samlParty, error) {
	c, err := d.findConnection(ctx, slug)
	if err != nil {
		return samlParty{}, err
	}
	return d.samlPartyOf(ctx, c)
}

func (d *door) samlPartyOf(ctx context.Context, c store.Connection) (samlParty, error) {
	settings, err := d.store.Organization(c.OrganizationID).SAML(ctx, c.ID)
	if err != nil {
		return samlParty{}, err
	}
	return newSAMLParty(d.origin, c, settings, d.store.Now()), nil
}

func newSAMLParty(o origin, c store.Connection, settings store.SAMLSettings, now time.Time) samlParty {
	entityID := o.to("/saml/" + c.Slug)
	return samlParty{connection: c, settings: settings, entityID: entityID, acs: entityID + "/acs", now: now}
}

// configured says whether the provider's metadata is known.
func (p samlParty) configured() bool { return p.settings.Provider.EntityID != "" }

// library is the party in the library's words, without our key.
func (p samlParty) library() *saml.ServiceProvider {
	acs, _ := url.Parse(p.acs) // built from an origin and a slug
	var idp saml.IDPSSODescriptor
	for _, der := range p.settings.Provider.Certificates {
		idp.KeyDescriptors = append(idp.KeyDescriptors, saml.KeyDescriptor{Use: "signing", KeyInfo: keyInfo(der)})
	}
	return &saml.ServiceProvider{
		EntityID: p.entityID, AcsURL: *acs, AuthnNameIDFormat: p.nameIDFormat(),
		IDPMetadata: &saml.EntityDescriptor{EntityID: p.settings.Provider.EntityID, IDPSSODescriptors: []saml.IDPSSODescriptor{idp}},
	}
}

// nameIDFormat asks for an id that stays where the subject's own is what people are known by. Elsewhere the provider may
// send what it likes: nobody reads it, and a format that a provider does not have is an error with many.
func (p samlParty) nameIDFormat() saml.NameIDFormat {
	if p.byNameID() {
		return saml.PersistentNameIDFormat
	}
	return saml.UnspecifiedNameIDFormat
}

// byNameID says whether people are known by the subject's own identifier.
func (p samlParty) byNameID() bool {
	return !p.connection.OfEntra() && p.connection.SubjectClaim == store.NameID
}

// SAMLAddresses are what a SAML provider is told of a connection: our entity id, where it posts responses, and where it finds
// both with our certificate.
func SAMLAddresses(baseURL, slug string) (entityID, acs, metadata string) {
	entityID = baseURL + "/saml/" + slug
	return entityID, entityID + "/acs", entityID + "/metadata"
}

// keyLasts is long, because a certificate in SAML metadata is but a form to carry a key in (SAML V2.0 Metadata
// Interoperability Profile section 2.6.1), and its end would stop nothing but careful providers.
const keyLasts = 10 * 365 * 24 * time.Hour

// NewSAMLKey makes the key by which a connection signs its requests, with a certificate of its own (DER), and that
// assertions may be encrypted to.
func NewSAMLKey(name string, now time.Time) (certificate []byte, key string, err error) {
	private, err := rsa.GenerateKey(rand.Reader, 3072)
	if err != nil {
		return nil, "", err
	}
	serial := sha256.Sum256(private.N.Bytes())
	template := &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(serial[:16]), Subject: pkix.Name{CommonName: name + " (Doorlist)"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(keyLasts), KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
	}
	certificate, err = x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		return nil, "", err
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	return certificate, string(der), err
}

// samlKey opens our private key of a connection.
func (d *door) samlKey(ctx context.Context, c store.Connection) (*rsa.PrivateKey, error) {
	der, err := d.store.SAMLKey(ctx, c)
	if err != nil {
		return nil, err
	}
	key, err := x509.ParsePKCS8PrivateKey([]byte(der))
	if err != nil {
		return nil, fmt.Errorf("the key of the connection %s: %w", c.Slug, err)
	}
	private, ok := key.(*rsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("the key of the connection %s is a %T", c.Slug, key)
	}
	return private, nil
}

// The document that describes us (SAML V2.0 Metadata section 2.4.4). The library's own would promise an artifact binding,
// which is not here, and encryption that nobody asked for.
type (
	spMetadata struct {
		XMLName  xml.Name `xml:"urn:oasis:names:tc:SAML:2.0:metadata EntityDescriptor"`
		EntityID string   `xml:"entityID,attr"`
		Role     spRole   `xml:"SPSSODescriptor"`
	}
	spRole struct {
		Protocols            string               `xml:"protocolSupportEnumeration,attr"`
		AuthnRequestsSigned  bool                 `xml:"AuthnRequestsSigned,attr"`
		WantAssertionsSigned bool                 `xml:"WantAssertionsSigned,attr"`
		Keys                 []saml.KeyDescriptor `xml:"KeyDescriptor"`
		NameIDFormat         saml.NameIDFormat    `xml:"NameIDFormat"`
		ACS                  spEndpoint           `xml:"AssertionConsumerService"`
	}
	spEndpoint struct {
		Binding   string `xml:"Binding,attr"`
		Location  string `xml:"Location,attr"`
		Index     int    `xml:"index,attr"`
		IsDefault bool   `xml:"isDefault,attr"`
	}
)

func (p samlParty) metadata() ([]byte, error) {
	ours := keyInfo(p.settings.Certificate)
	keys := []saml.KeyDescriptor{{Use: "signing", KeyInfo: ours}}
	if p.settings.Encryption {
		encryption := saml.KeyDescriptor{Use: "encryption", KeyInfo: ours}
		for _, algorithm := range []string{aes256GCM, aes128GCM, aes256CBC, rsaOAEP} { // the preferred first
			encryption.EncryptionMethods = append(encryption.EncryptionMethods, saml.EncryptionMethod{Algorithm: algorithm})
		}
		keys = append(keys, encryption)
	}
	document, err := xml.MarshalIndent(spMetadata{EntityID: p.entityID, Role: spRole{
		Protocols: protocolNS, AuthnRequestsSigned: true, WantAssertionsSigned: true, Keys: keys, NameIDFormat: p.nameIDFormat(),
		ACS: spEndpoint{Binding: saml.HTTPPostBinding, Location: p.acs, IsDefault: true},
	}}, "", "  ")
	return append([]byte(xml.Header), document...), err
}

func keyInfo(certificate []byte) saml.KeyInfo {
	data := base64.StdEncoding.EncodeToString(certificate)
	return saml.KeyInfo{X509Data: saml.X509Data{X509Certificates: []saml.X509Certificate{{Data: data}}}}
}

// samlMetadata describes us to the provider. It is public and there before the provider's own metadata is.
func (d *door) samlMetadata(c echo.Context, p samlParty) error {
	document, err := p.metadata()
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, "application/samlmetadata+xml", document)
}

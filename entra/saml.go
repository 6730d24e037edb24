package entra

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/url"
	"slices"
)

// Signing is an application's signing option: what of a SAML answer Entra signs.
type Signing string

// The signing options of Entra's portal. The first is the default.
const (
	SignAssertion Signing = "assertion"
	SignResponse  Signing = "response"
	SignBoth      Signing = "both"
)

// SAML is how an enterprise application signs people in by SAML 2.0. Groups and AssignmentRequired of the
// Application hold here too.
type SAML struct {
	Identifiers []string `json:"identifiers"`            // entity IDs, unique in the tenant; the first is the audience of an unsolicited answer
	ReplyURLs   []string `json:"reply_urls"`             // assertion consumer services, exact; or AnyLoopback. The first is the default
	SignOnURL   string   `json:"sign_on_url,omitempty"`  // where the MyApps tile leads; empty: the tile sends an unsolicited answer
	RelayState  string   `json:"relay_state,omitempty"`  // of unsolicited answers
	Sign        Signing  `json:"sign,omitempty"`         // default SignAssertion
	Requests    []string `json:"request_certificates"`   // PEM; where there is one, requests must be signed by one of them
	Encryption  string   `json:"encryption_certificate"` // PEM; empty: assertions are in the clear

	// SigningKey signs until the certificate is replaced; nil makes one, which takes a while.
	SigningKey *rsa.PrivateKey `json:"-"`
}

func (s SAML) clone() SAML {
	s.Identifiers, s.ReplyURLs, s.Requests = slices.Clone(s.Identifiers), slices.Clone(s.ReplyURLs), slices.Clone(s.Requests)
	return s
}

// permitsReply says whether an assertion may be posted to target. Entra compares reply URLs exactly, ports included.
func (s SAML) permitsReply(target string) bool {
	u, err := url.Parse(target)
	if err != nil || u.Host == "" {
		return false
	}
	anyLoopback := slices.Contains(s.ReplyURLs, AnyLoopback) && isLoopback(u.Host) && (u.Scheme == "http" || u.Scheme == "https")
	return anyLoopback || slices.Contains(s.ReplyURLs, target)
}

// defaultReply is where an answer goes that nobody named a reply URL for; empty where only AnyLoopback is registered.
func (s SAML) defaultReply() string {
	for _, reply := range s.ReplyURLs {
		if reply != AnyLoopback {
			return reply
		}
	}
	return ""
}

func (s SAML) signs() (assertion, response bool) {
	return s.Sign != SignResponse, s.Sign == SignResponse || s.Sign == SignBoth
}

// checkSAML needs the lock of t.
func (t *Tenant) checkSAML(a Application) error {
	if a.SAML == nil {
		return nil
	}
	if len(a.SAML.Identifiers) == 0 || len(a.SAML.ReplyURLs) == 0 {
		return fmt.Errorf("%w: a SAML application needs an identifier (entity ID) and a reply URL", ErrInvalid)
	}
	if !slices.Contains([]Signing{"", SignAssertion, SignResponse, SignBoth}, a.SAML.Sign) {
		return fmt.Errorf("%w: signing option %q; known are %s, %s and %s", ErrInvalid, a.SAML.Sign, SignAssertion, SignResponse, SignBoth)
	}
	for _, text := range a.SAML.certificates() {
		if _, err := parseCertificate(text); err != nil {
			return err
		}
	}
	for _, other := range t.apps {
		if other.ClientID == a.ClientID || other.SAML == nil {
			continue
		}
		for _, id := range a.SAML.Identifiers {
			if slices.Contains(other.SAML.Identifiers, id) {
				return fmt.Errorf("%w: identifier %s", ErrConflict, id)
			}
		}
	}
	return nil
}

// certificates are the texts of all that the application has given to Entra.
func (s SAML) certificates() []string {
	if s.Encryption == "" {
		return s.Requests
	}
	return append(slices.Clone(s.Requests), s.Encryption)
}

func parseCertificate(text string) (*x509.Certificate, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, fmt.Errorf("%w: a certificate is PEM text that begins with -----BEGIN CERTIFICATE-----", ErrInvalid)
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%w: certificate: %w", ErrInvalid, err)
	}
	if _, ok := certificate.PublicKey.(*rsa.PublicKey); !ok {
		return nil, fmt.Errorf("%w: Entra takes RSA certificates only", ErrInvalid)
	}
	return certificate, nil
}

// samlApplication finds an application by the Issuer of its request: an identifier or the client id.
func (t *Tenant) samlApplication(issuer string) (Application, bool) {
	for _, a := range t.Applications() {
		if a.SAML != nil && (a.ClientID == issuer || slices.Contains(a.SAML.Identifiers, issuer)) {
			return a, true
		}
	}
	return Application{}, false
}

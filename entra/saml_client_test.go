package entra_test

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/beevik/etree"
	"github.com/crewjam/saml"
	"github.com/crewjam/saml/samlsp"
	dsig "github.com/russellhaering/goxmldsig"
	"golang.org/x/net/html"

	"doorlist/entra"
)

const (
	entityID = "http://127.0.0.1:9999/saml"
	replyURL = "http://127.0.0.1:9999/saml/acs"
)

// samlSite is a running simulator with a service provider, as crewjam/saml writes one, that signs in to it.
type samlSite struct {
	*site
	provider *saml.ServiceProvider
}

// keyPairs are made once: an RSA key takes a while. The first signs for Entra, the second is the service provider's.
var keyPairs = sync.OnceValues(func() ([2]dsig.X509KeyStore, [2]*rsa.PrivateKey) {
	stores, keys := [2]dsig.X509KeyStore{}, [2]*rsa.PrivateKey{}
	for i := range stores {
		stores[i] = dsig.RandomKeyStoreForTest()
		keys[i], _, _ = stores[i].GetKeyPair()
	}
	return stores, keys
})

func newSAMLSite(t *testing.T, settings entra.SAML, options ...func(*entra.Application)) *samlSite {
	t.Helper()
	_, keys := keyPairs()
	settings.Identifiers, settings.SigningKey = []string{entityID}, keys[0]
	if settings.ReplyURLs == nil {
		settings.ReplyURLs = []string{replyURL}
	}
	app := entra.Application{SAML: &settings}
	for _, option := range options {
		option(&app)
	}
	s := &samlSite{site: newSite(t, app)}
	s.provider = &saml.ServiceProvider{
		EntityID: entityID, AcsURL: *mustURL(t, replyURL), IDPMetadata: s.metadata(), AuthnNameIDFormat: saml.UnspecifiedNameIDFormat,
	}
	return s
}

func mustURL(t *testing.T, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// metadata are those of the application.
func (s *samlSite) metadata() *saml.EntityDescriptor {
	s.t.Helper()
	raw := s.fetch("/FederationMetadata/2007-06/FederationMetadata.xml?appid=" + s.app.ClientID)
	if !bytes.HasPrefix(raw, []byte("\ufeff<")) {
		s.t.Fatalf("the metadata do not begin with a byte order mark: %.40q", raw)
	}
	metadata, err := samlsp.ParseMetadata(raw)
	if err != nil {
		s.t.Fatal(err)
	}
	return metadata
}

func (s *samlSite) fetch(path string) []byte {
	s.t.Helper()
	answer, err := s.browser.Get(s.url + "/" + s.tenant.ID + path)
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return body
}

// request is an AuthnRequest that the test may still change.
func (s *samlSite) request() *saml.AuthnRequest {
	s.t.Helper()
	request, err := s.provider.MakeAuthenticationRequest(s.provider.GetSSOBindingLocation(saml.HTTPRedirectBinding), saml.HTTPRedirectBinding, saml.HTTPPostBinding)
	if err != nil {
		s.t.Fatal(err)
	}
	return request
}

// redirect is the URL that the browser is sent to, with parameters of the simulator or of Entra.
func (s *samlSite) redirect(request *saml.AuthnRequest, extra ...string) string {
	s.t.Helper()
	u, err := request.Redirect("relay-1", s.provider)
	if err != nil {
		s.t.Fatal(err)
	}
	for i := 0; i < len(extra); i += 2 {
		u.RawQuery += "&" + extra[i] + "=" + url.QueryEscape(extra[i+1])
	}
	return u.String()
}

// posted is what a page posts by itself: target and fields; or the AADSTS number of a page that does not.
func (s *samlSite) posted(answer *http.Response, err error) (target string, fields url.Values, problem string) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	page, err := html.Parse(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	fields = url.Values{}
	var text strings.Builder
	for n := range page.Descendants() {
		attributes := map[string]string{}
		for _, a := range n.Attr {
			attributes[a.Key] = a.Val
		}
		switch n.Data {
		case "form":
			target = attributes["action"]
		case "input":
			fields.Add(attributes["name"], attributes["value"])
		}
		if n.Type == html.TextNode {
			text.WriteString(n.Data)
		}
	}
	return target, fields, aadsts(text.String())
}

// answerTo signs a person in as far as the answer.
func (s *samlSite) answerTo(request *saml.AuthnRequest, who string) (document []byte, problem string) {
	s.t.Helper()
	target, fields, problem := s.posted(s.browser.Get(s.redirect(request, "sim_user", who)))
	if target == "" {
		return nil, problem
	}
	if target != replyURL || fields.Get("RelayState") != "relay-1" {
		s.t.Errorf("posted to %q with RelayState %q", target, fields.Get("RelayState"))
	}
	document, err := base64.StdEncoding.DecodeString(fields.Get("SAMLResponse"))
	if err != nil {
		s.t.Fatal(err)
	}
	return document, ""
}

// signInBySAML is a whole sign-in; its error says why the service provider turned the person away.
func (s *samlSite) signInBySAML(who string) (*saml.Assertion, []byte, error) {
	s.t.Helper()
	request := s.request()
	document, problem := s.answerTo(request, who)
	if problem != "" {
		return nil, nil, fmt.Errorf("kept on a page: %s", problem)
	}
	assertion, err := s.accept(document, request.ID)
	return assertion, document, err
}

// accept is crewjam/saml, with the checks that a careful application adds.
func (s *samlSite) accept(document []byte, requestID string) (assertion *saml.Assertion, err error) {
	defer func() {
		// The library dereferences what a signed assertion may lack.
		if r := recover(); r != nil {
			err = fmt.Errorf("crewjam/saml panics: %v", r)
		}
	}()
	if len(document) > 1<<20 {
		return nil, errors.New("too large")
	}
	assertion, err = s.provider.ParseXMLResponse(document, []string{requestID}, s.provider.AcsURL)
	var invalid *saml.InvalidResponseError
	if errors.As(err, &invalid) {
		return nil, fmt.Errorf("crewjam/saml: %w", invalid.PrivateErr)
	}
	return assertion, err
}

// verified is the assertion as goxmldsig alone verifies it, with the application's metadata.
func (s *samlSite) verified(document []byte) (*etree.Element, error) {
	s.t.Helper()
	store := &dsig.MemoryX509CertificateStore{}
	for _, key := range s.metadata().IDPSSODescriptors[0].KeyDescriptors {
		der, err := base64.StdEncoding.DecodeString(key.KeyInfo.X509Data.X509Certificates[0].Data)
		if err != nil {
			s.t.Fatal(err)
		}
		certificate, err := x509.ParseCertificate(der)
		if err != nil {
			s.t.Fatal(err)
		}
		store.Roots = append(store.Roots, certificate)
	}
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(document); err != nil {
		return nil, err
	}
	assertion := doc.Root().SelectElement("Assertion")
	if assertion == nil {
		return nil, errors.New("no assertion")
	}
	return dsig.NewDefaultValidationContext(store).Validate(assertion)
}

// values of one attribute of an assertion.
func values(a *saml.Assertion, name string) (out []string) {
	for _, statement := range a.AttributeStatements {
		for _, attribute := range statement.Attributes {
			if attribute.Name != name {
				continue
			}
			for _, v := range attribute.Values {
				out = append(out, v.Value)
			}
		}
	}
	return out
}

package auth

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/crewjam/saml"
	xrv "github.com/mattermost/xml-roundtrip-validator"

	"doorlist/store"
)

// Bounds of a provider's metadata. Entra's has some 60 KiB, most of it about other protocols.
const (
	maxMetadata     = 1 << 20
	maxCertificates = 20
)

var metadataBounds = xmlBounds{elements: 20_000, depth: 30, attributes: 50, comments: true}

// ReadSAMLMetadata reads a provider's metadata (SAML V2.0 Metadata): its entity id, where requests go, and every certificate
// that may sign. A signature of the document itself is not looked at: whoever gives it vouches for it.
func ReadSAMLMetadata(document []byte, now time.Time) (store.SAMLMetadata, error) {
	document = bytes.TrimPrefix(document, []byte("\xef\xbb\xbf")) // Entra's begins with a byte order mark
	if len(document) > maxMetadata {
		return store.SAMLMetadata{}, fmt.Errorf("the metadata is larger than %d bytes", maxMetadata)
	}
	if err := scanXML(document, metadataBounds); err != nil {
		return store.SAMLMetadata{}, fmt.Errorf("the metadata %w", err)
	}
	if err := xrv.Validate(bytes.NewReader(document)); err != nil {
		return store.SAMLMetadata{}, fmt.Errorf("the metadata is no XML that all parsers read alike: %w", err)
	}
	entity, err := providerEntity(document)
	if err != nil {
		return store.SAMLMetadata{}, err
	}
	if !entity.ValidUntil.IsZero() && !now.Before(entity.ValidUntil) {
		return store.SAMLMetadata{}, fmt.Errorf("the metadata was valid until %s; get a newer one from the provider", stampOf(entity.ValidUntil))
	}
	provider, err := providerOf(entity)
	return store.SAMLMetadata{Document: string(document), Provider: provider, TenantID: tenantOf(entity.EntityID)}, err
}

// providerEntity finds the one identity provider that a document describes.
func providerEntity(document []byte) (saml.EntityDescriptor, error) {
	var one saml.EntityDescriptor
	err := xml.Unmarshal(document, &one)
	all := []saml.EntityDescriptor{one}
	if err != nil {
		var several saml.EntitiesDescriptor
		if xml.Unmarshal(document, &several) != nil {
			return one, fmt.Errorf("the document is no SAML metadata of an identity provider: %w", err)
		}
		all = several.EntityDescriptors
	}
	all = slices.DeleteFunc(all, func(e saml.EntityDescriptor) bool { return len(e.IDPSSODescriptors) == 0 })
	if len(all) != 1 || all[0].EntityID == "" {
		return one, fmt.Errorf("the metadata describes %d identity providers; give a document of the one that is meant", len(all))
	}
	return all[0], nil
}

func providerOf(entity saml.EntityDescriptor) (store.SAMLProvider, error) {
	p := store.SAMLProvider{EntityID: entity.EntityID}
	for _, role := range entity.IDPSSODescriptors {
		for _, service := range role.SingleSignOnServices {
			if service.Binding == saml.HTTPRedirectBinding && p.SignOnURL == "" {
				p.SignOnURL = service.Location
			}
		}
		for _, key := range role.KeyDescriptors {
			if key.Use != "" && key.Use != "signing" {
				continue
			}
			if err := addCertificates(&p, key); err != nil {
				return p, err
			}
		}
	}
	switch {
	case p.SignOnURL == "":
		return p, errors.New("the metadata names no SingleSignOnService with the binding HTTP-Redirect; switch that on at the provider")
	case len(p.Certificates) == 0:
		return p, errors.New("the metadata has no signing certificate; get the provider's complete metadata")
	case len(p.Certificates) > maxCertificates:
		return p, fmt.Errorf("the metadata has %d signing certificates; a provider needs a few (for Entra, give the metadata of the one application: …?appid=…)", len(p.Certificates))
	}
	return p, nil
}

func addCertificates(p *store.SAMLProvider, key saml.KeyDescriptor) error {
	for _, c := range key.KeyInfo.X509Data.X509Certificates {
		der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(c.Data), ""))
		if err == nil {
			_, err = x509.ParseCertificate(der)
		}
		if err != nil {
			return fmt.Errorf("the metadata has a signing certificate that cannot be read: %w", err)
		}
		if !slices.ContainsFunc(p.Certificates, func(known []byte) bool { return bytes.Equal(known, der) }) {
			p.Certificates = append(p.Certificates, der)
		}
	}
	return nil
}

// tenantOf recognizes Entra by its entity ids, https://sts.windows.net/TENANT/, also in the national clouds, and of a simulator on
// this machine. It is "" for other providers.
func tenantOf(entityID string) string {
	u, err := url.Parse(entityID)
	if err != nil || u.RawQuery != "" || u.Fragment != "" {
		return ""
	}
	switch host := u.Hostname(); {
	case u.Scheme == "https" && (host == "sts.windows.net" || host == "sts.chinacloudapi.cn" || host == "sts.microsoftonline.us"):
	case isLoopback(host):
	default:
		return ""
	}
	return canonicalGUID(strings.Trim(u.Path, "/"))
}

// CertificateEnds says until when each of the provider's certificates is meant to be used, the last first.
func CertificateEnds(p store.SAMLProvider) []time.Time {
	var ends []time.Time
	for _, der := range p.Certificates {
		if certificate, err := x509.ParseCertificate(der); err == nil {
			ends = append(ends, certificate.NotAfter.UTC())
		}
	}
	slices.SortFunc(ends, func(a, b time.Time) int { return b.Compare(a) })
	return ends
}

package main

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"doorlist/auth"
	"doorlist/store"
)

// samlFlags are the settings that SAML connections alone have.
type samlFlags struct {
	metadata     string
	attributes   store.SAMLAttributes
	idpInitiated bool
	encryption   bool
}

// samlFlagNames are the flags of samlFlags.
var samlFlagNames = []string{
	"metadata", "user-name-attribute", "given-name-attribute", "family-name-attribute", "role-attribute", "idp-initiated", "encrypted-assertions",
}

func (o *samlFlags) addFlags(f *pflag.FlagSet) {
	f.StringVar(&o.metadata, "metadata", "", "saml: the provider's metadata, a URL that is read again every day, or a file; - is standard input")
	f.StringVar(&o.attributes.UserName, "user-name-attribute", "", "saml: the attribute that holds the user name; '' for Microsoft's own")
	f.StringVar(&o.attributes.GivenName, "given-name-attribute", "", "saml: the attribute that holds the first name; '' for Microsoft's own")
	f.StringVar(&o.attributes.FamilyName, "family-name-attribute", "", "saml: the attribute that holds the last name; '' for Microsoft's own")
	f.StringVar(&o.attributes.Role, "role-attribute", "", "saml: the attribute that holds app roles; '' for Microsoft's own")
	f.BoolVar(&o.idpInitiated, "idp-initiated", false, "saml: let the provider send people whom nobody here sent there (no protection against being signed in as somebody else)")
	f.BoolVar(&o.encryption, "encrypted-assertions", false, "saml: take encrypted assertions, and publish a certificate for that")
}

// settings applies the flags that were given.
func (o *samlFlags) settings(f *pflag.FlagSet, s store.SAMLSettings) store.SAMLSettings {
	for name, apply := range map[string]func(){
		"user-name-attribute":   func() { s.Attributes.UserName = o.attributes.UserName },
		"given-name-attribute":  func() { s.Attributes.GivenName = o.attributes.GivenName },
		"family-name-attribute": func() { s.Attributes.FamilyName = o.attributes.FamilyName },
		"role-attribute":        func() { s.Attributes.Role = o.attributes.Role },
		"idp-initiated":         func() { s.IDPInitiated = o.idpInitiated },
		"encrypted-assertions":  func() { s.Encryption = o.encryption },
	} {
		if f.Changed(name) {
			apply()
		}
	}
	return s
}

// samlChange is what a command makes of the SAML part of a connection. The zero value leaves it alone.
type samlChange struct {
	settings *store.SAMLSettings
	key      string // of a new connection
	metadata *store.SAMLMetadata
}

// addedSAML prepares the SAML part of a new connection.
func (p *program) addedSAML(ctx context.Context, f *pflag.FlagSet, o *samlFlags, c store.Connection) (samlChange, error) {
	if c.Kind != store.SAMLConnection {
		return samlChange{}, o.refuse(f)
	}
	metadata, err := p.readMetadata(ctx, o.metadata)
	if err != nil {
		return samlChange{}, err
	}
	certificate, key, err := auth.NewSAMLKey(c.Slug, p.now())
	if err != nil {
		return samlChange{}, err
	}
	settings := o.settings(f, store.SAMLSettings{Certificate: certificate})
	return samlChange{&settings, key, metadata}, nil
}

// changedSAML prepares a change of the SAML part of a connection.
func (p *program) changedSAML(ctx context.Context, s *store.Store, f *pflag.FlagSet, o *samlFlags, c store.Connection) (samlChange, error) {
	if c.Kind != store.SAMLConnection || !anyChanged(f, samlFlagNames) {
		return samlChange{}, o.refuse(f)
	}
	metadata, err := p.readMetadata(ctx, o.metadata)
	if err != nil {
		return samlChange{}, err
	}
	settings, err := s.Organization(c.OrganizationID).SAML(ctx, c.ID)
	if err != nil {
		return samlChange{}, err
	}
	settings = o.settings(f, settings)
	return samlChange{settings: &settings, metadata: metadata}, nil
}

func (o *samlFlags) refuse(f *pflag.FlagSet) error {
	for _, name := range samlFlagNames {
		if f.Changed(name) {
			return usagef("--%s is for --kind saml", name)
		}
	}
	return nil
}

// make makes the change, and returns the connection as it is then.
func (n samlChange) make(o *store.OrganizationTx, c store.Connection) (store.Connection, error) {
	if n.settings == nil {
		return c, nil
	}
	change := o.UpdateSAML
	if n.key != "" {
		change = func(id string, s store.SAMLSettings) error { return o.CreateSAML(id, s, n.key) }
	}
	if err := change(c.ID, *n.settings); err != nil || n.metadata == nil {
		return c, err
	}
	return o.SetSAMLMetadata(c.ID, *n.metadata)
}

// readMetadata reads a provider's metadata from a URL, a file or standard input; nil for none.
func (p *program) readMetadata(ctx context.Context, from string) (*store.SAMLMetadata, error) {
	if from == "" {
		return nil, nil
	}
	if strings.Contains(from, "://") {
		fetcher, err := auth.NewMetadataFetcher(p.config.publicURL())
		if err != nil {
			return nil, err
		}
		m, err := fetcher.Fetch(ctx, from, p.now())
		return &m, err
	}
	document, err := p.readFile(from)
	if err != nil {
		return nil, err
	}
	m, err := auth.ReadSAMLMetadata(document, p.now())
	return &m, err
}

// samlView is the SAML part of a connection.
type samlView struct {
	EntityID     string               `json:"entity_id"` // ours
	ACS          string               `json:"acs"`
	OurMetadata  string               `json:"sp_metadata"`
	MetadataURL  string               `json:"metadata"`   // theirs; "" where it was given as a file
	Configured   bool                 `json:"configured"` // theirs is known
	FetchedAt    *time.Time           `json:"metadata_fetched_at"`
	Fault        string               `json:"metadata_fault"`
	Certificates []time.Time          `json:"certificates_end_at"`
	DaysLeft     *int                 `json:"certificate_days_left"` // of the one that ends last; null before there is any
	IDPInitiated bool                 `json:"idp_initiated"`
	Encryption   bool                 `json:"encrypted_assertions"`
	Attributes   store.SAMLAttributes `json:"attributes"`
}

// samlOf views the SAML parts of connections, by the connections' ids.
func (p *program) samlOf(ctx context.Context, s *store.Store, connections ...store.Connection) (map[string]*samlView, error) {
	views := map[string]*samlView{}
	for _, c := range connections {
		if c.Kind != store.SAMLConnection {
			continue
		}
		settings, err := s.Organization(c.OrganizationID).SAML(ctx, c.ID)
		if err != nil {
			return nil, err
		}
		v := &samlView{
			MetadataURL: settings.MetadataURL, Configured: settings.Provider.EntityID != "", FetchedAt: stamp(settings.FetchedAt), Fault: settings.Fault,
			Certificates: auth.CertificateEnds(settings.Provider), IDPInitiated: settings.IDPInitiated, Encryption: settings.Encryption, Attributes: settings.Attributes,
		}
		v.EntityID, v.ACS, v.OurMetadata = auth.SAMLAddresses(p.config.publicURL(), c.Slug)
		if left, ok := auth.CertificateDays(settings.Provider, p.now()); ok {
			v.DaysLeft = &left
		}
		views[c.ID] = v
	}
	return views, nil
}

// announceSAML prints a connection and, to a person, what the provider must be told.
func (p *program) announceSAML(v connectionView, verb string) error {
	base, next := p.config.publicURL(), "doorlist token create --connection "+v.Slug
	if !v.SAML.Configured {
		next = "doorlist connection set " + v.Slug + " --metadata URL-or-FILE"
	}
	return p.print(v, "%s the connection %s.\n  Identifier (Entity ID):      %s\n  Reply URL (ACS):             %s\n  Our metadata:                %s\n"+
		"  Sign on URL:                 %s/login/%s\n  Tenant URL for provisioning: %s/scim/v2\n  Next: %s",
		verb, v.Slug, v.SAML.EntityID, v.SAML.ACS, v.SAML.OurMetadata, base, v.Slug, base, next)
}

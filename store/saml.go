package store

import (
	"context"
	"encoding/json"
	"slices"
	"time"
)

// SAMLProvider is what the metadata of a SAML identity provider says of it. The zero value is one whose metadata is not
// known yet.
type SAMLProvider struct {
	EntityID     string
	SignOnURL    string   // where requests go by HTTP-Redirect
	Certificates [][]byte // DER; each may sign, because providers announce the next one beside the present one
}

// equal compares what is trusted, whatever the order in which the metadata lists it.
func (p SAMLProvider) equal(other SAMLProvider) bool {
	return p.EntityID == other.EntityID && p.SignOnURL == other.SignOnURL &&
		slices.Equal(fingerprints(p.Certificates), fingerprints(other.Certificates))
}

// SAMLAttributes are the names of attributes; an empty one stands for Microsoft's name of it.
type SAMLAttributes struct {
	UserName   string `json:"user_name,omitempty"`
	GivenName  string `json:"given_name,omitempty"`
	FamilyName string `json:"family_name,omitempty"`
	Role       string `json:"role,omitempty"`
}

// SAMLSettings is what a SAML connection has beside what every connection has.
type SAMLSettings struct {
	MetadataURL  string // "" where the metadata was given as a file
	Document     string // the metadata as it was last good; "" before there is any
	Provider     SAMLProvider
	FetchedAt    time.Time // when Document was read
	CheckedAt    time.Time // when a server last looked whether something is due
	Fault        string    // why the last fetch brought nothing; "" where it did
	IDPInitiated bool      // the provider may send people whom nobody asked for
	Encryption   bool      // the provider may encrypt assertions, and our metadata has a certificate for that
	Attributes   SAMLAttributes
	Certificate  []byte // ours, DER
}

const samlColumns = `m.metadata_url, m.document, m.entity_id, m.sign_on_url, m.certificates, m.fetched_at, m.checked_at, m.fault,
	m.idp_initiated, m.encryption, m.attributes, m.certificate`

// samlRow receives samlColumns.
type samlRow struct {
	s                        SAMLSettings
	fetched, checked         int64
	certificates, attributes string
}

func (r *samlRow) fields() []any {
	s := &r.s
	return []any{&s.MetadataURL, &s.Document, &s.Provider.EntityID, &s.Provider.SignOnURL, &r.certificates, &r.fetched, &r.checked, &s.Fault,
		&s.IDPInitiated, &s.Encryption, &r.attributes, &s.Certificate}
}

func (r *samlRow) settings() (SAMLSettings, error) {
	r.s.FetchedAt, r.s.CheckedAt = fromMicros(r.fetched), fromMicros(r.checked)
	if err := json.Unmarshal([]byte(r.certificates), &r.s.Provider.Certificates); err != nil {
		return SAMLSettings{}, err
	}
	return r.s, json.Unmarshal([]byte(r.attributes), &r.s.Attributes)
}

func (c conn) saml(ctx context.Context, organizationID, connectionID string) (SAMLSettings, error) {
	if !validID(organizationID) || !validID(connectionID) {
		return SAMLSettings{}, ErrNotFound
	}
	var row samlRow
	err := c.row(ctx, "SELECT "+samlColumns+" FROM saml_settings m WHERE m.organization_id = ? AND m.connection_id = ?",
		[]any{organizationID, connectionID}, row.fields()...)
	if err != nil {
		return SAMLSettings{}, err
	}
	return row.settings()
}

// SAML returns the settings of a SAML connection; ErrNotFound for a connection of another kind.
func (o *OrganizationScope) SAML(ctx context.Context, connectionID string) (SAMLSettings, error) {
	return o.saml(ctx, o.id, connectionID)
}

func keyPlace(connectionID string) string { return "saml_settings.private_key:" + connectionID }

// SAMLKey opens the sealed private key of a SAML connection, as it was given to CreateSAML.
func (s *Store) SAMLKey(ctx context.Context, c Connection) (string, error) {
	if !validID(c.OrganizationID) || !validID(c.ID) {
		return "", ErrNotFound
	}
	var sealed []byte
	err := s.read.row(ctx, "SELECT private_key FROM saml_settings WHERE organization_id = ? AND connection_id = ?",
		[]any{c.OrganizationID, c.ID}, &sealed)
	if err != nil {
		return "", err
	}
	return s.sealer.open(sealed, keyPlace(c.ID))
}

// CreateSAML gives a new SAML connection its settings, of which the provider comes later by SetSAMLMetadata. key is the
// private one of settings.Certificate.
func (o *OrganizationTx) CreateSAML(connectionID string, settings SAMLSettings, key string) error {
	if _, err := o.samlConnection(connectionID); err != nil {
		return err
	}
	sealed, err := o.tx.store.sealer.seal(key, keyPlace(connectionID))
	if err != nil {
		return err
	}
	attributes, err := settings.Attributes.text()
	if err != nil {
		return err
	}
	_, err = o.tx.do(`INSERT INTO saml_settings (organization_id, connection_id, metadata_url, document, entity_id, sign_on_url, certificates,
		fetched_at, checked_at, fault, idp_initiated, encryption, attributes, certificate, private_key)
		VALUES (?, ?, '', '', '', '', '[]', 0, ?, '', ?, ?, ?, ?, ?)`,
		o.id, connectionID, micros(o.tx.now), settings.IDPInitiated, settings.Encryption, attributes, settings.Certificate, sealed)
	if err == nil {
		o.note("connection.saml_created", connectionID, detail{"after": settings.detail()})
	}
	return err
}

// UpdateSAML changes what an administrator chooses: IDPInitiated, Encryption and Attributes.
func (o *OrganizationTx) UpdateSAML(connectionID string, settings SAMLSettings) error {
	was, err := o.tx.saml(o.tx.ctx, o.id, connectionID)
	if err != nil {
		return err
	}
	if was.IDPInitiated == settings.IDPInitiated && was.Encryption == settings.Encryption && was.Attributes == settings.Attributes {
		return nil
	}
	attributes, err := settings.Attributes.text()
	if err != nil {
		return err
	}
	err = o.tx.doOne("UPDATE saml_settings SET idp_initiated = ?, encryption = ?, attributes = ? WHERE organization_id = ? AND connection_id = ?",
		settings.IDPInitiated, settings.Encryption, attributes, o.id, connectionID)
	if err == nil {
		o.note("connection.saml_changed", connectionID, detail{"before": was.detail(), "after": settings.detail()})
	}
	return err
}

func (o *OrganizationTx) samlConnection(id string) (Connection, error) {
	c, err := o.connection(id)
	if err != nil {
		return Connection{}, err
	}
	if c.Kind != SAMLConnection {
		return Connection{}, &InvalidError{"kind", "must be saml: the connection " + c.Slug + " has no SAML settings"}
	}
	return c, nil
}

// maxAttributeName bounds the name of an attribute.
const maxAttributeName = 512

func (a SAMLAttributes) text() (string, error) {
	for _, name := range []string{a.UserName, a.GivenName, a.FamilyName, a.Role} {
		if len(name) > maxAttributeName || !isStorable(name) {
			return "", &InvalidError{"attribute", "names must be plain text of at most 512 bytes"}
		}
	}
	text, err := json.Marshal(a)
	return string(text), err
}

// detail is what an event tells of the settings.
func (s SAMLSettings) detail() detail {
	return detail{"idp_initiated": s.IDPInitiated, "encryption": s.Encryption, "attributes": s.Attributes}
}

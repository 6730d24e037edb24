package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// SAMLMetadata is a provider's metadata as it was read.
type SAMLMetadata struct {
	URL      string // "" where it was given as a file
	Document string
	Provider SAMLProvider
	TenantID string // of the Entra tenant that the provider is; "" for other providers
}

// maxMetadata bounds a document that is kept.
const maxMetadata = 1 << 20

func (m SAMLMetadata) check() error {
	if len(m.Document) > maxMetadata || !isStorable(m.Document) || !isStorable(m.URL) {
		return &InvalidError{"metadata", "must be text of at most 1 MiB"}
	}
	if m.Provider.EntityID == "" || len(m.Provider.Certificates) == 0 {
		return &InvalidError{"metadata", "must name an entity id and a signing certificate"}
	}
	address, _, _ := strings.Cut(m.Provider.SignOnURL, "?") // some providers' addresses have a query
	if checkProviderURL("metadata", address) != nil {
		return &InvalidError{"metadata", "must name an https:// address as its SingleSignOnService (http:// is allowed for this machine only)"}
	}
	return nil
}

// SetSAMLMetadata makes the provider that a metadata document describes the one of the connection. Another entity id is
// another provider: people then have to be recognized anew, so the connection is no longer armed.
func (o *OrganizationTx) SetSAMLMetadata(connectionID string, m SAMLMetadata) (Connection, error) {
	c, err := o.samlConnection(connectionID)
	if err != nil {
		return Connection{}, err
	}
	was, err := o.tx.saml(o.tx.ctx, o.id, connectionID)
	if err != nil {
		return Connection{}, err
	}
	if err := m.check(); err != nil {
		return Connection{}, err
	}
	certificates, err := json.Marshal(m.Provider.Certificates)
	if err != nil {
		return Connection{}, err
	}
	err = o.tx.doOne(`UPDATE saml_settings SET metadata_url = ?, document = ?, entity_id = ?, sign_on_url = ?, certificates = ?, fetched_at = ?,
		checked_at = ?, fault = '' WHERE organization_id = ? AND connection_id = ?`,
		m.URL, m.Document, m.Provider.EntityID, m.Provider.SignOnURL, string(certificates), micros(o.tx.now), micros(o.tx.now), o.id, connectionID)
	if err != nil {
		return Connection{}, err
	}
	o.note("connection.saml_metadata", connectionID, detail{"before": was.Provider.detail(was.MetadataURL), "after": m.Provider.detail(m.URL)})
	c.Issuer = m.Provider.EntityID
	if m.TenantID != "" {
		c.TenantID = m.TenantID
	}
	return o.UpdateConnection(c)
}

func (p SAMLProvider) detail(url string) detail {
	return detail{"metadata_url": url, "entity_id": p.EntityID, "sign_on_url": p.SignOnURL, "certificates": fingerprints(p.Certificates)}
}

// fingerprints are the SHA-256 fingerprints of certificates in hexadecimal, sorted.
func fingerprints(certificates [][]byte) []string {
	list := []string{}
	for _, der := range certificates {
		sum := sha256.Sum256(der)
		list = append(list, hex.EncodeToString(sum[:]))
	}
	slices.Sort(list)
	return list
}

// SAMLCheck is a connection whose metadata is due to be looked at again.
type SAMLCheck struct {
	Connection Connection
	Settings   SAMLSettings
}

// DueSAML lists the enabled SAML connections whose metadata nobody has looked at since a time.
func (s *Store) DueSAML(ctx context.Context, since time.Time) ([]SAMLCheck, error) {
	var list []SAMLCheck
	err := s.read.rows(ctx, "SELECT "+connectionColumns+", "+samlColumns+` FROM saml_settings m
		JOIN connections c ON c.organization_id = m.organization_id AND c.id = m.connection_id
		WHERE m.checked_at < ? AND c.enabled ORDER BY m.checked_at, c.id`, []any{micros(since)}, func(scan scanner) error {
		var c connectionRow
		var m samlRow
		if err := scan(append(c.fields(), m.fields()...)...); err != nil {
			return err
		}
		settings, err := m.settings()
		list = append(list, SAMLCheck{c.connection(), settings})
		return err
	})
	return list, err
}

// ClaimSAMLCheck takes a check on for this server; false where another server did meanwhile.
func (s *Store) ClaimSAMLCheck(ctx context.Context, due SAMLCheck) (bool, error) {
	n, err := s.bookkeep(ctx, "UPDATE saml_settings SET checked_at = ? WHERE organization_id = ? AND connection_id = ? AND checked_at = ?",
		micros(s.Now()), due.Connection.OrganizationID, due.Connection.ID, micros(due.Settings.CheckedAt))
	return n == 1, err
}

// NoteSAMLFault keeps why metadata could not be read. What was last good stays.
func (s *Store) NoteSAMLFault(ctx context.Context, c Connection, fault string) error {
	_, err := s.bookkeep(ctx, "UPDATE saml_settings SET fault = ? WHERE organization_id = ? AND connection_id = ?",
		storable(fault, maxClaimed), c.OrganizationID, c.ID)
	return err
}

// RefreshSAML keeps metadata that was read again. What is trusted changes with an event, and the rest without one. ErrVersion says that an
// administrator has chosen another source or provider since due was read.
func (s *Store) RefreshSAML(ctx context.Context, actor Actor, due SAMLCheck, m SAMLMetadata) error {
	if due.Settings.Provider.equal(m.Provider) {
		_, err := s.bookkeep(ctx, `UPDATE saml_settings SET document = ?, fetched_at = ?, fault = '' WHERE organization_id = ? AND connection_id = ?
			AND metadata_url = ?`, m.Document, micros(s.Now()), due.Connection.OrganizationID, due.Connection.ID, m.URL)
		return err
	}
	return s.Write(ctx, actor, func(tx *Tx) error {
		o := tx.Organization(due.Connection.OrganizationID)
		now, err := tx.saml(tx.ctx, due.Connection.OrganizationID, due.Connection.ID)
		if err != nil {
			return err
		}
		if now.MetadataURL != due.Settings.MetadataURL || now.Provider.EntityID != m.Provider.EntityID {
			return ErrVersion
		}
		_, err = o.SetSAMLMetadata(due.Connection.ID, m)
		return err
	})
}

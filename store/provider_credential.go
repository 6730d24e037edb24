package store

import (
	"context"
	"time"
)

// ProviderCredentialKind is a way in which a connection proves to its provider who it is.
type ProviderCredentialKind string

// The kinds of credentials.
const (
	SecretCredential      ProviderCredentialKind = "secret"
	CertificateCredential ProviderCredentialKind = "certificate" // assertions signed by a private key (private_key_jwt)
	FederatedCredential   ProviderCredentialKind = "federated"   // another issuer's assertions, in a file that a platform keeps fresh
)

// MaxProviderCredentials is how many a connection can have: a new credential overlaps with the old one, and no more pile up.
const MaxProviderCredentials = 2

// neverWarned is more days than any warning of an expiry is early.
const neverWarned = 1000

// ProviderCredential is one with which a connection proves to its provider who it is. What is secret about it stays sealed.
type ProviderCredential struct {
	ID, OrganizationID, ConnectionID string
	Kind                             ProviderCredentialKind
	Method                           string // of SecretCredential: "basic" or "post"; "" for what the provider's discovery says
	Label                            string
	Certificate                      string    // PEM, of CertificateCredential
	TokenFile                        string    // absolute path, of FederatedCredential
	ExpiresAt                        time.Time // zero: not known
	RefusedAt                        time.Time // when the provider last did not take it; zero since it did
	CreatedAt                        time.Time
	sealed                           []byte
}

// credentialPlace is where a credential is sealed for. A secret from before there were several has its connection's id and
// was sealed under this name.
func credentialPlace(id string) string { return "connections.client_secret:" + id }

const providerCredentialColumns = `organization_id, connection_id, id, kind, method, label, sealed, certificate, token_file, expires_at, refused_at, created_at`

// providerCredentials lists credentials, the newest of a connection first.
func (c conn) providerCredentials(ctx context.Context, condition string, args ...any) ([]ProviderCredential, error) {
	var list []ProviderCredential
	err := c.rows(ctx, "SELECT "+providerCredentialColumns+" FROM provider_credentials"+condition+" ORDER BY connection_id, created_at DESC, id DESC", args,
		func(scan scanner) error {
			var m ProviderCredential
			var expires, refused, created int64
			err := scan(&m.OrganizationID, &m.ConnectionID, &m.ID, &m.Kind, &m.Method, &m.Label, &m.sealed, &m.Certificate, &m.TokenFile, &expires, &refused, &created)
			m.ExpiresAt, m.RefusedAt, m.CreatedAt = fromMicros(expires), fromMicros(refused), fromMicros(created)
			list = append(list, m)
			return err
		})
	return list, err
}

// ProviderCredentials lists the credentials of all the organization's connections, the newest of each first.
func (o *OrganizationScope) ProviderCredentials(ctx context.Context) ([]ProviderCredential, error) {
	if !o.valid() {
		return nil, nil
	}
	return o.providerCredentials(ctx, " WHERE organization_id = ?", o.id)
}

// ProviderCredentials lists a connection's credentials, the newest first.
func (s *Store) ProviderCredentials(ctx context.Context, c Connection) ([]ProviderCredential, error) {
	if !validID(c.OrganizationID) || !validID(c.ID) {
		return nil, nil
	}
	return s.read.providerCredentials(ctx, " WHERE organization_id = ? AND connection_id = ?", c.OrganizationID, c.ID)
}

// OpenProviderCredential opens what is secret about a credential: the client secret, the private key in PEM; "" where nothing is.
func (s *Store) OpenProviderCredential(c ProviderCredential) (string, error) {
	return s.sealer.open(c.sealed, credentialPlace(c.ID))
}

// AddProviderCredential gives a connection a credential beside one that it has: Kind, Label, and per kind Certificate and
// the private key in PEM as secret, TokenFile, or the secret. ExpiresAt of a certificate is read from it.
func (o *OrganizationTx) AddProviderCredential(connectionID string, c ProviderCredential, secret string) (ProviderCredential, error) {
	to, err := o.connection(connectionID)
	if err != nil {
		return ProviderCredential{}, err
	}
	if c, err = c.complete(to, secret, o.tx.now); err != nil {
		return ProviderCredential{}, err
	}
	// The connection's row is the lock of its credentials.
	if err := o.tx.get("SELECT id FROM connections WHERE organization_id = ? AND id = ?"+o.tx.d.forUpdate, []any{o.id, to.ID}, new(string)); err != nil {
		return ProviderCredential{}, err
	}
	have, err := o.tx.providerCredentials(o.tx.ctx, " WHERE organization_id = ? AND connection_id = ?", o.id, to.ID)
	if err != nil {
		return ProviderCredential{}, err
	}
	if len(have) >= MaxProviderCredentials {
		return ProviderCredential{}, &RefusedError{"the connection has two credentials already: remove the one that is out of use first"}
	}
	c.ID, c.OrganizationID, c.ConnectionID, c.CreatedAt, c.RefusedAt = o.tx.store.newID(), o.id, to.ID, o.tx.now, time.Time{}
	return c, o.insertProviderCredential(c, secret)
}

func (o *OrganizationTx) insertProviderCredential(c ProviderCredential, secret string) error {
	sealed, err := o.tx.store.sealer.seal(secret, credentialPlace(c.ID))
	if err != nil {
		return err
	}
	_, err = o.tx.do("INSERT INTO provider_credentials ("+providerCredentialColumns+", warned_days) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?)",
		c.OrganizationID, c.ConnectionID, c.ID, string(c.Kind), c.Method, c.Label, sealed, c.Certificate, c.TokenFile, micros(c.ExpiresAt), micros(c.CreatedAt), neverWarned)
	if err == nil {
		o.note("connection.credential_added", c.ConnectionID, c.told())
	}
	return err
}

// told is what events tell of a credential: all but the secret.
func (c ProviderCredential) told() detail {
	d := detail{"credential": c.ID, "kind": c.Kind, "label": c.Label}
	if !c.ExpiresAt.IsZero() {
		d["expires_at"] = c.ExpiresAt
	}
	return d
}

func (o *OrganizationTx) providerCredential(id string) (ProviderCredential, error) {
	if !validID(o.id) || !validID(id) {
		return ProviderCredential{}, ErrNotFound
	}
	return first(o.tx.providerCredentials(o.tx.ctx, " WHERE organization_id = ? AND id = ?", o.id, id))
}

// RemoveProviderCredential forgets a credential.
func (o *OrganizationTx) RemoveProviderCredential(id string) error {
	c, err := o.providerCredential(id)
	if err != nil {
		return err
	}
	if err := o.dropProviderCredentials(c.ConnectionID, " AND id = ?", c.ID); err != nil {
		return err
	}
	o.note("connection.credential_removed", c.ConnectionID, c.told())
	return nil
}

// dropProviderCredentials deletes credentials of a connection, and the copy of a secret that older servers read.
func (o *OrganizationTx) dropProviderCredentials(connectionID, condition string, args ...any) error {
	args = append([]any{o.id, connectionID}, args...)
	if _, err := o.tx.do("DELETE FROM provider_credentials WHERE organization_id = ? AND connection_id = ?"+condition, args...); err != nil {
		return err
	}
	_, err := o.tx.do("UPDATE connections SET client_secret = ? WHERE organization_id = ? AND id = ?", []byte{}, o.id, connectionID)
	return err
}

// SetClientSecret replaces the connection's secrets by one; "" removes them.
func (o *OrganizationTx) SetClientSecret(connectionID, secret string) error {
	c, err := o.connection(connectionID)
	if err != nil {
		return err
	}
	if err := o.dropProviderCredentials(c.ID, " AND kind = 'secret'"); err != nil {
		return err
	}
	if secret != "" {
		if _, err := o.AddProviderCredential(c.ID, ProviderCredential{Kind: SecretCredential}, secret); err != nil {
			return err
		}
	}
	o.note("connection.secret_changed", c.ID, nil)
	return nil
}

// RefuseProviderCredential puts on record that the provider did not take a credential, and what it said.
func (o *OrganizationTx) RefuseProviderCredential(id, fault string) error {
	c, err := o.providerCredential(id)
	if err != nil {
		return err
	}
	err = o.tx.doOne("UPDATE provider_credentials SET refused_at = ? WHERE organization_id = ? AND connection_id = ? AND id = ?",
		micros(o.tx.now), o.id, c.ConnectionID, id)
	told := c.told()
	told["fault"] = storable(fault, maxClaimed)
	o.note("connection.credential_refused", c.ConnectionID, told)
	return err
}

// AcceptProviderCredential puts on record that the provider took a credential again.
func (o *OrganizationTx) AcceptProviderCredential(id string) error {
	c, err := o.providerCredential(id)
	if err != nil || c.RefusedAt.IsZero() {
		return err
	}
	err = o.tx.doOne("UPDATE provider_credentials SET refused_at = 0 WHERE organization_id = ? AND connection_id = ? AND id = ?", o.id, c.ConnectionID, id)
	o.note("connection.credential_accepted", c.ConnectionID, c.told())
	return err
}

package store

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// ClientSecretPrefix begins every secret of a client, so that a leaked one can be recognized.
const ClientSecretPrefix = "dlc_"

// How long an access token is good: Entra's gallery asks for one to six hours.
const (
	MinTokenLifetime = time.Hour
	MaxTokenLifetime = 6 * time.Hour
)

// maxClientSecrets is how many secrets of a client may be in use: the old one and the new one of a rotation.
const maxClientSecrets = 2

// Client is a program of a connection's provider that gets access tokens (RFC 6749 section 4.4).
type Client struct {
	ID, ConnectionID, Label string
	Scopes                  Scopes
	TokenLifetime           time.Duration
	Federation              Federation // zero for a client with secrets
	CreatedAt               time.Time
	LastUsedAt, RevokedAt   time.Time // zero: never
	LastAddress             string
}

// Federation says by whose assertions a client proves itself (RFC 7523 section 2.2).
type Federation struct {
	Issuer   string
	TenantID string // of Entra's; "" for other issuers
	Subject  string
	Audience string // an application id of Entra's, or whatever else assertions must be meant for
}

// ClientSecret is a secret of a client; only its hash is kept.
type ClientSecret struct {
	ID, ClientID         string
	CreatedAt            time.Time
	ExpiresAt, RevokedAt time.Time // zero: never
}

const clientColumns = `k.id, k.connection_id, k.label, k.scopes, k.token_seconds, k.issuer, k.tenant_id, k.subject, k.audience, k.created_at,
	k.last_used_at, k.revoked_at, k.last_address`

// clientRow receives clientColumns.
type clientRow struct {
	c                               Client
	seconds, created, used, revoked int64
}

func (r *clientRow) fields() []any {
	c, f := &r.c, &r.c.Federation
	return []any{&c.ID, &c.ConnectionID, &c.Label, &c.Scopes, &r.seconds, &f.Issuer, &f.TenantID, &f.Subject, &f.Audience, &r.created,
		&r.used, &r.revoked, &c.LastAddress}
}

func (r *clientRow) client() Client {
	r.c.TokenLifetime = time.Duration(r.seconds) * time.Second
	r.c.CreatedAt, r.c.LastUsedAt, r.c.RevokedAt = fromMicros(r.created), fromMicros(r.used), fromMicros(r.revoked)
	return r.c
}

func (c conn) clients(ctx context.Context, condition string, args ...any) ([]Client, error) {
	var list []Client
	err := c.rows(ctx, "SELECT "+clientColumns+" FROM scim_clients k"+condition, args, func(scan scanner) error {
		var row clientRow
		err := scan(row.fields()...)
		list = append(list, row.client())
		return err
	})
	return list, err
}

func (c conn) clientSecrets(ctx context.Context, condition string, args ...any) ([]ClientSecret, error) {
	var list []ClientSecret
	err := c.rows(ctx, "SELECT id, client_id, created_at, expires_at, revoked_at FROM scim_client_secrets"+condition+" ORDER BY id", args, func(scan scanner) error {
		var s ClientSecret
		var created, expires, revoked int64
		err := scan(&s.ID, &s.ClientID, &created, &expires, &revoked)
		s.CreatedAt, s.ExpiresAt, s.RevokedAt = fromMicros(created), fromMicros(expires), fromMicros(revoked)
		list = append(list, s)
		return err
	})
	return list, err
}

// Clients lists the organization's clients in order of creation, revoked ones too.
func (o *OrganizationScope) Clients(ctx context.Context) ([]Client, error) {
	if !o.valid() {
		return nil, nil
	}
	return o.clients(ctx, " WHERE k.organization_id = ? ORDER BY k.id", o.id)
}

// ClientSecrets lists the secrets of the organization's clients in order of creation, revoked and expired ones too.
func (o *OrganizationScope) ClientSecrets(ctx context.Context) ([]ClientSecret, error) {
	if !o.valid() {
		return nil, nil
	}
	return o.clientSecrets(ctx, " WHERE organization_id = ?", o.id)
}

// CreateClient adds a client to a connection. Without scopes it has all; without a lifetime its tokens are good for the
// shortest one. One with a Federation gets no secrets.
func (o *OrganizationTx) CreateClient(c Client) (Client, error) {
	connection, err := o.connection(c.ConnectionID)
	if err != nil {
		return Client{}, err
	}
	c.ID, c.CreatedAt = o.tx.store.newID(), o.tx.now
	c.LastUsedAt, c.RevokedAt, c.LastAddress = time.Time{}, time.Time{}, ""
	if err := c.complete(connection); err != nil {
		return Client{}, err
	}
	f := c.Federation
	_, err = o.tx.do(`INSERT INTO scim_clients (organization_id, id, connection_id, label, scopes, token_seconds, issuer, tenant_id, subject, audience,
		created_at, last_used_at, last_address, revoked_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, '', 0)`, o.id, c.ID, connection.ID, c.Label,
		string(c.Scopes), int64(c.TokenLifetime/time.Second), f.Issuer, f.TenantID, f.Subject, f.Audience, micros(c.CreatedAt))
	if err != nil {
		return Client{}, err
	}
	o.note("client.created", c.ID, detail{"connection": connection.Slug, "label": c.Label, "scopes": c.Scopes,
		"issuer": f.Issuer, "tenant_id": f.TenantID, "subject": f.Subject, "audience": f.Audience})
	return c, nil
}

func (c *Client) complete(connection Connection) (err error) {
	if c.Scopes, err = ParseScopes(string(c.Scopes)); err != nil {
		return err
	}
	if c.TokenLifetime == 0 {
		c.TokenLifetime = MinTokenLifetime
	}
	if c.TokenLifetime < MinTokenLifetime || c.TokenLifetime > MaxTokenLifetime {
		return &InvalidError{"token-lifetime", fmt.Sprintf("must lie between %s and %s", MinTokenLifetime, MaxTokenLifetime)}
	}
	if c.Federation == (Federation{}) {
		return nil
	}
	return c.Federation.complete(connection)
}

// complete pins an assertion's issuer and tenant to the connection's own where that is Entra's, because all tenants there
// have the same signing keys.
func (f *Federation) complete(connection Connection) error {
	if f.Subject == "" {
		return &InvalidError{"subject", `is required: the "sub" of the assertions, which is an object id at Entra`}
	}
	if f.Audience == "" {
		return &InvalidError{"audience", `is required: the "aud" of the assertions, which is an application id at Entra`}
	}
	if connection.Kind == EntraConnection {
		if f.Issuer != "" && strings.TrimRight(f.Issuer, "/") != connection.Issuer {
			return &InvalidError{"issuer", "is that of the connection: leave it out"}
		}
		f.Issuer, f.TenantID = connection.Issuer, connection.TenantID
		return nil
	}
	setDefault(&f.Issuer, connection.Issuer)
	f.TenantID = ""
	return checkProviderURL("issuer", f.Issuer)
}

// livingClient locks a client that was not revoked.
func (o *OrganizationTx) livingClient(id string) (Client, error) {
	if !validID(o.id) || !validID(id) {
		return Client{}, ErrNotFound
	}
	return first(o.tx.clients(o.tx.ctx, " WHERE k.organization_id = ? AND k.id = ? AND k.revoked_at = 0"+o.tx.d.forUpdate, o.id, id))
}

// AddClientSecret gives a client a secret and returns it, of which only a hash is kept. It works beside an earlier one, so
// that the provider can change over; *RefusedError when there are two already.
func (o *OrganizationTx) AddClientSecret(clientID string, expires time.Time) (ClientSecret, string, error) {
	c, err := o.livingClient(clientID)
	if err != nil {
		return ClientSecret{}, "", err
	}
	if c.Federation != (Federation{}) {
		return ClientSecret{}, "", &RefusedError{"the client proves itself by assertions: make another one for secrets"}
	}
	ends, err := o.tx.expiry("expires", expires)
	if err != nil {
		return ClientSecret{}, "", err
	}
	living, err := o.tx.clientSecrets(o.tx.ctx, " WHERE organization_id = ? AND client_id = ? AND revoked_at = 0 AND (expires_at = 0 OR expires_at > ?)",
		o.id, c.ID, micros(o.tx.now))
	if err != nil {
		return ClientSecret{}, "", err
	}
	if len(living) >= maxClientSecrets {
		return ClientSecret{}, "", &RefusedError{"the client has two secrets in use: revoke the older one, " + living[0].ID + ", first"}
	}
	s, secret := ClientSecret{ID: o.tx.store.newID(), ClientID: c.ID, CreatedAt: o.tx.now, ExpiresAt: ends}, newSecret(ClientSecretPrefix)
	_, err = o.tx.do(`INSERT INTO scim_client_secrets (organization_id, id, connection_id, client_id, secret_hash, created_at, expires_at, revoked_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, 0)`, o.id, s.ID, c.ConnectionID, c.ID, hashSecret(secret), micros(s.CreatedAt), micros(s.ExpiresAt))
	if err != nil {
		return ClientSecret{}, "", err
	}
	d := detail{"secret": s.ID}
	if !ends.IsZero() {
		d["expires_at"] = ends
	}
	o.note("client.secret_added", c.ID, d)
	return s, secret, nil
}

// RevokeClientSecret makes a secret unusable from the next request on, and the access tokens that it was exchanged for.
// Repeating it changes nothing.
func (o *OrganizationTx) RevokeClientSecret(id string) error {
	if !validID(o.id) || !validID(id) {
		return ErrNotFound
	}
	s, err := first(o.tx.clientSecrets(o.tx.ctx, " WHERE organization_id = ? AND id = ?", o.id, id))
	if err != nil || !s.RevokedAt.IsZero() {
		return err
	}
	err = o.tx.doOne("UPDATE scim_client_secrets SET revoked_at = ? WHERE organization_id = ? AND id = ?", micros(o.tx.now), o.id, id)
	if err == nil {
		o.note("client.secret_revoked", s.ClientID, detail{"secret": id})
	}
	return err
}

// RevokeClient makes a client, its secrets and its access tokens unusable from the next request on. Repeating it changes
// nothing.
func (o *OrganizationTx) RevokeClient(id string) error {
	if !validID(o.id) || !validID(id) {
		return ErrNotFound
	}
	c, err := first(o.tx.clients(o.tx.ctx, " WHERE k.organization_id = ? AND k.id = ?", o.id, id))
	if err != nil || !c.RevokedAt.IsZero() {
		return err
	}
	err = o.tx.doOne("UPDATE scim_clients SET revoked_at = ? WHERE organization_id = ? AND id = ?", micros(o.tx.now), o.id, id)
	if err == nil {
		o.note("client.revoked", id, detail{"label": c.Label})
	}
	return err
}

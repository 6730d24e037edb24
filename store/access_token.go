package store

import (
	"context"
	"time"
)

// AccessTokenPrefix begins every access token of a client, so that a leaked one can be recognized.
const AccessTokenPrefix = "dla_"

// maxAccessTokens bounds the access tokens of one client; the oldest go first.
const maxAccessTokens = 100

// ClientLogin is a client that asks for an access token.
type ClientLogin struct {
	Client     Client
	Connection Connection
	Access     SCIMAccess
	SecretID   string // the secret that it has shown
}

// ClientBySecret finds a client that shows its secret. ErrNotFound for a client that was revoked or whose connection is
// off, and for a secret that is unknown, expired or revoked.
func (s *Store) ClientBySecret(ctx context.Context, clientID, secret string) (ClientLogin, error) {
	login, err := s.clientLogin(ctx, clientID, secret)
	if err == nil && (login.SecretID == "" || login.Client.Federation != Federation{}) {
		return ClientLogin{}, ErrNotFound
	}
	return login, err
}

// FederatedClient finds a client that proves itself by assertions, which are still to be checked. ErrNotFound for one that
// was revoked, has secrets, or whose connection is off.
func (s *Store) FederatedClient(ctx context.Context, clientID string) (ClientLogin, error) {
	login, err := s.clientLogin(ctx, clientID, "")
	if err == nil && login.Client.Federation == (Federation{}) {
		return ClientLogin{}, ErrNotFound
	}
	return login, err
}

func (s *Store) clientLogin(ctx context.Context, clientID, secret string) (ClientLogin, error) {
	if !validID(clientID) {
		return ClientLogin{}, ErrNotFound
	}
	var login ClientLogin
	var client clientRow
	var connection connectionRow
	fields := append([]any{&login.SecretID}, client.fields()...)
	fields = append(append(fields, login.Access.fields()...), connection.fields()...)
	err := s.read.row(ctx, "SELECT coalesce(CAST(s.id AS text), ''), "+clientColumns+", "+accessColumns+", "+connectionColumns+` FROM scim_clients k
		JOIN connections c ON c.organization_id = k.organization_id AND c.id = k.connection_id
		LEFT JOIN scim_access a ON a.organization_id = c.organization_id AND a.connection_id = c.id
		LEFT JOIN scim_client_secrets s ON s.organization_id = k.organization_id AND s.client_id = k.id AND s.secret_hash = ?
			AND s.revoked_at = 0 AND (s.expires_at = 0 OR s.expires_at > ?)
		WHERE k.id = ? AND k.revoked_at = 0 AND c.enabled = ?`, []any{hashSecret(secret), micros(s.Now()), clientID, true}, fields...)
	login.Client, login.Connection = client.client(), connection.connection()
	return login, err
}

// NewAccessToken is what a client gets, and by which proof.
type NewAccessToken struct {
	ClientID string
	SecretID string // "" for an assertion
	Scopes   Scopes
	// AssertionID is the "jti" of an assertion, "" where it has none; AssertionEnds is when it expires.
	AssertionID   string
	AssertionEnds time.Time
}

// IssueAccessToken makes an access token and returns it, of which only a hash is kept. ErrNotFound when the client was
// revoked; ErrUsed when the assertion was used before.
func (o *OrganizationTx) IssueAccessToken(n NewAccessToken) (secret string, expires time.Time, err error) {
	c, err := o.livingClient(n.ClientID)
	if err != nil {
		return "", time.Time{}, err
	}
	if err := o.useAssertion(c, n); err != nil {
		return "", time.Time{}, err
	}
	now := micros(o.tx.now)
	_, err = o.tx.do(`DELETE FROM scim_access_tokens WHERE organization_id = ? AND client_id = ? AND (expires_at <= ? OR id NOT IN (SELECT id FROM
		scim_access_tokens WHERE organization_id = ? AND client_id = ? ORDER BY created_at DESC, id DESC LIMIT ?))`, o.id, c.ID, now, o.id, c.ID, maxAccessTokens-1)
	if err != nil {
		return "", time.Time{}, err
	}
	secret, expires = newSecret(AccessTokenPrefix), o.tx.now.Add(c.TokenLifetime)
	_, err = o.tx.do(`INSERT INTO scim_access_tokens (organization_id, id, connection_id, client_id, secret_id, secret_hash, scopes, created_at, expires_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, o.id, o.tx.store.newID(), c.ConnectionID, c.ID, nullID(n.SecretID), hashSecret(secret), string(n.Scopes), now, micros(expires))
	if err != nil {
		return "", time.Time{}, err
	}
	o.note("client.token_issued", c.ID, detail{"label": c.Label, "scopes": n.Scopes, "secret": n.SecretID, "expires_at": expires})
	return secret, expires, nil
}

// RevokeAccessToken makes an access token of the organization unusable from the next request on. ErrNotFound for one that is
// not there.
func (o *OrganizationTx) RevokeAccessToken(secret string) error {
	if !validID(o.id) {
		return ErrNotFound
	}
	var client string
	err := o.tx.get("SELECT client_id FROM scim_access_tokens WHERE organization_id = ? AND secret_hash = ?"+o.tx.d.forUpdate, []any{o.id, hashSecret(secret)}, &client)
	if err == nil {
		err = o.tx.doOne("DELETE FROM scim_access_tokens WHERE organization_id = ? AND secret_hash = ?", o.id, hashSecret(secret))
	}
	if err == nil {
		o.note("client.token_revoked", client, nil)
	}
	return err
}

// useAssertion takes an assertion that can be told from others out of use. Entra's carry no jti, and it keeps each for as
// long as it is good (AzureAD/SCIMReferenceCode, Workload-Identity-Federation-for-SCIM-Provisioning.md).
func (o *OrganizationTx) useAssertion(c Client, n NewAccessToken) error {
	if n.AssertionID == "" {
		return nil
	}
	if _, err := o.tx.do("DELETE FROM scim_assertions WHERE organization_id = ? AND client_id = ? AND expires_at <= ?", o.id, c.ID, micros(o.tx.now)); err != nil {
		return err
	}
	used, err := o.tx.do("INSERT INTO scim_assertions (organization_id, connection_id, client_id, jti_hash, expires_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
		o.id, c.ConnectionID, c.ID, hashSecret(n.AssertionID), micros(n.AssertionEnds))
	if err == nil && used == 0 {
		return ErrUsed
	}
	return err
}

package store

import (
	"context"
	"strings"
	"time"
)

// TokenPrefix begins every SCIM token, so that a leaked one can be recognized.
const TokenPrefix = "dls_"

// Token is a SCIM bearer token of a connection; its secret is not kept.
type Token struct {
	ID, ConnectionID, Label          string
	Scopes                           Scopes
	LastAddress                      string // where it was last used; "" for never
	CreatedAt                        time.Time
	ExpiresAt, LastUsedAt, RevokedAt time.Time // zero: never
}

// Tokens lists the organization's tokens in order of creation, revoked and expired ones too.
func (o *OrganizationScope) Tokens(ctx context.Context) ([]Token, error) {
	if !o.valid() {
		return nil, nil
	}
	return o.tokens(ctx, " WHERE organization_id = ?", o.id)
}

func (c conn) tokens(ctx context.Context, condition string, args ...any) ([]Token, error) {
	var list []Token
	err := c.rows(ctx, "SELECT id, connection_id, label, scopes, last_address, created_at, expires_at, last_used_at, revoked_at FROM scim_tokens"+condition+
		" ORDER BY id", args, func(scan scanner) error {
		var t Token
		var created, expires, used, revoked int64
		err := scan(&t.ID, &t.ConnectionID, &t.Label, &t.Scopes, &t.LastAddress, &created, &expires, &used, &revoked)
		t.CreatedAt, t.ExpiresAt, t.LastUsedAt, t.RevokedAt = fromMicros(created), fromMicros(expires), fromMicros(used), fromMicros(revoked)
		list = append(list, t)
		return err
	})
	return list, err
}

// CreateToken makes a SCIM token for a connection and returns its secret, of which only a hash is kept. A zero expires
// means that it does not expire; no scopes mean all.
func (o *OrganizationTx) CreateToken(connectionID, label string, expires time.Time, scopes ...string) (Token, string, error) {
	c, err := o.connection(connectionID)
	if err != nil {
		return Token{}, "", err
	}
	t := Token{ID: o.tx.store.newID(), ConnectionID: c.ID, Label: label, CreatedAt: o.tx.now}
	if t.ExpiresAt, err = o.tx.expiry("expires", expires); err != nil {
		return Token{}, "", err
	}
	if t.Scopes, err = ParseScopes(strings.Join(scopes, " ")); err != nil {
		return Token{}, "", err
	}
	secret := newSecret(TokenPrefix)
	_, err = o.tx.do(`INSERT INTO scim_tokens (organization_id, id, connection_id, secret_hash, label, scopes, created_at, expires_at, last_used_at,
		revoked_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 0)`, o.id, t.ID, c.ID, hashSecret(secret), label, string(t.Scopes), micros(o.tx.now), micros(t.ExpiresAt))
	if err != nil {
		return Token{}, "", err
	}
	d := detail{"connection": c.Slug, "label": label, "scopes": t.Scopes}
	if !t.ExpiresAt.IsZero() {
		d["expires_at"] = t.ExpiresAt
	}
	o.note("token.created", t.ID, d)
	return t, secret, nil
}

// expiry is the time at which a credential ends, as times are stored; the zero time is never.
func (tx *Tx) expiry(field string, at time.Time) (time.Time, error) {
	if at.IsZero() {
		return time.Time{}, nil
	}
	if !at.After(tx.now) {
		return time.Time{}, &InvalidError{field, "must be in the future"}
	}
	return at.UTC().Truncate(time.Microsecond), nil
}

// RevokeToken makes a token unusable from the next request on. Repeating it changes nothing.
func (o *OrganizationTx) RevokeToken(id string) error {
	if !validID(o.id) || !validID(id) {
		return ErrNotFound
	}
	t, err := first(o.tx.tokens(o.tx.ctx, " WHERE organization_id = ? AND id = ?", o.id, id))
	if err != nil || !t.RevokedAt.IsZero() {
		return err
	}
	if err := o.tx.doOne("UPDATE scim_tokens SET revoked_at = ? WHERE organization_id = ? AND id = ?", micros(o.tx.now), o.id, id); err != nil {
		return err
	}
	o.note("token.revoked", id, detail{"label": t.Label})
	return nil
}

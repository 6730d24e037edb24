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
	CreatedAt                        time.Time
	ExpiresAt, LastUsedAt, RevokedAt time.Time // zero: never
}

// Credential is what a SCIM bearer token stands for.
type Credential struct {
	TokenID    string
	Label      string
	Connection Connection
	Directory  DirectoryKey
	ExpiresAt  time.Time
	LastUsedAt time.Time
	// SettingsRevision rises with every change of the organization's schemas and of SCIMPasswords; 0 before the first.
	SettingsRevision int64
	SCIMPasswords    bool
}

// seenEvery is how often it is written down that a token or session was used: a row is not worth a write a request.
const seenEvery = time.Minute

// Credential finds what a bearer token stands for, if it is neither expired nor revoked and its connection is on, and
// remembers the use. ErrNotFound otherwise.
func (s *Store) Credential(ctx context.Context, token string) (Credential, error) {
	if !strings.HasPrefix(token, TokenPrefix) {
		return Credential{}, ErrNotFound
	}
	var c Credential
	var connection connectionRow
	var expires, used int64
	fields := append([]any{&c.TokenID, &c.Label, &expires, &used, &c.SettingsRevision, &c.SCIMPasswords}, connection.fields()...)
	now := s.Now()
	err := s.read.row(ctx, "SELECT t.id, t.label, t.expires_at, t.last_used_at, o.settings_revision, o.scim_passwords, "+connectionColumns+` FROM scim_tokens t
		JOIN connections c ON c.organization_id = t.organization_id AND c.id = t.connection_id
		JOIN organizations o ON o.id = t.organization_id
		WHERE t.secret_hash = ? AND t.revoked_at = 0 AND (t.expires_at = 0 OR t.expires_at > ?) AND c.enabled = ?`,
		[]any{hashSecret(token), micros(now), true}, fields...)
	if err != nil {
		return Credential{}, err
	}
	c.Connection, c.ExpiresAt, c.LastUsedAt = connection.connection(), fromMicros(expires), fromMicros(used)
	c.Directory = c.Connection.Directory()
	if now.Sub(c.LastUsedAt) >= seenEvery {
		_, err = s.bookkeep(ctx, "UPDATE scim_tokens SET last_used_at = ? WHERE organization_id = ? AND id = ?",
			micros(now), c.Connection.OrganizationID, c.TokenID)
	}
	return c, err
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
	err := c.rows(ctx, "SELECT id, connection_id, label, created_at, expires_at, last_used_at, revoked_at FROM scim_tokens"+condition+" ORDER BY id",
		args, func(scan scanner) error {
			var t Token
			var created, expires, used, revoked int64
			err := scan(&t.ID, &t.ConnectionID, &t.Label, &created, &expires, &used, &revoked)
			t.CreatedAt, t.ExpiresAt, t.LastUsedAt, t.RevokedAt = fromMicros(created), fromMicros(expires), fromMicros(used), fromMicros(revoked)
			list = append(list, t)
			return err
		})
	return list, err
}

// CreateToken makes a SCIM token for a connection and returns its secret, of which only a hash is kept. A zero expires
// means that it does not expire.
func (o *OrganizationTx) CreateToken(connectionID, label string, expires time.Time) (Token, string, error) {
	c, err := o.connection(connectionID)
	if err != nil {
		return Token{}, "", err
	}
	if !expires.IsZero() && !expires.After(o.tx.now) {
		return Token{}, "", &InvalidError{"expires", "must be in the future"}
	}
	t := Token{ID: o.tx.store.newID(), ConnectionID: c.ID, Label: label, CreatedAt: o.tx.now, ExpiresAt: expires.UTC().Truncate(time.Microsecond)}
	if expires.IsZero() {
		t.ExpiresAt = time.Time{}
	}
	secret := newSecret(TokenPrefix)
	_, err = o.tx.do(`INSERT INTO scim_tokens (organization_id, id, connection_id, secret_hash, label, created_at, expires_at, last_used_at,
		revoked_at) VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0)`, o.id, t.ID, c.ID, hashSecret(secret), label, micros(o.tx.now), micros(t.ExpiresAt))
	if err != nil {
		return Token{}, "", err
	}
	d := detail{"connection": c.Slug, "label": label}
	if !t.ExpiresAt.IsZero() {
		d["expires_at"] = t.ExpiresAt
	}
	o.note("token.created", t.ID, d)
	return t, secret, nil
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

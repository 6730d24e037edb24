package store

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
)

// CredentialKind is what a credential of SCIM is.
type CredentialKind string

// The kinds of credentials.
const (
	TokenCredential  CredentialKind = "token"      // a SCIM token
	ClientCredential CredentialKind = "client"     // an access token of an OAuth client
	EntraCredential  CredentialKind = "connection" // a token that Entra signed; the connection stands for it
)

// Credential is what whoever calls SCIM stands for, and what the connection demands of them besides.
type Credential struct {
	Kind       CredentialKind
	TokenID    string // of the SCIM token, the client or the connection
	Label      string
	Scopes     Scopes
	Connection Connection
	Directory  DirectoryKey
	ExpiresAt  time.Time
	LastUsedAt time.Time
	Access     SCIMAccess
	// KnownWriter says that it has written before from the address that was asked about.
	KnownWriter bool
	// SettingsRevision rises with every change of the organization's schemas and of SCIMPasswords; 0 before the first.
	SettingsRevision int64
	SCIMPasswords    bool
}

// seenEvery is how often it is written down that a token or session was used: a row is not worth a write a request.
const seenEvery = time.Minute

// credentialQuery reads a credential in one query: own are its id, label, scopes, expiry and last use, from are its tables
// and that of its connection, under the name c. The address of the caller comes before what the condition takes.
func credentialQuery(own, id, from, condition string) string {
	writers := " LEFT JOIN scim_writers w ON w.organization_id = c.organization_id AND w.credential_id = " + id + " AND w.address = ?"
	return readerQuery(own, "w.address IS NOT NULL", from, writers+" WHERE c.enabled = ? AND "+condition)
}

// readerQuery is credentialQuery with SQL for what it tells of the caller as a writer, which takes a table more to know.
func readerQuery(own, writer, from, rest string) string {
	return "SELECT " + own + ", " + accessColumns + ", " + writer + ", o.settings_revision, o.scim_passwords, coalesce(CAST(v.stamp AS text), ''), " + connectionColumns + " FROM " + from + `
		JOIN organizations o ON o.id = c.organization_id
		LEFT JOIN credential_revisions v ON v.organization_id = c.organization_id
		LEFT JOIN scim_access a ON a.organization_id = c.organization_id AND a.connection_id = c.id` + rest
}

const (
	tokenColumns = "t.id, t.label, t.scopes, t.expires_at, t.last_used_at"
	tokenTables  = "scim_tokens t JOIN connections c ON c.organization_id = t.organization_id AND c.id = t.connection_id"
	tokenGood    = "t.secret_hash = ? AND t.revoked_at = 0 AND (t.expires_at = 0 OR t.expires_at > ?)"
)

// Each finds its row by a unique index on the hash of the secret.
var (
	tokenQuery       = credentialQuery(tokenColumns, "t.id", tokenTables, tokenGood)
	readerTokenQuery = readerQuery(tokenColumns, "false", tokenTables, " WHERE c.enabled = ? AND "+tokenGood)
	// A secret that is revoked takes the access tokens that it was exchanged for along.
	accessTokenQuery = credentialQuery("k.id, k.label, t.scopes, t.expires_at, k.last_used_at", "k.id",
		`scim_access_tokens t JOIN scim_clients k ON k.organization_id = t.organization_id AND k.id = t.client_id
		JOIN connections c ON c.organization_id = t.organization_id AND c.id = t.connection_id
		LEFT JOIN scim_client_secrets s ON s.organization_id = t.organization_id AND s.id = t.secret_id`,
		"t.secret_hash = ? AND t.expires_at > ? AND k.revoked_at = 0 AND coalesce(s.revoked_at, 0) = 0")
	entraQuery = credentialQuery("c.id, 'Entra', '"+string(AllScopes)+"', 0, 0", "c.id", "connections c", "a.entra_tokens = ? AND ")

	connectionQuery = credentialQuery("c.id, 'What if', '"+string(AllScopes)+"', 0, 0", "c.id", "connections c", "c.organization_id = ? AND c.id = ?")
)

// Credential finds what a bearer token stands for, if it is neither expired nor revoked and its connection is on, and
// remembers the use. ErrNotFound otherwise.
func (s *Store) Credential(ctx context.Context, token, address string) (Credential, error) {
	return s.bearer(ctx, token, address, true)
}

// ReaderCredential is Credential for a request that changes nothing: KnownWriter need not be known.
func (s *Store) ReaderCredential(ctx context.Context, token, address string) (Credential, error) {
	return s.bearer(ctx, token, address, false)
}

// RecalledCredential is what ReaderCredential found when the token was last shown from the address, without asking the database. It may be good no
// longer: whoever works with it asks ReaderCredential before anybody is told anything.
func (s *Store) RecalledCredential(token, address string) (c Credential, known bool) {
	recalled, known := s.sharing.known.find(credentialAsk{string(hashSecret(token)), address, false})
	return recalled.Credential, known
}

func (s *Store) bearer(ctx context.Context, token, address string, writes bool) (Credential, error) {
	kind, query, used := TokenCredential, tokenQuery, "scim_tokens"
	writer := []any{AddressGroup(address)} // what the query tells of the caller as a writer is by this
	switch {
	case strings.HasPrefix(token, AccessTokenPrefix):
		kind, query, used = ClientCredential, accessTokenQuery, "scim_clients"
	case !strings.HasPrefix(token, TokenPrefix):
		return Credential{}, ErrNotFound
	case !writes:
		query, writer = readerTokenQuery, nil
	}
	hash := hashSecret(token)
	ask := credentialAsk{string(hash), address, writes}
	return s.sharing.credentials.read(ctx, ask, func(ctx context.Context) (Credential, error) {
		now := s.Now()
		c, err := s.knownCredential(ctx, ask, now)
		if errors.Is(err, ErrNotFound) {
			c, err = first(s.read.joint().credentials(ctx, kind, query, slices.Concat(writer, []any{true, hash, micros(now)})...))
		}
		if err != nil {
			return Credential{}, err
		}
		kept := c
		if now.Sub(c.LastUsedAt) >= seenEvery {
			_, err = s.bookkeep(ctx, "UPDATE "+used+" SET last_used_at = ?, last_address = ? WHERE organization_id = ? AND id = ?",
				micros(now), storable(address, maxClaimed), c.Connection.OrganizationID, c.TokenID)
			if err != nil { // on a full disk look-ups go on
				s.log.WarnContext(ctx, "the use of a credential is not written down", "credential", c.TokenID, "error", err)
			}
			kept.LastUsedAt = now
		}
		s.sharing.known.keep(ask, kept)
		return c.Credential, nil
	})
}

// EntraCredential finds the connection, by its slug or id, that takes Entra's own tokens. Whoever shows one must be
// checked against it before anything else. ErrNotFound where it takes none.
func (s *Store) EntraCredential(ctx context.Context, connection, address string) (Credential, error) {
	column := "c.slug = ?"
	if validID(connection) {
		column = "c.id = ?"
	}
	return s.entraCredential(ctx, column, connection, address)
}

// EntraCredentialOfTenant is EntraCredential for a caller who names no connection: ErrNotFound unless the tenant has
// exactly one that takes such tokens.
func (s *Store) EntraCredentialOfTenant(ctx context.Context, tenantID, address string) (Credential, error) {
	return s.entraCredential(ctx, "c.tenant_id = ?", strings.ToLower(tenantID), address)
}

// TrialCredential is what a connection's provider stands for who may do everything, for requests that are tried out. ErrNotFound where the
// connection is off or gone.
func (o *OrganizationScope) TrialCredential(ctx context.Context, connectionID string) (Credential, error) {
	if !o.valid() || !validID(connectionID) {
		return Credential{}, ErrNotFound
	}
	c, err := first(o.credentials(ctx, EntraCredential, connectionQuery, "", true, o.id, connectionID))
	c.KnownWriter = true
	return c.Credential, err
}

func (s *Store) entraCredential(ctx context.Context, condition, value, address string) (Credential, error) {
	if value == "" || !isStorable(value) {
		return Credential{}, ErrNotFound
	}
	list, err := s.read.credentials(ctx, EntraCredential, entraQuery+condition+" LIMIT 2", AddressGroup(address), true, true, value)
	if len(list) > 1 {
		return Credential{}, ErrNotFound
	}
	c, err := first(list, err)
	return c.Credential, err
}

func (c conn) credentials(ctx context.Context, kind CredentialKind, query string, args ...any) ([]stampedCredential, error) {
	var list []stampedCredential
	err := c.rows(ctx, query, args, func(scan scanner) error {
		list = append(list, stampedCredential{})
		stamped := &list[len(list)-1]
		found := &stamped.Credential
		found.Kind = kind
		var connection connectionRow
		var expires, used int64
		fields := append([]any{&found.TokenID, &found.Label, &found.Scopes, &expires, &used}, found.Access.fields()...)
		fields = append(append(fields, &found.KnownWriter, &found.SettingsRevision, &found.SCIMPasswords, &stamped.stamp), connection.fields()...)
		err := scan(fields...)
		found.Connection, found.ExpiresAt, found.LastUsedAt = connection.connection(), fromMicros(expires), fromMicros(used)
		found.Directory = found.Connection.Directory()
		found.Directory.Pushed = true
		return err
	})
	return list, err
}

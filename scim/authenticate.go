package scim

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"doorlist/store"
)

// authError refuses a caller. With the status 401 it says nothing about whether a token exists, has expired or was revoked.
type authError struct {
	status            int
	challenge, detail string // challenge: of the WWW-Authenticate header, "" for none
}

func (e *authError) Error() string { return e.detail }

var (
	errNoToken = &authError{http.StatusUnauthorized, `Bearer realm="scim"`,
		`A bearer token is required. Send "Authorization: Bearer" with the SCIM token of the connection.`}
	errBadToken = &authError{http.StatusUnauthorized, `Bearer realm="scim", error="invalid_token"`,
		"The token is unknown, expired or revoked, or its connection is off. Make a new token for the connection and enter it at the provider."}
	// A proxy may have looked at another of them than this server would (RFC 6750 section 3.1).
	errTwoTokens = &authError{http.StatusBadRequest, `Bearer realm="scim", error="invalid_request"`,
		"The request has several Authorization headers. Send one, with the token of the connection."}
	errNoEntraToken = &authError{http.StatusUnauthorized, `Bearer realm="scim", error="invalid_token"`,
		"Tokens that the provider signs itself are not taken here. Enter a SCIM token of the connection at the provider; or switch them on for " +
			"the connection, and use the address /connections/NAME/scim/v2 of it."}
	errOtherConnection = &statusError{http.StatusForbidden,
		"The token belongs to another connection than the address names. Use the address and the token of the same connection."}
	errNoKeys = &statusError{http.StatusServiceUnavailable,
		"The keys of the provider cannot be fetched now, so its token cannot be checked. Please repeat the request in a moment."}
)

// TokenError refuses a token that the provider signed, with a sentence for the administrators of both.
type TokenError struct{ Message string }

func (e *TokenError) Error() string { return e.Message }

// authenticate finds out for which connection the caller speaks. A connection named in the path must be that one.
func (s *server) authenticate(r *http.Request, connection string) (store.Credential, error) {
	token, err := bearer(r)
	if err != nil {
		return store.Credential{}, err
	}
	if isSigned(token) {
		return s.entraCredential(r, connection, token)
	}
	find := s.store.Credential
	if r.Method == http.MethodGet {
		find = s.store.ReaderCredential
	}
	credential, err := find(r.Context(), token, s.Address(r))
	if errors.Is(err, store.ErrNotFound) {
		return store.Credential{}, errBadToken
	}
	if err != nil {
		return store.Credential{}, err
	}
	if !isNamed(credential.Connection, connection) {
		return store.Credential{}, errOtherConnection
	}
	return credential, nil
}

// bearer is the token that a caller shows (RFC 6750 section 2.1).
func bearer(r *http.Request) (string, error) {
	if len(r.Header.Values("Authorization")) > 1 {
		return "", errTwoTokens
	}
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", errNoToken
	}
	return strings.TrimSpace(token), nil
}

// isNamed says whether a name in a path, "" for none, is that of the connection.
func isNamed(c store.Connection, name string) bool {
	return name == "" || name == c.Slug || name == c.ID
}

// maxSigned bounds a signed token; Entra's have some 2 KiB.
const maxSigned = 16 << 10

// isSigned recognizes a JWT. Tokens of ours have no dots.
func isSigned(token string) bool { return strings.Count(token, ".") == 2 && len(token) <= maxSigned }

// entraCredential takes a token that Entra signed: a job without a secret token sends one. Its audience is the same for all
// tenants, so only the connection's own tenant makes it a credential (AzureAD/SCIMReferenceCode#100).
func (s *server) entraCredential(r *http.Request, connection, token string) (store.Credential, error) {
	var credential store.Credential
	var err error
	if connection != "" {
		credential, err = s.store.EntraCredential(r.Context(), connection, s.Address(r))
	} else {
		credential, err = s.store.EntraCredentialOfTenant(r.Context(), claimedTenant(token), s.Address(r))
	}
	if errors.Is(err, store.ErrNotFound) {
		return store.Credential{}, errNoEntraToken
	}
	if err != nil {
		return store.Credential{}, err
	}
	err = s.CheckEntraToken(r.Context(), credential.Connection, credential.Access.EntraApp, token)
	var bad *TokenError
	switch {
	case errors.As(err, &bad):
		return store.Credential{}, &authError{http.StatusUnauthorized, errBadToken.challenge, bad.Message}
	case err != nil:
		s.Logger.ErrorContext(r.Context(), "keys for scim cannot be fetched", "connection", credential.Connection.ID, "error", err)
		return store.Credential{}, errNoKeys
	}
	return credential, nil
}

// claimedTenant is the tenant that an unchecked token names. It chooses against which connection the token is checked.
func claimedTenant(token string) string {
	_, rest, _ := strings.Cut(token, ".")
	payload, _, _ := strings.Cut(rest, ".")
	text, err := base64.RawURLEncoding.DecodeString(payload)
	var claims struct {
		Tenant string `json:"tid"`
	}
	if err != nil || json.Unmarshal(text, &claims) != nil {
		return ""
	}
	return claims.Tenant
}

package scim

import (
	"errors"
	"net/http"
	"strings"

	"doorlist/store"
)

// authError refuses a caller. It says nothing about whether a token exists, has expired or was revoked.
type authError struct{ challenge, detail string }

func (e *authError) Error() string { return e.detail }

var (
	errNoToken = &authError{`Bearer realm="scim"`,
		`A bearer token is required. Send "Authorization: Bearer" with the SCIM token of the connection.`}
	errBadToken = &authError{`Bearer realm="scim", error="invalid_token"`,
		"The token is unknown, expired or revoked, or its connection is off. Make a new token for the connection and enter it at the provider."}
	errOtherConnection = &statusError{http.StatusForbidden,
		"The token belongs to another connection than the address names. Use the address and the token of the same connection."}
)

// authenticate finds out for which connection the caller speaks. A connection named in the path must be that one.
func (s *server) authenticate(r *http.Request, connection string) (store.Credential, error) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return store.Credential{}, errNoToken
	}
	credential, err := s.store.Credential(r.Context(), strings.TrimSpace(token), s.Address(r))
	if errors.Is(err, store.ErrNotFound) {
		return store.Credential{}, errBadToken
	}
	if err != nil {
		return store.Credential{}, err
	}
	if connection != "" && connection != credential.Connection.Slug && connection != credential.Connection.ID {
		return store.Credential{}, errOtherConnection
	}
	return credential, nil
}

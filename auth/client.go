package auth

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"doorlist/store"
)

const (
	// grantClient is the grant of RFC 6749 section 4.4, by which a provider gets access tokens for SCIM.
	grantClient = "client_credentials"
	// assertionJWT is the client_assertion_type of RFC 7523 section 2.2.
	assertionJWT = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
)

// errClient says as little as possible about what was wrong.
var errClient = &oauthFault{http.StatusUnauthorized, "invalid_client",
	"The client is unknown or revoked, its connection is off, or its secret is wrong, expired or revoked."}

// clientProof is how a client proves itself.
type clientProof struct{ id, secret, assertion string }

// clientToken answers a client that asks for an access token.
func (d *door) clientToken(c echo.Context) (answer tokenAnswer, err error) {
	err = d.countFailures(visitorOf(c), func(from visitor) (err error) {
		answer, err = d.issue(c, from)
		return err
	})
	return answer, err
}

// countFailures slows addresses down from which clients prove themselves wrongly.
func (d *door) countFailures(from visitor, prove func(visitor) error) error {
	if d.failures.spent(from.address, d.store.Now()) {
		return &oauthFault{http.StatusTooManyRequests, "slow_down", "There were too many wrong credentials from your address. Wait a minute."}
	}
	err := prove(from)
	var fault *oauthFault
	if errors.As(err, &fault) && (fault.status == http.StatusUnauthorized || fault.status == http.StatusForbidden) {
		d.failures.allow(from.address, d.store.Now())
	}
	return err
}

func (d *door) issue(c echo.Context, from visitor) (tokenAnswer, error) {
	ctx, r := c.Request().Context(), c.Request()
	proof, err := readProof(r)
	if err != nil {
		return tokenAnswer{}, err
	}
	login, token, err := d.prove(ctx, proof)
	if err != nil {
		return tokenAnswer{}, err
	}
	if err := d.admitClient(r, login, from); err != nil {
		return tokenAnswer{}, err
	}
	token.Scopes = login.Client.Scopes
	if wanted := r.PostForm.Get("scope"); wanted != "" {
		if token.Scopes, err = store.ParseScopes(wanted); err != nil || !token.Scopes.Within(login.Client.Scopes) {
			return tokenAnswer{}, badRequest("invalid_scope", "Ask for some of the client's scopes, which are: "+string(login.Client.Scopes)+"; or leave scope out for all of them.")
		}
	}
	var secret string
	err = d.store.Write(ctx, clientActor(login, from), func(tx *store.Tx) (err error) {
		secret, _, err = tx.Organization(login.Connection.OrganizationID).IssueAccessToken(token)
		return err
	})
	switch {
	case errors.Is(err, store.ErrUsed):
		return tokenAnswer{}, &oauthFault{http.StatusUnauthorized, "invalid_client", "The assertion was used before. Sign a new one."}
	case errors.Is(err, store.ErrNotFound): // revoked meanwhile
		return tokenAnswer{}, errClient
	case err != nil:
		return tokenAnswer{}, err
	}
	// The whole lifetime, and not what is left of it: Microsoft's validator refuses 3,599 seconds as less than 60 minutes
	// (AzureAD/SCIMReferenceCode, Validate_Credentials_Test).
	return tokenAnswer{AccessToken: secret, TokenType: "Bearer", ExpiresIn: int64(login.Client.TokenLifetime.Seconds()), Scope: string(token.Scopes)}, nil
}

func clientActor(login store.ClientLogin, from visitor) store.Actor {
	return store.Actor{Kind: store.Provisioner, ID: login.Client.ID, Name: login.Client.Label, RequestID: from.requestID, Address: from.address}
}

// readProof reads a client's credentials from the header, the body, or both: RFC 6749 section 2.3 forbids the last, and
// Entra offers it (MicrosoftDocs/entra-docs, use-scim-to-provision-users-and-groups.md). Both must say the same.
func readProof(r *http.Request) (clientProof, error) {
	form := r.PostForm
	for name, values := range form {
		if len(values) > 1 { // RFC 6749 section 3.2
			return clientProof{}, badRequest("invalid_request", "Send each parameter once; "+printable(short(name))+" was sent several times.")
		}
	}
	p := clientProof{form.Get("client_id"), form.Get("client_secret"), form.Get("client_assertion")}
	if r.Header.Get("Authorization") != "" {
		id, secret, ok := basicCredentials(r)
		if !ok || p.assertion != "" || p.id != "" && p.id != id || p.secret != "" && p.secret != secret {
			return clientProof{}, errClient
		}
		p.id, p.secret = id, secret
	}
	switch {
	case p.id == "" || p.secret == "" && p.assertion == "":
		return clientProof{}, &oauthFault{http.StatusUnauthorized, "invalid_client",
			"Send client_id with client_secret or client_assertion, or both of the former by HTTP Basic."}
	case p.secret != "" && p.assertion != "":
		return clientProof{}, badRequest("invalid_request", "Send client_secret or client_assertion, not both.")
	case p.assertion != "" && form.Get("client_assertion_type") != assertionJWT:
		return clientProof{}, badRequest("invalid_request", "Send the client_assertion_type "+assertionJWT+".")
	}
	return p, nil
}

// namesClient says whether a request says of which client it is.
func namesClient(r *http.Request) bool {
	form := r.PostForm
	return r.Header.Get("Authorization") != "" || form.Has("client_id") || form.Has("client_secret") || form.Has("client_assertion")
}

// basicCredentials reads HTTP Basic as OAuth uses it: id and secret are form-encoded in it (RFC 6749 section 2.3.1).
func basicCredentials(r *http.Request) (id, secret string, ok bool) {
	id, secret, ok = r.BasicAuth()
	if !ok || len(r.Header.Values("Authorization")) != 1 {
		return "", "", false
	}
	id, err := url.QueryUnescape(id)
	if err != nil {
		return "", "", false
	}
	secret, err = url.QueryUnescape(secret)
	return id, secret, err == nil
}

// prove finds the client of a proof, and what of the proof belongs to the token.
func (d *door) prove(ctx context.Context, p clientProof) (store.ClientLogin, store.NewAccessToken, error) {
	if p.assertion == "" {
		login, err := d.store.ClientBySecret(ctx, strings.ToLower(p.id), p.secret)
		if errors.Is(err, store.ErrNotFound) {
			err = errClient
		}
		return login, store.NewAccessToken{ClientID: login.Client.ID, SecretID: login.SecretID}, err
	}
	login, err := d.store.FederatedClient(ctx, strings.ToLower(p.id))
	if errors.Is(err, store.ErrNotFound) {
		err = errClient
	}
	if err != nil {
		return login, store.NewAccessToken{}, err
	}
	all, err := d.signed.checkAssertion(ctx, login, p.assertion)
	var bad *SignedTokenError
	switch {
	case errors.As(err, &bad):
		return login, store.NewAccessToken{}, &oauthFault{http.StatusUnauthorized, "invalid_client", bad.Message}
	case err != nil:
		d.log.ErrorContext(ctx, "keys for an assertion cannot be fetched", "client", login.Client.ID, "error", err)
		return login, store.NewAccessToken{}, &oauthFault{http.StatusServiceUnavailable, "temporarily_unavailable",
			"The keys of the assertion's issuer cannot be fetched now. Try again in a few seconds."}
	}
	expires, _ := all.number("exp") // checked
	return login, store.NewAccessToken{
		ClientID: login.Client.ID, AssertionID: all.text("jti"), AssertionEnds: time.Unix(int64(expires), 0).Add(signedSkew + time.Second),
	}, nil
}

// revokeAccessToken ends an access token. One that is not there has ended. Whoever has the token may end it, but a client
// that names itself must prove that, and the token must be its own (RFC 7009 section 2.1).
func (d *door) revokeAccessToken(c echo.Context, secret string) error {
	ctx, r, from := c.Request().Context(), c.Request(), visitorOf(c)
	client := ""
	if namesClient(r) {
		err := d.countFailures(from, func(visitor) error {
			proof, err := readProof(r)
			if err != nil {
				return err
			}
			login, _, err := d.prove(ctx, proof)
			client = login.Client.ID
			return err
		})
		if err != nil {
			return err
		}
	}
	credential, err := d.store.Credential(ctx, secret, from.address)
	if err == nil && client != "" && client != credential.TokenID {
		return badRequest("invalid_grant", "The access token is not one of this client's.")
	}
	if err == nil {
		actor := store.Actor{Kind: store.Provisioner, ID: credential.TokenID, Name: credential.Label, RequestID: from.requestID, Address: from.address}
		err = d.store.Write(ctx, actor, func(tx *store.Tx) error {
			return tx.Organization(credential.Connection.OrganizationID).RevokeAccessToken(secret)
		})
	}
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	return c.NoContent(http.StatusOK)
}

// admitClient refuses a client who is not where the connection's provider is, or does not show its certificate, as package
// scim does. The audit is told as often as an address may fail.
func (d *door) admitClient(r *http.Request, login store.ClientLogin, from visitor) error {
	reason := ""
	switch {
	case !login.Access.AllowsAddress(from.address):
		reason = "address"
	case login.Access.Certificates != "" && !login.Access.AllowsCertificate(d.certificate(r)):
		reason = "certificate"
	default:
		return nil
	}
	err := d.store.Write(r.Context(), clientActor(login, from), func(tx *store.Tx) error {
		credential := store.Credential{Kind: store.ClientCredential, TokenID: login.Client.ID, Label: login.Client.Label, Connection: login.Connection}
		return tx.Organization(login.Connection.OrganizationID).RecordSCIMRefusal(credential, reason)
	})
	d.log.WarnContext(r.Context(), "a good credential was refused", "request_id", from.requestID, "reason", reason, "credential", login.Client.ID,
		"error", err)
	return &oauthFault{http.StatusForbidden, "access_denied",
		"The connection takes no requests from your address, or demands a client certificate that was not shown."}
}

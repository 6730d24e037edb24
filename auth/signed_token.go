package auth

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"doorlist/store"
)

const (
	// signedSkew is how far a provider's clock may be from ours.
	signedSkew = time.Minute
	// signedLasts bounds how long a signed token may be good, whatever it says. Entra's are good for an hour or so, and
	// for 28 hours at most.
	signedLasts = 28 * time.Hour
	// maxSigned bounds a signed token, in bytes; Entra's have some 2 KiB.
	maxSigned = 8 << 10
)

// entraSCIMAudience is whom Entra means by the token of a job without a secret token: every application of every tenant that
// is not from its gallery (MicrosoftDocs/entra-docs, use-scim-to-provision-users-and-groups.md). It tells nobody apart.
const entraSCIMAudience = "8adf8e6e-67b2-4cf2-a259-e3dc5476c621"

// SignedTokens checks what identity providers sign for programs: clients' assertions, and Entra's own tokens for SCIM.
type SignedTokens struct {
	providers *providers
	now       func() time.Time
}

// NewSignedTokens makes a checker that fetches keys through a transport; nil is one with time-outs of its own.
func NewSignedTokens(transport http.RoundTripper, now func() time.Time) *SignedTokens {
	return &SignedTokens{newProviders(transport, now), now}
}

// SignedTokenError refuses a signed token, with a sentence for the administrators of both sides.
type SignedTokenError struct{ Message string }

func (e *SignedTokenError) Error() string { return e.Message }

func badToken(message string) error { return &SignedTokenError{message} }

// CheckEntra checks a token that Entra has signed for the SCIM address of a connection: its tenant's signature, issuer and
// tid, the audience of all such tokens, its times, and the application unless app is "". A bad one is a *SignedTokenError;
// any other error means that the keys cannot be had.
func (s *SignedTokens) CheckEntra(ctx context.Context, c store.Connection, app, token string) error {
	all, err := s.verify(ctx, c, token)
	if err != nil {
		return err
	}
	if err := checkTenant(c.Issuer, c.TenantID, all); err != nil {
		return err
	}
	if !slices.Contains(all.texts("aud"), entraSCIMAudience) {
		return badToken("The token is meant for another audience than Entra's provisioning. Leave the secret token of the provisioning job empty, or enter a SCIM token of the connection.")
	}
	if app != "" && !strings.EqualFold(programOf(all), app) {
		return badToken("The token was given to another application than the one that the connection names.")
	}
	return nil
}

// checkAssertion checks that an assertion is one of a federated client (RFC 7523 section 3).
func (s *SignedTokens) checkAssertion(ctx context.Context, login store.ClientLogin, assertion string) (claims, error) {
	f, issuer := login.Client.Federation, login.Connection
	if f.Issuer != issuer.Issuer {
		issuer = store.Connection{ID: login.Client.ID, Kind: store.OIDCConnection, Issuer: f.Issuer, ClientID: f.Audience}
	}
	all, err := s.verify(ctx, issuer, assertion)
	if err != nil {
		return nil, err
	}
	if err := checkTenant(f.Issuer, f.TenantID, all); err != nil {
		return nil, err
	}
	meant := func(audience string) bool { return audience == f.Audience }
	if f.TenantID != "" {
		meant = func(audience string) bool {
			return strings.EqualFold(applicationOf(audience), applicationOf(f.Audience))
		}
	}
	if !slices.ContainsFunc(all.texts("aud"), meant) {
		return nil, badToken("The assertion is meant for another audience than the client's.")
	}
	if all.text("sub") != f.Subject {
		return nil, badToken("The assertion is of another subject than the client's.")
	}
	if _, has := all["jti"]; has && !isIdentifier(all.text("jti")) {
		return nil, badToken("The assertion's jti is no text of 1 to 256 characters.")
	}
	return all, nil
}

// applicationOf is the application id in an audience. Three spellings of the same one are documented and seen: bare,
// api://ID and api://ID/.default (AzureAD/SCIMReferenceCode, Workload-Identity-Federation-for-SCIM-Provisioning.md).
func applicationOf(audience string) string {
	id, isURI := strings.CutPrefix(audience, "api://")
	if !isURI {
		return audience
	}
	return strings.TrimSuffix(id, "/.default")
}

// programOf is the application that a token was given to, in the word of either version of Entra's tokens.
func programOf(all claims) string {
	if app := all.text("appid"); app != "" {
		return app
	}
	return all.text("azp")
}

// verify checks signature and times. The keys are those of the connection's provider alone.
func (s *SignedTokens) verify(ctx context.Context, c store.Connection, token string) (claims, error) {
	if len(token) > maxSigned {
		return nil, badToken("The token is longer than any that a provider signs.")
	}
	p, err := s.providers.find(ctx, c)
	if err != nil {
		return nil, err
	}
	payload, err := p.keys.VerifySignature(ctx, token)
	var missing *keysError
	if errors.As(err, &missing) {
		return nil, err
	}
	var all claims
	if err != nil || json.Unmarshal(payload, &all) != nil {
		return nil, badToken("The token is not signed (RS256) by a key that the provider of the connection publishes.")
	}
	return all, checkTimes(all, s.now())
}

// checkTimes demands a time of expiry; those of issue and of first use count where there are any (RFC 7523 section 3).
func checkTimes(all claims, at time.Time) error {
	now, skew := float64(at.UnixMilli())/1000, signedSkew.Seconds()
	expires, ok := all.number("exp")
	if !ok || now >= expires+skew {
		return badToken("The token has expired, or says nothing of when it does.")
	}
	if expires > now+signedLasts.Seconds()+skew {
		return badToken("The token is good for longer than 28 hours, which is too long.")
	}
	for _, name := range []string{"nbf", "iat"} {
		begins, ok := all.number(name)
		if _, has := all[name]; has && (!ok || begins > now+skew) {
			return badToken("The token is not good yet: compare the clocks.")
		}
	}
	if issued, ok := all.number("iat"); ok && issued < now-signedLasts.Seconds()-skew {
		return badToken("The token was issued too long ago.")
	}
	return nil
}

// checkTenant pins issuer and tenant. All tenants of Entra have the same keys, so the signature does not tell them apart.
func checkTenant(issuer, tenantID string, all claims) error {
	issuers := []string{issuer}
	if tenantID != "" {
		issuers = entraIssuers(issuer, tenantID)
		if canonicalGUID(all.text("tid")) != canonicalGUID(tenantID) {
			return badToken("The token is from another tenant than the connection's.")
		}
	}
	if !slices.Contains(issuers, all.text("iss")) {
		return badToken("The token is from another issuer than the connection's.")
	}
	return nil
}

// entraIssuers are the spellings of a tenant's issuer: of version 2.0, that without the version, and of version 1.0, which
// is the same in all clouds but one.
func entraIssuers(issuer, tenantID string) []string {
	first := "https://sts.windows.net/"
	if strings.Contains(issuer, ".chinacloudapi.cn/") || strings.Contains(issuer, ".partner.microsoftonline.cn/") {
		first = "https://sts.chinacloudapi.cn/"
	}
	return []string{issuer, strings.TrimSuffix(issuer, "/v2.0"), first + tenantID + "/"}
}

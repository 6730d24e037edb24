package auth

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"doorlist/policy"
	"doorlist/store"
)

// verifyToken checks an ID token's signature, issuer, audience and times.
func verifyToken(ctx context.Context, raw string, p *provider, conn store.Connection) (*oidc.IDToken, claims, error) {
	token, err := p.verifier.Verify(ctx, raw)
	if err != nil {
		return nil, nil, diagnose(ctx, err, raw, p, conn)
	}
	var all claims
	if err := token.Claims(&all); err != nil {
		return nil, nil, badResponse("the ID token's claims are no JSON object")
	}
	return token, all, nil
}

// diagnose words why a token was refused. It is refused whatever is found here.
func diagnose(ctx context.Context, err error, raw string, p *provider, conn store.Connection) *refusal {
	var expired *oidc.TokenExpiredError
	if errors.As(err, &expired) {
		return badResponse("the ID token expired at %s", expired.Expiry.UTC().Format(time.RFC3339))
	}
	payload, unsigned := p.keys.VerifySignature(ctx, raw)
	var keys *keysError
	if errors.As(unsigned, &keys) {
		return unreachable(keys)
	}
	if unsigned != nil {
		return badResponse("the ID token's signature is not good: %v", unsigned)
	}
	var all claims
	if json.Unmarshal(payload, &all) != nil {
		return badResponse("the ID token's claims are no JSON object")
	}
	if tenant := canonicalGUID(all.text("tid")); tenant != "" && !tenantAgrees(conn, tenant) {
		return &refusal{reason: policy.WrongTenant, detail: wrongTenantDetail(tenant), hint: hint{chooseAccount: true}}
	}
	return badResponse("the ID token was refused: %v", err)
}

package entra

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// exchangeAudience is the audience of federated assertions, unless the credential says otherwise.
const exchangeAudience = "api://AzureADTokenExchange"

// FederatedCredential lets another issuer's token stand for the application. All is compared to the letter, as by Entra.
type FederatedCredential struct {
	Issuer   string `json:"issuer"` // where its discovery document is
	Subject  string `json:"subject"`
	Audience string `json:"audience"` // default api://AzureADTokenExchange
}

// checkFederated verifies an assertion of another issuer by the keys that it publishes.
func (s *Server) checkFederated(r *http.Request, app Application, token *jwt.JSONWebToken, claimed jwt.Claims) *aadError {
	i := slices.IndexFunc(app.FederatedCredentials, func(f FederatedCredential) bool { return f.Issuer == claimed.Issuer && f.Subject == claimed.Subject })
	if i < 0 {
		if slices.ContainsFunc(app.FederatedCredentials, func(f FederatedCredential) bool { return f.Issuer == claimed.Issuer }) {
			return errFederatedSubject.detail(claimed.Subject)
		}
		return errFederatedIssuer.detail(claimed.Issuer)
	}
	wanted := app.FederatedCredentials[i]
	if wanted.Audience == "" {
		wanted.Audience = exchangeAudience
	}
	if !claimed.Audience.Contains(wanted.Audience) {
		return errFederatedAudience.detail(strings.Join(claimed.Audience, " "))
	}
	keys, err := fetchKeys(r.Context(), wanted.Issuer)
	if err != nil {
		return errFederatedIssuer.detail(wanted.Issuer)
	}
	var c jwt.Claims
	if token.Claims(keys, &c) != nil {
		return errAssertionWrong.detail("signature")
	}
	return checkTimes(c, s.now())
}

func fetchKeys(ctx context.Context, issuer string) (*jose.JSONWebKeySet, error) {
	var doc struct {
		Issuer string `json:"issuer"`
		JWKS   string `json:"jwks_uri"`
	}
	if err := fetchJSON(ctx, strings.TrimSuffix(issuer, "/")+"/.well-known/openid-configuration", &doc); err != nil {
		return nil, err
	}
	if doc.Issuer != issuer {
		return nil, fmt.Errorf("%s calls itself %s", issuer, doc.Issuer)
	}
	var keys jose.JSONWebKeySet
	err := fetchJSON(ctx, doc.JWKS, &keys)
	return &keys, err
}

func fetchJSON(ctx context.Context, address string, into any) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s", address, res.Status)
	}
	return json.NewDecoder(io.LimitReader(res.Body, 1<<20)).Decode(into)
}

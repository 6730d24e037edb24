package auth

import (
	"context"
	"crypto/x509"
	"errors"
	"net/url"

	"github.com/crewjam/saml"
	"github.com/labstack/echo/v4"
	dsig "github.com/russellhaering/goxmldsig"

	"doorlist/policy"
	"doorlist/store"
)

// startSAML opens a sign-in and returns the provider's page, with a signed request in its address.
func (d *door) startSAML(ctx context.Context, c echo.Context, conn store.Connection, begun store.SignIn) (string, error) {
	p, err := d.samlPartyOf(ctx, conn)
	if err != nil {
		return "", err
	}
	if !p.configured() {
		return "", noSAMLMetadata()
	}
	sp, err := d.signingSAML(ctx, p)
	if err != nil {
		return "", err
	}
	prompt := c.QueryParam("prompt")
	request, err := p.request(sp, prompt == "login" || prompt == "select_account")
	if err != nil {
		return "", err
	}
	begun.Nonce = request.ID // which the response must repeat as InResponseTo
	state, err := d.open(ctx, c, conn, begun)
	if err != nil {
		return "", err
	}
	// The library does not escape the relay state; ours needs none, and escaping keeps it so.
	there, err := request.Redirect(url.QueryEscape(state), sp)
	if err != nil {
		return "", err
	}
	if hint := loginHint(c.QueryParam("login_hint")); hint != "" && prompt != "select_account" {
		// Entra refuses a Subject in the request. Other providers pass the parameter over.
		there.RawQuery += "&login_hint=" + url.QueryEscape(hint)
	}
	return there.String(), nil
}

// signingSAML is the library's service provider with our key.
func (d *door) signingSAML(ctx context.Context, p samlParty) (*saml.ServiceProvider, error) {
	key, err := d.samlKey(ctx, p.connection)
	if err != nil {
		return nil, err
	}
	sp := p.library()
	sp.Key, sp.SignatureMethod = key, dsig.RSASHA256SignatureMethod
	sp.Certificate, err = x509.ParseCertificate(p.settings.Certificate)
	return sp, err
}

// request is what is sent to the provider. It asks for no authentication context, because Entra refuses people who proved
// more than was asked for (AADSTS75011).
func (p samlParty) request(sp *saml.ServiceProvider, force bool) (*saml.AuthnRequest, error) {
	request, err := sp.MakeAuthenticationRequest(p.settings.Provider.SignOnURL, saml.HTTPRedirectBinding, saml.HTTPPostBinding)
	if err != nil {
		return nil, err
	}
	request.IssueInstant = p.now
	if force {
		request.ForceAuthn = &force
	}
	return request, nil
}

func noSAMLMetadata() *refusal {
	return &refusal{reason: policy.ProviderError, detail: "the connection has no metadata of its provider yet", hint: hint{
		person: misconfigured,
		fix:    "Give the connection the provider's metadata: doorlist connection set CONNECTION --metadata URL-or-FILE.",
	}}
}

// ofSAML serves what belongs to the SAML connection that the address names.
func (d *door) ofSAML(serve func(echo.Context, samlParty) error) echo.HandlerFunc {
	return func(c echo.Context) error {
		p, err := d.samlParty(c.Request().Context(), c.Param("connection"))
		if errors.Is(err, store.ErrNotFound) {
			return d.showNotFound(c, "There is no SAML connection under this address. Check it against the metadata that Doorlist gave to the provider.")
		}
		if err != nil {
			return err
		}
		return serve(c, p)
	}
}

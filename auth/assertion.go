package auth

import (
	"crypto"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"net/http"
	"net/netip"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/labstack/echo/v4"
)

// assertionLasts bounds how long an assertion that leaks is of use.
const assertionLasts = 60 * time.Second

var errNoKey = errors.New("the key that signs assertions is missing or no Ed25519 key")

// signer makes assertions: short JSON Web Tokens that tell an application who is calling, and that nobody between the
// proxy and the application can forge.
type signer struct {
	issuer string
	signer jose.Signer
	public jose.JSONWebKey
}

func newSigner(key ed25519.PrivateKey, issuer string) (*signer, error) {
	if len(key) != ed25519.PrivateKeySize {
		return nil, errNoKey
	}
	public := jose.JSONWebKey{Key: key.Public(), Algorithm: string(jose.EdDSA), Use: "sig"}
	thumbprint, err := public.Thumbprint(crypto.SHA256) // RFC 7638
	if err != nil {
		return nil, err
	}
	public.KeyID = base64.RawURLEncoding.EncodeToString(thumbprint)
	options := (&jose.SignerOptions{}).WithType("JWT").WithHeader("kid", public.KeyID)
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.EdDSA, Key: key}, options)
	if err != nil {
		return nil, err
	}
	return &signer{issuer: issuer, signer: s, public: public}, nil
}

// assertion is what an application reads beside the registered claims.
type assertion struct {
	Role         string   `json:"role"`
	Groups       []string `json:"groups"` // those that give a role, the winning one first
	Organization string   `json:"org"`
	Connection   string   `json:"connection"`
	Name         string   `json:"name,omitempty"`
	Email        string   `json:"email,omitempty"`
}

// sign states who the caller is, for the host that the request goes to, "" where that is not known.
func (s *signer) sign(now time.Time, who caller, host string) (string, error) {
	registered := jwt.Claims{
		Issuer: s.issuer, Subject: who.visit.User.ID, IssuedAt: jwt.NewNumericDate(now),
		NotBefore: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(assertionLasts)),
	}
	if host != "" {
		registered.Audience = jwt.Audience{host}
	}
	own := assertion{
		Role: who.verdict.Standing.Role.Name, Groups: groupNames(who.verdict.Standing.Grants), Organization: who.visit.Organization.Slug,
		Connection: who.visit.Connection.Slug, Name: displayName(who.visit.User), Email: who.visit.Email,
	}
	return jwt.Signed(s.signer).Claims(registered).Claims(own).Serialize()
}

// audience is the host that a trusted proxy says the request goes to.
func audience(r *http.Request, trusted []netip.Prefix) string {
	if !fromTrusted(r, trusted) {
		return ""
	}
	return r.Header.Get("X-Forwarded-Host")
}

// keys publishes the key that verifies assertions.
func (d *door) keys(c echo.Context) error {
	secureHeaders(c.Response().Header(), d.origin.https)
	c.Response().Header().Set("Cache-Control", "public, max-age=300")
	return c.JSON(http.StatusOK, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{d.signer.public}})
}

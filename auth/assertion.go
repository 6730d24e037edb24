package auth

import (
	"net/http"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/labstack/echo/v4"
)

// assertionLasts bounds how long an assertion that leaks is of use.
const assertionLasts = 60 * time.Second

// signer makes assertions: short JSON Web Tokens that tell an application who is calling, and that nobody between the
// proxy and the application can forge.
type signer struct {
	issuer    string
	keys      *assertionKeys
	published []*assertionKeys // keys and those of other nodes
}

// assertion is what an application reads beside the registered claims.
type assertion struct {
	Role         string   `json:"role"`
	Groups       []string `json:"groups"` // those that give a role, the winning one first
	Organization string   `json:"org"`
	Connection   string   `json:"connection"`
	Name         string   `json:"name,omitempty"`
	Email        string   `json:"email,omitempty"`
	AMR          []string `json:"amr,omitempty"` // RFC 8176
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
		AMR: methodReferences(who.visit.Session),
	}
	key, err := s.keys.at(now)
	if err != nil {
		return "", err
	}
	return jwt.Signed(key.signer).Claims(registered).Claims(own).Serialize()
}

// audience is the host that a trusted proxy says the request goes to, without its port; "" where the proxy's headers name
// several: one of them may be the client's, and an application must not get an assertion that is good at another.
func audience(named []target) string {
	host := ""
	for i, t := range named {
		place, ok := t.place()
		if !ok || i > 0 && place.Host != host {
			return ""
		}
		host = place.Host
	}
	return host
}

// keys publishes the keys that verify assertions.
func (d *door) keys(c echo.Context) error {
	secureHeaders(c.Response().Header(), d.origin.https)
	var set jose.JSONWebKeySet
	for _, keys := range d.signer.published {
		more, err := keys.published(d.store.Now())
		if err != nil {
			return err
		}
		set.Keys = append(set.Keys, more.Keys...)
	}
	c.Response().Header().Set("Cache-Control", "public, max-age=300")
	return c.JSON(http.StatusOK, set)
}

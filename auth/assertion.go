package auth

import (
	"encoding/json"
	"net/http"
	"sync"
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
	issued    issued
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

// assertionClaims are all claims of an assertion.
type assertionClaims struct {
	jwt.Claims
	assertion
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
	payload, err := json.Marshal(assertionClaims{registered, own})
	if err != nil {
		return "", err
	}
	if token := s.issued.find(now.Unix(), string(payload)); token != "" {
		return token, nil
	}
	key, err := s.keys.at(now)
	if err != nil {
		return "", err
	}
	signed, err := key.signer.Sign(payload)
	if err != nil {
		return "", err
	}
	token, err := signed.CompactSerialize()
	if err == nil {
		s.issued.keep(now.Unix(), string(payload), token)
	}
	return token, err
}

// issued are the assertions of the present second, by their claims. A browser asks for all parts of a page at once, and an Ed25519 signature of the
// same claims is the same: signing it again would be half of a check's work.
type issued struct {
	mu     sync.Mutex
	second int64
	tokens map[string]string
}

// maxIssued bounds the assertions that are remembered.
const maxIssued = 1000

func (i *issued) find(second int64, claims string) string {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.second != second {
		return ""
	}
	return i.tokens[claims]
}

func (i *issued) keep(second int64, claims, token string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.second != second || len(i.tokens) >= maxIssued {
		i.second, i.tokens = second, map[string]string{}
	}
	i.tokens[claims] = token
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

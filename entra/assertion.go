package entra

import (
	"crypto/rsa"
	"crypto/sha256"
	"net/http"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

const (
	clientAssertionLife = 10 * time.Minute // at most, of one that a certificate signs
	clientAssertionSkew = 5 * time.Minute
)

// checkAssertion verifies a client assertion (Microsoft's "application authentication certificate credentials").
func (s *Server) checkAssertion(r *http.Request, t *Tenant, app Application, assertion string) *aadError {
	token, err := jwt.ParseSigned(assertion, []jose.SignatureAlgorithm{jose.PS256, jose.RS256})
	if err != nil {
		return errAssertionWrong.detail("it is no token signed with PS256 or RS256")
	}
	var unverified jwt.Claims
	if err := token.UnsafeClaimsWithoutVerification(&unverified); err != nil {
		return errAssertionWrong.detail("its claims cannot be read")
	}
	if unverified.Issuer != app.ClientID {
		return s.checkFederated(r, app, token, unverified)
	}
	public, problem := app.signer(token.Headers[0])
	if problem != nil {
		return problem
	}
	var c jwt.Claims
	if token.Claims(public, &c) != nil {
		return errAssertionWrong.detail("signature")
	}
	if c.Subject != app.ClientID || !c.Audience.Contains(s.base(r)+"/"+t.ID+"/oauth2/v2.0/token") {
		return errAssertionWrong.detail("subject or audience")
	}
	if problem := checkTimes(c, s.now()); problem != nil || c.Expiry.Time().Sub(s.now()) > clientAssertionLife+clientAssertionSkew {
		return errAssertionTime
	}
	return s.useAssertion(app.ClientID, c)
}

// signer finds the certificate by its thumbprint. The signature must be PS256: RS256 with x5t is what old clients send.
func (a Application) signer(h jose.Header) (*rsa.PublicKey, *aadError) {
	if h.Algorithm != string(jose.PS256) {
		return nil, errAssertionWrong.detail("algorithm " + h.Algorithm)
	}
	thumbprint, _ := h.ExtraHeaders["x5t#S256"].(string)
	for _, text := range a.Certificates {
		c, err := parseCertificate(text)
		if err != nil {
			continue
		}
		if sum := sha256.Sum256(c.Raw); b64(sum[:]) == thumbprint {
			return c.PublicKey.(*rsa.PublicKey), nil // as parseCertificate demands
		}
	}
	return nil, errAssertionWrong.detail("thumbprint " + thumbprint)
}

func checkTimes(c jwt.Claims, now time.Time) *aadError {
	if c.Expiry == nil || !now.Before(c.Expiry.Time().Add(clientAssertionSkew)) || c.NotBefore != nil && now.Add(clientAssertionSkew).Before(c.NotBefore.Time()) {
		return errAssertionTime
	}
	return nil
}

// useAssertion refuses an assertion that was presented before, until it has expired.
func (s *Server) useAssertion(clientID string, c jwt.Claims) *aadError {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, end := range s.usedAssertions {
		if s.now().After(end) {
			delete(s.usedAssertions, key)
		}
	}
	key := clientID + " " + c.ID
	if _, used := s.usedAssertions[key]; used || c.ID == "" {
		return errAssertionReplayed
	}
	s.usedAssertions[key] = c.Expiry.Time().Add(clientAssertionSkew)
	return nil
}

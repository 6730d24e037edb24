package entra

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"slices"
	"strings"
	"time"
)

// codeLife is how long an authorization code can be redeemed.
const codeLife = 10 * time.Minute

// grant is what an authorization code stands for.
type grant struct {
	tenant      *Tenant
	app         Application
	person      Person
	session     *session
	redirectURI string
	nonce       string
	scopes      []string
	challenge   string
	method      string // of the challenge; empty means plain, as with Entra
	issued      time.Time
	redeemed    bool
}

func (g *grant) hasScope(scope string) bool { return slices.Contains(g.scopes, scope) }

func (s *Server) newGrant(a *authRequest, p Person, x *session) string {
	code := "1." + s.random.Text(86)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.grants[code] = &grant{
		tenant: a.tenant, app: a.app, person: p, session: x, redirectURI: a.redirectURI, nonce: a.param("nonce"),
		scopes: strings.Fields(a.param("scope")), challenge: a.param("code_challenge"),
		method: a.param("code_challenge_method"), issued: s.now(),
	}
	return code
}

// redeem is the token endpoint: it exchanges a code for an ID token (OpenID Connect Core 1.0 section 3.1.3).
func (s *Server) redeem(w http.ResponseWriter, r *http.Request, t *Tenant) {
	r.Body = http.MaxBytesReader(w, r.Body, 1<<16)
	if err := r.ParseForm(); err != nil {
		s.writeTokenError(w, errParameterMissing.detail("grant_type"))
		return
	}
	for _, m := range s.faults.take(func(m Misbehavior) bool { return m.Redeem != nil }) {
		if m.Redeem(s, w, r) {
			return
		}
	}
	g, problem := s.redeemable(t, r)
	if problem != nil {
		s.writeTokenError(w, problem)
		return
	}
	s.writeTokens(w, r, g)
}

func (s *Server) writeTokens(w http.ResponseWriter, r *http.Request, g *grant) {
	token := s.idToken(g, s.base(r))
	for _, m := range s.faults.take(func(m Misbehavior) bool { return m.Token != nil }) {
		m.Token(token)
	}
	encoded, err := token.encode()
	if err != nil {
		s.writeTokenError(w, errServerDifficulty)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"token_type": "Bearer", "scope": strings.Join(g.scopes, " "), "expires_in": 3599, "ext_expires_in": 3599,
		"access_token": s.random.Text(120), "id_token": encoded,
	})
}

// redeemable authenticates the client and takes the grant. A code is spent by the first authenticated attempt.
func (s *Server) redeemable(t *Tenant, r *http.Request) (*grant, *aadError) {
	if gt := r.PostForm.Get("grant_type"); gt != "authorization_code" {
		return nil, errGrantType.detail(gt)
	}
	app, problem := s.authenticate(t, r)
	if problem != nil {
		return nil, problem
	}
	g, problem := s.spend(r.PostForm.Get("code"))
	if problem != nil {
		return nil, problem
	}
	if g.tenant != t {
		return nil, errCodeOtherTenant
	}
	if g.app.ClientID != app.ClientID {
		return nil, errCodeMalformed
	}
	if uri := r.PostForm.Get("redirect_uri"); uri != g.redirectURI {
		return nil, errReplyMismatch.detail(uri, g.redirectURI)
	}
	if !g.proves(r.PostForm.Get("code_verifier")) {
		return nil, errVerifierMismatch
	}
	return g.refresh()
}

// spend marks a code as used, in one step, so that two simultaneous calls cannot both succeed.
func (s *Server) spend(code string) (*grant, *aadError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, ok := s.grants[code]
	if !ok {
		return nil, errCodeMalformed
	}
	if g.redeemed {
		return nil, errCodeRedeemed
	}
	if s.now().Sub(g.issued) > codeLife {
		return nil, errCodeExpired
	}
	g.redeemed = true
	return g, nil
}

// refresh takes the person as they are now: somebody may have been disabled since the code was issued.
func (g *grant) refresh() (*grant, *aadError) {
	p, ok := g.tenant.Person(g.person.ObjectID)
	if !ok || !p.CanSignIn() {
		return nil, errAccountDisabled
	}
	g.person = p
	return g, nil
}

// proves checks the PKCE verifier (RFC 7636 section 4.6). A verifier without a challenge is an error too, which stops
// the downgrade of RFC 9700 section 2.1.1.
func (g *grant) proves(verifier string) bool {
	if g.challenge == "" || verifier == "" {
		return g.challenge == verifier
	}
	if g.method == "S256" {
		sum := sha256.Sum256([]byte(verifier))
		verifier = b64(sum[:])
	}
	return subtle.ConstantTimeCompare([]byte(verifier), []byte(g.challenge)) == 1
}

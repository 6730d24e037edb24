package entra

import (
	"crypto"
	"crypto/sha256"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// groupLimit is the number of groups above which a JWT carries none and names a source instead.
const groupLimit = 200

// backDate is how far Entra sets iat and nbf into the past, for clients whose clock is slow.
const backDate = 5 * time.Minute

// IDToken is an ID token before it is signed; a Misbehavior may change everything about it.
type IDToken struct {
	Header map[string]any
	Claims map[string]any
	Sign   func(input []byte) ([]byte, error)

	server *Server
	tenant *Tenant
	now    time.Time
}

// idToken builds the v2.0 token that Entra would issue for g.
func (s *Server) idToken(g *grant, base string) *IDToken {
	key, now := s.keys.signing(), s.now()
	return &IDToken{
		Header: map[string]any{"typ": "JWT", "alg": "RS256", "kid": key.id},
		Claims: s.claims(g, base, now),
		Sign:   func(input []byte) ([]byte, error) { return key.sign(crypto.SHA256, input) },
		server: s, tenant: g.tenant, now: now,
	}
}

func (s *Server) claims(g *grant, base string, now time.Time) map[string]any {
	p := g.person
	c := map[string]any{
		"ver": "2.0", "iss": issuerURL(base, g.tenant), "aud": g.app.ClientID, "tid": g.tenant.ID,
		"sub": pairwiseSubject(g.tenant.ID, g.app.ClientID, p.ObjectID),
		"iat": now.Add(-backDate).Unix(), "nbf": now.Add(-backDate).Unix(), "exp": now.Add(time.Hour).Unix(),
		"uti": s.random.Text(22),
	}
	if g.nonce != "" {
		c["nonce"] = g.nonce
	}
	// Without the profile scope Entra leaves out oid as well, which surprises everybody once.
	if g.hasScope("profile") {
		c["oid"], c["name"], c["preferred_username"] = p.ObjectID, p.DisplayName, p.UserPrincipalName
	}
	if p.Guest {
		c["idp"] = "https://sts.windows.net/" + homeTenant(p) + "/"
	}
	if len(p.AppRoles) > 0 {
		c["roles"] = p.AppRoles
	}
	addOptionalClaims(c, g)
	addGroups(c, g, base)
	return c
}

func addOptionalClaims(c map[string]any, g *grant) {
	wants := func(claim string) bool { return slices.Contains(g.app.OptionalClaims, claim) }
	if g.person.Mail != "" && (wants("email") || g.hasScope("email") || g.person.Guest) {
		c["email"] = g.person.Mail
	}
	if wants("acct") {
		c["acct"] = 0
		if g.person.Guest {
			c["acct"] = 1
		}
	}
	if wants("auth_time") {
		c["auth_time"] = g.session.authTime.Unix()
	}
	if wants("given_name") && g.person.GivenName != "" {
		c["given_name"] = g.person.GivenName
	}
	if wants("family_name") && g.person.Surname != "" {
		c["family_name"] = g.person.Surname
	}
	if wants("login_hint") {
		c["login_hint"] = loginHint(g.person.ObjectID)
	}
	if wants("sid") {
		c["sid"] = g.session.sid
	}
}

// addGroups writes the group claim, or the pointer that replaces it above groupLimit.
func addGroups(c map[string]any, g *grant, base string) {
	ids := g.app.groupsOf(g.tenant, g.person)
	if len(ids) > groupLimit {
		c["_claim_names"] = map[string]string{"groups": "src1"}
		c["_claim_sources"] = map[string]any{"src1": map[string]string{
			"endpoint": base + "/" + g.tenant.ID + "/users/" + g.person.ObjectID + "/getMemberObjects",
		}}
		return
	}
	if len(ids) > 0 {
		c["groups"] = ids
	}
}

// groupsOf returns the object ids of the groups that the application is told of.
func (a Application) groupsOf(t *Tenant, p Person) []string {
	if a.Groups == NoGroups {
		return nil
	}
	var ids []string
	for _, group := range t.GroupsOf(p.ObjectID, a.Groups == SecurityGroup) {
		if a.Groups == SecurityGroup || group.Assigned {
			ids = append(ids, group.ObjectID)
		}
	}
	return ids
}

// encode signs the token and writes it in the compact form of RFC 7515 section 3.1.
func (t *IDToken) encode() (string, error) {
	header, err := json.Marshal(t.Header)
	if err != nil {
		return "", err
	}
	claims, err := json.Marshal(t.Claims)
	if err != nil {
		return "", err
	}
	input := b64(header) + "." + b64(claims)
	signature, err := t.Sign([]byte(input))
	if err != nil {
		return "", err
	}
	return input + "." + b64(signature), nil
}

// pairwiseSubject is stable for one person and application and says nothing across applications.
func pairwiseSubject(tenant, clientID, oid string) string {
	sum := sha256.Sum256([]byte(tenant + "|" + clientID + "|" + oid))
	return b64(sum[:])
}

// loginHint is the opaque value that Entra wants back as login_hint or logout_hint.
func loginHint(oid string) string { return "O." + b64([]byte(oid)) }

// homeTenant invents a stable GUID for the organization that a guest comes from.
func homeTenant(p Person) string {
	_, domain, _ := strings.Cut(p.Mail, "@")
	sum := sha256.Sum256([]byte(domain))
	seed := uint64(0)
	for _, b := range sum[:8] {
		seed = seed<<8 | uint64(b)
	}
	return newRandom(seed, streamMadeUp).GUID()
}

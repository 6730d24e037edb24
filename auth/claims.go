package auth

import (
	"crypto/subtle"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"doorlist/store"
)

// How far a token's time of issue may lie from our clock. Entra back-dates it by five minutes.
const (
	issuedBefore = 10 * time.Minute
	issuedAhead  = 5 * time.Minute
)

// identity is who the provider says has signed in.
type identity struct {
	Key      string // what the directory knows the person by: the object id, or another provider's subject claim
	Subject  string // the pairwise subject
	Tenant   string // the tenant as claimed; "" for providers without tenants
	UserName string // mutable, never an identity unless the owner opted in
	// Names are all names that the token claims. They may explain why somebody is not found, and do nothing else.
	Names []string
	Guest bool
	SID   string // the provider's own session
	// LoginHint is opaque: what the provider takes for the person, at a sign-out too.
	LoginHint string
	AuthTime  time.Time
	Until     time.Time // when the provider wants the session to end; zero where it does not say
	// SecondFactor says that the provider vouches for several factors.
	SecondFactor bool
	// Profile is what the token says of somebody whom provisioning has not sent.
	Profile store.Profile
}

// multipleFactors is the word of RFC 8176 section 2 for an authentication by several factors. Nothing else counts as one: what
// acr and acrs stand for is each provider's own, and a context of Entra's to which no policy is tied is given to everybody.
const multipleFactors = "mfa"

// claims are the members of an ID token. They are read one by one, because one optional claim of an unexpected shape
// (seen in the field: groups as a plain string) must not spoil the sign-in.
type claims map[string]json.RawMessage

func (c claims) text(name string) string {
	var s string
	if json.Unmarshal(c[name], &s) != nil {
		return ""
	}
	return s
}

func (c claims) number(name string) (float64, bool) {
	var n *float64
	if json.Unmarshal(c[name], &n) != nil || n == nil {
		return 0, false
	}
	return *n, true
}

// maxTexts bounds a list of texts.
const maxTexts = 100

// texts reads a list of texts, or a single one.
func (c claims) texts(name string) []string {
	var list []json.RawMessage
	if json.Unmarshal(c[name], &list) != nil {
		list = []json.RawMessage{c[name]}
	}
	var texts []string
	for _, item := range list[:min(len(list), maxTexts)] {
		var s string
		if json.Unmarshal(item, &s) == nil && isIdentifier(s) {
			texts = append(texts, s)
		}
	}
	return texts
}

// checkToken makes the checks that go-oidc leaves to us, on a token whose signature, issuer, audience and expiry it has
// verified (OpenID Connect Core section 3.1.3.7).
func checkToken(t *oidc.IDToken, all claims, clientID, nonce string, now time.Time) error {
	if nonce == "" || subtle.ConstantTimeCompare([]byte(t.Nonce), []byte(nonce)) != 1 {
		return badResponse("the ID token's nonce is not the one of this sign-in")
	}
	if len(t.Audience) != 1 || t.Audience[0] != clientID {
		return badResponse("the ID token is meant for %d audiences; it must be meant for this application alone", len(t.Audience))
	}
	if azp, ok := all["azp"]; ok && all.text("azp") != clientID {
		return badResponse("the ID token was issued to another application: azp is %s", azp)
	}
	if t.IssuedAt.Before(now.Add(-issuedBefore)) || t.IssuedAt.After(now.Add(issuedAhead)) {
		return badResponse("the ID token was issued at %s, too far from our clock, which says %s",
			t.IssuedAt.UTC().Format(time.RFC3339), now.UTC().Format(time.RFC3339))
	}
	if !isIdentifier(t.Subject) {
		return badResponse("the ID token's subject is missing or unreadable")
	}
	return nil
}

// readIdentity takes the identity out of a checked token.
func readIdentity(c store.Connection, subject string, all claims) (identity, error) {
	id := identity{Subject: subject, UserName: short(all.text("preferred_username")), SID: short(all.text("sid")), LoginHint: hintClaim(all)}
	for _, name := range []string{"preferred_username", "upn", "email", "unique_name"} {
		if claimed := short(all.text(name)); claimed != "" && !slices.Contains(id.Names, claimed) {
			id.Names = append(id.Names, claimed)
		}
	}
	id.SecondFactor = slices.Contains(all.texts("amr"), multipleFactors)
	if at, ok := all.number("auth_time"); ok {
		id.AuthTime = time.Unix(int64(at), 0).UTC()
	}
	if c.Kind != store.EntraConnection {
		return otherIdentity(c, id, all)
	}
	id.Tenant = short(all.text("tid"))
	id.Key = canonicalGUID(all.text("oid"))
	id.Guest = isGuest(all)
	if canonicalGUID(id.Tenant) == "" {
		return id, badResponse("the ID token's tenant id (tid) is missing or no GUID")
	}
	if id.Key == "" {
		return id, badResponse("the ID token's object id (oid) is missing or no GUID; Entra sends it with the scope profile")
	}
	return id, nil
}

func otherIdentity(c store.Connection, id identity, all claims) (identity, error) {
	name := subjectClaim(c)
	id.Key = all.text(name)
	if !isIdentifier(id.Key) {
		return id, badResponse("the ID token's claim %s is missing or unreadable", name)
	}
	return id, nil
}

// hintClaim is the claim login_hint whole or not at all: part of it would be somebody else's or nobody's.
func hintClaim(all claims) string {
	hint := all.text("login_hint")
	if short(hint) != hint {
		return ""
	}
	return hint
}

// isIdentifier says whether text can be an identity: not blank, and nothing in it that hides from the eye.
func isIdentifier(s string) bool {
	return strings.TrimSpace(s) != "" && len(s) <= 256 && printable(s) == s
}

func subjectClaim(c store.Connection) string {
	if c.SubjectClaim == "" {
		return "sub"
	}
	return c.SubjectClaim
}

// tenantAgrees says whether a tenant id is the connection's. Providers of other kinds have no tenants.
func tenantAgrees(c store.Connection, tenant string) bool {
	if !c.OfEntra() {
		return true
	}
	own := canonicalGUID(c.TenantID)
	return own != "" && own == canonicalGUID(tenant)
}

// isGuest: acct is 1 for guests, where the tenant sends it. People who are at home elsewhere have an idp claim that names
// their home; members have none, or the tenant's own issuer in one of its two spellings.
func isGuest(all claims) bool {
	if n, ok := all.number("acct"); ok {
		return n != 0
	}
	idp := all.text("idp")
	own := idp == "" || idp == all.text("iss") || strings.EqualFold(idp, "https://sts.windows.net/"+all.text("tid")+"/")
	return all.text("acct") == "1" || !own
}

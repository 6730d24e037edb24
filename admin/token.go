package admin

import (
	"slices"
	"strings"
	"time"

	"doorlist/store"
)

var (
	tokensTemplate = parsePage("tokens")
	tokenTemplate  = parsePage("token")
)

// shownToken is a token with what became of it.
type shownToken struct {
	store.Token
	State, Scope string
	Live         bool
}

type tokensContent struct {
	Path                   string // of the connection
	Tokens                 []shownToken
	Clients                []shownClient
	Networks, Certificates []string
	EntraTokens            bool
	EntraApp, OwnURL       string // for tokens that Entra signs itself
}

// showTokens lists a connection's tokens, the newest first, and the other ways in which its provider can prove itself.
func showTokens(r *request) error {
	tokens, err := r.tokens()
	if err != nil {
		return err
	}
	slices.Reverse(tokens)
	content := tokensContent{Path: r.connectionPath()}
	for _, t := range tokens {
		shown := shownToken{Token: t, State: tokenState(t, r.now()), Scope: scopeWords(t.Scopes)}
		shown.Live = shown.State == "in force"
		content.Tokens = append(content.Tokens, shown)
	}
	if content.Clients, err = r.clients(); err != nil {
		return err
	}
	access, err := r.Store.Organization(r.org.ID).SCIMAccess(r.Request().Context(), r.connection.ID)
	if err != nil {
		return err
	}
	content.Networks, content.Certificates = strings.Fields(access.Networks), strings.Fields(access.Certificates)
	content.EntraTokens, content.EntraApp, content.OwnURL = access.EntraTokens, access.EntraApp, r.door.To("/connections/"+r.connection.Slug+"/scim/v2")
	return r.ok(tokensTemplate, "SCIM access of "+r.connection.Name, content)
}

func tokenState(t store.Token, now time.Time) string {
	switch {
	case !t.RevokedAt.IsZero():
		return "revoked"
	case !t.ExpiresAt.IsZero() && !now.Before(t.ExpiresAt):
		return "expired"
	}
	return "in force"
}

func (r *request) tokens() ([]store.Token, error) {
	all, err := r.Store.Organization(r.org.ID).Tokens(r.Request().Context())
	return slices.DeleteFunc(all, func(t store.Token) bool { return t.ConnectionID != r.connection.ID }), err
}

// lifetimes are what a token may live, in days.
var lifetimes = []option{{"365", "One year"}, {"730", "Two years"}, {"90", "90 days"}, {"0", "Until it is revoked"}}

// tokenContent is a page that shows a secret, this once.
type tokenContent struct {
	Path      string  // of the connection
	Values    []Value // the secret first
	ExpiresAt time.Time
}

// addToken makes a token. The answer to the form is the one page that shows its secret.
func addToken(r *request) error {
	f := form{
		Heading: "New SCIM token for " + r.connection.Name, Submit: "Make the token", Back: r.connectionPath("tokens"),
		Lead:   "The provider pushes people and groups with it. It is shown once. Those there are stay in force, so a new one can take over from an old one.",
		Fields: []field{{Name: "label", Label: "What it is for", Value: "Entra provisioning"}, scopeField(), daysField()},
	}
	return r.ask(f, func(v values) (string, error) {
		expires, err := r.until(v["days"])
		if err != nil {
			return "", err
		}
		var made store.Token
		var secret string
		err = r.write(func(tx *store.Tx) (err error) {
			made, secret, err = tx.Organization(r.org.ID).CreateToken(r.connection.ID, v["label"], expires, v["scope"])
			return err
		})
		if err != nil {
			return "", err
		}
		return "", r.ok(tokenTemplate, "The new SCIM token", tokenContent{
			Path: r.connectionPath(), ExpiresAt: made.ExpiresAt,
			Values: []Value{{Label: "Secret token", Value: secret}, {Label: "Tenant URL", Value: r.door.To("/scim/v2")}},
		})
	})
}

// revokeToken makes a token worthless.
func revokeToken(r *request) error {
	tokens, err := r.tokens()
	if err != nil {
		return err
	}
	i := slices.IndexFunc(tokens, func(t store.Token) bool { return t.ID == r.Param("token") })
	if i < 0 {
		return store.ErrNotFound
	}
	return r.revoke("the token "+orElse(tokens[i].Label, "without a label"), func(o *store.OrganizationTx) error { return o.RevokeToken(tokens[i].ID) })
}

package admin

import (
	"slices"
	"strconv"
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
	State string
	Live  bool
}

type tokensContent struct {
	Path   string // of the connection
	Tokens []shownToken
}

// showTokens lists a connection's tokens, the newest first.
func showTokens(r *request) error {
	tokens, err := r.tokens()
	if err != nil {
		return err
	}
	slices.Reverse(tokens)
	content := tokensContent{Path: r.connectionPath()}
	for _, t := range tokens {
		shown := shownToken{Token: t, State: tokenState(t, r.now())}
		shown.Live = shown.State == "in force"
		content.Tokens = append(content.Tokens, shown)
	}
	return r.ok(tokensTemplate, "SCIM tokens of "+r.connection.Name, content)
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

type tokenContent struct {
	Secret, TenantURL, Path string
	Token                   store.Token
}

// addToken makes a token. The answer to the form is the one page that shows its secret.
func addToken(r *request) error {
	f := form{
		Heading: "New SCIM token for " + r.connection.Name, Submit: "Make the token", Back: r.connectionPath("tokens"),
		Lead: "The provider pushes people and groups with it. It is shown once. Those there are stay in force, so a new one can take over from an old one.",
		Fields: []field{
			{Name: "label", Label: "What it is for", Value: "Entra provisioning"},
			{Name: "days", Label: "In force for", Type: "choice", Options: lifetimes, Value: lifetimes[0].Value,
				Hint: "When it expires, provisioning stops until the provider has a new one."},
		},
	}
	return r.ask(f, func(v values) (string, error) {
		days, err := strconv.Atoi(v["days"])
		if err != nil {
			return "", err // the form offers numbers alone
		}
		var expires time.Time
		if days > 0 {
			expires = r.now().AddDate(0, 0, days)
		}
		made := tokenContent{TenantURL: r.door.To("/scim/v2"), Path: r.connectionPath()}
		err = r.write(func(tx *store.Tx) (err error) {
			made.Token, made.Secret, err = tx.Organization(r.org.ID).CreateToken(r.connection.ID, v["label"], expires)
			return err
		})
		if err != nil {
			return "", err
		}
		return "", r.ok(tokenTemplate, "The new SCIM token", made)
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
	f := form{
		Heading: "Revoke the token " + orElse(tokens[i].Label, "without a label"), Submit: "Revoke it", Back: r.connectionPath("tokens"),
		Warning: "Whoever uses it is refused from the next request on. It cannot be brought back.",
	}
	return r.ask(f, func(values) (string, error) {
		return r.connectionPath("tokens") + "?done=revoked", r.write(func(tx *store.Tx) error {
			return tx.Organization(r.org.ID).RevokeToken(tokens[i].ID)
		})
	})
}

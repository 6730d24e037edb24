package auth

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/labstack/echo/v4"
	"golang.org/x/oauth2"

	"doorlist/policy"
	"doorlist/store"
)

const (
	signInLasts  = 15 * time.Minute // long enough for a second factor and a forgotten password
	signInCookie = "doorlist-signin-"
	// maxOpen bounds a browser's unfinished sign-ins and handovers, because a header that grows with each one is refused in
	// the end (seen in the field: oauth2-proxy/oauth2-proxy#2615).
	maxOpen = 10
)

// begin sends the browser to the connection's provider.
func (d *door) begin(c echo.Context) error {
	conn, err := d.findConnection(c.Request().Context(), c.Param("connection"))
	if errors.Is(err, store.ErrNotFound) || err == nil && !offersSignIn(conn) {
		return d.showNotFound(c, "There is no way to sign in under this address. Check the link, or start at the front page.")
	}
	if err != nil {
		return err
	}
	if !d.mayStart(c) {
		return d.refuseStart(c)
	}
	if c.QueryParam("test") != "" {
		return d.beginTrial(c, conn)
	}
	returnTo := d.returnTo(c)
	if d.arrivesAgain(c, returnTo) {
		return d.showLoop(c, d.origin.base.Host, loginPath(conn.Slug, returnTo))
	}
	destination, open, err := d.destination(c.Request().Context(), conn, c.QueryParam("org"), returnTo)
	if err != nil {
		return err
	}
	if len(open) > 0 {
		return d.askWhere(c, conn, returnTo, open)
	}
	return d.sendAway(c, conn, store.SignIn{ReturnTo: returnTo, AdmitsTo: destination})
}

// sendAway starts a sign-in of which the way back is known.
func (d *door) sendAway(c echo.Context, conn store.Connection, begun store.SignIn) error {
	ctx := c.Request().Context()
	a := attempt{visitor: visitorOf(c), connection: conn, destination: begun.AdmitsTo, returnTo: begun.ReturnTo, trial: begun.TestSession != ""}
	if !conn.Enabled {
		a.destination = cmp.Or(a.destination, conn.OrganizationID)
		return d.refuse(c, a, &refusal{reason: policy.ConnectionOff, detail: "the connection is switched off"})
	}
	if a.destination == "" {
		return d.refuseDetached(c, a)
	}
	leave := d.startOpenID
	if conn.Kind == store.SAMLConnection {
		leave = d.startSAML
	}
	there, err := leave(ctx, c, conn, begun)
	var no *refusal
	if errors.As(err, &no) {
		return d.refuse(c, a, no)
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, there)
}

// findConnection has the time of a page that asks the database alone: the provider comes later.
func (d *door) findConnection(ctx context.Context, slug string) (store.Connection, error) {
	ctx, cancel := context.WithTimeout(ctx, pageTakes)
	defer cancel()
	return d.store.FindConnection(ctx, slug)
}

// offersSignIn says whether people can sign in through a connection of this kind.
func offersSignIn(c store.Connection) bool {
	return speaksOpenID(c) || c.Kind == store.SAMLConnection
}

func speaksOpenID(c store.Connection) bool {
	return c.Kind == store.EntraConnection || c.Kind == store.OIDCConnection
}

// open keeps a sign-in under a new state and binds it to the browser. begun has what the provider's answer must repeat.
func (d *door) open(ctx context.Context, c echo.Context, conn store.Connection, begun store.SignIn) (state string, err error) {
	state, binding := newSecret(), newSecret()
	begun.OrganizationID, begun.ConnectionID, begun.Browser = conn.OrganizationID, conn.ID, hashSecret(binding)
	begun.Fresh, begun.StartedAt = c.QueryParam("prompt") == "login", d.store.Now()
	begun.ExpiresAt = begun.StartedAt.Add(signInLasts)
	if err := d.store.StartSignIn(ctx, state, begun); err != nil {
		return "", err
	}
	d.forgetOpen(c, signInCookie)
	d.origin.setCookie(c.Response(), signInCookieName(state), binding, int(signInLasts.Seconds()))
	return state, nil
}

// startOpenID opens a sign-in and returns the provider's page.
func (d *door) startOpenID(ctx context.Context, c echo.Context, conn store.Connection, begun store.SignIn) (string, error) {
	p, err := d.providers.find(ctx, conn)
	if err != nil {
		return "", unreachable(err)
	}
	nonce, verifier := newSecret(), oauth2.GenerateVerifier()
	begun.Nonce, begun.Verifier = nonce, verifier
	state, err := d.open(ctx, c, conn, begun)
	if err != nil {
		return "", err
	}
	prompt := c.QueryParam("prompt")
	options := []oauth2.AuthCodeOption{
		oauth2.S256ChallengeOption(verifier), oidc.Nonce(nonce),
		// The answer comes as a navigation, which carries our cookies; a posted form would not.
		oauth2.SetAuthURLParam("response_mode", "query"),
	}
	// Entra takes one of select_account and login_hint only.
	switch hint := loginHint(c.QueryParam("login_hint")); {
	case prompt == "select_account":
		options = append(options, oauth2.SetAuthURLParam("prompt", prompt))
	case prompt == "login":
		// Entra goes by prompt; max_age makes other providers tell auth_time (OpenID Connect Core section 3.1.2.1).
		options = append(options, oauth2.SetAuthURLParam("prompt", prompt), oauth2.SetAuthURLParam("max_age", "0"))
	case hint != "":
		options = append(options, oauth2.SetAuthURLParam("login_hint", hint))
	}
	config := d.oauth(conn, p, proof{})
	return config.AuthCodeURL(state, options...), nil
}

// oauth is the client that a connection is at its provider.
func (d *door) oauth(conn store.Connection, p *provider, with proof) *oauth2.Config {
	endpoint := p.endpoint
	switch {
	case with.secret == "" || with.method == "post": // an empty password in a header is no way to say that there is none
		endpoint.AuthStyle = oauth2.AuthStyleInParams
	case with.method == "basic":
		endpoint.AuthStyle = oauth2.AuthStyleInHeader
	}
	return &oauth2.Config{
		ClientID: conn.ClientID, ClientSecret: with.secret, Endpoint: endpoint, RedirectURL: d.origin.to("/login/callback"),
		// Without profile, Entra sends no object id. Every further scope can ask for an administrator's consent.
		Scopes: []string{oidc.ScopeOpenID, oidc.ScopeProfile},
	}
}

// signInCookieName gives each sign-in a cookie of its own, so that two tabs do not disturb each other.
func signInCookieName(state string) string {
	return signInCookie + base64.RawURLEncoding.EncodeToString(hashSecret("cookie " + state)[:9])
}

// forgetOpen removes the cookies that begin with a prefix where there are too many.
func (d *door) forgetOpen(c echo.Context, prefix string) {
	open := d.origin.cookiesWith(c.Request(), prefix)
	if len(open) < maxOpen {
		return
	}
	for _, name := range open {
		d.origin.setCookie(c.Response(), name, "", -1)
	}
}

// loginPath is the address that starts a sign-in through a connection, or before one is known. more are names and values
// of further parameters; those without a value are left out.
func loginPath(connection, returnTo string, more ...string) string {
	q := url.Values{}
	if returnTo != "" && returnTo != "/" {
		q.Set("return_to", returnTo)
	}
	for i := 0; i+1 < len(more); i += 2 {
		if more[i+1] != "" {
			q.Set(more[i], more[i+1])
		}
	}
	// "@" may stand in a query as it is (RFC 3986 section 3.4), and people read addresses.
	u := url.URL{Path: "/login", RawQuery: strings.ReplaceAll(q.Encode(), "%40", "@")}
	if connection != "" {
		u.Path += "/" + connection
	}
	return u.String()
}

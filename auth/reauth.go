package auth

import (
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"doorlist/policy"
	"doorlist/store"
)

// FreshFor is how long a proof of who somebody is counts for what must not be done by whoever finds an open screen.
const FreshFor = 10 * time.Minute

// isFresh says whether the person of a session proved at most FreshFor ago who they are. A provider that does not say
// when that was cannot vouch for it. Its clock may be a little ahead of ours.
func isFresh(s store.Session, now time.Time) bool {
	age := now.Sub(s.AuthTime)
	return !s.AuthTime.IsZero() && age <= FreshFor && age >= -issuedAhead
}

// proveAgain sends the person to prove anew who they are, and then to returnTo.
func proveAgain(c echo.Context, returnTo string) error {
	u := url.URL{Path: "/reauth", RawQuery: url.Values{"return_to": {returnTo}}.Encode()}
	return c.Redirect(http.StatusSeeOther, u.String())
}

var reauthTemplate = parsePage("reauth")

type reauthBody struct {
	Name, UserName, ReturnTo string
	Password                 bool   // whether the person signs in with one
	Provider, Label          string // else the address that leads to the provider, and its name
}

// reauth asks the person to sign in once more, by the method by which they did. It is a page with a button, so that no
// loop of redirects can form where a provider asks nothing.
func (d *door) reauth(c echo.Context) error {
	returnTo := d.returnTo(c)
	who, no := d.authenticate(c, d.cookieSecret, demand{})
	if no != nil {
		return d.turnAway(c, no, returnTo)
	}
	v := who.visit
	body := reauthBody{Name: displayName(v.User), UserName: v.User.UserName, ReturnTo: returnTo, Password: v.Session.Method == string(policy.Password)}
	if !body.Password {
		body.Provider, body.Label = freshLoginPath(v.Connection.Slug, returnTo), providerLabel(v.Connection)
	}
	return d.show(c, http.StatusOK, reauthTemplate, "Confirm that it is you", body)
}

// freshLoginPath starts a sign-in at which the provider must ask, whoever it knows.
func freshLoginPath(connection, returnTo string) string {
	u := url.URL{Path: "/login/" + connection, RawQuery: url.Values{"return_to": {returnTo}, "prompt": {"login"}}.Encode()}
	return u.String()
}

// providerLabel is what people call the provider of a connection.
func providerLabel(c store.Connection) string {
	if c.OfEntra() {
		return "Microsoft"
	}
	return c.Name
}

// checkFresh demands that the provider has asked, where it was told to: whoever holds the browser could have taken that
// out of the address.
func checkFresh(begun store.SignIn, id identity) error {
	if !begun.Fresh || !id.AuthTime.Before(begun.StartedAt.Add(-issuedAhead)) {
		return nil
	}
	no := badResponse("the person had to prove anew who they are, but by the provider's word (auth_time, AuthnInstant) that was at %q", id.AuthTime.Format(time.RFC3339))
	if id.AuthTime.IsZero() {
		no = badResponse("the person had to prove anew who they are, but the ID token has no auth_time")
		no.hint.fix = "Add the optional claim auth_time to the ID token, in the app registration's token configuration."
	}
	no.hint.person = "Your organization's sign-in service did not say that you signed in just now, so we cannot go on with what you wanted to do. Try again, and tell your IT team if it stays so."
	return no
}

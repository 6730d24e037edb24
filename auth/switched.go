package auth

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"doorlist/store"
)

var switchedTemplate = parsePage("switched")

type switchedBody struct {
	Name, Organization, ReturnTo string
	Unasked                      bool // the sign-in began at the provider
}

// welcomePath is where somebody who has just signed in goes. Where the browser was somebody else's before, they are told
// first: a silent change of account lets a stranger collect what its owner types (login CSRF).
func welcomePath(before *store.Session, userID, returnTo string) string {
	returnTo = localPath(returnTo) // judged again: it lay in the database or the page meanwhile
	if before == nil || before.UserID == userID {
		return returnTo
	}
	u := url.URL{Path: "/switched", RawQuery: url.Values{"return_to": {returnTo}}.Encode()}
	return u.String()
}

// unaskedPath is where somebody goes whom the provider sent by itself. Nothing shows that it was they who wanted that, so
// they are always told who they are now.
func unaskedPath(returnTo string) string {
	u := url.URL{Path: "/switched", RawQuery: url.Values{"return_to": {localPath(returnTo)}, "unasked": {"1"}}.Encode()}
	return u.String()
}

// switched says who the browser's person is now.
func (d *door) switched(c echo.Context) error {
	returnTo := d.returnTo(c)
	who, no := d.authenticate(c, d.cookieSecret, demand{})
	if no != nil {
		return d.turnAway(c, no, returnTo)
	}
	name := displayName(who.visit.User)
	return d.show(c, http.StatusOK, switchedTemplate, "You are now signed in as "+name,
		switchedBody{Name: name, Organization: who.visit.Organization.Name, ReturnTo: returnTo, Unasked: c.QueryParam("unasked") != ""})
}

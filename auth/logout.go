package auth

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"doorlist/store"
)

type logoutBody struct {
	SignedIn bool
	Name     string // of the person who is about to sign out
	Provider string // where the provider's own session can be ended; "" where it is not known
	Label    string // of the provider
}

// leaving asks whether to sign out, or says that it is done. It changes nothing: a link or an image on another site
// must not sign anybody out.
func (d *door) leaving(c echo.Context) error {
	if visit, err := d.visit(c.Request().Context(), c.Request()); err == nil && visit.Session.RevokedAt.IsZero() {
		return d.show(c, http.StatusOK, logoutTemplate, "Sign out", logoutBody{SignedIn: true, Name: displayName(visit.User)})
	}
	return d.show(c, http.StatusOK, logoutTemplate, "You are signed out", d.providerLogout(c))
}

// leave ends the session.
func (d *door) leave(c echo.Context) error {
	if err := d.crossSite.Check(c.Request()); err != nil {
		return d.show(c, http.StatusForbidden, noticeTemplate, "Not signed out", notice{
			"You are still signed in", "Another site tried to sign you out. If you want to, sign out from our own page.",
		})
	}
	from, err := d.endSession(c)
	if err != nil {
		return err
	}
	d.origin.setCookie(c.Response(), sessionCookie, "", -1)
	address := url.URL{Path: "/logout"}
	if from != "" {
		address.RawQuery = url.Values{"from": {from}}.Encode()
	}
	return c.Redirect(http.StatusSeeOther, address.String())
}

// endSession ends the session of the request's cookie and returns the slug of its connection. Without a session there
// is nothing to do; when it cannot be read, signing out must not seem to work.
func (d *door) endSession(c echo.Context) (string, error) {
	ctx := c.Request().Context()
	visit, err := d.visit(ctx, c.Request())
	if isNoSession(err) {
		return "", nil
	}
	if err != nil || !visit.Session.RevokedAt.IsZero() {
		return visit.Connection.Slug, err
	}
	actor := visitorOf(c).actor(visit.User.ID, visit.User.UserName)
	err = d.store.Write(ctx, actor, func(tx *store.Tx) error {
		key := store.DirectoryKey{OrganizationID: visit.Session.OrganizationID, DirectoryID: visit.Session.DirectoryID}
		return tx.Directory(key).EndSession(visit.Session.ID, "logout")
	})
	return visit.Connection.Slug, err
}

// providerLogout offers the provider's own sign-out: ours ends our session alone.
func (d *door) providerLogout(c echo.Context) logoutBody {
	ctx := c.Request().Context()
	slug := c.QueryParam("from")
	if slug == "" {
		return logoutBody{}
	}
	conn, err := d.store.FindConnection(ctx, slug)
	if err != nil || !conn.Enabled || !offersSignIn(conn) {
		return logoutBody{}
	}
	p := d.providers.last(conn)
	if p == nil {
		return logoutBody{}
	}
	label := conn.Name
	if conn.Kind == store.EntraConnection {
		label = "Microsoft"
	}
	return logoutBody{Provider: p.endSession, Label: label}
}

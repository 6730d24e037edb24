package auth

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"doorlist/store"
)

type logoutBody struct {
	SignedIn bool
	Name     string // of the person who is about to sign out
	Provider string // after the sign-out: where the provider's own session can be ended; "" where it is not known
	Label    string // of the provider, where it can be signed out of too
}

// leaving asks whether to sign out, or says that it is done. It changes nothing: a link or an image on another site
// must not sign anybody out.
func (d *door) leaving(c echo.Context) error {
	visit, err := d.visit(c.Request().Context(), c.Request())
	if err != nil || !visit.Session.RevokedAt.IsZero() {
		return d.show(c, http.StatusOK, logoutTemplate, "You are signed out", d.providerLogout(c))
	}
	body := logoutBody{SignedIn: true, Name: displayName(visit.User)}
	if p := d.signedInThrough(c.Request().Context(), visit); p != nil {
		body.Label = providerLabel(visit.Connection)
		// The answer to the form leads on to the provider, which counts as a target of the form.
		c.Response().Header().Set("Content-Security-Policy", contentPolicy("'self' "+originOf(p.endSession), "'none'"))
	}
	return d.show(c, http.StatusOK, logoutTemplate, "Sign out", body)
}

// signedInThrough is the provider whose own session the visit's came from, where it can be ended and is known here.
func (d *door) signedInThrough(ctx context.Context, v store.Visit) *provider {
	if !offersSignIn(v.Connection) || v.Session.Method != sessionMethod(v.Connection) {
		return nil
	}
	return d.endsSessions(ctx, v.Connection)
}

// endsSessions is the provider of a connection, where its sessions can be ended; nil where they cannot, or where it is not
// known yet how.
func (d *door) endsSessions(ctx context.Context, c store.Connection) *provider {
	p := d.providers.last(c)
	if c.Kind == store.SAMLConnection {
		p = d.entraBehindSAML(ctx, c)
	}
	if p == nil || p.endSession == "" {
		return nil
	}
	return p
}

// entraBehindSAML is the tenant behind a SAML connection, as a sign-out needs to know it: Entra ends the session of a browser for all
// protocols at one address. There is no single logout of SAML, whose messages Entra neither signs nor names itself in as its metadata does.
func (d *door) entraBehindSAML(ctx context.Context, c store.Connection) *provider {
	if !c.OfEntra() {
		return nil
	}
	p, err := d.samlPartyOf(ctx, c)
	if err != nil {
		return nil
	}
	tenant, ok := strings.CutSuffix(p.settings.Provider.SignOnURL, "/saml2")
	if !ok || !secureURL(tenant) {
		return nil
	}
	return &provider{endSession: tenant + "/oauth2/v2.0/logout"}
}

// leave ends the session, and then the provider's if the person wants that.
func (d *door) leave(c echo.Context) error {
	if err := d.crossSite.Check(c.Request()); err != nil {
		return d.show(c, http.StatusForbidden, noticeTemplate, "Not signed out", notice{
			"You are still signed in", "Another site tried to sign you out. If you want to, sign out from our own page.",
		})
	}
	visit, err := d.endSession(c)
	if err != nil {
		return err
	}
	d.origin.setCookie(c.Response(), sessionCookie, "", -1)
	if p := d.signedInThrough(c.Request().Context(), visit); p != nil && c.FormValue("also") == "provider" {
		return c.Redirect(http.StatusSeeOther, d.endSessionAddress(p, visit.Session.LoginHint))
	}
	address := url.URL{Path: "/logout"}
	if visit.Connection.Slug != "" {
		address.RawQuery = url.Values{"from": {visit.Connection.Slug}}.Encode()
	}
	return c.Redirect(http.StatusSeeOther, address.String())
}

// endSession ends the session of the request's cookie and returns it. Without a session there is nothing to do; when it
// cannot be read, signing out must not seem to work.
func (d *door) endSession(c echo.Context) (store.Visit, error) {
	ctx := c.Request().Context()
	visit, err := d.visit(ctx, c.Request())
	if isNoSession(err) {
		return store.Visit{}, nil
	}
	if err != nil || !visit.Session.RevokedAt.IsZero() {
		return visit, err
	}
	return visit, d.endVisit(ctx, visitorOf(c), visit)
}

// endVisit ends a session on behalf of its person.
func (d *door) endVisit(ctx context.Context, from visitor, v store.Visit) error {
	return d.store.Write(ctx, from.actor(v.User.ID, v.User.UserName), func(tx *store.Tx) error {
		return tx.Directory(directoryOf(v.Session)).EndSession(v.Session.ID, "logout")
	})
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
	p := d.endsSessions(ctx, conn)
	if p == nil {
		return logoutBody{}
	}
	return logoutBody{Provider: d.endSessionAddress(p, ""), Label: providerLabel(conn)}
}

// endSessionAddress is where a browser ends its session at the provider and comes back from (OpenID Connect RP-Initiated
// Logout 1.0). Entra wants its own login_hint back, and asks which account is meant without it.
func (d *door) endSessionAddress(p *provider, loginHint string) string {
	u, err := url.Parse(p.endSession)
	if err != nil {
		return p.endSession
	}
	q := u.Query()
	q.Set("post_logout_redirect_uri", d.origin.to("/logout"))
	if p.clientID != "" {
		q.Set("client_id", p.clientID)
	}
	if loginHint != "" {
		q.Set("logout_hint", loginHint)
	}
	u.RawQuery = q.Encode()
	return u.String()
}

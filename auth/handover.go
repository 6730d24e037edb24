package auth

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"doorlist/policy"
	"doorlist/store"
)

// A session at the door becomes known on the host of an application in three steps. The host binds the way to the browser
// by a cookie of its own (startHandover); the door gives that browser a code (handOver); the host takes the code back from
// the same browser alone (finishHandover). Without the cookie, a link with somebody else's code would sign the browser in as
// them (login CSRF, RFC 9700 section 4.7).
const (
	handoverPath   = "/auth/handover"
	handoverCookie = "doorlist-handover-"
	// handoverLasts bounds the whole way, with a sign-in and a forgotten password in between; codeLasts its last step.
	handoverLasts = time.Hour
	codeLasts     = time.Minute
)

var handoverTemplate = parsePage("handover")

type handoverBody struct{ Host, Again string }

// handoverTo is the door's page from which a browser goes on to a site. challenge is "" before the site has bound the browser.
func handoverTo(to site, challenge string) string {
	query := url.Values{"to": {to.String()}}
	if challenge != "" {
		query.Set("challenge", challenge)
	}
	path := handoverPath + "?" + query.Encode()
	if len(path) > maxReturnTo && to.path != "/" {
		to.path = "/" // too long to be remembered by a sign-in
		return handoverTo(to, challenge)
	}
	return path
}

// startHandover binds the way to the door and back to the browser.
func (d *door) startHandover(c echo.Context, here site) error {
	if d.arrivesAgain(c, here.path) {
		return d.showLoop(c, here.host, here.start())
	}
	binding := newSecret()
	challenge := base64.RawURLEncoding.EncodeToString(hashSecret(binding))
	d.forgetOpen(c, handoverCookie)
	d.origin.setCookie(c.Response(), handoverCookieName(challenge), binding, int(handoverLasts.Seconds()))
	return c.Redirect(http.StatusFound, d.origin.to(handoverTo(here, challenge)))
}

// handoverCookieName gives each way a cookie of its own, so that two tabs do not disturb each other.
func handoverCookieName(challenge string) string { return handoverCookie + challenge[:12] }

// handOver sends the person of a session at the door on to a site. Whom the application there would refuse is refused here.
func (d *door) handOver(c echo.Context) error {
	ctx := c.Request().Context()
	to, ok := d.origin.readSite(c.QueryParam("to"))
	if ok {
		var err error
		if ok, err = d.isRegistered(ctx, to); err != nil {
			return err
		}
	}
	if !ok {
		return d.showNotFound(c, "No application is registered under the address that you want to go to. Check the link.")
	}
	challenge := c.QueryParam("challenge")
	browser, err := base64.RawURLEncoding.Strict().DecodeString(challenge)
	if err != nil || len(browser) != len(hashSecret("")) {
		return c.Redirect(http.StatusFound, to.start())
	}
	who, no := d.authenticate(c, d.cookieSecret, demand{application: true, targets: []target{{to.host, to.path}}})
	if no != nil && no.status == http.StatusForbidden {
		elsewhere, err := d.leadsElsewhere(ctx, no.caller, handoverTo(to, challenge))
		if err != nil {
			return err
		}
		if elsewhere { // which the provider does without a question
			return c.Redirect(http.StatusSeeOther, loginPath(no.caller.visit.Connection.Slug, handoverTo(to, challenge)))
		}
		page := no.caller.refusedPage()
		page.returnTo = handoverTo(to, challenge)
		return d.showRefusal(c, page)
	}
	if no != nil {
		return d.turnAway(c, no, handoverTo(to, challenge))
	}
	if !d.handovers.allow(who.visit.Session.ID, d.store.Now()) {
		return d.refuseStart(c)
	}
	code := newSecret()
	err = d.store.StartHandover(ctx, code, store.Handover{
		OrganizationID: who.visit.Session.OrganizationID, SessionID: who.visit.Session.ID, Host: to.host, Browser: browser,
		ReturnTo: to.path, ExpiresAt: d.store.Now().Add(codeLasts),
	})
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, to.to(hostSessionPath, url.Values{"code": {code}}))
}

// finishHandover gives the browser a cookie of the host for the session at the door.
func (d *door) finishHandover(c echo.Context, here site) error {
	ctx := c.Request().Context()
	h, visit, err := d.claimHandover(ctx, c, here)
	var no *refusal
	if errors.As(err, &no) {
		return d.refuseHandover(c, here, h, no)
	}
	if err != nil {
		return err
	}
	secret := store.HostTokenPrefix + newSecret()
	err = d.store.Write(ctx, visitorOf(c).actor(visit.User.ID, visit.User.UserName), func(tx *store.Tx) error {
		return tx.Directory(directoryOf(visit.Session)).OpenHost(visit.Session, here.host, hashSecret(secret))
	})
	if errors.Is(err, store.ErrNotFound) {
		return d.refuseHandover(c, here, h, badResponse("the session ended on the way"))
	}
	if err != nil {
		return err
	}
	returnTo := sitePath(h.ReturnTo)
	d.origin.setCookie(c.Response(), sessionCookie, secret, 0)
	d.noteArrival(c, returnTo)
	return c.Redirect(http.StatusSeeOther, returnTo)
}

// claimHandover finds the handover that a code belongs to, and its session. The code is used up before anything else is
// looked at. A *refusal says why it is not good here.
func (d *door) claimHandover(ctx context.Context, c echo.Context, here site) (store.Handover, store.Visit, error) {
	h, err := d.store.ConsumeHandover(ctx, c.QueryParam("code"))
	switch {
	case errors.Is(err, store.ErrNotFound):
		return h, store.Visit{}, badResponse("the code was never given, or long ago")
	case errors.Is(err, store.ErrUsed):
		return h, store.Visit{}, badResponse("the code was used before")
	case err != nil:
		return h, store.Visit{}, err
	case h.Host != here.host:
		return h, store.Visit{}, badResponse("the code is for the host %s", h.Host)
	case !d.store.Now().Before(h.ExpiresAt):
		return h, store.Visit{}, badResponse("the code is older than %v", codeLasts)
	}
	name := handoverCookieName(base64.RawURLEncoding.EncodeToString(h.Browser))
	binding, err := d.origin.cookie(c.Request(), name)
	if err != nil || !sameHash(hashSecret(binding), h.Browser) {
		return h, store.Visit{}, badResponse("the way began in another browser, or the browser lost its cookie")
	}
	d.origin.setCookie(c.Response(), name, "", -1)
	visit, err := d.store.VisitOf(ctx, h.OrganizationID, h.SessionID)
	if errors.Is(err, store.ErrNotFound) || err == nil && (d.sessionOver(visit.Session) != nil || !visit.Session.RevokedAt.IsZero()) {
		return h, visit, badResponse("the session ended on the way")
	}
	return h, visit, err
}

// refuseHandover lets the person begin again by a button: by itself it could go round for ever.
func (d *door) refuseHandover(c echo.Context, here site, h store.Handover, no *refusal) error {
	from := visitorOf(c)
	d.log.WarnContext(c.Request().Context(), "a session was not handed over", "detail", no.detail, "host", here.host,
		"organization", h.OrganizationID, "session", h.SessionID, "address", from.address, "request_id", from.requestID)
	here.path = "/"
	if h.Host == here.host {
		here.path = sitePath(h.ReturnTo)
	}
	c.Response().Header().Set(headerReason, string(policy.BadResponse))
	return d.show(c, http.StatusForbidden, handoverTemplate, "One more step", handoverBody{Host: here.host, Again: here.start()})
}

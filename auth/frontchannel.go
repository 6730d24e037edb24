package auth

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"doorlist/store"
)

// frontChannel ends the sessions that came from a session at the provider, which loads this address in a frame when its
// person signs out there (OpenID Connect Front-Channel Logout 1.0). No cookie comes along where browsers keep those from
// frames, so the provider's session id is all there is: it is random, and the worst that somebody could do with it is to
// sign its person out. Entra has been seen to leave iss out (jenkinsci/azure-ad-plugin#697). The answer is always 200; who may
// frame it is told by what was ended, and so only to who knew the id.
func (d *door) frontChannel(c echo.Context) error {
	from, q := visitorOf(c), c.QueryParams()
	framers := "'none'"
	if one(q["sid"]) && len(q["iss"]) <= 1 && d.frames.allow(from.address, d.store.Now()) {
		actor := store.Actor{Kind: store.System, ID: "front-channel logout", Name: "the provider's sign-out", RequestID: from.requestID, Address: from.address}
		issuers, err := d.store.EndProviderSessions(c.Request().Context(), actor, q.Get("sid"), q.Get("iss"))
		if err != nil {
			d.log.ErrorContext(c.Request().Context(), "a front-channel logout failed", "error", err, "request_id", from.requestID)
		}
		if len(issuers) > 0 {
			framers = originOf(issuers[0])
		}
	}
	h := c.Response().Header()
	h.Del("X-Frame-Options") // which cannot name who may
	h.Set("Content-Security-Policy", contentPolicy("'self'", framers))
	return c.String(http.StatusOK, "Signed out.\n")
}

// one says whether a parameter was given once, and something in it.
func one(values []string) bool { return len(values) == 1 && values[0] != "" }

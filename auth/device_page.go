package auth

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"doorlist/store"
)

var (
	deviceTemplate  = parsePage("device")
	approveTemplate = parsePage("approve")
)

type deviceBody struct{ Code, Fault string }

type approveBody struct {
	Code, Label, Address, Name, Organization string
	RequestedAt                              time.Time
}

// askUserCode is the page where a person enters what their terminal shows.
func (d *door) askUserCode(c echo.Context) error {
	code := readUserCode(c.QueryParam("user_code"))
	if _, no := d.authenticate(c, d.cookieSecret, demand{}); no != nil {
		return d.turnAway(c, no, devicePath(code))
	}
	return d.show(c, http.StatusOK, deviceTemplate, "Sign in a program", deviceBody{Code: spelled(code)})
}

// devicePath is the page with a code filled in.
func devicePath(code string) string {
	u := url.URL{Path: "/device"}
	if code != "" {
		u.RawQuery = url.Values{"user_code": {spelled(code)}}.Encode()
	}
	return u.String()
}

// decideDevice shows which program asks, and then takes the person's decision. An open screen must not be enough, so it
// asks for a fresh sign-in first.
func (d *door) decideDevice(c echo.Context) error {
	code := readUserCode(c.FormValue("user_code"))
	if err := d.crossSite.Check(c.Request()); err != nil {
		return d.refuseUserCode(c, http.StatusForbidden, code, "Please use the form on this page.")
	}
	who, no := d.authenticate(c, d.cookieSecret, demand{})
	if no != nil {
		return d.turnAway(c, no, devicePath(code))
	}
	if !d.codes.allow(visitorOf(c).address, d.store.Now()) {
		return d.refuseUserCode(c, http.StatusTooManyRequests, code, "There were too many attempts in a short time. Wait a minute and try again.")
	}
	request, err := d.store.FindDevice(c.Request().Context(), code)
	if errors.Is(err, store.ErrNotFound) {
		return d.refuseUserCode(c, http.StatusNotFound, code, "No program waits with that code. Compare it with your terminal; after ten minutes you need a new one.")
	}
	if err != nil {
		return err
	}
	decision := c.FormValue("decision")
	if decision != "deny" && !isFresh(who.visit.Session, d.store.Now()) {
		return proveAgain(c, devicePath(code))
	}
	if decision != "approve" && decision != "deny" {
		return d.show(c, http.StatusOK, approveTemplate, "A program wants to sign in as you", approveBody{
			Code: spelled(code), Label: request.Label, Address: request.Address, RequestedAt: request.RequestedAt.UTC(),
			Name: displayName(who.visit.User), Organization: who.visit.Organization.Name,
		})
	}
	return d.settleDevice(c, who, code, decision == "approve")
}

func (d *door) settleDevice(c echo.Context, who caller, code string, approve bool) error {
	v := who.visit
	err := d.store.Write(c.Request().Context(), visitorOf(c).actor(v.User.ID, v.User.UserName), func(tx *store.Tx) error {
		return tx.Directory(directoryOf(v.Session)).DecideDevice(v.Session, code, approve)
	})
	if errors.Is(err, store.ErrNotFound) {
		return d.refuseUserCode(c, http.StatusNotFound, code, "That was decided already, or took too long. Begin again at your terminal.")
	}
	if err != nil {
		return err
	}
	done := notice{"The program is not signed in", "It was told no. If you did not start it, tell your IT team."}
	if approve {
		done = notice{"The program is signed in", "You can close this page: the program goes on by itself in a few seconds. You find it among your sessions, where you can end it."}
	}
	return d.show(c, http.StatusOK, noticeTemplate, done.Heading, done)
}

func (d *door) refuseUserCode(c echo.Context, status int, code, fault string) error {
	if status == http.StatusTooManyRequests {
		c.Response().Header().Set("Retry-After", "60")
	}
	return d.show(c, status, deviceTemplate, "Sign in a program", deviceBody{Code: spelled(code), Fault: fault})
}

package auth

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"doorlist/policy"
)

type passwordBody struct {
	Notice, Fault, UserName, ReturnTo string
	Ways                              []way  // that are as good as a password for everybody of the domain
	Back                              string // to the page before; "" where there was none
	Step                              bool   // a second factor is wanted, whatever the rule
}

// askPassword shows the form for local people.
func (d *door) askPassword(c echo.Context) error {
	body := passwordBody{ReturnTo: d.returnTo(c), Step: c.QueryParam("step") != ""}
	switch c.QueryParam("notice") {
	case "set":
		body.Notice = "Your password is set. Sign in with it now."
	case "again":
		body.Notice = "That took too long, or was done already. Sign in once more."
	}
	if body.Step {
		body.Notice = "Sign in once more. The second step follows your password."
	}
	return d.show(c, http.StatusOK, passwordTemplate, "Sign in with a password", body)
}

// passwordSignIn signs somebody in. The answer for a wrong name and a wrong password is the same, and takes as long.
func (d *door) passwordSignIn(c echo.Context) error {
	began := time.Now()
	body := passwordBody{UserName: c.FormValue("user_name"), ReturnTo: d.returnTo(c), Step: c.FormValue("step") != ""}
	if err := d.crossSite.Check(c.Request()); err != nil {
		body.Fault = "Please use the form on this page."
		return d.show(c, http.StatusForbidden, passwordTemplate, "Sign in with a password", body)
	}
	from, ctx := visitorOf(c), c.Request().Context()
	if !d.addresses.allow(from.address, d.store.Now()) {
		d.later(c, "recording an attempt that was put off", func(ctx context.Context) error { return d.recordPutOff(ctx, body.UserName, from) })
		d.observe("sign_in", string(policy.Locked))
		return d.refusePassword(c, body, policy.Locked, d.addresses.every)
	}
	person, hashed, err := d.knownBy(ctx, body, c.FormValue("password"))
	if err != nil {
		return err
	}
	present := d.presentSession(c)
	out, err := d.admitLocal(ctx, person, body, from, present)
	if err != nil {
		return err
	}
	if out.challenge != "" {
		d.origin.setCookie(c.Response(), factorCookie, out.challenge, int(factorLasts.Seconds()))
		return c.Redirect(http.StatusSeeOther, factorAddress)
	}
	d.observe("sign_in", string(out.verdict.Reason))
	switch out.verdict.Reason {
	case policy.Admitted:
		return d.letIn(c, out, present, body.ReturnTo)
	case policy.BadCredentials, policy.Locked:
		d.settle(ctx, began.Add(hashed))
		return d.refusePassword(c, body, out.verdict.Reason, out.wait)
	}
	return d.showRefusal(c, refusedPage{
		reason: out.verdict.Reason, hint: verdictHint(out.verdict), connection: person.Connection, organization: person.Organization.ID, returnTo: body.ReturnTo,
	})
}

func (d *door) refusePassword(c echo.Context, body passwordBody, reason policy.Reason, wait time.Duration) error {
	body.Fault = reason.Words().Person
	next, ways, err := d.discover(c.Request().Context(), body.UserName, body.ReturnTo)
	if err != nil {
		return err
	}
	if next == policy.AskBoth {
		body.Ways, body.Back = ways, loginPath("", body.ReturnTo)
	}
	return d.show(c, d.refusedStatus(c, reason, wait), passwordTemplate, "Sign in with a password", body)
}

// refusedStatus is the status of a wrong or untimely password or code, and sets the headers that go with it.
func (d *door) refusedStatus(c echo.Context, reason policy.Reason, wait time.Duration) int {
	c.Response().Header().Set(headerReason, string(reason))
	if reason != policy.Locked {
		return http.StatusForbidden
	}
	c.Response().Header().Set("Retry-After", retryAfter(wait))
	return http.StatusTooManyRequests
}

// passwordPath is the address of the form for local people.
func passwordPath(returnTo string) string {
	u := url.URL{Path: "/password"}
	if returnTo != "" && returnTo != "/" {
		u.RawQuery = url.Values{"return_to": {returnTo}}.Encode()
	}
	return u.String()
}

// secondStepPath is the address of the form for local people who need a second factor where they go.
func secondStepPath(returnTo string) string {
	return "/password?" + url.Values{"return_to": {localPath(returnTo)}, "step": {"1"}}.Encode()
}

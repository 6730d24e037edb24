package auth

import (
	"cmp"
	"context"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"doorlist/policy"
	"doorlist/store"
)

// Console is what the pages of package admin have of the door: who asks, by the same cookie, rules and headers as all pages.
type Console struct{ d *door }

// consoleRights is the ladder of console rights, lowest first; each includes those before it.
var consoleRights = []store.Console{store.ConsoleNone, store.ConsoleRead, store.ConsoleManage, store.ConsoleOwn}

// May says whether the caller's role has the console right.
func (w Caller) May(needs store.Console) bool {
	return Includes(store.Console(w.Console), needs)
}

func consoleRank(right store.Console) int { return slices.Index(consoleRights, right) }

// ConsolePage is what a page of the console demands.
type ConsolePage struct {
	Needs store.Console
	// Fresh: the caller must have proved at most FreshFor ago who they are. Whoever finds an open screen must not make credentials.
	Fresh bool
	// Takes is how long an answer may take; 0 for what pages in general may.
	Takes time.Duration
	// Reads is how much may be sent, in bytes; 0 for what forms in general may hold.
	Reads int64
}

// consolePolicy lets pages of the console have the console's own script too, which asks for pages of ours.
func consolePolicy(formAction string) string {
	return contentPolicy(formAction, "'none'") + "; script-src 'self'; connect-src 'self'"
}

// Page lets people with the right through to a page of the console. Nobody goes to the sign-in, and others see that the page is not
// for them. What changes something must come from a page of ours.
func (k *Console) Page(p ConsolePage, next func(echo.Context, Caller) error) echo.HandlerFunc {
	d, needs, fresh := k.d, p.Needs, p.Fresh
	return d.pageWithin(p.Takes, cmp.Or(p.Reads, maxForm), func(c echo.Context) error {
		c.Response().Header().Set("Content-Security-Policy", consolePolicy("'self'"))
		if err := d.crossSite.Check(c.Request()); err != nil {
			return d.show(c, http.StatusForbidden, noticeTemplate, "Nothing was changed", notice{
				"Nothing was changed", "Another site sent this. If you want it, do it from our own page.",
			})
		}
		here := c.Request().URL.RequestURI()
		who, no := d.authenticate(c, d.cookieSecret, demand{})
		if no != nil {
			return d.turnAway(c, no, localPath(here))
		}
		asks := d.callerOf(c, who)
		if !asks.May(needs) {
			return d.showNoRight(c, asks, needs)
		}
		if fresh && !asks.Fresh {
			return proveAgain(c, localPath(here))
		}
		return next(c, asks)
	})
}

// showNoRight tells somebody who is signed in that a page of the console is not for their role.
func (d *door) showNoRight(c echo.Context, who Caller, needs store.Console) error {
	text := "Your role has no right to the console. Ask an owner of your organization for one that has."
	if who.May(store.ConsoleRead) {
		text = "This needs a role with the console right \"" + string(needs) + "\"; yours has \"" + who.Console + "\". Ask an owner of your organization."
	}
	c.Response().Header().Set(headerReason, string(policy.RoleTooLow))
	return d.show(c, http.StatusForbidden, noticeTemplate, "Not for your role", notice{"This page is not for your role", text})
}

// Show renders a page of the console with the door's frame.
func (k *Console) Show(c echo.Context, status int, t *template.Template, title string, body any) error {
	return k.d.show(c, status, t, title, body)
}

// BreakOff ends an answer that is under way and cannot be finished, so that nobody takes it for whole.
func (k *Console) BreakOff(c echo.Context, err error) {
	k.d.log.ErrorContext(c.Request().Context(), "a download broke off", "error", err, "request_id", visitorOf(c).requestID)
	panic(http.ErrAbortHandler)
}

// LeadTo lets the form of the page that follows end at an origin elsewhere: browsers apply form-action to the redirects that follow a
// form too.
func (k *Console) LeadTo(c echo.Context, address string) {
	c.Response().Header().Set("Content-Security-Policy", consolePolicy(strings.TrimSpace("'self' "+originOf(address))))
}

// NewSecret makes 256 random bits, as text.
func (k *Console) NewSecret() string { return newSecret() }

// To is the absolute URL of a path of this server.
func (k *Console) To(path string) string { return k.d.origin.to(path) }

// Actor is the caller in the audit trail.
func (w Caller) Actor() store.Actor {
	return store.Actor{Kind: store.Person, ID: w.UserID, Name: w.UserName, RequestID: w.RequestID, Address: w.Address}
}

// RightOf is the console right that a person, by id, has now in an organization; none for who is not admitted any more. Whether they know a
// password, or have guessed at one, does not matter.
func (k *Console) RightOf(ctx context.Context, org store.Organization, userID string) (store.Console, error) {
	people, err := Visitors(ctx, k.d.store, org, userID)
	if err != nil {
		return store.ConsoleNone, err
	}
	for _, p := range people {
		if p.User.ID != userID {
			continue
		}
		method, _ := policy.MethodFor(methodFacts(p.WaysIn, k.d.store.Now()))
		if v := policy.Admit(personFacts(p, method, nil)); v.Admitted() {
			return store.Console(v.Standing.Console()), nil
		}
	}
	return store.ConsoleNone, nil
}

// Includes says whether a console right is another one, or more.
func Includes(right, needs store.Console) bool { return consoleRank(right) >= consoleRank(needs) }

// callerOf is who asks, for what is not of this package.
func (d *door) callerOf(c echo.Context, who caller) Caller {
	v, from, standing := who.visit, visitorOf(c), who.verdict.Standing
	return Caller{
		SessionID: v.Session.ID, UserID: v.User.ID, UserName: v.User.UserName, Name: displayName(v.User), OrganizationID: v.Organization.ID,
		Rank: standing.Role.Rank, Console: string(standing.Console()), Fresh: isFresh(v.Session, d.store.Now()),
		Address: from.address, RequestID: from.requestID,
	}
}

package auth

import (
	"context"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/time/rate"

	"doorlist/policy"
	"doorlist/store"
)

// How many wrong passwords are allowed. They are counted for a person and an address together, so that a stranger
// elsewhere cannot lock the owner out, and for the person alone, because addresses are cheap.
const (
	failuresWithin     = 15 * time.Minute
	failuresAnAddress  = 10
	failuresAltogether = 100
)

type passwordBody struct {
	Notice, Fault, UserName, ReturnTo string
	Ways                              []way  // that are as good as a password for everybody of the domain
	Back                              string // to the page before; "" where there was none
}

// askPassword shows the form for local people.
func (d *door) askPassword(c echo.Context) error {
	body := passwordBody{ReturnTo: localPath(c.QueryParam("return_to"))}
	if c.QueryParam("notice") == "set" {
		body.Notice = "Your password is set. Sign in with it now."
	}
	return d.show(c, http.StatusOK, passwordTemplate, "Sign in with a password", body)
}

// passwordSignIn signs a local person in. The answer for a wrong name and a wrong password is the same.
func (d *door) passwordSignIn(c echo.Context) error {
	body := passwordBody{UserName: c.FormValue("user_name"), ReturnTo: localPath(c.FormValue("return_to"))}
	if err := d.crossSite.Check(c.Request()); err != nil {
		body.Fault = "Please use the form on this page."
		return d.show(c, http.StatusForbidden, passwordTemplate, "Sign in with a password", body)
	}
	from := visitorOf(c)
	if !d.addresses.allow(from.address, d.store.Now()) {
		return d.refusePassword(c, body, policy.Locked)
	}
	person, err := d.knownBy(c.Request().Context(), body.UserName, c.FormValue("password"))
	if err != nil {
		return err
	}
	out, err := d.admitLocal(c.Request().Context(), person, from, d.presentSession(c))
	if err != nil {
		return err
	}
	d.observe("sign_in", string(out.verdict.Reason))
	switch out.verdict.Reason {
	case policy.Admitted:
		d.origin.setCookie(c.Response(), sessionCookie, out.secret, 0)
		d.noteArrival(c, body.ReturnTo)
		return c.Redirect(http.StatusSeeOther, body.ReturnTo)
	case policy.BadCredentials, policy.Locked:
		return d.refusePassword(c, body, out.verdict.Reason)
	}
	return d.showRefusal(c, refusedPage{
		reason: out.verdict.Reason, hint: verdictHint(out.verdict), connection: person.Connection, organization: person.Organization.ID, returnTo: body.ReturnTo,
	})
}

func (d *door) refusePassword(c echo.Context, body passwordBody, reason policy.Reason) error {
	body.Fault = reason.Words().Person
	next, ways, err := d.discover(c.Request().Context(), body.UserName, body.ReturnTo)
	if err != nil {
		return err
	}
	if next == policy.AskBoth {
		body.Ways, body.Back = ways, loginPath("", body.ReturnTo)
	}
	status := http.StatusForbidden
	if reason == policy.Locked {
		status = http.StatusTooManyRequests
		c.Response().Header().Set("Retry-After", "900")
	}
	c.Response().Header().Set(headerReason, string(reason))
	return d.show(c, status, passwordTemplate, "Sign in with a password", body)
}

// claimant is the local person of a name, and whether the password was theirs.
type claimant struct {
	store.PasswordPerson // zero when nobody has the name
	proven               bool
}

// knownBy compares the password with that of every local person of the name, and with a made-up one if there is none.
func (d *door) knownBy(ctx context.Context, userName, password string) (claimant, error) {
	people, err := d.store.PasswordPeople(ctx, userName)
	if err != nil {
		return claimant{}, err
	}
	if len(people) == 0 {
		_, err := passwordMatches(ctx, unknownHash, password)
		return claimant{}, err
	}
	for _, p := range people {
		ok, err := passwordMatches(ctx, p.PasswordHash, password)
		if err != nil || ok {
			return claimant{p, ok}, err
		}
	}
	return claimant{PasswordPerson: people[0]}, nil
}

// admitLocal asks the rules about a local person, starts the session or not, and records the decision. A wrong password
// for a name that nobody has is nobody's decision: it is counted by address alone.
func (d *door) admitLocal(ctx context.Context, p claimant, from visitor, present *store.Session) (outcome, error) {
	out := outcome{verdict: policy.Verdict{Reason: policy.BadCredentials}}
	if p.User.ID == "" {
		return out, nil
	}
	key := p.Directory()
	err := d.store.Write(ctx, from.actor(p.User.ID, p.User.UserName), func(tx *store.Tx) error {
		out = outcome{verdict: policy.Verdict{Reason: policy.BadCredentials}} // the change may run more than once
		var ways store.WaysIn
		var rule policy.MethodRule
		dir := tx.Directory(key)
		grants, err := dir.Grants(p.User.ID)
		if err != nil {
			return err
		}
		locked, err := d.locked(ctx, p, from.address)
		if err != nil {
			return err
		}
		switch {
		case locked:
			out.verdict = policy.Verdict{Reason: policy.Locked}
		case p.proven:
			if ways, err = dir.WaysIn(p.User.ID); err != nil {
				return err
			}
			facts := withUser(passwordFacts(p.Connection), p.Organization, p.User, grants)
			facts.Applies, rule = policy.MethodFor(methodFacts(ways, d.store.Now()))
			out.verdict = policy.Admit(facts)
		}
		if out.verdict.Admitted() {
			out.secret = newSecret()
			start := store.NewSession{UserID: p.User.ID, ConnectionID: p.Connection.ID, Method: "password", AuthTime: d.store.Now()}
			if rule == policy.RuleOutage {
				start.LastsFor = ways.OutageUntil.Sub(d.store.Now())
			}
			if err := d.startSession(tx, dir, start, out.secret, from, present); err != nil {
				return err
			}
		}
		_, err = tx.Organization(key.OrganizationID).RecordDecision(store.Decision{
			ConnectionID: p.Connection.ID, DirectoryID: key.DirectoryID, UserID: p.User.ID, UserName: p.User.UserName, Method: "password",
			Admitted: out.verdict.Admitted(), Detail: joined(methodDetail(rule), standingDetail(out.verdict.Standing)),
			Reason: string(out.verdict.Reason), Role: out.verdict.Standing.Role.Name, Grants: storeGrants(out.verdict.Standing.Grants),
			Address: from.address, UserAgent: from.userAgent, RequestID: from.requestID,
		})
		return err
	})
	return out, err
}

// methodDetail tells an administrator by which rule a person's password counted or not.
func methodDetail(rule policy.MethodRule) string {
	if rule == "" || rule == policy.RuleLocal {
		return ""
	}
	return "the person's method was decided by the rule " + string(rule)
}

// locked says whether too many wrong passwords came in since the last right one.
func (d *door) locked(ctx context.Context, p claimant, address string) (bool, error) {
	recent, err := d.store.Organization(p.Organization.ID).Decisions(ctx, store.DecisionQuery{
		UserID: p.User.ID, Since: d.store.Now().Add(-failuresWithin), Limit: failuresAltogether,
	})
	if err != nil {
		return false, err
	}
	same, all := 0, 0
	for _, dec := range recent {
		if dec.Admitted && dec.Address == address {
			break
		}
		if dec.Reason == string(policy.BadCredentials) {
			all++
			if dec.Address == address {
				same++
			}
		}
	}
	return same >= failuresAnAddress || all >= failuresAltogether, nil
}

// addressLimits slows down whoever tries again and again from one address, whatever the names: burst times at once, then
// once in every. It begins anew when there are more addresses than people have.
type addressLimits struct {
	every time.Duration
	burst int

	mu     sync.Mutex
	limits map[string]*rate.Limiter
}

const maxAddresses = 10_000

func (a *addressLimits) allow(address string, now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.limits == nil || len(a.limits) >= maxAddresses {
		a.limits = map[string]*rate.Limiter{}
	}
	group := addressGroup(address)
	limit, ok := a.limits[group]
	if !ok {
		limit = rate.NewLimiter(rate.Every(a.every), a.burst)
		a.limits[group] = limit
	}
	return limit.AllowN(now, 1)
}

// passwordPath is the address of the form for local people.
func passwordPath(returnTo string) string {
	u := url.URL{Path: "/password"}
	if returnTo != "" && returnTo != "/" {
		u.RawQuery = url.Values{"return_to": {returnTo}}.Encode()
	}
	return u.String()
}

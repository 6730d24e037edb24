package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"doorlist/policy"
	"doorlist/store"
)

// answerWithin is how long a request may wait for the database before the answer is "cannot know".
const answerWithin = 1500 * time.Millisecond

// caller is a person whose session was found and judged.
type caller struct {
	visit   store.Visit
	verdict policy.Verdict
}

// denial is why a request is not served. Its status is 401 where signing in again can help, 403 where it cannot, and
// 503 where nobody knows.
type denial struct {
	status int
	reason policy.Reason // "" for a request without a known session
	caller caller        // zero unless the status is 403
	cause  error         // of a 503
}

func (n *denial) Error() string { return fmt.Sprintf("%d %s", n.status, n.reason) }
func (n *denial) Unwrap() error { return n.cause }

// authenticate decides about a request: one query for everything that matters, read afresh each time, so that a
// deactivation holds for the very next request. by names the session.
func (d *door) authenticate(c echo.Context, by credential, want demand) (caller, *denial) {
	ctx, cancel := context.WithTimeout(c.Request().Context(), answerWithin)
	defer cancel()
	began := d.store.Now()
	visit, err := d.visitBy(ctx, c.Request(), by, d.anyVisit)
	if isNoSession(err) {
		return caller{}, &denial{status: http.StatusUnauthorized}
	}
	if err != nil {
		return caller{}, d.cannotKnow(ctx, err)
	}
	if no := d.sessionOver(visit.Session); no != nil {
		return caller{}, no
	}
	facts, err := d.withDemand(ctx, visitFacts(visit), visit, want)
	if err != nil {
		return caller{}, d.cannotKnow(ctx, err)
	}
	who := caller{visit: visit, verdict: policy.Admit(facts)}
	if !who.verdict.Admitted() {
		return caller{}, d.refuseVisit(ctx, who, visitorOf(c))
	}
	if !visit.Session.RevokedAt.IsZero() {
		return caller{}, &denial{status: http.StatusUnauthorized, reason: policy.SessionRevoked}
	}
	d.serve(ctx, c.Request(), visit.Session, began)
	return who, nil
}

// authenticateOrdinary is authenticate for the many requests of a proxy: it reads less where that suffices to let somebody in, and leaves everybody
// else to authenticate.
func (d *door) authenticateOrdinary(c echo.Context, by credential, want demand) (caller, *denial) {
	ctx, cancel := context.WithTimeout(c.Request().Context(), answerWithin)
	defer cancel()
	began := d.store.Now()
	visit, err := d.visitBy(ctx, c.Request(), by, d.store.OrdinaryVisit)
	if err == nil && d.sessionOver(visit.Session) == nil {
		var facts policy.Facts
		facts, err = d.withDemand(ctx, visitFacts(visit), visit, want)
		if who := (caller{visit: visit, verdict: policy.Admit(facts)}); err == nil && who.verdict.Admitted() {
			d.serve(ctx, c.Request(), visit.Session, began)
			return who, nil
		}
	}
	if err != nil && !isNoSession(err) {
		return caller{}, d.cannotKnow(ctx, err)
	}
	return d.authenticate(c, by, want)
}

// serve notes that a request of a session is served, which began at a time.
func (d *door) serve(ctx context.Context, r *http.Request, s store.Session, began time.Time) {
	d.served.note(s.ID, began)
	if !isUse(r) {
		return
	}
	if err := d.store.TouchSession(ctx, s, d.idleFor); err != nil {
		// The decision stands; the idle limit stays where it was, which is the stricter outcome.
		d.log.WarnContext(ctx, "the use of a session could not be noted", "error", err)
	}
}

// visit reads the session that a request's cookie names.
func (d *door) visit(ctx context.Context, r *http.Request) (store.Visit, error) {
	return d.visitBy(ctx, r, d.cookieSecret, d.anyVisit)
}

// visitReader reads the visit of a session by the hash of its secret on a host, "" for the door itself.
type visitReader func(ctx context.Context, host string, secretHash []byte) (store.Visit, error)

// anyVisit reads a visit whoever it is of.
func (d *door) anyVisit(ctx context.Context, host string, secretHash []byte) (store.Visit, error) {
	if host != "" {
		return d.store.VisitAt(ctx, host, secretHash)
	}
	return d.store.Visit(ctx, secretHash)
}

// visitBy reads the visit of the session that by names: of an application's host where the secret is one of those.
func (d *door) visitBy(ctx context.Context, r *http.Request, by credential, read visitReader) (store.Visit, error) {
	secret, err := by(r)
	if err != nil {
		return store.Visit{}, err
	}
	if secret == "" {
		return store.Visit{}, store.ErrNotFound
	}
	host := ""
	if strings.HasPrefix(secret, store.HostTokenPrefix) {
		if host = d.hostOf(r); host == "" {
			return store.Visit{}, store.ErrNotFound
		}
	}
	return read(ctx, host, hashSecret(secret))
}

// isNoSession says whether a visit failed because the request names no session, as opposed to because of a fault.
func isNoSession(err error) bool {
	return errors.Is(err, store.ErrNotFound) || errors.Is(err, errTwoCookies) || errors.Is(err, errTwoCredentials)
}

// endedByPerson are the ends of a session that say nothing against the person; a stolen cookie learns no more.
var endedByPerson = map[string]bool{"logout": true, "replaced": true, "password_changed": true, "provider_logout": true, "too_many": true, "restored": true}

// sessionOver judges the session itself. One that ended because of what happened to the person is left to the rules,
// which say what it was.
func (d *door) sessionOver(s store.Session) *denial {
	now := d.store.Now()
	if !s.RevokedAt.IsZero() && endedByPerson[s.RevokedReason] {
		return &denial{status: http.StatusUnauthorized, reason: policy.SessionRevoked}
	}
	if !now.Before(s.ExpiresAt) || !now.Before(s.IdleExpiresAt) {
		return &denial{status: http.StatusUnauthorized, reason: policy.SessionExpired}
	}
	return nil
}

// visitFacts are the facts of a request of somebody who signed in before.
func visitFacts(v store.Visit) policy.Facts {
	f := afterSignIn(connectionFacts(v.Connection, v.Attachments))
	if methodOf(v.Session.Method) == string(policy.Password) {
		f = passwordFacts(v.Connection, v.Attachments)
	}
	f.Applies = f.Offered // a change of the mode leaves running sessions alone
	f.Guest, f.SecondFactor = v.Session.Guest, v.Session.SecondFactor
	if v.User.ID == "" {
		f.Found = policy.Nobody
		return f
	}
	return withUser(f, v.Organization, v.User, v.Grants)
}

// refuseVisit records a refusal, once for each session and reason. The refusal stands even where it cannot be recorded.
func (d *door) refuseVisit(ctx context.Context, who caller, from visitor) *denial {
	reason := who.verdict.Reason
	if err := d.store.RefuseSession(ctx, who.visit, visitDecision(who, from), d.served.last(who.visit.Session.ID)); err != nil {
		d.log.ErrorContext(ctx, "a refusal could not be recorded", "reason", string(reason), "error", err)
	}
	return &denial{status: http.StatusForbidden, reason: reason, caller: who}
}

// refusedPage is what the person sees of a refusal.
func (who caller) refusedPage() refusedPage {
	return refusedPage{
		reason: who.verdict.Reason, hint: verdictHint(who.verdict), connection: who.visit.Connection,
		organization: who.visit.Organization.ID, chooseAccount: !who.verdict.FactorMissing, step: who.step(),
	}
}

// step is how the person can prove a second factor, "" where that is not what is missing: by a code beside the password, or
// at the provider.
func (who caller) step() policy.Method {
	if !who.verdict.FactorMissing {
		return ""
	}
	return policy.Method(methodOf(who.visit.Session.Method))
}

func visitDetail(v policy.Verdict) string {
	detail := "at a request with a session"
	if v.Foreign {
		detail += toAnotherOrganization
	}
	if v.FactorMissing {
		detail += toASecondFactor
	}
	return joined(detail, standingDetail(v.Standing))
}

func visitDecision(who caller, from visitor) store.Decision {
	v := who.visit
	return store.Decision{
		OrganizationID: v.Session.AdmittedTo, ConnectionID: v.Session.ConnectionID, DirectoryID: v.Session.DirectoryID,
		UserID: v.Session.UserID, UserName: v.User.UserName, Subject: v.User.ExternalID, TenantID: v.Connection.TenantID,
		Method: methodOf(v.Session.Method), Reason: string(who.verdict.Reason), Detail: visitDetail(who.verdict),
		Role: who.verdict.Standing.Role.Name, Grants: storeGrants(who.verdict.Standing.Grants),
		Address: from.address, UserAgent: from.userAgent, RequestID: from.requestID,
	}
}

// methodOf is how a session's method stands in decisions.
func methodOf(session string) string {
	if session == "password" {
		return session
	}
	return "sso"
}

// cannotKnow is the answer when the records cannot be read: nobody is let in, and nobody is sent to sign in again.
func (d *door) cannotKnow(ctx context.Context, err error) *denial {
	d.log.ErrorContext(ctx, "a request could not be judged", "error", err)
	return &denial{status: http.StatusServiceUnavailable, reason: policy.Unavailable, cause: err}
}

// presentSession returns the live session of a browser that is about to get a new one, nil where it has none.
func (d *door) presentSession(c echo.Context) *store.Session {
	visit, err := d.visit(c.Request().Context(), c.Request())
	if err != nil || !visit.Session.RevokedAt.IsZero() {
		return nil
	}
	return &visit.Session
}

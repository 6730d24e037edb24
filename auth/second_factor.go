package auth

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"doorlist/policy"
	"doorlist/store"
)

var (
	factorTemplate   = parsePage("factor")
	recoveryTemplate = parsePage("recovery")
)

// factorCookie binds the step behind the password to the browser. It is no session: nothing but that step can be done with it.
const (
	factorCookie  = "doorlist-factor"
	factorLasts   = 10 * time.Minute
	factorAddress = "/second-factor"
)

type factorBody struct {
	UserName, Fault string
	Enrolls         bool
	Secret          string // in groups of four
	Address         string // otpauth, for the app on the same device
	Picture         picture
}

// given is a challenge, and the person who is to meet it.
type given struct {
	store.Challenge
	hash   []byte
	person store.PasswordPerson
}

// stepAfterPassword is what somebody who was admitted by password has to do yet; asked says that they want to where a second
// factor is demanded.
func (d *door) stepAfterPassword(dir *store.DirectoryTx, p store.PasswordPerson, v policy.Verdict, asked bool) (policy.FactorStep, error) {
	f, err := dir.SecondFactor(p.User.ID)
	return policy.SecondFactorFor(policy.FactorFacts{
		Rule: policy.SecondFactorRule(f.Rule), Owner: v.Standing.Console() == policy.ConsoleOwn, Enrolled: f.Secret != "", Asked: asked,
	}), err
}

// startChallenge asks for the second factor and returns the cookie's secret.
func (d *door) startChallenge(dir *store.DirectoryTx, p store.PasswordPerson, step policy.FactorStep, returnTo string) (string, error) {
	secret, c := newSecret(), store.Challenge{UserID: p.User.ID, ReturnTo: returnTo, ExpiresAt: d.store.Now().Add(factorLasts)}
	if step == policy.EnrollFactor {
		c.Enrolls = newCodeSecret()
	}
	return secret, dir.StartChallenge(hashSecret(secret), c)
}

// challenge finds what the browser has begun. store.ErrNotFound or ErrUsed when there is nothing to go on with.
func (d *door) challenge(c echo.Context) (given, error) {
	secret, err := d.origin.cookie(c.Request(), factorCookie)
	if err != nil || secret == "" {
		return given{}, store.ErrNotFound
	}
	g := given{hash: hashSecret(secret)}
	if g.Challenge, err = d.store.Challenge(c.Request().Context(), g.hash); err != nil {
		return given{}, err
	}
	if g.person, err = d.store.PasswordPersonOf(c.Request().Context(), g.Directory, g.UserID); err != nil {
		return given{}, err
	}
	g.person, err = d.leadOn(c.Request().Context(), g.person, g.ReturnTo)
	return g, err
}

// beginAgain sends somebody whose time is over back to the password.
func (d *door) beginAgain(c echo.Context, err error) error {
	if !errors.Is(err, store.ErrNotFound) && !errors.Is(err, store.ErrUsed) {
		return err
	}
	d.origin.setCookie(c.Response(), factorCookie, "", -1)
	return c.Redirect(http.StatusSeeOther, "/password?notice=again")
}

// askFactor shows the form for a code, and somebody who has no second factor yet how to get one.
func (d *door) askFactor(c echo.Context) error {
	g, err := d.challenge(c)
	if err != nil {
		return d.beginAgain(c, err)
	}
	return d.showFactor(c, http.StatusOK, g, "")
}

func (d *door) showFactor(c echo.Context, status int, g given, fault string) error {
	body := factorBody{UserName: g.person.User.UserName, Fault: fault, Enrolls: g.Enrolls != ""}
	if to, ok := d.origin.handoverSite(g.ReturnTo); ok {
		d.letFormsEndAt(c, to)
	}
	if !body.Enrolls {
		return d.show(c, status, factorTemplate, "Enter your code", body)
	}
	var err error
	body.Secret = groupsOfFour(g.Enrolls)
	body.Address = codeURI(g.Enrolls, g.person.Organization.Name, body.UserName)
	if body.Picture, err = pictureOf(body.Address); err != nil {
		return err
	}
	return d.show(c, status, factorTemplate, "Set up your second factor", body)
}

func groupsOfFour(s string) string {
	var groups []string
	for len(s) > 4 {
		groups, s = append(groups, s[:4]), s[4:]
	}
	return strings.Join(append(groups, s), " ")
}

// giveFactor takes a code and signs the person in.
func (d *door) giveFactor(c echo.Context) error {
	began := time.Now()
	g, err := d.challenge(c)
	if err != nil {
		return d.beginAgain(c, err)
	}
	if err := d.crossSite.Check(c.Request()); err != nil {
		return d.showFactor(c, http.StatusForbidden, g, "Please use the form on this page.")
	}
	from, ctx := visitorOf(c), c.Request().Context()
	if !d.addresses.allow(from.address, d.store.Now()) {
		return d.showFactor(c, d.refusedStatus(c, policy.Locked, d.addresses.every), g, policy.Locked.Words().Person)
	}
	present := d.presentSession(c)
	out, err := d.meet(ctx, g, c.FormValue("code"), from, present)
	if err != nil {
		return d.beginAgain(c, err)
	}
	d.observe("sign_in", string(out.verdict.Reason))
	switch out.verdict.Reason {
	case policy.Admitted:
		return d.letIn(c, out, present, g.ReturnTo)
	case policy.BadCredentials:
		d.settle(ctx, began)
		return d.showFactor(c, d.refusedStatus(c, policy.BadCredentials, 0), g, "That code is not right, or was used before. Wait for the next one, and check the clock of your device.")
	case policy.Locked:
		return d.showFactor(c, d.refusedStatus(c, policy.Locked, out.wait), g, policy.Locked.Words().Person)
	}
	return d.showRefusal(c, refusedPage{
		reason: out.verdict.Reason, hint: verdictHint(out.verdict), connection: g.person.Connection, organization: g.person.Organization.ID, returnTo: g.ReturnTo,
	})
}

// letIn gives the browser its session. Somebody who has a second factor from now on sees the recovery codes, this once.
func (d *door) letIn(c echo.Context, out outcome, before *store.Session, returnTo string) error {
	d.origin.setCookie(c.Response(), sessionCookie, out.secret, 0)
	d.origin.setCookie(c.Response(), factorCookie, "", -1)
	d.noteArrival(c, localPath(returnTo))
	d.tellBreakGlass(c, out)
	if len(out.recovery) > 0 {
		return d.show(c, http.StatusOK, recoveryTemplate, "Keep your recovery codes", recoveryBody{Codes: out.recovery, GoOn: welcomePath(before, out.userID, returnTo)})
	}
	return c.Redirect(http.StatusSeeOther, welcomePath(before, out.userID, returnTo))
}

type recoveryBody struct {
	Codes   []string
	GoOn    string
	Renewed bool // in the place of earlier ones
}

// meet judges the person anew, because minutes have passed, and the code; it starts the session or not, and records the
// decision.
func (d *door) meet(ctx context.Context, g given, code string, from visitor, present *store.Session) (outcome, error) {
	var out outcome
	err := d.store.Write(ctx, from.actor(g.person.User.ID, g.person.User.UserName), func(tx *store.Tx) error {
		dir := tx.Directory(g.Directory).Into(g.person.Organization.ID)
		j, err := d.judge(dir, claimant{g.person, true}, from.address)
		if err != nil {
			return err
		}
		var recovery []string
		if j.verdict.Admitted() {
			var right bool
			if right, recovery, err = d.proves(dir, g, code); err != nil {
				return err
			}
			if !right {
				j.verdict, j.detail = policy.Verdict{Reason: policy.BadCredentials}, "the password was right, the code was not"
			}
		}
		out = outcome{verdict: j.verdict, wait: j.wait, recovery: recovery}
		if j.verdict.Admitted() {
			if err := dir.MeetChallenge(g.UserID, g.hash); err != nil {
				return err
			}
			if err := d.startLocal(tx, dir, g.person, j, &out, true, from, present); err != nil {
				return err
			}
		}
		return recordLocal(tx, g.person, j, from)
	})
	return out, err
}

// proves says whether a code meets a challenge, and uses it up. Of somebody who gets a second factor by it, it returns the
// recovery codes.
func (d *door) proves(dir *store.DirectoryTx, g given, code string) (right bool, recovery []string, err error) {
	f, err := dir.SecondFactor(g.UserID)
	if err != nil {
		return false, nil, err
	}
	if g.Enrolls != "" {
		if f.Secret != "" { // got in another window: an old challenge must not replace it
			return false, nil, store.ErrUsed
		}
		step, ok := stepOf(g.Enrolls, code, d.store.Now(), 0)
		if !ok {
			return false, nil, nil
		}
		recovery = newRecoveryCodes()
		return true, recovery, dir.EnrollSecondFactor(g.UserID, g.Enrolls, step, recoveryKeys(recovery))
	}
	if f.Secret == "" {
		return false, nil, store.ErrUsed // taken away meanwhile
	}
	if step, ok := stepOf(f.Secret, code, d.store.Now(), f.LastStep); ok {
		return true, nil, dir.UseSecondFactor(g.UserID, step)
	}
	_, err = dir.UseRecoveryCode(g.UserID, recoveryKey(code))
	if errors.Is(err, store.ErrNotFound) {
		return false, nil, nil
	}
	return err == nil, nil, err
}

package auth

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"doorlist/policy"
	"doorlist/store"
)

var renewalTemplate = parsePage("renewal")

// recoveryAddress does not lie below factorAddress, so that a sign-in may lead back to it.
const recoveryAddress = "/recovery-codes"

type renewalBody struct{ Left int } // codes that are unused

// askRenewal tells somebody how many recovery codes are left, and offers new ones.
func (d *door) askRenewal(c echo.Context) error {
	return d.withFactor(c, func(_ store.Visit, left int) error {
		return d.show(c, http.StatusOK, renewalTemplate, "Your recovery codes", renewalBody{left})
	})
}

// withFactor calls fn for somebody who has just proved password and second factor, with the number of recovery codes that
// are left: whoever finds an open screen must not get hold of codes that open the door later.
func (d *door) withFactor(c echo.Context, fn func(v store.Visit, left int) error) error {
	who, no := d.authenticate(c, d.cookieSecret, demand{})
	if no != nil {
		return d.turnAway(c, no, recoveryAddress)
	}
	s := who.visit.Session
	left, err := d.store.Directory(directoryOf(s)).RecoveryCodesLeft(c.Request().Context(), s.UserID)
	switch {
	case errors.Is(err, store.ErrNotFound), err == nil && s.Method != string(policy.Password):
		return d.showNoFactor(c)
	case err != nil:
		return err
	case !s.SecondFactor: // the rule may ask for none
		return c.Redirect(http.StatusSeeOther, secondStepPath(recoveryAddress))
	case !isFresh(s, d.store.Now()):
		return proveAgain(c, recoveryAddress)
	}
	return fn(who.visit, left)
}

func directoryOf(s store.Session) store.DirectoryKey {
	return store.DirectoryKey{OrganizationID: s.OrganizationID, DirectoryID: s.DirectoryID}
}

func (d *door) showNoFactor(c echo.Context) error {
	return d.show(c, http.StatusForbidden, noticeTemplate, "No recovery codes here", notice{
		"You have no recovery codes here", "They belong to the second factor of people who sign in with a password. If your organization signs you in, look there.",
	})
}

// renewRecovery gives new recovery codes, which are shown in this answer and never again, in the place of all earlier ones.
func (d *door) renewRecovery(c echo.Context) error {
	if err := d.crossSite.Check(c.Request()); err != nil {
		return d.show(c, http.StatusForbidden, noticeTemplate, "Nothing was changed", notice{
			"Nothing was changed", "Another site tried to renew your recovery codes. If you want to, do it from our own page.",
		})
	}
	return d.withFactor(c, func(v store.Visit, _ int) error {
		codes, from := newRecoveryCodes(), visitorOf(c)
		err := d.store.Write(c.Request().Context(), from.actor(v.User.ID, v.User.UserName), func(tx *store.Tx) error {
			dir := tx.Directory(directoryOf(v.Session))
			if err := dir.RenewRecoveryCodes(v.User.ID, recoveryKeys(codes)); err != nil {
				return err
			}
			told := store.PersonRecord{User: v.User, Email: v.Email}
			return tell(dir, v.User.ID, renewedLetter(d.origin.String(), told, d.store.Now(), from))
		})
		if errors.Is(err, store.ErrNotFound) { // reset meanwhile
			return d.showNoFactor(c)
		}
		if err != nil {
			return err
		}
		return d.show(c, http.StatusOK, recoveryTemplate, "Keep your recovery codes", recoveryBody{Codes: codes, GoOn: "/", Renewed: true})
	})
}

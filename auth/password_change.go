package auth

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"doorlist/policy"
	"doorlist/store"
)

var changeTemplate = parsePage("change")

type changeBody struct {
	UserName, Fault string
	Least           int
	Done            bool
}

// changer is a signed-in person who may change the password.
type changer struct {
	visit  store.Visit
	person store.PasswordPerson
}

// askChange shows a signed-in person the form for another password.
func (d *door) askChange(c echo.Context) error {
	return d.withChanger(c, func(who changer) error { return d.showChange(c, http.StatusOK, who, "") })
}

func (d *door) showChange(c echo.Context, status int, who changer, fault string) error {
	return d.show(c, status, changeTemplate, "Change your password", changeBody{UserName: who.person.User.UserName, Fault: fault, Least: minPassword})
}

// withChanger sends everybody else where they belong.
func (d *door) withChanger(c echo.Context, fn func(who changer) error) error {
	signedIn, no := d.authenticate(c, d.cookieSecret, demand{})
	if no != nil {
		return d.turnAway(c, no, "/")
	}
	s := signedIn.visit.Session
	p, err := d.store.PasswordPersonOf(c.Request().Context(), directoryOf(s), s.UserID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if err != nil || methodNow(p.WaysIn, d.store.Now()) != policy.Password {
		return d.show(c, http.StatusForbidden, noticeTemplate, "No password here", notice{
			"You have no password here", "You sign in through your organization, so there is no password to change. Change it there.",
		})
	}
	return fn(changer{signedIn.visit, p})
}

// changePassword replaces the password of somebody who knows the present one. It keeps this session and ends the others.
func (d *door) changePassword(c echo.Context) error {
	began := time.Now()
	return d.withChanger(c, func(who changer) error {
		if err := d.crossSite.Check(c.Request()); err != nil {
			return d.showChange(c, http.StatusForbidden, who, "Please use the form on this page.")
		}
		from, ctx := visitorOf(c), c.Request().Context()
		password, p := c.FormValue("password"), who.person
		own := []string{p.User.UserName, p.User.DisplayName, who.visit.Email, p.Organization.Name, p.Organization.Slug}
		if fault := passwordFault(password, c.FormValue("repeated"), own...); fault != "" {
			return d.showChange(c, http.StatusUnprocessableEntity, who, fault)
		}
		if !d.addresses.allow(from.address, d.store.Now()) {
			return d.refuseChange(c, who, policy.Locked, d.addresses.every)
		}
		reason, wait, err := d.replacePassword(ctx, who, c.FormValue("present"), password, from)
		if err != nil {
			return err
		}
		if reason != policy.Admitted {
			d.settle(ctx, began)
			return d.refuseChange(c, who, reason, wait)
		}
		return d.show(c, http.StatusOK, changeTemplate, "Your password is changed", changeBody{Done: true})
	})
}

func (d *door) refuseChange(c echo.Context, who changer, reason policy.Reason, wait time.Duration) error {
	fault := reason.Words().Person
	if reason == policy.BadCredentials {
		fault = "That is not your present password. Try again."
	}
	return d.showChange(c, d.refusedStatus(c, reason, wait), who, fault)
}

// replacePassword changes the password if the present one is right. Wrong ones count like those of a sign-in: an unlocked
// screen must not be a place to guess.
func (d *door) replacePassword(ctx context.Context, who changer, present, password string, from visitor) (reason policy.Reason, wait time.Duration, err error) {
	p := who.person
	proven, err := passwordMatches(ctx, p.PasswordHash, present)
	if err != nil {
		return "", 0, err
	}
	hash, err := hashPassword(ctx, password)
	if err != nil {
		return "", 0, err
	}
	err = d.store.Write(ctx, from.actor(p.User.ID, p.User.UserName), func(tx *store.Tx) error {
		dir := tx.Directory(p.Directory())
		j, err := d.judge(dir, claimant{p, proven}, from.address)
		reason, wait = j.verdict.Reason, j.wait
		if err != nil {
			return err
		}
		if reason != policy.Admitted {
			j.detail = "at a change of the password"
			return recordLocal(tx, p, j, from)
		}
		if err := dir.SetPassword(p.User.ID, hash, who.visit.Session.ID); err != nil {
			return err
		}
		told := store.PersonRecord{User: p.User, Email: who.visit.Email}
		return tell(dir, p.User.ID, changedLetter(d.origin.String(), told, d.store.Now(), from))
	})
	return reason, wait, err
}

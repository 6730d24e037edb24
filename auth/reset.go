package auth

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"doorlist/store"
)

var resetTemplate = parsePage("reset")

type resetBody struct {
	Fault, UserName string
	Sent            bool
}

// askReset shows the form for people who have forgotten their password.
func (d *door) askReset(c echo.Context) error {
	return d.show(c, http.StatusOK, resetTemplate, "Set a new password", resetBody{})
}

// reset takes the name of somebody who has forgotten the password. The answer is the same whoever that is, and is given
// before anybody is looked up.
func (d *door) reset(c echo.Context) error {
	name, from, now := c.FormValue("user_name"), visitorOf(c), d.store.Now()
	if err := d.crossSite.Check(c.Request()); err != nil {
		return d.show(c, http.StatusForbidden, resetTemplate, "Set a new password", resetBody{Fault: "Please use the form on this page."})
	}
	if !d.resets.allow(from.address, now) {
		c.Response().Header().Set("Retry-After", retryAfter(d.resets.every))
		return d.show(c, http.StatusTooManyRequests, resetTemplate, "Set a new password", resetBody{Fault: "There were too many requests from your network. Wait a few minutes and try again."})
	}
	if d.resetNames.allow(store.Fold(name), now) {
		d.later(c, "mailing a link to set a new password", func(ctx context.Context) error { return d.sendResets(ctx, name, from) })
	}
	return d.show(c, http.StatusOK, resetTemplate, "Look into your mailbox", resetBody{Sent: true})
}

// resetsAnHour bounds the mails that somebody gets because others type the name.
const resetsAnHour = 3

// sendResets mails a link to everybody of the name, which may be an e-mail address, for whom a password is of use.
func (d *door) sendResets(ctx context.Context, name string, from visitor) error {
	organizations, err := d.store.Organizations(ctx)
	if err != nil {
		return err
	}
	for _, o := range organizations {
		people, err := d.store.Organization(o.ID).FindPeople(ctx, name)
		if err != nil {
			return err
		}
		for _, p := range people {
			if goesBy(p, name) && AddressOf(p) != "" && MayChoosePassword(p, d.store.Now()) {
				if err := d.sendReset(ctx, p, from); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// goesBy says whether a name is the person's own: FindPeople knows ids too.
func goesBy(p store.PersonRecord, name string) bool {
	return store.Fold(name) == store.Fold(p.User.UserName) || store.Fold(name) == store.Fold(AddressOf(p))
}

func (d *door) sendReset(ctx context.Context, p store.PersonRecord, from visitor) error {
	// Whoever types a name is not the person yet.
	return d.store.Write(ctx, from.actor("", ""), func(tx *store.Tx) error {
		dir := tx.Directory(p.Directory)
		sent, err := dir.LinksSince(p.User.ID, store.ToReset, d.store.Now().Add(-time.Hour))
		if err != nil || sent >= resetsAnHour {
			return err
		}
		i, secret, err := dir.Invite(p.User.ID, store.ToReset)
		if err != nil {
			return err
		}
		return dir.QueueMail(p.User.ID, resetLetter(d.origin.String(), p, i, secret))
	})
}

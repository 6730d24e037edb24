package auth

import (
	"context"
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"doorlist/store"
)

var (
	inviteTemplate   = parsePage("invite")
	passwordTemplate = parsePage("password")
)

type inviteBody struct {
	UserName, Organization string
	Fault                  string
	Least                  int
	Reset                  bool
	// SignIn is the provider's way in, for somebody to whom SSO applies: there is no password to choose then.
	SignIn    string
	Label     string // of the provider
	Microsoft bool
}

// invited shows what a one-time link is for. Looking at it uses nothing up: mail scanners open links too.
func (d *door) invited(purpose store.Purpose) func(c echo.Context) error {
	return func(c echo.Context) error {
		i, p, err := d.invitation(c, purpose)
		if err != nil {
			return d.showInvitationFault(c, purpose, err)
		}
		return d.showInvitation(c, http.StatusOK, i, p, "")
	}
}

// invitation finds the invitation of the request's secret, and whom it is for.
func (d *door) invitation(c echo.Context, purpose store.Purpose) (store.Invitation, store.PersonRecord, error) {
	ctx := c.Request().Context()
	i, err := d.store.Invitation(ctx, c.Param("secret"))
	if err == nil && i.Purpose != purpose {
		err = store.ErrNotFound
	}
	if err != nil {
		return i, store.PersonRecord{}, err
	}
	p, err := d.store.Organization(i.Directory.OrganizationID).Person(ctx, i.Directory.DirectoryID, i.UserID)
	return i, p, err
}

func (d *door) showInvitation(c echo.Context, status int, i store.Invitation, p store.PersonRecord, fault string) error {
	body := inviteBody{UserName: i.UserName, Organization: p.Organization.Name, Fault: fault, Least: minPassword, Reset: i.Purpose == store.ToReset}
	if !MayChoosePassword(p, d.store.Now()) {
		body.SignIn, body.Label = loginPath(p.Connection.Slug, "", "login_hint", AddressOf(p)), p.Connection.Name
		if body.Microsoft = p.Connection.OfEntra(); body.Microsoft {
			body.Label = "Microsoft"
		}
		return d.show(c, status, inviteTemplate, "Sign in with "+body.Label, body)
	}
	return d.show(c, status, inviteTemplate, "Choose a password", body)
}

func (d *door) showInvitationFault(c echo.Context, purpose store.Purpose, err error) error {
	if !errors.Is(err, store.ErrNotFound) && !errors.Is(err, store.ErrUsed) {
		return err
	}
	text := "It was used or replaced by a newer one already, has expired, or is not complete. Ask an administrator for a new one."
	if purpose == store.ToReset {
		text = "It was used or replaced by a newer one already, has expired, or is not complete. Ask for a new one under “I have forgotten my password”."
	}
	return d.show(c, http.StatusNotFound, noticeTemplate, "This link has no use", notice{"This link has no use any more", text})
}

// errSSOApplies refuses a password to somebody for whom none would be good.
var errSSOApplies = errors.New("SSO applies to the person")

// accept sets the password that was chosen and uses the link up. It signs nobody in: whoever reads the mail knows no
// second factor.
func (d *door) accept(purpose store.Purpose) func(c echo.Context) error {
	return func(c echo.Context) error {
		if err := d.crossSite.Check(c.Request()); err != nil {
			return d.show(c, http.StatusForbidden, noticeTemplate, "Not set", notice{"The password was not set", "Open the link again and use the form on our own page."})
		}
		i, p, err := d.invitation(c, purpose)
		if err != nil {
			return d.showInvitationFault(c, purpose, err)
		}
		password := c.FormValue("password")
		if fault := passwordFault(password, c.FormValue("repeated"), ownNames(p)...); fault != "" {
			return d.showInvitation(c, http.StatusUnprocessableEntity, i, p, fault)
		}
		err = d.setChosen(c.Request().Context(), visitorOf(c), c.Param("secret"), password, i, p)
		if errors.Is(err, errSSOApplies) {
			return d.showInvitation(c, http.StatusForbidden, i, p, "")
		}
		if err != nil {
			return d.showInvitationFault(c, purpose, err)
		}
		return c.Redirect(http.StatusSeeOther, "/password?notice=set")
	}
}

// setChosen keeps the password that somebody chose behind a one-time link, and tells them if it replaced one.
func (d *door) setChosen(ctx context.Context, from visitor, secret, password string, i store.Invitation, p store.PersonRecord) error {
	if !MayChoosePassword(p, d.store.Now()) {
		return errSSOApplies // before the costly hash; it is asked again below
	}
	hash, err := hashPassword(ctx, password)
	if err != nil {
		return err
	}
	return d.store.Write(ctx, from.actor(i.UserID, i.UserName), func(tx *store.Tx) error {
		dir := tx.Directory(i.Directory)
		ways, err := dir.WaysIn(i.UserID)
		if err != nil {
			return err
		}
		if !methodFacts(ways, d.store.Now()).MaySetPassword() {
			return errSSOApplies
		}
		if _, err := tx.AcceptInvitation(secret, hash); err != nil || !ways.HasPassword {
			return err
		}
		return tell(dir, p.User.ID, changedLetter(d.origin.String(), p, d.store.Now(), from))
	})
}

// tell mails somebody what happened. Without an address nobody can be told.
func tell(dir *store.DirectoryTx, userID string, letter store.Mail) error {
	if letter.To == "" {
		return nil
	}
	return dir.QueueMail(userID, letter)
}

// ownNames are what a guesser would try for a person first.
func ownNames(p store.PersonRecord) []string {
	return []string{p.User.UserName, p.User.DisplayName, p.Email, p.Organization.Name, p.Organization.Slug}
}

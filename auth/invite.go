package auth

import (
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
	UserName string
	Fault    string
	Least    int
}

// invited shows the form for choosing a password. Looking at it uses nothing up: mail scanners open links too.
func (d *door) invited(c echo.Context) error {
	invitation, err := d.store.Invitation(c.Request().Context(), c.Param("secret"))
	if err != nil {
		return d.showInvitationFault(c, err)
	}
	return d.showInvitation(c, http.StatusOK, invitation, "")
}

func (d *door) showInvitation(c echo.Context, status int, i store.Invitation, fault string) error {
	return d.show(c, status, inviteTemplate, "Choose a password", inviteBody{UserName: i.UserName, Fault: fault, Least: minPassword})
}

func (d *door) showInvitationFault(c echo.Context, err error) error {
	if !errors.Is(err, store.ErrNotFound) && !errors.Is(err, store.ErrUsed) {
		return err
	}
	return d.show(c, http.StatusNotFound, noticeTemplate, "This link has no use", notice{
		"This link has no use any more", "It was used already, has expired, or is not complete. Ask an administrator for a new one.",
	})
}

// accept sets the password that was chosen and uses the link up.
func (d *door) accept(c echo.Context) error {
	if err := d.crossSite.Check(c.Request()); err != nil {
		return d.show(c, http.StatusForbidden, noticeTemplate, "Not set", notice{"The password was not set", "Open the link again and use the form on our own page."})
	}
	ctx, secret := c.Request().Context(), c.Param("secret")
	invitation, err := d.store.Invitation(ctx, secret)
	if err != nil {
		return d.showInvitationFault(c, err)
	}
	password := c.FormValue("password")
	if fault := passwordFault(password, c.FormValue("repeated"), invitation.UserName); fault != "" {
		return d.showInvitation(c, http.StatusUnprocessableEntity, invitation, fault)
	}
	hash, err := hashPassword(ctx, password)
	if err != nil {
		return err
	}
	err = d.store.Write(ctx, visitorOf(c).actor(invitation.UserID, invitation.UserName), func(tx *store.Tx) error {
		_, err := tx.AcceptInvitation(secret, hash)
		return err
	})
	if err != nil {
		return d.showInvitationFault(c, err)
	}
	return c.Redirect(http.StatusSeeOther, "/password?notice=set")
}

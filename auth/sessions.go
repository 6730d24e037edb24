package auth

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"doorlist/store"
)

var sessionsTemplate = parsePage("sessions")

// shownSession is one of a person's own sessions.
type shownSession struct {
	ID, Device, Method, Address string
	Since, LastSeen             time.Time
	Present                     bool // the one that asks
}

type sessionsBody struct {
	Notice   string
	Sessions []shownSession // the present one first
}

// errNotOwn refuses to end a session that is not the person's, or is over.
var errNotOwn = errors.New("no such session of the person's")

// sessionNotices are what the page says after a change.
var sessionNotices = map[string]string{
	"one":    "That session has ended.",
	"others": "All your other sessions have ended.",
	"none":   "That session had ended already.",
}

// sessions shows people where they are signed in.
func (d *door) sessions(c echo.Context) error {
	who, no := d.authenticate(c, d.cookieSecret, demand{})
	if no != nil {
		return d.turnAway(c, no, "/sessions")
	}
	own, err := d.ownSessions(c.Request().Context(), who)
	if err != nil {
		return err
	}
	body := sessionsBody{Notice: sessionNotices[c.QueryParam("ended")]}
	for _, s := range own {
		body.Sessions = append(body.Sessions, shownSession{
			ID: s.ID, Device: deviceWords(s), Method: signInWords(s, who.visit.Connection), Address: s.Address,
			Since: s.CreatedAt.UTC(), LastSeen: s.LastSeenAt.UTC(), Present: s.ID == who.visit.Session.ID,
		})
	}
	slices.SortStableFunc(body.Sessions, func(a, b shownSession) int {
		if a.Present {
			return -1
		}
		return 0
	})
	return d.show(c, http.StatusOK, sessionsTemplate, "Where you are signed in", body)
}

// ownSessions are the person's sessions that a request could still use.
func (d *door) ownSessions(ctx context.Context, who caller) ([]store.Session, error) {
	all, err := d.store.Organization(who.visit.Organization.ID).Sessions(ctx, who.visit.User.ID)
	return slices.DeleteFunc(all, func(s store.Session) bool { return d.sessionOver(s) != nil }), err
}

// endSessionHere ends one of the person's own sessions, or with the id "others" all but the present one.
func (d *door) endSessionHere(c echo.Context) error {
	if err := d.crossSite.Check(c.Request()); err != nil {
		return d.show(c, http.StatusForbidden, noticeTemplate, "Nothing was ended", notice{
			"Nothing was ended", "Another site tried to end your sessions. If you want to, do it from our own page.",
		})
	}
	who, no := d.authenticate(c, d.cookieSecret, demand{})
	if no != nil {
		return d.turnAway(c, no, "/sessions")
	}
	id := c.FormValue("id")
	err := d.endOwn(c, who, func(s store.Session) bool {
		return s.ID == id || id == "others" && s.ID != who.visit.Session.ID
	})
	ended := "one"
	switch {
	case id == "others" && (err == nil || errors.Is(err, errNotOwn)):
		ended = "others"
	case errors.Is(err, errNotOwn):
		ended = "none"
	case err != nil:
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/sessions?ended="+ended)
}

func (d *door) endOwn(c echo.Context, who caller, selected func(store.Session) bool) error {
	ctx := c.Request().Context()
	own, err := d.ownSessions(ctx, who)
	if err != nil {
		return err
	}
	own = slices.DeleteFunc(own, func(s store.Session) bool { return !selected(s) })
	if len(own) == 0 {
		return errNotOwn
	}
	return d.store.Write(ctx, visitorOf(c).actor(who.visit.User.ID, who.visit.User.UserName), func(tx *store.Tx) error {
		for _, s := range own {
			if err := tx.Directory(directoryOf(s)).EndSession(s.ID, "logout"); err != nil {
				return err
			}
		}
		return nil
	})
}

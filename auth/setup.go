package auth

import (
	"context"
	"crypto/subtle"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/labstack/echo/v4"

	"doorlist/store"
)

var setupTemplate = parsePage("setup")

// setup makes the first owner of a server that has none. Its secret is printed where the server was started, so that
// whoever started it is the first to come in, and not whoever finds the page first.
type setup struct {
	secret string // "" where there is nothing to set up
	then   string // further query of the page behind it: where the owner goes

	mu   sync.Mutex // one attempt at a time
	done atomic.Bool
}

// NewSetupSecret makes a secret for Config.SetupSecret.
func NewSetupSecret() string { return newSecret() }

// SetupPath is the path of the page that makes the first owner.
func SetupPath(secret string) string { return "/setup/" + secret }

type setupBody struct {
	Organization  string // to fill in; "" when there are some already
	Organizations []store.Organization
	Email, Fault  string
	Least         int
}

// askSetup shows the form for the first owner.
func (d *door) askSetup(c echo.Context) error {
	if !d.maySetUp(c) {
		return d.showSetupOver(c)
	}
	return d.showSetup(c, http.StatusOK, setupBody{Organization: "main"})
}

func (d *door) showSetup(c echo.Context, status int, body setupBody) error {
	var err error
	if body.Organizations, err = d.store.Organizations(c.Request().Context()); err != nil {
		return err
	}
	body.Least = minPassword
	return d.show(c, status, setupTemplate, "Set up Doorlist", body)
}

func (d *door) showSetupOver(c echo.Context) error {
	return d.show(c, http.StatusNotFound, noticeTemplate, "This link has no use", notice{
		"This link has no use any more", "Doorlist is set up, or was started again since. The server prints a new link at its start while there is no owner.",
	})
}

func (d *door) maySetUp(c echo.Context) bool {
	given := c.Param("secret")
	return d.setup.secret != "" && !d.setup.done.Load() && subtle.ConstantTimeCompare([]byte(given), []byte(d.setup.secret)) == 1
}

// setUp makes the organization, if there is none, and its owner with the chosen password. The lock lets one of several
// attempts at a time through, and the first that succeeds is the last.
func (d *door) setUp(c echo.Context) error {
	d.setup.mu.Lock()
	defer d.setup.mu.Unlock()
	if !d.maySetUp(c) {
		return d.showSetupOver(c)
	}
	if err := d.crossSite.Check(c.Request()); err != nil {
		return d.showSetup(c, http.StatusForbidden, setupBody{Fault: "Please use the form on this page."})
	}
	body := setupBody{Organization: c.FormValue("organization"), Email: c.FormValue("email")}
	password := c.FormValue("password")
	if body.Fault = passwordFault(password, c.FormValue("repeated"), body.Email, body.Organization); body.Fault != "" {
		return d.showSetup(c, http.StatusUnprocessableEntity, body)
	}
	err := d.makeOwner(c.Request().Context(), visitorOf(c), body, password)
	var invalid *store.InvalidError
	if errors.As(err, &invalid) {
		body.Fault = "The " + invalid.Error() + "."
		return d.showSetup(c, http.StatusUnprocessableEntity, body)
	}
	if err != nil {
		return err
	}
	d.setup.done.Store(true)
	return c.Redirect(http.StatusSeeOther, "/password?notice=set"+d.setup.then)
}

func (d *door) makeOwner(ctx context.Context, from visitor, body setupBody, password string) error {
	hash, err := hashPassword(ctx, password)
	if err != nil {
		return err
	}
	return d.store.Write(ctx, from.actor("", body.Email), func(tx *store.Tx) error {
		org, err := d.firstOrganization(ctx, tx, body.Organization)
		if err != nil {
			return err
		}
		_, secret, err := tx.Organization(org.ID).CreateOwner(body.Email)
		if err != nil {
			return err
		}
		_, err = tx.AcceptInvitation(secret, hash)
		return err
	})
}

// firstOrganization is the organization of the slug; a server without any gets it.
func (d *door) firstOrganization(ctx context.Context, tx *store.Tx, slug string) (store.Organization, error) {
	all, err := d.store.Organizations(ctx)
	if err != nil {
		return store.Organization{}, err
	}
	for _, o := range all {
		if o.Slug == slug {
			return o, nil
		}
	}
	if len(all) > 0 {
		return store.Organization{}, &store.InvalidError{Field: "organization", Message: "must be one of those that exist"}
	}
	return tx.CreateOrganization(slug, "", "")
}

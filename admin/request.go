package admin

import (
	"errors"
	"net/http"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"doorlist/auth"
	"doorlist/store"
)

// request is one request of somebody who may see the page, with what its address names.
type request struct {
	echo.Context
	*console
	who        auth.Caller
	reach      []store.Organization // what the caller may see
	org        store.Organization   // named, or the connection's; zero where the address names none
	connection store.Connection
	follow     int // seconds after which the page looks again; 0: never
	waiting    *waiting

	page       route
	ruled      bool      // it takes two persons
	rehearsing bool      // changes are tried and not made
	rehearsed  bool      // one was tried
	approval   *approval // what another owner looks at, or agrees to
}

// named looks up what the address names. What belongs to an organization out of reach is not there.
func (k *console) named(page route) func(echo.Context, auth.Caller) error {
	return func(c echo.Context, who auth.Caller) error {
		r := &request{Context: c, console: k, who: who, page: page, waiting: newWaiting(k.Patience)}
		err := r.find()
		if err == nil {
			err = r.findRule()
		}
		if err == nil {
			err = page.serve(r)
		}
		if err != nil && r.waiting.begun() {
			return r.breakOff(err)
		}
		if errors.Is(err, store.ErrNotFound) {
			return r.show(http.StatusNotFound, notFoundTemplate, "There is nothing here", nil)
		}
		return err
	}
}

// notFoundTemplate answers for what is not there, or not for the caller to know of.
var notFoundTemplate = parsePage("not_found")

// nowhere is the page of every address that is no page's.
func nowhere(*request) error { return store.ErrNotFound }

func (r *request) find() (err error) {
	ctx, org, slug := r.Request().Context(), r.Param("org"), r.Param("connection")
	if r.reach, err = r.Store.Reach(ctx, r.who.OrganizationID); err != nil {
		return err
	}
	var connection store.Connection
	if slug != "" {
		if connection, err = r.Store.FindConnection(ctx, slug); err != nil {
			return err
		}
		org = connection.OrganizationID
	}
	if org == "" {
		return nil
	}
	if r.org, err = r.within(org); err != nil {
		return err
	}
	r.connection = connection // not before: the page that is not found names what the request is about
	return nil
}

// within finds an organization by its slug or id, in reach.
func (r *request) within(org string) (store.Organization, error) {
	i := slices.IndexFunc(r.reach, func(o store.Organization) bool { return o.ID == org || o.Slug == org })
	if i < 0 {
		return store.Organization{}, store.ErrNotFound
	}
	return r.reach[i], nil
}

// write changes something in the caller's name, unless that takes two persons.
func (r *request) write(fn func(tx *store.Tx) error) error {
	switch {
	case r.rehearsing:
		return r.rehearse(fn)
	case r.approval != nil:
		return r.settle(fn)
	case r.ruled:
		return &store.RefusedError{Message: "two persons decide here: this page cannot ask another one"}
	}
	return r.Store.Write(r.Request().Context(), r.who.Actor(), fn)
}

// mayGrant says whether the caller may hand out a role, or take it away.
func (r *request) mayGrant(role store.Role) bool { return r.who.MayGrant(r.org.ID, role) == nil }

// to is the address of a page: segments, escaped.
func to(segments ...string) string {
	address := "/admin"
	for _, s := range segments {
		address += "/" + url.PathEscape(s)
	}
	return address
}

func (r *request) orgPath(more ...string) string {
	return to(append([]string{"organizations", r.org.Slug}, more...)...)
}

func (r *request) connectionPath(more ...string) string {
	return to(append([]string{"connections", r.connection.Slug}, more...)...)
}

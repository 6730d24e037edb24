package admin

import (
	"net/url"
	"slices"

	"doorlist/auth"
	"doorlist/store"
)

var visitorTemplate = parsePage("visitor")

// visitorContent is what there is here about somebody of an organization above, whose record is that organization's.
type visitorContent struct {
	store.PersonRecord
	Home             string // address of the person's page there; "" for whoever does not see that organization
	Explain, SignIns string
}

// visitor finds who of all that may come to the organization has an id: its own people, or those of a connection from above.
func (r *request) visitor(id string) (store.PersonRecord, error) {
	people, err := auth.Visitors(r.Request().Context(), r.Store, r.org, id)
	if err != nil {
		return store.PersonRecord{}, err
	}
	i := slices.IndexFunc(people, func(p store.PersonRecord) bool { return p.User.ID == id })
	if i < 0 {
		return store.PersonRecord{}, store.ErrNotFound
	}
	return people[i], nil
}

// showVisitor says of somebody who comes by a connection from above where there is more about them.
func (r *request) showVisitor(id string) error {
	p, err := r.visitor(id)
	if err != nil {
		return err
	}
	content := visitorContent{
		PersonRecord: p, Explain: r.orgPath("explain") + "?" + url.Values{"who": {id}}.Encode(), SignIns: r.orgPath("sign-ins") + "?" + url.Values{"person": {id}}.Encode(),
	}
	if home, err := r.within(p.Connection.OrganizationID); err == nil {
		content.Home = to("organizations", home.Slug, "users", id)
	}
	return r.ok(visitorTemplate, called(p), content)
}

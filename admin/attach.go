package admin

import (
	"fmt"
	"slices"

	"doorlist/auth"
	"doorlist/store"
)

// placeTable lists how a connection stands in organizations, or connections in an organization.
type placeTable struct {
	What   string // what Title of each is: an organization, or a connection
	Places []place
	Own    bool // whoever looks may change it
}

// place is an organization with how a connection stands there.
type place struct {
	Title, Link        string // of what the page is not about; no link where that is out of reach
	Organization, Slug string // name and slug
	Connection         store.Connection
	Line               []string // what is said of the connection, from the organization up to the connection's owner
	Above              string   // the name of the organization above that decides; "" where none does
	from               string   // how links lead back: "?from=connection" to the connection's page, "" to the organization's
}

// Attached says that people of the connection may sign in there.
func (p place) Attached() bool { return auth.Attached(p.Line) }

// State is how the connection stands there, in words.
func (p place) State() string {
	switch own := p.Line[0]; {
	case own == "on":
		return "attached"
	case own == "off":
		return "opted out"
	case p.Above == "":
		return "not attached"
	case p.Attached():
		return "attached, like " + p.Above
	}
	return "not attached, like " + p.Above
}

// Address is where that is changed.
func (p place) Address() string {
	change := "attach"
	if p.Attached() {
		change = "detach"
	}
	return to("organizations", p.Slug, "connections", p.Connection.Slug, change) + p.from
}

// placeAt is how a connection stands in an organization in reach.
func (r *request) placeAt(o store.Organization, c store.Connection, line []string) place {
	p := place{Organization: o.Name, Slug: o.Slug, Connection: c, Line: line}
	above := slices.IndexFunc(line, func(said string) bool { return said != "" })
	if above <= 0 {
		return p
	}
	for range above {
		parent, err := r.within(o.ParentID)
		if err != nil {
			p.Above = "an organization above"
			return p
		}
		o = parent
	}
	p.Above = o.Name
	return p
}

// placesOf are the organizations that can have the connection.
func (r *request) placesOf(c store.Connection) ([]place, error) {
	all, err := r.Store.Destinations(r.Request().Context(), c, "")
	var places []place
	for _, d := range all {
		if o, notFound := r.within(d.OrganizationID); notFound == nil {
			p := r.placeAt(o, c, d.Line)
			p.Title, p.Link, p.from = o.Name, to("organizations", o.Slug), "?from=connection"
			places = append(places, p)
		}
	}
	return places, err
}

// placesIn is how the connections of the organization, and of those above it, stand in it.
func (r *request) placesIn(o store.Organization) ([]place, error) {
	all, err := r.Store.Organization(o.ID).ReachableConnections(r.Request().Context())
	var places []place
	for _, c := range all {
		p := r.placeAt(o, c.Connection, c.Line)
		p.Title = c.Connection.Name
		if _, outOfReach := r.within(c.Connection.OrganizationID); outOfReach == nil {
			p.Link = to("connections", c.Connection.Slug)
		}
		places = append(places, p)
	}
	return places, err
}

// attachConnection lets people of a connection sign in to the organization and to those below it.
func attachConnection(r *request) error { return r.setAttachment(true) }

// detachConnection lets them in no more.
func detachConnection(r *request) error { return r.setAttachment(false) }

func (r *request) setAttachment(wanted bool) error {
	places, err := r.placesIn(r.org)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(places, func(p place) bool { return p.Connection.Slug == r.Param("reachable") })
	if i < 0 {
		return store.ErrNotFound
	}
	c, back := places[i].Connection, r.orgPath()
	if _, outOfReach := r.within(c.OrganizationID); outOfReach == nil && r.QueryParam("from") == "connection" {
		back = to("connections", c.Slug)
	}
	f := form{Heading: "Attach " + c.Name + " to " + r.org.Name, Submit: "Attach it", Back: back, Lead: "It is attached already."}
	done := "attached"
	if !wanted {
		f = form{Heading: "Detach " + c.Name + " from " + r.org.Name, Submit: "Detach it", Back: back, Lead: "It is not attached."}
		done = "detached"
	}
	if err := r.foretell(&f, c, wanted); err != nil {
		return err
	}
	return r.weigh(f, func(values) (plan, error) {
		return plan{next: back + "?done=" + done, change: func(tx *store.Tx) error { return auth.Attach(tx, r.org.ID, c.ID, wanted) }}, nil
	})
}

// foretell says what attaching a connection to the organization, or detaching it, will mean.
func (r *request) foretell(f *form, c store.Connection, wanted bool) error {
	ctx := r.Request().Context()
	all, err := r.Store.Destinations(ctx, c, "")
	if err != nil {
		return err
	}
	reach, err := r.Store.Reach(ctx, r.org.ID)
	if err != nil {
		return err
	}
	changes := auth.AttachmentChanges(all, r.org.ID, reach, wanted)
	if len(changes) == 0 {
		return nil
	}
	if wanted {
		f.Lead = "People of the connection can sign in here from then on, where they have a role. Whoever opted out stays out."
		f.Lists = []namedList{{Title: "Where they can sign in", Items: namesOf(changes)}}
		return nil
	}
	open := slices.DeleteFunc(slices.Clone(all), func(d store.Destination) bool {
		return !auth.Attached(d.Line) || slices.ContainsFunc(changes, func(x store.Destination) bool { return x.OrganizationID == d.OrganizationID })
	})
	return r.foretellDetached(f, c, changes, open)
}

// foretellDetached tells who loses the way in: closed is where the connection is attached no more, open where it still is.
func (r *request) foretellDetached(f *form, c store.Connection, closed, open []store.Destination) error {
	f.Lead = "People of the connection cannot sign in here any more, and the sessions that came this way end at once."
	ending, mine := namedList{Title: "Where that ends"}, false
	for _, d := range closed {
		n, own, err := r.sessionsThrough(c, d.OrganizationID)
		if err != nil {
			return err
		}
		mine = mine || own
		ending.Items = append(ending.Items, fmt.Sprintf("%s: %s", d.Name, counted(n, "session ends", "sessions end")))
	}
	f.Lists = []namedList{ending}
	if len(open) > 0 {
		f.Lists = append(f.Lists, namedList{Title: "Where they can still sign in", Items: namesOf(open)})
	} else {
		f.Warning = "It will be attached nowhere: nobody whom its provider has sent can sign in at all."
	}
	if mine {
		f.Warning += " You came in this way yourself: you will be signed out."
	}
	return nil
}

func namesOf(all []store.Destination) []string {
	names := make([]string, len(all))
	for i, d := range all {
		names[i] = d.Name
	}
	return names
}

// sessionsThrough counts the sessions of a connection's people that let into an organization; mine says that the caller's is one.
func (r *request) sessionsThrough(c store.Connection, organizationID string) (n int, mine bool, err error) {
	for f := (store.SessionFilter{DirectoryID: c.DirectoryID}); ; {
		list, err := r.Store.Organization(organizationID).ListSessions(r.Request().Context(), f, r.now())
		if err != nil {
			return 0, false, err
		}
		for _, s := range list {
			if s.AdmittedTo == organizationID {
				n, mine = n+1, mine || s.ID == r.who.SessionID
			}
		}
		if len(list) < store.SessionPage {
			return n, mine, nil
		}
		f.Before = list[len(list)-1].ID
	}
}

// counted is a number of things in words.
func counted(n int, one, many string) string {
	switch n {
	case 0:
		return "no " + one
	case 1:
		return "one " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

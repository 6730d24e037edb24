package admin

import (
	"errors"
	"slices"

	"doorlist/auth"
	"doorlist/store"
)

var userTemplate = parsePage("user")

// userContent is all about one person.
type userContent struct {
	Path       string // address of the page
	Person     store.PersonRecord
	Offers     []offer
	NoRole     string // how somebody gets a role to whom nothing gives one
	OfGroups   bool   // a role that a group gives counts
	Why        auth.Explanation
	Short      string // why not, in a few words
	Because    string // the same in full
	Record     []ownedValue
	Document   string
	Grants     []shownGrant
	Groups     []shownUserGroup
	Sessions   []store.ListedSession
	Decisions  []store.Decision
	Events     []pastEvent
	Above      string // a role of the person's that is above the caller's; "" for none
	MoreEvents bool
	Links      links
}

// links are the addresses of pages about what belongs to a person, "" where there are none.
type links struct{ Groups, Decisions string }

// person finds who the address is about.
func (r *request) person() (store.PersonRecord, error) { return r.personWith(r.Param("person")) }

func (r *request) personWith(id string) (store.PersonRecord, error) {
	people, err := r.Store.Organization(r.org.ID).FindPeople(r.Request().Context(), id)
	if err != nil {
		return store.PersonRecord{}, err
	}
	i := slices.IndexFunc(people, func(p store.PersonRecord) bool { return p.User.ID == id })
	if i < 0 {
		return store.PersonRecord{}, store.ErrNotFound
	}
	return people[i], nil
}

// called is what people see a person as.
func called(p store.PersonRecord) string { return orElse(p.User.DisplayName, p.User.UserName) }

// personPath is the address of a person's page.
func (r *request) personPath(p store.PersonRecord, more ...string) string {
	return r.orgPath(append([]string{"users", p.User.ID}, more...)...)
}

// above is a role of the person's that is above the caller's, "" for none: nobody acts on such a person.
func (r *request) above(p store.PersonRecord) string {
	for _, g := range p.Grants {
		if !r.mayGrant(g.Role) {
			return g.Role.Name
		}
	}
	return ""
}

// recentEvents and recentDecisions are how many of the latest a page shows.
const (
	recentEvents    = 50
	recentDecisions = 10
)

// showPerson shows a person: whether they can sign in and why, the record and who owns what of it, roles, groups, sessions, attempts and history.
func showPerson(r *request) error {
	p, err := r.person()
	if errors.Is(err, store.ErrNotFound) {
		return r.showVisitor(r.Param("person"))
	}
	if err != nil {
		return err
	}
	ctx, scope := r.Request().Context(), r.Store.Organization(r.org.ID)
	content := userContent{Path: r.personPath(p), Person: p, NoRole: roleAdvice(p), OfGroups: takesRolesOfGroups(p), Above: r.above(p), Links: r.links()}
	if content.Why, err = auth.ExplainPerson(ctx, r.Store, p); err != nil {
		return err
	}
	content.Why.Fix = fixHere(content.Why.Fix)
	content.Short = shortReason(content.Why.Reason, p, content.Why.Role, len(content.Why.Grants))
	if content.Why.Detail != "" {
		content.Because = capital(content.Why.Detail)
	}
	content.Record, content.Document = record(p), indented(p.User.Document)
	content.Grants = grantsOf(p, content.Why)
	if content.Groups, err = r.groupsOf(p); err != nil {
		return err
	}
	if content.Sessions, err = scope.ListSessions(ctx, store.SessionFilter{DirectoryID: p.Directory.DirectoryID, UserID: p.User.ID}, r.now()); err != nil {
		return err
	}
	if content.Offers, err = r.offersFor(p, content.Why, len(content.Sessions)); err != nil {
		return err
	}
	if content.Decisions, err = scope.Decisions(ctx, store.DecisionQuery{UserID: p.User.ID, Limit: recentDecisions}); err != nil {
		return err
	}
	events, next, err := r.eventsOf(p.User.ID, called(p), "")
	if err != nil {
		return err
	}
	content.Events, content.MoreEvents = events, next != nil
	return r.ok(userTemplate, called(p), content)
}

// links are those that the console has.
func (r *request) links() links {
	at := func(folder string) string {
		if slices.ContainsFunc(r.sections, func(s section) bool { return s.folder == folder }) {
			return r.orgPath(folder)
		}
		return ""
	}
	return links{Groups: at("groups"), Decisions: at("sign-ins")}
}

package entra

import (
	"net/http"
	"net/url"
	"strings"
)

// listed is how many people a page shows; the search finds the others.
const listed = 60

// signInPage is what pages/signin.html shows.
type signInPage struct {
	Tenant, Application string
	Search              string
	Params              url.Values // of the authorization request, to be sent again with the choice
	Suggested           *personView
	People              []personView
	More                int // people who match but are not listed
}

// personView is a person as the pages show them.
type personView struct {
	Person
	InScope bool
	Deleted bool
	Groups  []Group
}

func (s *Server) showSignIn(w http.ResponseWriter, a *signIn) {
	page := signInPage{
		Tenant: a.tenant.Name, Application: a.app.Name, Search: a.param("sim_search"), Params: a.forwarded(),
	}
	suggested, hinted := a.suggested()
	if hinted && page.Search == "" {
		v := viewOf(a.tenant, suggested)
		page.Suggested = &v
	}
	people, more := matching(a.tenant, page.Search)
	page.More = more
	for _, p := range people {
		if page.Suggested == nil || p.ObjectID != suggested.ObjectID {
			page.People = append(page.People, viewOf(a.tenant, p))
		}
	}
	showPage(w, http.StatusOK, "signin.html", page)
}

// suggested is the person whom login_hint means.
func (a *signIn) suggested() (Person, bool) {
	for _, p := range a.tenant.People() {
		if !p.SoftDeleted() && a.hints(p) {
			return p, true
		}
	}
	return Person{}, false
}

// matching returns the first people whose names or department hold the search text, and the number of the others.
func matching(t *Tenant, search string) (found []Person, more int) {
	search = strings.ToLower(strings.TrimSpace(search))
	for _, p := range t.People() {
		text := strings.ToLower(strings.Join([]string{p.DisplayName, p.UserPrincipalName, p.Mail, p.Department, p.JobTitle}, "\n"))
		if !strings.Contains(text, search) {
			continue
		}
		if len(found) == listed {
			more++
			continue
		}
		found = append(found, p)
	}
	return found, more
}

func viewOf(t *Tenant, p Person) personView {
	return personView{Person: p, InScope: t.InScope(p.ObjectID), Deleted: p.SoftDeleted(), Groups: t.GroupsOf(p.ObjectID, false)}
}

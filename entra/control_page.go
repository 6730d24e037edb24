package entra

import (
	"net/http"
	"net/url"
	"strings"
)

// controlPage is what pages/control.html shows.
type controlPage struct {
	Tenant       *Tenant
	Tenants      []*Tenant
	Issuer       string
	Applications []Application
	Base         string // of this server
	Search       string
	Back         string // the query that leads back to this view
	People       []personView
	More         int
	Groups       []Group
	Primary      bool // the tenant that may be pushed to a SCIM server
	Connected    bool
	Auto         bool
	Last         *lastCycle
	Known        []Misbehavior
	Active       map[string]int
}

func (s *Server) showControl(w http.ResponseWriter, r *http.Request) {
	t := s.tenants[0]
	if name := r.FormValue("tenant"); name != "" {
		found, ok := s.tenant(name)
		if !ok {
			s.showError(w, t, errTenantUnknown.detail(name))
			return
		}
		t = found
	}
	page := controlPage{
		Tenant: t, Tenants: s.tenants, Issuer: issuerURL(s.base(r), t), Applications: t.Applications(), Base: s.base(r),
		Search: r.FormValue("search"), Groups: t.Groups(), Known: allMisbehaviors(), Active: s.faults.snapshot(), Primary: t == s.tenants[0],
	}
	page.Back = url.Values{"tenant": {t.ID}, "search": {page.Search}}.Encode()
	page.Connected, page.Auto, page.Last = s.provisioning(t)
	people, more := matching(t, page.Search)
	page.More = more
	for _, p := range people {
		page.People = append(page.People, viewOf(t, p))
	}
	showPage(w, http.StatusOK, "control.html", page)
}

// wantsPage says whether a change was made by a person in a browser.
func wantsPage(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept"), "text/html")
}

// backToPage returns to the view from which a change was made. Only a query is taken from the form, so that it cannot
// lead anywhere else.
func backToPage(r *http.Request) string {
	query, err := url.ParseQuery(r.FormValue("back"))
	if err != nil {
		return "/"
	}
	to := url.URL{Path: "/", RawQuery: query.Encode(), Fragment: r.FormValue("at")}
	return to.String()
}

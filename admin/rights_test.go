package admin_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"doorlist/auth"
	"doorlist/store"
	"doorlist/store/storetest"
)

func newGUID(name string) string { return uuid.NewSHA1(uuid.NameSpaceURL, []byte(name)).String() }

// decided says which console right each page needs, and where sending something needs more, that with the method before it. A page that is not here fails the tests until somebody decides.
var decided = map[string]store.Console{
	"/admin/*": store.ConsoleRead,
	"/admin/connections/:connection/domains/add":                            store.ConsoleOwn,
	"/admin/connections/:connection/domains/:domain/verify":                 store.ConsoleOwn,
	"/admin/connections/:connection/domains":                                store.ConsoleRead,
	"/admin/connections/:connection/saml":                                   store.ConsoleOwn,
	"/admin/connections/:connection/ceiling":                                store.ConsoleOwn,
	"/admin/connections/:connection/scim-access":                            store.ConsoleOwn,
	"/admin/connections/:connection/clients/add":                            store.ConsoleOwn,
	"/admin/connections/:connection/clients/:client/add-secret":             store.ConsoleOwn,
	"/admin/connections/:connection/clients/:client/revoke":                 store.ConsoleOwn,
	"/admin/connections/:connection/clients/:client/secrets/:secret/revoke": store.ConsoleOwn,
	"/admin/organizations/:org/users":                                       store.ConsoleRead,
	"/admin/organizations/:org/users/export":                                store.ConsoleRead,
	"/admin/organizations/:org/users/:person":                               store.ConsoleRead,
	"/admin/organizations/:org/users/:person/history":                       store.ConsoleRead,
	"/admin/organizations/:org/users/:person/end-sessions":                  store.ConsoleManage,
	"/admin/organizations/:org/users/:person/assign":                        store.ConsoleManage,
	"/admin/organizations/:org/users/:person/unassign":                      store.ConsoleManage,
	"/admin/organizations/:org/users/:person/sso":                           store.ConsoleOwn,
	"/admin/organizations/:org/users/:person/invite":                        store.ConsoleOwn,
	"/admin/organizations/:org/users/:person/reset-second-factor":           store.ConsoleOwn,
	"/admin/organizations/:org/reviews":                                     store.ConsoleRead,
	"/admin/organizations/:org/reviews/:person/same-person":                 store.ConsoleOwn,
	"/admin/organizations/:org/reviews/:person/new-person":                  store.ConsoleOwn,
	"/admin/connections/:connection/brake":                                  store.ConsoleRead,
	"/admin/connections/:connection/brake/edit":                             store.ConsoleOwn,
	"/admin/connections/:connection/brake/apply":                            store.ConsoleOwn,
	"/admin/connections/:connection/brake/release":                          store.ConsoleOwn,
	"/admin":                                                           store.ConsoleRead,
	"/admin/organizations/:org":                                        store.ConsoleRead,
	"/admin/organizations/:org/applications":                           store.ConsoleRead,
	"/admin/organizations/:org/applications/add":                       store.ConsoleOwn,
	"/admin/organizations/:org/applications/:application/edit":         store.ConsoleOwn,
	"/admin/organizations/:org/applications/:application/remove":       store.ConsoleOwn,
	"/admin/organizations/:org/applications/:application/paths/add":    store.ConsoleOwn,
	"/admin/organizations/:org/applications/:application/paths/remove": store.ConsoleOwn,
	"/admin/organizations/:org/schemas":                                store.ConsoleRead,
	"/admin/organizations/:org/schemas/show":                           store.ConsoleRead,
	"/admin/organizations/:org/schemas/add":                            store.ConsoleOwn,
	"/admin/organizations/:org/schemas/remove":                         store.ConsoleOwn,
	"/admin/organizations/:org/remove":                                 store.ConsoleOwn,
	"/admin/organizations/:org/history":                                store.ConsoleRead,
	"/admin/organizations/:org/access-review":                          store.ConsoleRead,
	"/admin/organizations/:org/drift":                                  store.ConsoleRead,
	"/admin/organizations/:org/undo/:event":                            store.ConsoleOwn,
	"/admin/connections/:connection/undo":                              store.ConsoleOwn,
	"/admin/organizations/:org/proposals":                              store.ConsoleRead,
	"/admin/organizations/:org/proposals/:proposal":                    store.ConsoleOwn,
	"/admin/organizations/:org/two-persons":                            store.ConsoleOwn,
	"/admin/organizations/:org/explain":                                store.ConsoleRead,
	"/admin/organizations/:org/edit":                                   store.ConsoleOwn,
	"/admin/organizations/:org/add-organization":                       store.ConsoleOwn,
	"/admin/organizations/:org/add-connection":                         store.ConsoleOwn,
	"/admin/organizations/:org/roles":                                  store.ConsoleRead,
	"/admin/organizations/:org/roles/add":                              store.ConsoleManage,
	"/admin/organizations/:org/roles/:role/edit":                       store.ConsoleManage,
	"/admin/organizations/:org/roles/:role/raise":                      store.ConsoleManage,
	"/admin/organizations/:org/roles/:role/lower":                      store.ConsoleManage,
	"/admin/organizations/:org/roles/:role/remove":                     store.ConsoleManage,
	"/admin/organizations/:org/groups":                                 store.ConsoleRead,
	"/admin/organizations/:org/groups/:group":                          store.ConsoleRead,
	"/admin/organizations/:org/groups/:group/history":                  store.ConsoleRead,
	"/admin/organizations/:org/settings":                               store.ConsoleRead,
	"/admin/organizations/:org/settings/:setting":                      store.ConsoleOwn,
	"/admin/organizations/:org/connections/:reachable/attach":          store.ConsoleOwn,
	"/admin/organizations/:org/connections/:reachable/detach":          store.ConsoleOwn,
	"/admin/organizations/:org/connect-microsoft":                      store.ConsoleOwn,
	"/admin/connect/microsoft":                                         store.ConsoleOwn,
	"/admin/connections/:connection":                                   store.ConsoleRead,
	"/admin/connections/:connection/edit":                              store.ConsoleOwn,
	"/admin/connections/:connection/credentials":                       store.ConsoleRead,
	"/admin/connections/:connection/credentials/add-secret":            store.ConsoleOwn,
	"/admin/connections/:connection/credentials/add-certificate":       store.ConsoleOwn,
	"/admin/connections/:connection/credentials/:credential/remove":    store.ConsoleOwn,
	"/admin/connections/:connection/remove":                            store.ConsoleOwn,
	"/admin/connections/:connection/watch":                             store.ConsoleRead,
	"POST /admin/connections/:connection/watch":                        store.ConsoleManage,
	"/admin/connections/:connection/guide":                             store.ConsoleRead,
	"/admin/connections/:connection/tokens":                            store.ConsoleRead,
	"/admin/connections/:connection/tokens/add":                        store.ConsoleOwn,
	"/admin/connections/:connection/tokens/:token/revoke":              store.ConsoleOwn,
	"/admin/connections/:connection/mappings":                          store.ConsoleRead,
	"/admin/connections/:connection/mappings/add":                      store.ConsoleManage,
	"/admin/connections/:connection/mappings/:mapping/edit":            store.ConsoleManage,
	"/admin/connections/:connection/mappings/:mapping/remove":          store.ConsoleManage,
	"/admin/organizations/:org/provisioning":                           store.ConsoleRead,
	"/admin/organizations/:org/provisioning/cycles":                    store.ConsoleRead,
	"/admin/organizations/:org/provisioning/:request":                  store.ConsoleRead,
	"POST /admin/organizations/:org/provisioning/:request":             store.ConsoleManage,
	"/admin/organizations/:org/audit":                                  store.ConsoleRead,
	"/admin/organizations/:org/audit/export":                           store.ConsoleRead,
	"/admin/organizations/:org/provisioning/export":                    store.ConsoleRead,
	"/admin/organizations/:org/audit/:event":                           store.ConsoleRead,
	"/admin/organizations/:org/audit/retention":                        store.ConsoleOwn,
	"/admin/organizations/:org/audit/verify":                           store.ConsoleOwn,
	"/admin/organizations/:org/sign-ins":                               store.ConsoleRead,
	"/admin/organizations/:org/sign-ins/:decision":                     store.ConsoleRead,
}

// ladder is every console right and a role that has it, lowest first.
var ladder = []struct {
	right store.Console
	role  string
}{{store.ConsoleNone, "reader"}, {store.ConsoleRead, "auditor"}, {store.ConsoleManage, "admin"}, {store.ConsoleOwn, "owner"}}

// page is a mounted route of the console.
type page struct{ method, path string }

func (w *world) pages() []page {
	var pages []page
	for _, r := range w.echo.Routes() {
		if strings.HasPrefix(r.Path, "/admin") && !strings.HasPrefix(r.Path, "/admin/assets/") {
			pages = append(pages, page{r.Method, r.Path})
		}
	}
	return pages
}

// at fills the parameters of a route with what a place has.
func (p *place) at(path string) string {
	return strings.NewReplacer(
		"/schemas/show", "/schemas/show?urn=urn:"+p.org.Slug,
		"/schemas/remove", "/schemas/remove?urn=urn:"+p.org.Slug,
		"/paths/remove", "/paths/remove?host=wiki."+p.org.Slug+".test&path=/",
		":application", "wiki-of-"+p.org.Slug,
		":org", p.org.Slug,
		":connection/saml", p.spare.Slug+"/saml",
		":connection", p.conn.Slug,
		":reachable", p.spare.Slug,
		":token", p.token.ID,
		":mapping", p.mapping.ID,
		":credential", p.credential,
		":setting", "second_factor",
		":domain", p.domain,
		":person", p.waiting,
		":role", p.roles["reader"].ID,
		":group", p.free.ID,
		":client", p.secret.ClientID,
		":request", p.request,
		":event", p.event,
		":decision", p.decision,
		":proposal", p.proposal,
		"secrets/:secret", "secrets/"+p.secret.ID,
	).Replace(path)
}

// nowhere is a place that does not exist.
func nowhere() *place {
	return &place{
		org:        store.Organization{Slug: "nowhere"},
		conn:       store.Connection{Slug: "nowhere"},
		spare:      store.Connection{Slug: "nowhere"},
		token:      store.Token{ID: uuid.NewString()},
		mapping:    store.Mapping{ID: uuid.NewString()},
		secret:     store.ClientSecret{ID: uuid.NewString(), ClientID: uuid.NewString()},
		credential: uuid.NewString(),
		waiting:    uuid.NewString(),
		roles:      map[string]store.Role{"reader": {ID: uuid.NewString()}},
		free:       store.Group{ID: uuid.NewString()},
		domain:     "nowhere.example",
		request:    uuid.NewString(),
		event:      uuid.NewString(),
		decision:   uuid.NewString(),
		proposal:   uuid.NewString(),
	}
}

// changing answers what varies from page to page: the time, the request, and what the address names.
var changing = regexp.MustCompile(`<footer>(?s:.*)</footer>`)

func TestRights_EveryPageAgainstEveryRight(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		now := w.clock.Now()
		stale := now.Add(-auth.FreshFor - time.Minute)
		stranger, below := w.signIn("fabrikam", "owner", now), w.signIn("contoso-test", "owner", now)
		people, idle := map[store.Console]*browser{}, w.signIn("contoso", "owner", stale)
		for _, step := range ladder {
			people[step.right] = w.signIn("contoso", step.role, now)
		}
		for _, p := range w.pages() {
			needs, ok := decided[p.path]
			if own, differs := decided[p.method+" "+p.path]; differs {
				needs = own
			}
			if !ok {
				t.Errorf("nobody has decided which right %s %s needs", p.method, p.path)
				continue
			}
			path := w.places["contoso"].at(p.path)
			nobody := &browser{w: w}
			nobody.want(nobody.send(p.method, path, nil), http.StatusSeeOther, "/login?return_to=")
			allowed := false
			for _, step := range ladder {
				allowed = allowed || step.right == needs
				got := people[step.right].send(p.method, path, nil).StatusCode
				if got == http.StatusForbidden == allowed {
					t.Errorf("%s %s with the right %q: got %d, but it needs %q", p.method, p.path, step.right, got, needs)
				}
			}
			if needs == store.ConsoleOwn && p.path != "/admin/connect/microsoft" {
				idle.want(idle.send(p.method, path, nil), http.StatusSeeOther, "/reauth?return_to=%2Fadmin")
			}
			if p.method == http.MethodPost {
				people[store.ConsoleOwn].want(people[store.ConsoleOwn].send(p.method, path, nil, "Sec-Fetch-Site", "cross-site"), http.StatusForbidden, "Another site")
			}
			if !strings.Contains(p.path, ":") {
				continue
			}
			for who, b := range map[string]*browser{"a stranger": stranger, "an owner below": below} {
				theirs, nobodys := b.send(p.method, path, nil), b.send(p.method, nowhere().at(p.path), nil)
				if theirs.StatusCode != http.StatusNotFound || changing.ReplaceAllString(theirs.body, "") != changing.ReplaceAllString(nobodys.body, "") {
					t.Errorf("%s %s for %s: got %d, want the 404 of what nobody has:\n%s", p.method, p.path, who, theirs.StatusCode, theirs.body)
				}
			}
		}
		above := people[store.ConsoleOwn]
		above.want(above.get("/admin/organizations/contoso-test"), http.StatusOK, "The contoso-test")
		for _, b := range []*browser{stranger, below} {
			if a := b.want(b.get("/admin"), http.StatusOK); strings.Contains(a.body, "The contoso<") {
				t.Errorf("the front page shows another organization:\n%s", a.body)
			}
		}
	})
}

// TestRights_WhatIsNamedBelongsTogether: an id of another connection in reach is not there either.
func TestRights_WhatIsNamedBelongsTogether(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	owner, mine, theirs := w.signIn("contoso", "owner", w.clock.Now()), w.places["contoso"], w.places["fabrikam"]
	for _, path := range []string{
		"/admin/connections/contoso-entra/tokens/" + theirs.token.ID + "/revoke",
		"/admin/connections/contoso-entra/tokens/" + w.places["contoso-test"].token.ID + "/revoke",
		"/admin/connections/contoso-entra/mappings/" + theirs.mapping.ID + "/remove",
		"/admin/connections/contoso-entra/mappings/add?group=" + theirs.group.ID,
		"/admin/connections/contoso-entra/mappings/add?group=%00",
		"/admin/organizations/contoso/connections/fabrikam-entra/attach",
		"/admin/organizations/contoso/connections/contoso-test-entra/detach",
		"/admin/connections/contoso-entra/credentials/" + theirs.credential + "/remove",
		"/admin/organizations/contoso/roles/" + theirs.roles["reader"].ID + "/edit",
		"/admin/organizations/contoso/groups/" + theirs.free.ID,
		"/admin/organizations/contoso/groups/%00",
		"/admin/organizations/contoso/reviews/" + theirs.waiting + "/new-person",
		"/admin/connections/contoso-entra/clients/" + theirs.secret.ClientID + "/revoke",
		"/admin/connections/contoso-entra/clients/" + mine.secret.ClientID + "/secrets/" + theirs.secret.ID + "/revoke",
		"/admin/connections/contoso-entra/domains/" + theirs.domain + "/verify",
		"/admin/organizations/contoso/sign-ins/" + theirs.decision,
		"/admin/connections/%ff/edit", "/admin/organizations/%00",
	} {
		owner.want(owner.get(path), http.StatusNotFound)
	}
	owner.want(owner.get("/admin/connections/contoso-entra/tokens/"+mine.token.ID+"/revoke"), http.StatusOK)
}

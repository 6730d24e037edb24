package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"doorlist/store"
	"doorlist/store/storetest"
)

// What a route's address can name.
const (
	namesNothing = "nothing"
	// namesThings: what it names is of one organization, and for whoever belongs there.
	namesThings = "things"
	// namesPublicly: anybody may ask about the connection, because nobody is signed in yet.
	namesPublicly = "publicly"
	// namesSecrets: the address is the secret itself.
	namesSecrets = "secrets"
)

// decidedRoutes says for each route what its address names. A route that is not here fails the test until somebody decides.
var decidedRoutes = map[string]string{
	"/": namesNothing, "/login": namesNothing, "/login/callback": namesNothing, "/password": namesNothing, "/password/change": namesNothing,
	"/second-factor": namesNothing, "/recovery-codes": namesNothing, "/reset": namesNothing, "/reauth": namesNothing, "/switched": namesNothing, "/sessions": namesNothing, "/logout": namesNothing,
	"/logout/frontchannel": namesNothing, "/device": namesNothing, "/oauth/device_authorization": namesNothing, "/oauth/token": namesNothing,
	"/oauth/revoke": namesNothing, "/admin/api/commands": namesNothing, "/auth/session": namesNothing, "/auth/handover": namesNothing,
	"/.well-known/jwks.json": namesNothing, "/favicon.ico": namesNothing, "/admin": namesNothing, "/admin/*": namesNothing, "/admin/connect/microsoft": namesNothing,
	// What a proxy puts behind it is the application's path.
	"/auth/verify": namesNothing, "/auth/verify/*": namesNothing,

	"/login/:connection": namesPublicly, "/saml/:connection/metadata": namesPublicly, "/saml/:connection/acs": namesPublicly,
	"/saml/:connection/finish": namesPublicly,
	"/invite/:secret":          namesSecrets, "/reset/:secret": namesSecrets, "/setup/:secret": namesSecrets,

	"/admin/organizations/:org": namesThings, "/admin/organizations/:org/edit": namesThings, "/admin/organizations/:org/add-organization": namesThings,
	"/admin/organizations/:org/add-connection": namesThings, "/admin/organizations/:org/connect-microsoft": namesThings,
	"/admin/connections/:connection": namesThings, "/admin/connections/:connection/edit": namesThings,
	"/admin/connections/:connection/remove": namesThings, "/admin/connections/:connection/watch": namesThings,
	"/admin/connections/:connection/guide": namesThings, "/admin/connections/:connection/tokens": namesThings,
	"/admin/connections/:connection/tokens/add": namesThings, "/admin/connections/:connection/tokens/:token/revoke": namesThings,
	"/admin/connections/:connection/mappings": namesThings, "/admin/connections/:connection/mappings/add": namesThings,
	"/admin/connections/:connection/mappings/:mapping/edit":                 namesThings,
	"/admin/connections/:connection/mappings/:mapping/remove":               namesThings,
	"/admin/organizations/:org/connections/:reachable/attach":               namesThings,
	"/admin/organizations/:org/connections/:reachable/detach":               namesThings,
	"/admin/connections/:connection/credentials":                            namesThings,
	"/admin/connections/:connection/credentials/add-secret":                 namesThings,
	"/admin/connections/:connection/credentials/add-certificate":            namesThings,
	"/admin/connections/:connection/credentials/:credential/remove":         namesThings,
	"/admin/organizations/:org/audit":                                       namesThings,
	"/admin/organizations/:org/audit/export":                                namesThings,
	"/admin/organizations/:org/provisioning/export":                         namesThings,
	"/admin/organizations/:org/audit/:event":                                namesThings,
	"/admin/organizations/:org/audit/retention":                             namesThings,
	"/admin/organizations/:org/audit/verify":                                namesThings,
	"/admin/organizations/:org/drift":                                       namesThings,
	"/admin/organizations/:org/undo/:event":                                 namesThings,
	"/admin/connections/:connection/undo":                                   namesThings,
	"/admin/organizations/:org/explain":                                     namesThings,
	"/admin/organizations/:org/provisioning":                                namesThings,
	"/admin/organizations/:org/provisioning/cycles":                         namesThings,
	"/admin/organizations/:org/provisioning/:request":                       namesThings,
	"/admin/organizations/:org/sign-ins":                                    namesThings,
	"/admin/organizations/:org/sign-ins/:decision":                          namesThings,
	"/admin/organizations/:org/history":                                     namesThings,
	"/admin/organizations/:org/access-review":                               namesThings,
	"/admin/organizations/:org/settings":                                    namesThings,
	"/admin/organizations/:org/roles":                                       namesThings,
	"/admin/organizations/:org/roles/add":                                   namesThings,
	"/admin/organizations/:org/roles/:role/edit":                            namesThings,
	"/admin/organizations/:org/roles/:role/raise":                           namesThings,
	"/admin/organizations/:org/roles/:role/lower":                           namesThings,
	"/admin/organizations/:org/roles/:role/remove":                          namesThings,
	"/admin/organizations/:org/groups":                                      namesThings,
	"/admin/organizations/:org/groups/:group":                               namesThings,
	"/admin/organizations/:org/groups/:group/history":                       namesThings,
	"/admin/organizations/:org/settings/:setting":                           namesThings,
	"/admin/organizations/:org/users":                                       namesThings,
	"/admin/organizations/:org/users/export":                                namesThings,
	"/admin/organizations/:org/users/:person":                               namesThings,
	"/admin/organizations/:org/users/:person/history":                       namesThings,
	"/admin/organizations/:org/users/:person/end-sessions":                  namesThings,
	"/admin/organizations/:org/users/:person/assign":                        namesThings,
	"/admin/organizations/:org/users/:person/unassign":                      namesThings,
	"/admin/organizations/:org/users/:person/sso":                           namesThings,
	"/admin/organizations/:org/users/:person/invite":                        namesThings,
	"/admin/organizations/:org/users/:person/reset-second-factor":           namesThings,
	"/admin/organizations/:org/reviews":                                     namesThings,
	"/admin/organizations/:org/applications":                                namesThings,
	"/admin/organizations/:org/applications/add":                            namesThings,
	"/admin/organizations/:org/applications/:application/edit":              namesThings,
	"/admin/organizations/:org/applications/:application/remove":            namesThings,
	"/admin/organizations/:org/applications/:application/paths/add":         namesThings,
	"/admin/organizations/:org/applications/:application/paths/remove":      namesThings,
	"/admin/organizations/:org/schemas":                                     namesThings,
	"/admin/organizations/:org/schemas/show":                                namesThings,
	"/admin/organizations/:org/schemas/add":                                 namesThings,
	"/admin/organizations/:org/schemas/remove":                              namesThings,
	"/admin/organizations/:org/remove":                                      namesThings,
	"/admin/organizations/:org/proposals":                                   namesThings,
	"/admin/organizations/:org/proposals/:proposal":                         namesThings,
	"/admin/organizations/:org/two-persons":                                 namesThings,
	"/admin/organizations/:org/reviews/:person/same-person":                 namesThings,
	"/admin/organizations/:org/reviews/:person/new-person":                  namesThings,
	"/admin/connections/:connection/brake":                                  namesThings,
	"/admin/connections/:connection/brake/edit":                             namesThings,
	"/admin/connections/:connection/brake/apply":                            namesThings,
	"/admin/connections/:connection/brake/release":                          namesThings,
	"/admin/connections/:connection/domains":                                namesThings,
	"/admin/connections/:connection/domains/add":                            namesThings,
	"/admin/connections/:connection/domains/:domain/verify":                 namesThings,
	"/admin/connections/:connection/saml":                                   namesThings,
	"/admin/connections/:connection/ceiling":                                namesThings,
	"/admin/connections/:connection/scim-access":                            namesThings,
	"/admin/connections/:connection/clients/add":                            namesThings,
	"/admin/connections/:connection/clients/:client/add-secret":             namesThings,
	"/admin/connections/:connection/clients/:client/revoke":                 namesThings,
	"/admin/connections/:connection/clients/:client/secrets/:secret/revoke": namesThings,
}

var parameter = regexp.MustCompile(`:[a-z]+`)

// filled puts a name into a route for one of its parameters, and contoso's own for the others.
func (w *isolated) filled(path, which, name string) string {
	own := map[string]string{
		":org": w.entra.org.Slug, ":connection": w.entra.conn.Slug, ":reachable": w.entra.conn.Slug, ":setting": "second_factor",
		":token": w.entra.token.ID, ":mapping": w.entra.mapping.ID, ":domain": w.entra.domain, ":credential": w.entra.credential,
		":client": w.entra.kept.ClientID, ":secret": w.entra.kept.ID,
		":person":      w.entra.userID,
		":application": "wiki-of-" + w.entra.conn.Slug,
		":request":     w.entra.request,
		":event":       w.entra.eventID,
		":role":        w.entra.role.ID,
		":group":       w.entra.groupID,
		":decision":    w.entra.decision,
		":proposal":    w.entra.proposal,
	}
	return parameter.ReplaceAllStringFunc(path, func(found string) string {
		if found == which {
			return name
		}
		return own[found]
	})
}

// compare demands that a name of another room is answered as one that nobody has. send is given the name.
func (w *isolated) compare(what, foreign string, send func(name string) string) {
	w.t.Helper()
	if got, want := send(foreign), send(nobodys(foreign)); got != want {
		w.t.Errorf("%s tells a foreign name from one that nobody has:\nforeign: %s\nnobody's: %s", what, got, want)
	}
}

func TestIsolation_EveryRouteTellsNothingOfAnotherOrganization(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newIsolated(t, s)
		before, seen := w.events(w.other), map[string]bool{}
		if res := w.ask(http.MethodGet, "/admin/organizations/contoso", "", "", w.credentials["session"]); res.Code != http.StatusOK {
			t.Fatalf("the organization of one's own: %d\n%s", res.Code, res.Body)
		}
		for _, route := range w.routes {
			path := route.Path
			if strings.HasPrefix(path, hostPages) || strings.Contains(path, "/assets/") {
				continue // the hosts of applications have none of this, and style sheets are everybody's
			}
			names, ok := decidedRoutes[path]
			if !ok {
				t.Errorf("nobody has decided what %s %s names", route.Method, path)
				continue
			}
			if (names == namesNothing) == parameter.MatchString(path) {
				t.Errorf("%s cannot name %s", path, names)
			}
			seen[path] = true
			if names != namesThings {
				continue
			}
			for _, which := range parameter.FindAllString(path, -1) {
				for _, foreign := range w.other.names() {
					for who, credential := range w.credentials {
						w.compare(who+": "+route.Method+" "+path, foreign, func(name string) string {
							return told(w.ask(route.Method, w.filled(path, which, name), "", "application/x-www-form-urlencoded", credential), name)
						})
					}
				}
			}
		}
		for path := range decidedRoutes {
			if !seen[path] {
				t.Errorf("%s is decided about, and is no route", path)
			}
		}
		if after := w.events(w.other); after != before {
			t.Errorf("fabrikam has %d events, before %d", after, before)
		}
	})
}

// provisioned are the requests of SCIM that name something, by "*"; "+" is a group of the connection's own.
var provisioned = []struct{ method, path, body string }{
	{http.MethodGet, "/Users/*", ""},
	{http.MethodPut, "/Users/*", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"mallory@example.com"}`},
	{http.MethodPatch, "/Users/*", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"active","value":false}]}`},
	{http.MethodDelete, "/Users/*", ""},
	{http.MethodGet, "/Groups/*", ""},
	{http.MethodPut, "/Groups/*", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"Mallory's"}`},
	{http.MethodPatch, "/Groups/*", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"displayName","value":"Mallory's"}]}`},
	{http.MethodDelete, "/Groups/*", ""},
	{http.MethodGet, `/Users?filter=id eq "*"`, ""},
	{http.MethodGet, `/Users?filter=groups.value eq "*"`, ""},
	{http.MethodGet, `/Groups?filter=id eq "*"`, ""},
	{http.MethodGet, `/Groups?filter=members.value eq "*"`, ""},
	{http.MethodGet, `/?filter=id eq "*"`, ""},
	{http.MethodPost, "/.search", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],"filter":"id eq \"*\""}`},
	{http.MethodPost, "/Users/.search", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],"filter":"id eq \"*\""}`},
	{http.MethodPost, "/Groups/.search", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],"filter":"members.value eq \"*\""}`},
	{http.MethodPost, "/Groups", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"With *","members":[{"value":"*"}]}`},
	{http.MethodPatch, "/Groups/+", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"add","path":"members","value":[{"value":"*"}]}]}`},
	{http.MethodPatch, "/Groups/+", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"remove","path":"members[value eq \"*\"]"}]}`},
	{http.MethodPost, "/Bulk", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[{"method":"DELETE","path":"/Users/*"}]}`},
	{http.MethodPost, "/Bulk", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[{"method":"DELETE","path":"/Groups/*"}]}`},
}

func TestIsolation_EveryConnectionsDirectoryIsItsOwn(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newIsolated(t, s)
		own := w.credentials["SCIM token"]
		if res := w.ask(http.MethodGet, "/scim/v2/Users/"+w.entra.userID, "", "", own); res.Code != http.StatusOK {
			t.Fatalf("the connection's own user: %d\n%s", res.Code, res.Body)
		}
		w.coversResourceTypes()
		before := w.events(w.other)
		for _, asked := range provisioned {
			for _, foreign := range []string{w.okta.userID, w.okta.groupID, w.other.userID, w.other.groupID} {
				for who, credential := range w.credentials {
					w.compare(who+": "+asked.method+" "+asked.path, foreign, func(name string) string {
						fill := strings.NewReplacer("*", name, "+", w.entra.groupID).Replace
						path := strings.NewReplacer(" ", "%20", `"`, "%22").Replace(fill(asked.path))
						return told(w.ask(asked.method, "/scim/v2"+path, fill(asked.body), "application/scim+json", credential), name)
					})
				}
			}
		}
		for _, r := range []*room{w.okta, w.other} {
			for _, foreign := range []string{r.conn.Slug, r.conn.ID} {
				for _, path := range []string{"/Users", "/ServiceProviderConfig", "/Schemas", "/Users/" + r.userID, "/Users/" + w.entra.userID, "/Me"} {
					for who, credential := range w.credentials {
						w.compare(who+": the address of a connection and "+path, foreign, func(name string) string {
							return told(w.ask(http.MethodGet, "/connections/"+name+"/scim/v2"+path, "", "", credential), name)
						})
					}
				}
			}
			if res := w.ask(http.MethodGet, "/scim/v2/Users/"+r.userID, "", "", http.Header{"Authorization": {"Bearer " + r.secret}}); res.Code != http.StatusOK || !strings.Contains(res.Body.String(), "alice@example.com") {
				t.Errorf("afterwards %s has its user no more: %d\n%s", r.conn.Slug, res.Code, res.Body)
			}
		}
		if after := w.events(w.other); after != before {
			t.Errorf("fabrikam has %d events, before %d", after, before)
		}
	})
}

// coversResourceTypes demands requests for every type of resource that the server has.
func (w *isolated) coversResourceTypes() {
	w.t.Helper()
	var types struct {
		Resources []struct{ Endpoint string }
	}
	res := w.ask(http.MethodGet, "/scim/v2/ResourceTypes", "", "", w.credentials["SCIM token"])
	if err := json.Unmarshal(res.Body.Bytes(), &types); err != nil || len(types.Resources) < 2 {
		w.t.Fatalf("the types are %s, %v", res.Body, err)
	}
	for _, rt := range types.Resources {
		endpoint, err := url.Parse(rt.Endpoint)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodPatch, http.MethodDelete} {
			covered := false
			for _, asked := range provisioned {
				covered = covered || asked.method == method && asked.path == endpoint.Path+"/*"
			}
			if !covered {
				w.t.Errorf("no %s of %s", method, endpoint.Path)
			}
		}
	}
}

// TestIsolation_EveryCommandFromElsewhere runs each command as another organization's owner, with foreign names wherever it takes one.
func TestIsolation_EveryCommandFromElsewhere(t *testing.T) {
	t.Parallel()
	w := newIsolated(t, storetest.New(t))
	send := func(name string, args ...string) string {
		body, err := json.Marshal(remoteRequest{Args: args})
		if err != nil {
			t.Fatal(err)
		}
		return told(w.ask(http.MethodPost, "/admin/api/commands", string(body), "application/json", w.credentials["program"]), name)
	}
	if got := send("contoso", "org", "show", "contoso"); !strings.Contains(got, `"exit_code":0`) {
		t.Fatalf("the organization of one's own: %s", got)
	}
	before := w.events(w.other)
	for command := range remoteCommands {
		words := strings.Fields(command)
		found, _, err := w.program.root().Find(words)
		if err != nil {
			t.Fatal(err)
		}
		var forms [][]string
		for _, flag := range []string{"org", "connection", "user", "role", "group", "id"} {
			if found.Flags().Lookup(flag) != nil {
				forms = append(forms, []string{"--" + flag, "*"})
			}
		}
		if strings.ContainsAny(found.Use, " ") && command != "role add" { // which makes what it names
			forms = append(forms, []string{"*"}, []string{"*", "--connection", w.entra.conn.Slug}, []string{"*", "--role", "reader"})
		}
		for _, form := range forms {
			for _, foreign := range w.other.names() {
				w.compare(fmt.Sprintf("doorlist %s %s", command, strings.Join(form, " ")), foreign, func(name string) string {
					args := slices.Concat(words, form)
					args[slices.Index(args, "*")] = name
					return send(name, args...)
				})
			}
		}
	}
	if after := w.events(w.other); after != before {
		t.Errorf("fabrikam has %d events, before %d", after, before)
	}
}

package main

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strings"
	"testing"

	"doorlist/entra"
)

// tenantWorld is a simulated tenant with 50 people, and the door that it pushes to.
type tenantWorld struct {
	t        *testing.T
	terminal *terminal
	tenant   *entra.Tenant
	provider *entra.Server
	engine   *entra.Provisioner
	token    string
	nodes    []*node
}

// demoTenant serves the tenant of the demonstration, with an application for the door, under the address that it returns.
func demoTenant(t *testing.T) (*entra.Tenant, entra.Application, *entra.Server, string) {
	t.Helper()
	tenant, err := entra.Demo(entra.TenantOptions{Domain: "contoso.com", Name: "Contoso", Seed: 7})
	if err != nil {
		t.Fatal(err)
	}
	app, err := tenant.Register(entra.Application{RedirectURIs: []string{entra.AnyLoopback}, OptionalClaims: entra.AllOptionalClaims})
	if err != nil {
		t.Fatal(err)
	}
	server, err := entra.NewServer(entra.ServerOptions{Tenants: []*entra.Tenant{tenant}, Seed: 7})
	if err != nil {
		t.Fatal(err)
	}
	listener := httptest.NewServer(server)
	t.Cleanup(listener.Close)
	return tenant, app, server, listener.URL
}

// newTenantWorld configures a door by the commands of the contract, starts its nodes on one database, and lets the
// tenant push everybody. The groups of the demonstration give their roles.
func newTenantWorld(t *testing.T, databaseURL string, nodes int) *tenantWorld {
	t.Helper()
	tenant, app, server, issuer := demoTenant(t)
	w := &tenantWorld{t: t, terminal: newTerminal(t, databaseURL), tenant: tenant, provider: server}
	w.terminal.do("org", "add", "contoso")
	w.terminal.do("connection", "add", "entra", "--org", "contoso", "--tenant-id", tenant.ID, "--client-id", app.ClientID,
		"--client-secret", app.Secrets[0], "--authority", issuer)
	for range nodes {
		w.nodes = append(w.nodes, w.terminal.serve())
	}
	w.connect()
	return w
}

// connect gives the tenant a token, maps its groups, and runs the first cycle.
func (w *tenantWorld) connect() {
	w.t.Helper()
	var token newTokenView
	w.terminal.read(&token, "token", "create", "--connection", "entra")
	w.token = token.Token
	for _, role := range []string{"owner", "admin", "writer", "reader", "contributor"} {
		g, ok := w.tenant.FindGroup("Doorlist " + strings.ToUpper(role[:1]) + role[1:] + "s")
		if !ok {
			w.t.Fatalf("the tenant has no group for %s", role)
		}
		w.terminal.do("mapping", "add", "--org", "contoso", "--connection", "entra", "--group-external-id", g.ObjectID, "--role", role)
	}
	var err error
	w.engine, err = entra.NewProvisioner(entra.ProvisionerOptions{
		Endpoint: w.nodes[0].url + "/scim/v2", Token: token.Token, Tenant: w.tenant, Dialect: "both", Concurrency: 4, Seed: 7,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	report, err := w.engine.Initial(w.t.Context())
	if err != nil || !report.Clean() {
		w.t.Fatalf("the initial cycle: %v, %+v", err, report)
	}
}

// push runs an incremental cycle.
func (w *tenantWorld) push() {
	w.t.Helper()
	report, err := w.engine.Incremental(w.t.Context())
	if err != nil || !report.Clean() {
		w.t.Fatalf("the incremental cycle: %v, %+v", err, report)
	}
}

func (w *tenantWorld) person(alias string) entra.Person {
	w.t.Helper()
	p, ok := w.tenant.FindPerson(alias + "@contoso.com")
	if !ok {
		w.t.Fatalf("the tenant has nobody called %s", alias)
	}
	return p
}

func (w *tenantWorld) explain(alias string) (e struct {
	Admitted     bool
	Reason, Role string
	Last         *struct {
		Admitted     bool
		Reason, Role string
	} `json:"last_decision"`
}) {
	w.t.Helper()
	w.terminal.read(&e, "explain", alias+"@contoso.com", "--org", "contoso")
	return e
}

// visitor is a browser whose owner signs in as one person.
type visitor struct {
	t      *testing.T
	client *http.Client
}

func (w *tenantWorld) visitor(alias string) *visitor {
	w.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	upn := w.person(alias).UserPrincipalName
	client := &http.Client{Jar: jar, CheckRedirect: func(req *http.Request, _ []*http.Request) error {
		if strings.HasSuffix(req.URL.Path, "/authorize") {
			q := req.URL.Query()
			q.Set("sim_user", upn)
			req.URL.RawQuery = q.Encode()
		}
		return nil
	}}
	return &visitor{t: w.t, client: client}
}

// signIn goes through the door at n, the tenant and back, and returns the reason code of a refusal.
func (v *visitor) signIn(n *node) string {
	v.t.Helper()
	return v.get(n.url + "/login/entra").Header.Get("X-Doorlist-Reason")
}

// passes says whether a request of the visitor's browser passes at n, with which role, or why not.
func (v *visitor) passes(n *node) (ok bool, roleOrReason string) {
	v.t.Helper()
	resp := v.get(n.url + "/auth/verify")
	if resp.StatusCode == http.StatusOK {
		return true, resp.Header.Get("X-Doorlist-Role")
	}
	return false, resp.Header.Get("X-Doorlist-Reason")
}

func (v *visitor) get(url string) *http.Response {
	v.t.Helper()
	req, err := http.NewRequestWithContext(v.t.Context(), http.MethodGet, url, nil)
	if err != nil {
		v.t.Fatal(err)
	}
	resp, err := v.client.Do(req)
	if err != nil {
		v.t.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		v.t.Fatal(err)
	}
	return resp
}

// rebind sends what Entra sends when the person behind a user name is another one.
func (w *tenantWorld) rebind(alias, objectID string) {
	w.t.Helper()
	w.patch(alias, "externalId", objectID)
}

// patch replaces an attribute of a person, beside what the tenant knows.
func (w *tenantWorld) patch(alias, path, value string) {
	w.t.Helper()
	body := `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"Replace","path":"` + path + `","value":"` + value + `"}]}`
	resp := w.scim(http.MethodPatch, "/Users/"+w.idOf(alias), body)
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		w.t.Fatalf("PATCH %s: %s", path, resp.Status)
	}
}

// scim asks the first node as the tenant does.
func (w *tenantWorld) scim(method, path, body string) *http.Response {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.nodes[0].url+"/scim/v2"+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+w.token)
	req.Header.Set("Content-Type", "application/scim+json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	return resp
}

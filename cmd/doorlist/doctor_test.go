package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"doorlist/entra"
)

// diagnosed is what the doctor printed.
type diagnosed struct {
	OK       bool
	Findings []finding
}

// doctor runs the doctor, who must come to the exit code.
func (w *tenantWorld) doctor(code int, args ...string) diagnosed {
	w.t.Helper()
	args = append([]string{"doctor", "--json", "--base-url", w.nodes[0].url}, args...)
	got := execute(w.t, w.terminal.environ, args...)
	var d diagnosed
	if err := json.Unmarshal([]byte(got.stdout), &d); err != nil || got.code != code || d.OK != (code == exitDone) {
		w.t.Fatalf("exit code %d, want %d: %v, %s%s", got.code, code, err, got.stdout, got.stderr)
	}
	return d
}

// wants demands a finding whose text holds something.
func (d diagnosed) wants(t *testing.T, state, text string) {
	t.Helper()
	if !slices.ContainsFunc(d.Findings, func(f finding) bool {
		return f.State == state && strings.Contains(f.Text, text) && (f.Fix != "") == (state != isOK)
	}) {
		t.Errorf("no %s says %q: %+v", state, text, d.Findings)
	}
}

func TestDoctor_FollowsTheWholeChain(t *testing.T) {
	t.Parallel()
	w := newTenantWorld(t, sqliteDatabase(t), 1)
	healthy := w.doctor(exitDone)
	for _, text := range []string{"SQLite 3", "the server answers", "the provider answers, with", "its clock and ours agree", "sends people back to", "credential for the provider", "SCIM token is good", "was last here"} {
		healthy.wants(t, isOK, text)
	}
	if printed := execute(t, w.terminal.environ, "doctor", "--base-url", w.nodes[0].url); printed.code != exitDone || strings.Contains(printed.stdout, "fault") {
		t.Errorf("exit code %d:\n%s%s", printed.code, printed.stdout, printed.stderr)
	}

	stranger := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(stranger.Close)
	w.doctor(exitFailed, "--base-url", stranger.URL).wants(t, isFault, "something else answers there")
	w.doctor(exitFailed, "--base-url", "http://127.0.0.1:1").wants(t, isFault, "refused")

	w.terminal.do("connection", "credential", "remove", w.credential())
	for _, token := range w.tokens() {
		w.terminal.do("token", "revoke", token)
	}
	broken := w.doctor(exitFailed)
	broken.wants(t, isFault, "no credential for the provider")
	broken.wants(t, isWarning, "no SCIM token that is good")
	w.terminal.do("connection", "set", "entra", "--enabled=false")
	w.doctor(exitDone).wants(t, isWarning, "switched off")
}

func (w *tenantWorld) credential() string {
	w.t.Helper()
	var all []struct{ ID string }
	w.terminal.read(&all, "connection", "credential", "list", "--connection", "entra")
	if len(all) != 1 {
		w.t.Fatalf("the credentials are %+v", all)
	}
	return all[0].ID
}

func (w *tenantWorld) tokens() (ids []string) {
	w.t.Helper()
	var all []struct{ ID string }
	w.terminal.read(&all, "token", "list", "--connection", "entra")
	for _, token := range all {
		ids = append(ids, token.ID)
	}
	return ids
}

func TestDoctor_TellsOfTheProvidersFaults(t *testing.T) {
	t.Parallel()
	tenant, _, server, issuer := demoTenant(t)
	app, err := tenant.Register(entra.Application{RedirectURIs: []string{"https://door.example.com/elsewhere"}})
	if err != nil {
		t.Fatal(err)
	}
	terminal := newTerminal(t, sqliteDatabase(t))
	w := &tenantWorld{t: t, terminal: terminal, tenant: tenant, provider: server}
	terminal.do("org", "add", "contoso")
	terminal.do("connection", "add", "entra", "--org", "contoso", "--tenant-id", tenant.ID, "--client-id", app.ClientID, "--client-secret", app.Secrets[0], "--authority", issuer)
	terminal.do("connection", "add", "code", "--org", "contoso", "--kind", "saml")
	w.nodes = append(w.nodes, terminal.serve())
	found := w.doctor(exitFailed)
	found.wants(t, isFault, "is not registered at the provider")
	found.wants(t, isFault, "metadata is missing")
	found.wants(t, isWarning, "never pushed")

	terminal.do("connection", "set", "entra", "--client-id", "11111111-1111-4111-8111-111111111111")
	w.doctor(exitFailed).wants(t, isFault, "no application with the client ID")
	late := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Date", time.Now().Add(-5*time.Minute).UTC().Format(http.TimeFormat))
		server.ServeHTTP(rw, r)
	}))
	t.Cleanup(late.Close)
	terminal.do("connection", "add", "late", "--org", "contoso", "--tenant-id", tenant.ID, "--client-id", app.ClientID, "--client-secret", app.Secrets[0], "--authority", late.URL)
	w.doctor(exitFailed).wants(t, isFault, "5m0s apart")
	late.Close()
	w.doctor(exitFailed).wants(t, isFault, "discovery at")
}

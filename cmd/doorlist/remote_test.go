package main

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"doorlist/auth"
)

// terminalCommands run at the server's own terminal only.
var terminalCommands = []string{
	"serve", "migrate up", "migrate status", "owner create", "org add", "org remove", "connection add", "application add", "application add-path", "mail list", "masterkey rotate", "backup", "restore", "upgrade-check", "doctor", "audit export",
	"domain remove", // a connection without domains takes people of all organizations from the first page
	"drift",         // a request to a server is smaller than an export, of which nothing may be missing
	"version", "login", "logout", "whoami",
}

func leaves(c *cobra.Command) (names []string) {
	for _, sub := range c.Commands() {
		names = append(names, leaves(sub)...)
	}
	if !c.HasSubCommands() {
		names = append(names, nameOf(c))
	}
	return names
}

// Whoever adds a command has to decide whether people elsewhere may run it.
func TestRemote_EveryCommandIsDecidedAbout(t *testing.T) {
	t.Parallel()
	all := leaves((&program{}).root())
	for _, name := range all {
		_, remote := remoteCommands[name]
		if remote == slices.Contains(terminalCommands, name) {
			t.Errorf("`doorlist %s` must stand in exactly one of remoteCommands and terminalCommands", name)
		}
	}
	for name, command := range remoteCommands {
		if !slices.Contains(all, name) || command.needs < mayRead {
			t.Errorf("the entry %q is of no command, or asks for no right", name)
		}
	}
}

// A command that looked something up around the functions of scope.go would show it to people of other organizations.
func TestRemote_LookUpsKeepToTheScope(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) < 20 {
		t.Fatalf("the files are %v, %v", files, err)
	}
	// What leads into one organization only, is about none, serves what runs at the server's own terminal only,
	// or does what was planned within the scope (PreviewUndo, Undo).
	open := []string{
		"ApplyDue", "Backup", "Chain", "ChainStrays", "Check", "CheckMasterKey", "Close", "CloseOutages", "CountHeld", "CountPeople", "CountSealed", "Directory", "FollowResyncs", "FreshenStatistics",
		"Migrate", "Now", "Organization", "PreviewUndo", "PurgeLockouts", "PurgeProposals", "PurgeRequests", "PurgeSAML",
		"PurgeSessions", "Ready", "Reseal", "Restore", "Schema", "TallyDecisions", "Undo", "UnsentMail", "Upgrade", "VerifyAudit", "WarnOfExpiry",
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") || file == "scope.go" || file == "open.go" {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			method, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || slices.Contains(open, method.Sel.Name) {
				return true
			}
			if receiver, ok := method.X.(*ast.Ident); ok && receiver.Name == "s" && ast.IsExported(method.Sel.Name) {
				t.Errorf("%s calls s.%s; use the functions of scope.go and open.go", file, method.Sel.Name)
			}
			return true
		})
	}
}

func TestRemote_Rights(t *testing.T) {
	t.Parallel()
	p := &program{}
	for _, tc := range []struct {
		console string
		fresh   bool
		args    []string
		want    string // part of the refusal; "" for none
	}{
		{"none", true, []string{"role", "list"}, "higher console right"},
		{"", true, []string{"role", "list"}, "higher console right"},
		{"root", true, []string{"role", "list"}, "higher console right"},
		{"read", false, []string{"role", "list"}, ""},
		{"read", true, []string{"mapping", "add"}, "higher console right"},
		{"manage", false, []string{"mapping", "add"}, ""},
		{"manage", true, []string{"token", "create"}, "higher console right"},
		{"own", true, []string{"token", "create", "--connection=entra"}, ""},
		{"own", false, []string{"token", "create"}, "at most 10 minutes old"},
		{"own", false, []string{"session", "end"}, ""},
		{"own", true, []string{"serve"}, "server's own terminal"},
		{"own", true, []string{"migrate", "up", "--json"}, "server's own terminal"},
		{"own", true, []string{"help"}, "unknown command"},
		{"own", true, []string{"__complete", "role"}, "unknown command"},
		{"own", true, []string{"role"}, "server's own terminal"},
		{"own", true, []string{""}, "server's own terminal"},
		{"own", true, []string{"--", "role", "list"}, "server's own terminal"},
	} {
		got := p.permit(auth.Caller{Console: tc.console, Fresh: tc.fresh}, tc.args)
		if (got == "") != (tc.want == "") || !strings.Contains(got, tc.want) {
			t.Errorf("%+v: got %q", tc, got)
		}
	}
}

// send gives the server a command line as a program of its own might.
func (c *terminal) send(n *node, args ...string) (answer remoteAnswer) {
	c.t.Helper()
	body, err := json.Marshal(remoteRequest{Args: args})
	if err != nil {
		c.t.Fatal(err)
	}
	header := c.bearerHeader(n)
	req, err := http.NewRequestWithContext(c.t.Context(), http.MethodPost, n.url+"/admin/api/commands", strings.NewReader(string(body)))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header = header
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil || res.StatusCode != http.StatusOK {
		c.t.Fatalf("%v: %s, %v", args, res.Status, err)
	}
	return answer
}

// remote signs somebody in at a terminal elsewhere.
func (w *tenantWorld) remote(alias string) *terminal {
	w.t.Helper()
	v, c := w.visitor(alias), remoteTerminal(w.t, w.nodes[0])
	if reason := v.signIn(w.nodes[0]); reason != "" {
		w.t.Fatalf("%s was refused: %s", alias, reason)
	}
	if code, printed := c.login(v, w.nodes[0], "approve"); code != exitDone {
		w.t.Fatalf("%s: the terminal: %s", alias, printed)
	}
	return c
}

func TestRemote_CommandsOfAnOwner(t *testing.T) {
	t.Parallel()
	w := newTenantWorld(t, sqliteDatabase(t), 1)
	w.terminal.do("org", "add", "fabrikam")
	w.terminal.do("connection", "add", "victim", "--org", "fabrikam", "--tenant-id", tenantID, "--client-id", "x", "--client-secret", "y")
	var victims newTokenView
	w.terminal.read(&victims, "token", "create", "--connection", "victim")
	owner := w.remote("olivia.owner")

	var orgs []orgView
	owner.read(&orgs, "org", "list")
	var connections []connectionView
	owner.read(&connections, "connection", "list")
	if len(orgs) != 1 || orgs[0].Slug != "contoso" || len(connections) != 1 || connections[0].Slug != "entra" {
		t.Errorf("an owner of contoso sees %+v and %+v", orgs, connections)
	}
	owner.do("role", "add", "auditor", "--rank", "15", "--console", "read")
	owner.do("schema", "add", schemaFile(t, acmeSchema))
	var made newTokenView
	owner.read(&made, "token", "create", "--connection", "entra", "--label", "from afar, with a comma")
	if !strings.HasPrefix(made.Token, "dls_") {
		t.Errorf("the token is %+v", made)
	}
	trail := w.terminal.do("audit", "list", "--org", "contoso", "--subject", made.ID, "--json")
	if !strings.Contains(trail, `"kind":"person"`) || !strings.Contains(trail, `"address":"127.0.0.1"`) || !strings.Contains(trail, "olivia.owner@contoso.com") || !strings.Contains(trail, `"request_id"`) {
		t.Errorf("the trail does not say who it was: %s", trail)
	}
	for _, args := range [][]string{
		{"role", "list", "--org", "fabrikam"}, {"connection", "set", "victim", "--name", "mine"}, {"token", "list", "--connection", "victim"},
		{"token", "revoke", victims.ID}, {"org", "set", "fabrikam", "--name", "mine"}, {"session", "end", "--org", "fabrikam"},
		{"mapping", "add", "--connection", "victim", "--group-external-id", groupID, "--role", "reader"}, {"explain", "a@b.c", "--org", "fabrikam"},
	} {
		if said := owner.fails(exitFailed, args...); !strings.Contains(said, "there is no ") {
			t.Errorf("%v of another organization: %s", args, said)
		}
	}
	for _, args := range [][]string{{"serve"}, {"migrate", "up"}, {"owner", "create", "--email", "a@b.example"}, {"org", "add", "mine"}, {"org", "remove", "contoso"},
		{"connection", "add", "mine", "--tenant-id", tenantID, "--client-id", "x"}, {"application", "add", "--name", "wiki", "--host", "wiki.fabrikam.com", "--min-role", "reader"}} {
		owner.fails(exitUsage, args...)
		if got := owner.send(w.nodes[0], args...); got.Code == exitDone || !strings.Contains(got.Stderr, "own terminal") {
			t.Errorf("%v: the server said %+v", args, got)
		}
	}
	for _, args := range [][]string{
		{"role", "list", "--database", "sqlite:/tmp/other.db"}, {"role", "list", "--config=/etc/passwd"}, {"role", "list", "--server", "http://127.0.0.1:1"},
		{"schema", "add", "/etc/passwd"}, {"connection", "set", "entra", "--domain", "fabrikam.com"},
		{"domain", "add", "fabrikam.com", "--connection", "entra", "--verify", "statement"}, {"domain", "remove", "fabrikam.com", "--connection", "entra"},
		{"version"}, {"whoami"}, {"help"}, {"role"},
	} {
		if got := owner.send(w.nodes[0], args...); got.Code == exitDone || strings.Contains(got.Stdout+got.Stderr, "root:") {
			t.Errorf("%v: the server said %+v", args, got)
		}
	}
	if said := owner.fails(exitUsage, "role", "list", "--database", "sqlite:x"); !strings.Contains(said, "keep one") {
		t.Errorf("a server and a database: %s", said)
	}
	owner.fails(exitUsage, "role", "add", "x")
	owner.do("session", "end", "--org", "contoso")
	if said := owner.fails(exitFailed, "role", "list"); !strings.Contains(said, "doorlist login") {
		t.Errorf("when the session has ended: %s", said)
	}
}

// Where two persons decide, a terminal elsewhere is no way around the second one; the server's own is the way out.
func TestRemote_WhereTwoPersonsDecide(t *testing.T) {
	t.Parallel()
	w := newTenantWorld(t, sqliteDatabase(t), 1)
	for _, email := range []string{"one@contoso.com", "two@contoso.com"} {
		w.terminal.do("owner", "create", "--email", email, "--org", "contoso")
	}
	w.terminal.do("org", "set", "contoso", "--two-persons", "on")
	owner := w.remote("olivia.owner")
	for _, args := range [][]string{
		{"token", "create", "--connection", "entra"}, {"role", "add", "auditor", "--rank", "15"}, {"org", "set", "contoso", "--two-persons", "off"},
		{"mapping", "add", "--connection", "entra", "--app-role", "x", "--role", "reader"},
	} {
		if got := owner.fails(exitFailed, args...); !strings.Contains(got, "two persons decide here") {
			t.Errorf("%v: %s", args, got)
		}
	}
	var shown orgDetail
	if owner.read(&shown, "org", "show", "contoso"); !shown.TwoPersons {
		t.Errorf("org show says %+v", shown)
	}
	w.terminal.do("org", "set", "contoso", "--two-persons", "off")
	owner.do("role", "add", "auditor", "--rank", "15")

	// A rule below is none that one person could go around from above: a terminal elsewhere reaches nothing but one's own organization.
	w.terminal.do("org", "add", "branch", "--parent", "contoso")
	w.terminal.do("org", "set", "branch", "--two-persons", "on")
	if got := owner.fails(exitFailed, "role", "add", "auditor", "--rank", "15", "--org", "branch"); !strings.Contains(got, `there is no organization "branch"`) {
		t.Errorf("an owner of the organization above: %s", got)
	}
}

func TestRemote_NothingAboveOneself(t *testing.T) {
	t.Parallel()
	w := newTenantWorld(t, sqliteDatabase(t), 1)
	w.terminal.do("connection", "set", "entra", "--roles", "hybrid")
	olivia := w.visitor("olivia.owner")
	if reason := olivia.signIn(w.nodes[0]); reason != "" {
		t.Fatalf("Olivia was refused: %s", reason)
	}
	var hers []sessionView
	w.terminal.read(&hers, "session", "list", "--user", "olivia.owner@contoso.com")
	var mappings []mappingView
	w.terminal.read(&mappings, "mapping", "list", "--org", "contoso")
	owners := mappings[slices.IndexFunc(mappings, func(m mappingView) bool { return m.Role == "owner" })].ID
	admin, writer := w.remote("adam.admin"), w.remote("wendy.writer")

	for _, args := range [][]string{
		{"user", "assign", "adam.admin@contoso.com", "--role", "owner"}, {"user", "unassign", "olivia.owner@contoso.com", "--role", "reader"},
		{"mapping", "add", "--connection", "entra", "--app-role", "Boss", "--role", "owner"}, {"mapping", "remove", owners}, {"mapping", "set", owners, "--role", "reader"},
		{"role", "set", "admin", "--rank", "60"}, {"role", "set", "writer", "--rank", "45"}, {"role", "set", "writer", "--console", "own"},
		{"role", "add", "boss", "--rank", "99"}, {"role", "remove", "owner"}, {"role", "remove", "admin"},
		{"session", "end", "--user", "olivia.owner@contoso.com"}, {"session", "end", hers[0].ID}, {"session", "end", "--all"}, {"session", "end", "--connection", "entra"},
		{"token", "create", "--connection", "entra"}, {"sso", "set", "--mode", "off"}, {"connection", "set", "entra", "--enabled=false"},
	} {
		if said := admin.fails(exitFailed, args...); !strings.Contains(said, "above yours") && !strings.Contains(said, "not below yours") &&
			!strings.Contains(said, "an owner must") && !strings.Contains(said, "higher console right") {
			t.Errorf("%v: %s", args, said)
		}
	}
	admin.do("user", "assign", "wendy.writer@contoso.com", "--role", "admin")
	admin.do("user", "unassign", "wendy.writer@contoso.com", "--role", "admin")
	admin.do("mapping", "add", "--connection", "entra", "--app-role", "Writer", "--role", "writer")
	admin.do("role", "set", "writer", "--rank", "35")
	admin.do("explain", "olivia.owner@contoso.com")
	if said := writer.fails(exitFailed, "role", "list"); !strings.Contains(said, "higher console right") {
		t.Errorf("a writer: %s", said)
	}
	admin.do("session", "end", "--user", "wendy.writer@contoso.com")
	writer.fails(exitFailed, "whoami")
	expect(t, "through all of it", olivia, w.nodes[0], true, "owner")
}

// A browser's cookie is sent by whatever page asks; it must not run commands.
func TestRemote_NotByCookie(t *testing.T) {
	t.Parallel()
	w := newTenantWorld(t, sqliteDatabase(t), 1)
	olivia := w.visitor("olivia.owner")
	if reason := olivia.signIn(w.nodes[0]); reason != "" {
		t.Fatalf("Olivia was refused: %s", reason)
	}
	for _, body := range []string{`{"args":["role","list"]}`, `{}`, ``} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.nodes[0].url+"/admin/api/commands", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		res, err := olivia.client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusUnauthorized {
			t.Errorf("%q: %s, want 401", body, res.Status)
		}
	}
}

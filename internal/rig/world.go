package rig

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"doorlist/entra"
	"doorlist/store/storetest/postgres"
)

// masterKey seals what is in the databases of a run, all of which are removed.
const masterKey = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

// The kinds of databases.
const (
	SQLite     = "sqlite"
	PostgreSQL = "postgres"
)

// Site is what several worlds share: the program under test, and a PostgreSQL that keeps what it acknowledges.
type Site struct {
	Dir      string // for databases, logs and histories
	Program  string // the file of doorlist
	server   *postgres.Server
	standby  *postgres.Server // of server, where a world needs one
	disk     *disk            // where databases are, if not in Dir
	database int              // databases made so far
}

// Build makes the program of the module in a folder, with more flags for go build.
func Build(ctx context.Context, module, file string, flags ...string) error {
	cmd := exec.CommandContext(ctx, "go", slices.Concat([]string{"build", "-o", file}, flags, []string{"doorlist/cmd/doorlist"})...)
	cmd.Dir = module
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building doorlist in %s: %w: %s", module, err, out)
	}
	return nil
}

// Close stops the database servers. The folder stays.
func (s *Site) Close() error {
	var errs []error
	for _, server := range s.servers() {
		errs = append(errs, server.Stop())
	}
	return errors.Join(errs...)
}

// servers are the PostgreSQL servers that run, the one that began as the primary first.
func (s *Site) servers() []*postgres.Server {
	return slices.DeleteFunc([]*postgres.Server{s.server, s.standby}, func(server *postgres.Server) bool { return server == nil })
}

// newDatabase makes an empty database and returns its URL, and its name in the server.
func (s *Site) newDatabase(ctx context.Context, kind string) (address, name string, err error) {
	s.database++
	name = fmt.Sprintf("rig%d", s.database)
	if kind == SQLite {
		dir := s.Dir
		if s.disk != nil {
			dir = s.disk.dir
		}
		return "sqlite:" + filepath.Join(dir, name+".db"), name, nil
	}
	if s.server == nil {
		if s.server, err = postgres.StartDurable(ctx); err != nil {
			return "", "", err
		}
	}
	_, err = s.server.Create(ctx, name)
	return postgres.URL(name, s.servers()...), name, err
}

// world is a number of servers on one database, with a tenant whose people sign in, and two organizations that must not see each other.
type world struct {
	site           *Site
	program        string // of the commands, and of the servers at first
	kind, database string
	nodes          []*node
	environ        []string // of commands, which reach the database past all proxies
	tenant         *entra.Tenant
	issuer         *httptest.Server
	token, foreign string // for provisioning: of the organization that is tested, and of the other one
}

// newWorld configures the organizations as an administrator does and starts the servers.
func (s *Site) newWorld(ctx context.Context, o Options) (*world, error) {
	address, name, err := s.newDatabase(ctx, o.Database)
	if err != nil {
		return nil, err
	}
	w := &world{site: s, program: cmp.Or(o.from, s.Program), kind: o.Database, database: name, environ: environment("DOORLIST_DATABASE="+address, "DOORLIST_MASTER_KEY="+masterKey)}
	err = w.configure(ctx, o.Seed)
	for i := 0; i < o.Nodes && err == nil; i++ {
		err = w.addNode(ctx, i)
	}
	if err != nil {
		return nil, errors.Join(err, w.close())
	}
	return w, nil
}

func (w *world) configure(ctx context.Context, seed uint64) error {
	w.tenant = entra.NewTenant(entra.TenantOptions{Domain: "rig.example", Name: "Rig", Seed: seed})
	app, err := w.tenant.Register(entra.Application{RedirectURIs: []string{entra.AnyLoopback}})
	if err != nil {
		return err
	}
	provider, err := entra.NewServer(entra.ServerOptions{Tenants: []*entra.Tenant{w.tenant}, Seed: seed})
	if err != nil {
		return err
	}
	w.issuer = httptest.NewServer(provider)
	if w.token, err = w.organization(ctx, "contoso", "entra", w.tenant.ID, app); err != nil {
		return err
	}
	if _, err := w.command(ctx, "mapping", "add", "--org", "contoso", "--connection", "entra", "--group-external-id", readersID, "--role", "reader"); err != nil {
		return err
	}
	w.foreign, err = w.organization(ctx, "fabrikam", "other", "4f7d1c52-08f1-4d3c-9d0e-6f2b8a1c0d11", app)
	return err
}

// organization makes an organization with a connection, and returns a token for provisioning.
func (w *world) organization(ctx context.Context, name, connection, tenantID string, app entra.Application) (token string, err error) {
	if _, err := w.command(ctx, "org", "add", name); err != nil {
		return "", err
	}
	if _, err := w.command(ctx, "connection", "add", connection, "--org", name, "--kind", "entra", "--tenant-id", tenantID,
		"--client-id", app.ClientID, "--client-secret", app.Secrets[0], "--authority", w.issuer.URL); err != nil {
		return "", err
	}
	out, err := w.command(ctx, "token", "create", "--connection", connection, "--json")
	if err != nil {
		return "", err
	}
	var made struct{ Token string }
	err = json.Unmarshal(out, &made)
	return made.Token, err
}

// command runs a command of the world's program and returns what it printed.
func (w *world) command(ctx context.Context, args ...string) ([]byte, error) {
	return w.run(ctx, w.program, args...)
}

// run runs a command of a program.
func (w *world) run(ctx context.Context, program string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = w.environ
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return out, fmt.Errorf("doorlist %s: %w: %s", strings.Join(args[:min(2, len(args))], " "), err, strings.TrimSpace(stderr.String()))
	}
	return out, nil
}

// addNode starts a server between two proxies.
func (w *world) addNode(ctx context.Context, number int) error {
	n := &node{program: w.program, environ: w.environ}
	var err error
	if n.log, err = os.Create(w.file(fmt.Sprintf("node%d.log", number))); err != nil {
		return err
	}
	if n.clients, err = NewProxy(); err != nil {
		return errors.Join(err, n.log.Close())
	}
	w.nodes = append(w.nodes, n)
	if w.kind == PostgreSQL {
		return errors.Join(n.reach(w.database, w.site.servers()), n.start(ctx))
	}
	return n.start(ctx)
}

// reach puts proxies before the servers of a database, and has the node use these.
func (n *node) reach(database string, servers []*postgres.Server) error {
	var hosts []string
	for _, server := range servers {
		p, err := NewProxy()
		if err != nil {
			return err
		}
		p.Serve("unix", server.Socket())
		n.databases, hosts = append(n.databases, p), append(hosts, p.Address())
	}
	u, _ := url.Parse(postgres.URL(database)) // it made it
	u.Host, u.RawQuery = strings.Join(hosts, ","), "sslmode=disable"
	n.environ = append(n.environ[:len(n.environ):len(n.environ)], "DOORLIST_DATABASE="+u.String())
	n.database = n.databases[0]
	return nil
}

// file is the path of a file that belongs to this world.
func (w *world) file(name string) string { return filepath.Join(w.site.Dir, w.database+"-"+name) }

// close ends the servers and the tenant, however things stand.
func (w *world) close() error {
	var errs []error
	for _, n := range w.nodes {
		errs = append(errs, n.close())
	}
	if w.issuer != nil {
		w.issuer.Close()
	}
	return errors.Join(errs...)
}

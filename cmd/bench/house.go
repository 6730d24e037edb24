package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strings"

	"github.com/google/uuid"

	"doorlist/cmd/internal/process"
	"doorlist/entra"
)

// house is a door on a database of its own, with a simulated tenant that its people sign in at.
type house struct {
	door
	program string   // the file of doorlist
	environ []string // which database, and how it is sealed
	log     *os.File
	server  *process.Process
	issuer  *httptest.Server
	tenant  *entra.Tenant
}

// masterKey seals what is in the databases of a run, all of which are removed.
const masterKey = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

// groupOID is the object id of a group with the name.
func groupOID(name string) string { return uuid.NewSHA1(uuid.Nil, []byte(name)).String() }

// newHouse configures a door as an administrator does, starts it, and lets one person sign in.
func newHouse(ctx context.Context, program, database string, log *os.File) (*house, error) {
	h := &house{program: program, log: log, environ: []string{"DOORLIST_DATABASE=" + database, "DOORLIST_MASTER_KEY=" + masterKey}}
	err := h.configure(ctx)
	if err == nil {
		err = h.start(ctx)
	}
	if err == nil {
		err = h.signIn(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, h.close())
	}
	return h, nil
}

// configure makes an organization whose people sign in at a simulated tenant, and a token for provisioning.
func (h *house) configure(ctx context.Context) error {
	h.tenant = entra.NewTenant(entra.TenantOptions{Domain: "bench.example", Name: "Bench", Seed: 1})
	app, err := h.tenant.Register(entra.Application{RedirectURIs: []string{entra.AnyLoopback}})
	if err != nil {
		return err
	}
	provider, err := entra.NewServer(entra.ServerOptions{Tenants: []*entra.Tenant{h.tenant}, Seed: 1})
	if err != nil {
		return err
	}
	h.issuer = httptest.NewServer(provider)
	if _, err := h.command(ctx, "org", "add", "contoso"); err != nil {
		return err
	}
	_, err = h.command(ctx, "connection", "add", "entra", "--org", "contoso", "--kind", "entra", "--tenant-id", h.tenant.ID,
		"--client-id", app.ClientID, "--client-secret", app.Secrets[0], "--authority", h.issuer.URL)
	if err != nil {
		return err
	}
	out, err := h.command(ctx, "token", "create", "--connection", "entra", "--json")
	if err != nil {
		return err
	}
	var made struct{ Token string }
	err = json.Unmarshal(out, &made)
	h.token = made.Token
	return err
}

// command runs a command of the door and returns what it printed.
func (h *house) command(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, h.program, args...)
	cmd.Env = append(os.Environ(), h.environ...)
	var stderr strings.Builder
	cmd.Stderr = io.MultiWriter(&stderr, h.log)
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("doorlist %s: %w: %s", strings.Join(args[:2], " "), err, strings.TrimSpace(stderr.String()))
	}
	return out, nil
}

// start runs the server.
func (h *house) start(ctx context.Context) error {
	server, address, err := h.serve(ctx)
	h.server, h.address = server, address
	return err
}

// serve runs a server of the house and returns when it listens.
func (h *house) serve(ctx context.Context) (*process.Process, string, error) {
	p, err := process.Start(ctx, h.log, h.environ, h.program, "serve", "--listen", "127.0.0.1:0", "--stop-delay", "0s")
	if err != nil {
		return nil, "", err
	}
	address, found := strings.CutPrefix(p.First, "listening on http://")
	if !found {
		return nil, "", errors.Join(fmt.Errorf("doorlist said %q; expected where it listens", p.First), p.Stop())
	}
	return p, address, nil
}

// signIn pushes a person with a role, lets them sign in, and keeps their cookie.
func (h *house) signIn(ctx context.Context) error {
	person, err := h.tenant.AddPerson(entra.Person{UserPrincipalName: "visitor@bench.example", Assigned: true})
	if err != nil {
		return err
	}
	c, err := dial(h.address, "Authorization: Bearer "+h.token)
	if err != nil {
		return err
	}
	defer c.conn.Close()
	id, err := created(c.expect(http.StatusCreated, nil, http.MethodPost, "/scim/v2/Users", fmt.Appendf(nil,
		`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"%s","externalId":"%s","active":true}`, person.UserPrincipalName, person.ObjectID)))
	if err != nil {
		return err
	}
	if _, err := h.addGroup(c, id); err != nil {
		return err
	}
	name := fmt.Sprintf("Group %d", h.created.Load())
	if _, err := h.command(ctx, "mapping", "add", "--org", "contoso", "--connection", "entra", "--group-external-id", groupOID(name), "--role", "reader"); err != nil {
		return err
	}
	return h.visit(ctx, person)
}

// visit goes through the door, the tenant and back, as a browser does.
func (h *house) visit(ctx context.Context, person entra.Person) error {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return err
	}
	browser := &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if strings.HasSuffix(r.URL.Path, "/authorize") {
			q := r.URL.Query()
			q.Set("sim_user", person.UserPrincipalName)
			r.URL.RawQuery = q.Encode()
		}
		return nil
	}}
	door := &url.URL{Scheme: "http", Host: h.address}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, door.JoinPath("login", "entra").String(), nil)
	if err != nil {
		return err
	}
	answer, err := browser.Do(request)
	if err != nil {
		return err
	}
	answer.Body.Close()
	for _, cookie := range jar.Cookies(door) {
		if h.cookie != "" {
			h.cookie += "; "
		}
		h.cookie += cookie.Name + "=" + cookie.Value
	}
	if reason := answer.Header.Get("X-Doorlist-Reason"); h.cookie == "" || reason != "" {
		return fmt.Errorf("signing in ended with status %d %s", answer.StatusCode, reason)
	}
	return nil
}

// close stops the server and the tenant.
func (h *house) close() error {
	if h.issuer != nil {
		h.issuer.Close()
	}
	return h.stop()
}

// stop ends the server alone.
func (h *house) stop() error {
	if h.server == nil {
		return nil
	}
	p := h.server
	h.server = nil
	return p.Stop()
}

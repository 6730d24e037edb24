package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"

	"doorlist/entra"
	"doorlist/store"
	"doorlist/store/storetest"
)

const (
	machinePeople   = 4 // whom the tenant can push; one more belongs to the local directory
	machineBrowsers = 6
	machinePassword = "every person has the same one"
)

var machineAdmin = store.Actor{Kind: store.Administrator, Name: "test"}

// machine is the server under comparison: the program's own handler, on a real store whose clock stands still until a step
// moves it, and a tenant that signs people in over HTTP.
type machine struct {
	t        *testing.T
	store    *store.Store
	clock    *storetest.Clock
	handler  http.Handler
	base     *url.URL
	token    string // for SCIM
	org      store.Organization
	conn     store.Connection
	roles    []store.Role // by the model's number; none for 0
	tenant   []entra.Person
	keys     []store.DirectoryKey
	ids      []string // of the people, where they are known
	names    []string
	groups   [3]string // ids
	mappings [3]string // ids, "" for none
	outages  []string  // ids
	cookies  [machineBrowsers]map[string]string
	requests int
}

func newMachine(t *testing.T, s *store.Store) *machine {
	t.Helper()
	m := &machine{t: t, store: s, clock: storetest.ClockOf(t, s), base: &url.URL{Scheme: "http", Host: "127.0.0.1:4000"}, roles: make([]store.Role, 1)}
	tenant := entra.NewTenant(entra.TenantOptions{Domain: "contoso.com", Name: "Contoso", Seed: 1})
	app, err := tenant.Register(entra.Application{RedirectURIs: []string{entra.AnyLoopback}})
	m.must(err)
	issuer, err := entra.NewServer(entra.ServerOptions{Tenants: []*entra.Tenant{tenant}, Now: m.clock.Now, Seed: 1})
	m.must(err)
	idp := httptest.NewServer(issuer)
	t.Cleanup(idp.Close)
	m.write(func(tx *store.Tx) (err error) {
		if m.org, err = tx.CreateOrganization("contoso", "", ""); err != nil {
			return err
		}
		o := tx.Organization(m.org.ID)
		m.conn, err = o.CreateConnection(store.Connection{
			Slug: "entra", Kind: store.EntraConnection, TenantID: tenant.ID, Authority: idp.URL, ClientID: app.ClientID,
		}, app.Secrets[0])
		if err == nil {
			_, m.token, err = o.CreateToken(m.conn.ID, "", time.Time{})
		}
		return err
	})
	m.open()
	m.addPeople(tenant)
	for i := range m.groups {
		m.groups[i] = m.created("/Groups", fmt.Sprintf(`{"displayName":"group %d"}`, i))
	}
	for i := range m.cookies {
		m.cookies[i] = map[string]string{}
	}
	return m
}

// open makes the program's handler.
func (m *machine) open() {
	m.t.Helper()
	log := slog.New(slog.DiscardHandler)
	p := &program{stdout: io.Discard, stderr: io.Discard, now: m.clock.Now, config: Config{
		BaseURL: m.base.String(), MasterKey: base64.StdEncoding.EncodeToString(storetest.MasterKey),
	}}
	var err error
	m.handler, err = p.handler(m.store, &health{store: m.store, log: log}, store.NewRequestLog(m.store), nil, log, "")
	m.must(err)
}

// addPeople makes the tenant's people, and a local one who has a role by hand and a password.
func (m *machine) addPeople(tenant *entra.Tenant) {
	m.t.Helper()
	ladder, err := m.store.Organization(m.org.ID).Roles(m.t.Context())
	m.must(err)
	for _, name := range []string{"reader", "writer", "admin"} {
		for _, r := range ladder {
			if r.Name == name {
				m.roles = append(m.roles, r)
			}
		}
	}
	for i := range machinePeople {
		person, err := tenant.AddPerson(entra.Person{UserPrincipalName: fmt.Sprintf("person%d@contoso.com", i), Assigned: true})
		m.must(err)
		m.tenant, m.names = append(m.tenant, person), append(m.names, person.UserPrincipalName)
		m.keys, m.ids = append(m.keys, m.conn.Directory()), append(m.ids, "")
	}
	local := store.Profile{UserName: "local@contoso.com"}.Record()
	local.PasswordHash = &cheapHash
	m.write(func(tx *store.Tx) error {
		u, err := tx.Directory(m.org.LocalDirectory).CreateUser(local)
		if err != nil {
			return err
		}
		m.keys, m.ids, m.names = append(m.keys, m.org.LocalDirectory), append(m.ids, u.ID), append(m.names, u.UserName)
		return tx.Organization(m.org.ID).AssignRole(m.org.LocalDirectory.DirectoryID, u.ID, m.roles[1].ID)
	})
}

// cheapHash is a hash of machinePassword that says of itself that it costs little, so that thousands of sign-ins take
// seconds. The server reads it as any other.
var cheapHash = func() string {
	salt := []byte("0123456789abcdef")
	key := argon2.IDKey([]byte(machinePassword), salt, 1, 8, 1, 32)
	return fmt.Sprintf("$argon2id$v=%d$m=8,t=1,p=1$%s$%s", argon2.Version, base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(key))
}()

func (m *machine) must(err error) {
	m.t.Helper()
	if err != nil {
		m.t.Fatal(err)
	}
}

// write makes a change as an administrator's command does.
func (m *machine) write(fn func(tx *store.Tx) error) {
	m.t.Helper()
	m.must(m.store.Write(m.t.Context(), machineAdmin, fn))
}

func (m *machine) inOrg(fn func(o *store.OrganizationTx) error) {
	m.t.Helper()
	m.write(func(tx *store.Tx) error { return fn(tx.Organization(m.org.ID)) })
}

// scim makes a request of provisioning and returns the status and the id in the answer.
func (m *machine) scim(method, path, body string) (status int, id string) {
	m.t.Helper()
	req := httptest.NewRequestWithContext(m.t.Context(), method, m.base.String()+"/scim/v2"+path, strings.NewReader(body))
	req.Header.Set("Authorization", "Bearer "+m.token)
	req.Header.Set("Content-Type", "application/scim+json")
	rec := httptest.NewRecorder()
	m.handler.ServeHTTP(rec, req)
	var answer struct{ ID string }
	if rec.Body.Len() > 0 {
		m.must(json.Unmarshal(rec.Body.Bytes(), &answer))
	}
	return rec.Code, answer.ID
}

func (m *machine) created(path, body string) string {
	m.t.Helper()
	status, id := m.scim("POST", path, body)
	if status != http.StatusCreated {
		m.t.Fatalf("POST %s %s: %d", path, body, status)
	}
	return id
}

// browse makes a request of a browser, which keeps the cookies of the answer. Each comes from an address of its own:
// limits by address are not what is compared.
func (m *machine) browse(browser int, method, target string, form url.Values) *http.Response {
	m.t.Helper()
	req := httptest.NewRequestWithContext(m.t.Context(), method, m.base.ResolveReference(&url.URL{Path: "/"}).String()+strings.TrimPrefix(target, "/"), strings.NewReader(form.Encode()))
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	m.requests++
	req.RemoteAddr = fmt.Sprintf("10.%d.%d.%d:1", m.requests>>16&255, m.requests>>8&255, m.requests&255)
	for name, value := range m.cookies[browser] {
		req.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	rec := httptest.NewRecorder()
	m.handler.ServeHTTP(rec, req)
	res := rec.Result()
	for _, c := range res.Cookies() {
		m.cookies[browser][c.Name] = c.Value
		if c.MaxAge < 0 {
			delete(m.cookies[browser], c.Name)
		}
	}
	return res
}

// outcome is what a sign-in came to.
func (m *machine) outcome(res *http.Response) string {
	if res.StatusCode == http.StatusSeeOther {
		return "admitted"
	}
	if reason := res.Header.Get("X-Doorlist-Reason"); reason != "" {
		return reason
	}
	return res.Status
}

// signInAtTenant goes to the provider and back. Each time it wants another page: who wants the same one again and again is
// told of a circle.
func (m *machine) signInAtTenant(browser, person int) string {
	m.t.Helper()
	res := m.browse(browser, "GET", fmt.Sprintf("/login/entra?return_to=/page/%d", m.requests), nil)
	if res.StatusCode != http.StatusSeeOther {
		return m.outcome(res)
	}
	req, err := http.NewRequestWithContext(m.t.Context(), "GET", res.Header.Get("Location")+"&sim_user="+url.QueryEscape(m.names[person]), nil)
	m.must(err)
	back, err := http.DefaultTransport.RoundTrip(req)
	m.must(err)
	defer back.Body.Close()
	callback, err := back.Location()
	m.must(err)
	return m.outcome(m.browse(browser, "GET", callback.RequestURI(), nil))
}

func (m *machine) signInByPassword(browser, person int) string {
	m.t.Helper()
	return m.outcome(m.browse(browser, "POST", "/password", url.Values{"user_name": {m.names[person]}, "password": {machinePassword}}))
}

// request asks as a proxy does: with which role does the browser pass, or why not?
func (m *machine) request(browser int) string {
	m.t.Helper()
	res := m.browse(browser, "GET", "/auth/verify", nil)
	switch {
	case res.StatusCode == http.StatusOK:
		return res.Header.Get("X-Doorlist-Role")
	case res.StatusCode == http.StatusUnauthorized && res.Header.Get("X-Doorlist-Reason") == "":
		return "nobody"
	}
	return res.Header.Get("X-Doorlist-Reason")
}

package auth_test

import (
	"bytes"
	"cmp"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"doorlist/auth"
	"doorlist/entra"
	"doorlist/store"
	"doorlist/store/storetest"
)

const (
	tenantID     = "11111111-2222-4333-8444-555555555555"
	otherTenant  = "99999999-8888-4777-8666-555555555555"
	clientID     = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"
	clientSecret = "the secret of the application"
)

var admin = store.Actor{Kind: store.Administrator, Name: "test"}

// signingKey is the key of every simulated provider: making one takes longer than most tests.
var signingKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

// world is a running door with a store, a tenant and one person, Alice, who is in the group Staff.
type world struct {
	t       testing.TB
	store   *store.Store
	clock   *storetest.Clock
	entra   *entra.Server
	tenant  *entra.Tenant
	alice   entra.Person // as the tenant has her
	org     store.Organization
	conn    store.Connection
	user    store.User  // Alice as provisioned
	group   store.Group // Staff, mapped to reader
	roles   map[string]store.Role
	door    *httptest.Server
	idp     *httptest.Server
	log     *bytes.Buffer
	logger  *slog.Logger // one for all nodes: its lock guards the buffer
	proxies []netip.Prefix
	trusted []netip.Prefix // networks

	transport    http.RoundTripper // to the provider
	refusalTakes time.Duration     // zero: a millisecond
	setupSecret  string
	regions      []auth.Region
	shared       auth.SharedApplication
	// address finds a caller's; nil: the connection's own, which is this machine's.
	address     echo.IPExtractor
	certificate func(*http.Request) string // of a program

	mu   sync.Mutex
	seen []string // what Observe was told, as "kind reason"
}

func (w *world) observe(kind, reason string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen = append(w.seen, kind+" "+reason)
}

// newWorld provisions Alice and opens the door. The changes are made to the world before the door is opened.
func newWorld(t testing.TB, s *store.Store, changes ...func(*world)) *world {
	t.Helper()
	w := &world{t: t, store: s, clock: storetest.ClockOf(t, s), roles: map[string]store.Role{}, log: &bytes.Buffer{}}
	w.logger = slog.New(slog.NewTextHandler(w.log, nil))
	w.startTenant()
	w.configure()
	w.provision()
	for _, change := range changes {
		change(w)
	}
	w.door = w.open(s)
	return w
}

func (w *world) startTenant() {
	w.t.Helper()
	w.tenant = entra.NewTenant(entra.TenantOptions{ID: tenantID, Domain: "contoso.com", Name: "Contoso", Seed: 1})
	stranger := entra.NewTenant(entra.TenantOptions{ID: otherTenant, Domain: "fabrikam.com", Name: "Fabrikam", Seed: 2})
	server, err := entra.NewServer(entra.ServerOptions{Tenants: []*entra.Tenant{w.tenant, stranger}, Now: w.clock.Now, SigningKey: signingKey()})
	w.must(err)
	w.entra = server
	w.idp = httptest.NewServer(server)
	w.t.Cleanup(w.idp.Close)
	_, err = w.tenant.Register(entra.Application{
		ClientID: clientID, Secrets: []string{clientSecret}, RedirectURIs: []string{entra.AnyLoopback}, OptionalClaims: []string{"acct", "sid", "auth_time", "login_hint"},
	})
	w.must(err)
	w.alice, err = w.tenant.AddPerson(entra.Person{UserPrincipalName: "alice@contoso.com", DisplayName: "Alice Ångström", AccountEnabled: true, Assigned: true})
	w.must(err)
}

func (w *world) configure() {
	w.t.Helper()
	w.write(func(tx *store.Tx) (err error) {
		if w.org, err = tx.CreateOrganization("contoso", "Contoso Ltd", ""); err != nil {
			return err
		}
		// The tests of the second factor switch it on.
		if w.org, err = tx.Organization(w.org.ID).SetSecondFactorRule(store.SecondFactorOff); err != nil {
			return err
		}
		w.conn, err = tx.Organization(w.org.ID).CreateConnection(store.Connection{
			Slug: "entra", Name: "Contoso staff", Kind: store.EntraConnection, TenantID: tenantID, Authority: w.idp.URL, ClientID: clientID,
		}, clientSecret)
		return err
	})
	roles, err := w.store.Organization(w.org.ID).Roles(context.Background())
	w.must(err)
	for _, r := range roles {
		w.roles[r.Name] = r
	}
}

func (w *world) provision() {
	w.t.Helper()
	w.user = w.addUser(store.UserRecord{
		UserName: "alice@contoso.com", ExternalID: w.alice.ObjectID, DisplayName: "Alice Ångström", Active: true,
		Emails: []store.Email{{Value: "alice@contoso.com", Type: "work", Primary: true}},
	})
	w.group = w.addGroup("Staff", "reader", w.user.ID)
}

func (w *world) addUser(r store.UserRecord) store.User {
	w.t.Helper()
	r.Document, r.Keys = document(r), strings.ToLower(document(r))
	var u store.User
	w.write(func(tx *store.Tx) (err error) {
		u, err = tx.Directory(w.conn.Directory()).CreateUser(r)
		return err
	})
	return u
}

// document is the resource as scim would keep it.
func document(r store.UserRecord) string {
	doc, _ := json.Marshal(map[string]any{
		"userName": r.UserName, "externalId": r.ExternalID, "displayName": r.DisplayName, "active": r.Active,
		"emails": r.Emails, "roles": r.AppRoles,
	})
	return string(doc)
}

func (w *world) addGroup(name, role string, members ...string) store.Group {
	w.t.Helper()
	var g store.Group
	w.write(func(tx *store.Tx) (err error) {
		news := make([]store.NewMember, len(members))
		for i, id := range members {
			news[i].ID = id
		}
		if g, err = tx.Directory(w.conn.Directory()).CreateGroup(store.GroupRecord{DisplayName: name, Document: "{}", Keys: "{}"}, news); err != nil {
			return err
		}
		_, err = tx.Organization(w.org.ID).CreateMapping(store.Mapping{ConnectionID: w.conn.ID, RoleID: w.roles[role].ID, GroupID: g.ID})
		return err
	})
	return g
}

// changeUser changes Alice as provisioning would.
func (w *world) changeUser(change func(*store.UserRecord)) {
	w.t.Helper()
	before, err := w.store.Directory(w.conn.Directory()).User(context.Background(), w.user.ID)
	w.must(err)
	after := before.UserRecord
	change(&after)
	after.Document, after.Keys = document(after), strings.ToLower(document(after))
	w.write(func(tx *store.Tx) (err error) {
		w.user, err = tx.Directory(w.conn.Directory()).UpdateUser(before, after)
		return err
	})
}

func (w *world) changeConnection(change func(*store.Connection)) {
	w.t.Helper()
	change(&w.conn)
	w.write(func(tx *store.Tx) (err error) {
		w.conn, err = tx.Organization(w.org.ID).UpdateConnection(w.conn)
		return err
	})
}

func (w *world) leaveGroup(g store.Group) {
	w.t.Helper()
	w.write(func(tx *store.Tx) error {
		_, err := tx.Directory(w.conn.Directory()).UpdateGroup(g, nil, store.MemberChange{Remove: []string{w.user.ID}})
		return err
	})
}

func (w *world) write(fn func(tx *store.Tx) error) {
	w.t.Helper()
	w.must(w.store.Write(context.Background(), admin, fn))
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

var assertionKey = ed25519.NewKeyFromSeed([]byte("0123456789abcdef0123456789abcdef"))

// open starts a door on a store. A second one, on a store of the same database, is another node behind the same public
// address, the first one's.
func (w *world) open(s *store.Store) *httptest.Server {
	w.t.Helper()
	e := echo.New()
	e.IPExtractor = echo.ExtractIPDirect()
	if w.address != nil {
		e.IPExtractor = w.address
	}
	e.Use(middleware.RequestID())
	server := httptest.NewUnstartedServer(e)
	public := "http://" + server.Listener.Addr().String()
	if w.door != nil {
		public = w.door.URL
	}
	w.must(auth.Mount(e, auth.Config{
		Store: s, BaseURL: public, AssertionKey: assertionKey, TrustedProxies: w.proxies,
		Logger: w.logger, Observe: w.observe, Transport: w.transport, SetupSecret: w.setupSecret, Regions: w.regions,
		TrustedNetworks: w.trusted, RefusalTakes: cmp.Or(w.refusalTakes, time.Millisecond), ClientCertificate: w.certificate, Shared: w.shared,
	}))
	server.Start()
	w.t.Cleanup(server.Close)
	return server
}

// decisions lists what is on record, newest first.
func (w *world) decisions() []store.Decision {
	w.t.Helper()
	list, err := w.store.Organization(w.org.ID).Decisions(context.Background(), store.DecisionQuery{})
	w.must(err)
	return list
}

// browser keeps cookies and follows no redirect by itself.
type browser struct {
	w      *world
	client *http.Client
	base   string
}

func (w *world) browser() *browser {
	jar, err := cookiejar.New(nil)
	w.must(err)
	return &browser{w: w, base: w.door.URL, client: &http.Client{
		Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// answer is a response that was read to the end.
type answer struct {
	*http.Response
	body string
}

func (b *browser) do(method, address string, header map[string]string) answer {
	b.w.t.Helper()
	return b.send(method, address, nil, header)
}

func (b *browser) send(method, address string, body io.Reader, header map[string]string) answer {
	b.w.t.Helper()
	if strings.HasPrefix(address, "/") {
		address = b.base + address
	}
	req, err := http.NewRequest(method, address, body)
	b.w.must(err)
	for k, v := range header {
		req.Header.Set(k, v)
	}
	res, err := b.client.Do(req)
	b.w.must(err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	b.w.must(err)
	return answer{res, string(text)}
}

func (b *browser) get(address string) answer {
	b.w.t.Helper()
	return b.do(http.MethodGet, address, nil)
}

// authorize goes to the provider and returns the address of the callback.
func (b *browser) authorize(start, who string) string {
	b.w.t.Helper()
	res := b.get(start)
	if res.StatusCode != http.StatusSeeOther {
		b.w.t.Fatalf("GET %s: got %d, want a redirect to the provider\n%s", start, res.StatusCode, res.body)
	}
	res = b.get(res.Header.Get("Location") + "&sim_user=" + url.QueryEscape(who))
	callback := res.Header.Get("Location")
	if !strings.Contains(callback, "/login/callback?") {
		b.w.t.Fatalf("the provider answered %d and sent the browser to %q\n%s", res.StatusCode, callback, res.body)
	}
	return callback
}

// signIn signs somebody in and returns the callback's answer.
func (b *browser) signIn(who string) answer {
	b.w.t.Helper()
	return b.get(b.authorize("/login/entra?return_to=/wiki/start", who))
}

// mustSignIn signs Alice in.
func (b *browser) mustSignIn() {
	b.w.t.Helper()
	res := b.signIn("alice@contoso.com")
	if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/wiki/start" {
		b.w.t.Fatalf("the sign-in: got %d to %q, reason %q; decisions %+v",
			res.StatusCode, res.Header.Get("Location"), res.Header.Get("X-Doorlist-Reason"), b.w.decisions())
	}
}

func (b *browser) sessionCookie() string {
	u, _ := url.Parse(b.base)
	for _, c := range b.client.Jar.Cookies(u) {
		if c.Name == "doorlist" {
			return c.Value
		}
	}
	return ""
}

// wantVerify checks the status and the reason of /auth/verify.
func (b *browser) wantVerify(status int, reason string) answer {
	b.w.t.Helper()
	res := b.get("/auth/verify")
	if res.StatusCode != status || res.Header.Get("X-Doorlist-Reason") != reason {
		b.w.t.Errorf("/auth/verify: got %d %q, want %d %q", res.StatusCode, res.Header.Get("X-Doorlist-Reason"), status, reason)
	}
	return res
}

// newAlice is another person who gets Alice's former name.
func (w *world) newAlice() entra.Person {
	return entra.Person{UserPrincipalName: "alice@contoso.com", DisplayName: "Another Alice", AccountEnabled: true, Assigned: true}
}

// useOtherProvider makes the world's connection a generic OpenID Connect one, to the same issuer.
func (w *world) useOtherProvider(subjectClaim string) {
	w.t.Helper()
	w.write(func(tx *store.Tx) (err error) {
		w.conn, err = tx.Organization(w.org.ID).CreateConnection(store.Connection{
			Slug: "other", Name: "Other", Kind: store.OIDCConnection, Issuer: w.idp.URL + "/" + tenantID + "/v2.0",
			ClientID: clientID, SubjectClaim: subjectClaim,
		}, clientSecret)
		return err
	})
}

// bob is a person of the tenant whom nobody provisions.
func (w *world) bob() entra.Person {
	return entra.Person{UserPrincipalName: "bob@contoso.com", DisplayName: "Bob", AccountEnabled: true, Assigned: true}
}

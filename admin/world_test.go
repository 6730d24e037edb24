package admin_test

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"doorlist/admin"
	"doorlist/auth"
	"doorlist/store"
	"doorlist/store/storetest"
)

const tenantID = "11111111-2222-4333-8444-555555555555"

// shared is the server's own application at Entra.
var shared = auth.SharedApplication{ClientID: "the server's own", Secret: "hush", Authority: "https://login.example.com"}

// world is a server with three organizations: contoso, contoso-test below it, and fabrikam, a stranger. Each has a connection with a
// group that gives a role, a token, and people of every console right.
type world struct {
	t        testing.TB
	store    *store.Store
	clock    *storetest.Clock
	echo     *echo.Echo
	dns      *zone
	server   *httptest.Server
	places   map[string]*place // by the organization's slug
	patience time.Duration     // of whoever waits for a page
}

// place is an organization with what it has.
type place struct {
	org        store.Organization
	conn       store.Connection
	spare      store.Connection // by which nobody comes
	group      store.Group      // gives reader
	free       store.Group      // gives nothing
	mapping    store.Mapping
	token      store.Token
	roles      map[string]store.Role
	secret     store.ClientSecret // of the connection's OAuth client
	waiting    string             // the id of somebody who is held back for review
	event      string             // the id of one
	proposal   string             // the id of one that waits
	domain     string             // that the connection has asked for
	credential string             // the id of the connection's only one
	request    string             // the id of one of the connection's provider
	decision   string             // the id of an attempt to come in that was refused
}

func newWorld(t testing.TB, s *store.Store) *world {
	t.Helper()
	w := &world{t: t, store: s, clock: storetest.ClockOf(t, s), dns: newZone(t), places: map[string]*place{}, patience: time.Hour}
	contoso := w.addPlace("contoso", "")
	w.addPlace("contoso-test", contoso.org.ID)
	w.addPlace("fabrikam", "")
	w.serve()
	return w
}

func (w *world) serve() {
	w.t.Helper()
	w.echo = echo.New()
	w.echo.IPExtractor = echo.ExtractIPDirect()
	w.echo.Use(middleware.RequestID())
	w.server = httptest.NewUnstartedServer(w.echo)
	metadata, err := auth.NewMetadataFetcher("http://" + w.server.Listener.Addr().String())
	if err != nil {
		w.t.Fatal(err)
	}
	err = auth.Mount(w.echo, auth.Config{
		Store: w.store, BaseURL: "http://" + w.server.Listener.Addr().String(),
		AssertionKey: ed25519.NewKeyFromSeed([]byte("0123456789abcdef0123456789abcdef")),
		Shared:       shared,
		Pages: func(e *echo.Echo, console *auth.Console) error {
			return admin.Mount(e, console, admin.Config{
				Store: w.store, Shared: shared, Resolver: w.dns.resolver(),
				Metadata: metadata, Declare: declareNothing,
				Operations: []string{"Create user", "Look up user"}, Replay: w.replay, Records: plainRecords, Patience: w.patience,
			})
		},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.server.Start()
	w.t.Cleanup(w.server.Close)
}

// declareNothing stands for the reading of schemas, which is not this package's.
func declareNothing(document []byte, resourceType string) (admin.Declaration, error) {
	if !strings.Contains(string(document), "urn:") {
		return nil, &store.InvalidError{Field: "the file", Message: "has no schema"}
	}
	return func(o *store.OrganizationTx) (int, error) {
		return 0, o.DeclareSchema(store.Schema{URN: "urn:new", ResourceType: cmp.Or(resourceType, "User"), Document: string(document)})
	}, nil
}

func (w *world) write(fn func(tx *store.Tx) error) {
	w.t.Helper()
	if err := w.store.Write(context.Background(), store.Actor{Kind: store.Administrator, Name: "test"}, fn); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) addPlace(slug, parent string) *place {
	w.t.Helper()
	p := &place{roles: map[string]store.Role{}}
	w.write(func(tx *store.Tx) (err error) {
		if p.org, err = tx.CreateOrganization(slug, "The "+slug, parent); err != nil {
			return err
		}
		o := tx.Organization(p.org.ID)
		if _, err = o.SetSecondFactorRule(store.SecondFactorOff); err != nil {
			return err
		}
		if _, err = o.CreateRole(store.Role{Name: "auditor", Rank: 35, Console: store.ConsoleRead}); err != nil {
			return err
		}
		p.conn, err = o.CreateConnection(store.Connection{Slug: slug + "-entra", Name: "Entra of " + slug, Kind: store.EntraConnection, TenantID: tenantID, ClientID: "an app", Roles: "local"}, "hush")
		if err != nil {
			return err
		}
		p.spare, err = o.CreateConnection(store.Connection{Slug: slug + "-spare", Kind: store.SAMLConnection, Roles: "local"}, "")
		if err != nil {
			return err
		}
		return o.CreateSAML(p.spare.ID, store.SAMLSettings{Certificate: []byte("ours")}, "key")
	})
	credentials, err := w.store.ProviderCredentials(context.Background(), p.conn)
	if err != nil || len(credentials) != 1 {
		w.t.Fatalf("the credentials are %+v, %v", credentials, err)
	}
	p.credential = credentials[0].ID
	ladder, err := w.store.Organization(p.org.ID).Roles(context.Background())
	if err != nil {
		w.t.Fatal(err)
	}
	for _, r := range ladder {
		p.roles[r.Name] = r
	}
	w.write(func(tx *store.Tx) (err error) {
		o, d := tx.Organization(p.org.ID), tx.Directory(p.conn.Directory())
		if p.token, _, err = o.CreateToken(p.conn.ID, "a token of "+slug, time.Time{}); err != nil {
			return err
		}
		if p.group, err = d.CreateGroup(store.GroupRecord{DisplayName: "Readers of " + slug, Document: "{}", Keys: "{}"}, nil); err != nil {
			return err
		}
		if p.free, err = d.CreateGroup(store.GroupRecord{DisplayName: "Others of " + slug, Document: "{}", Keys: "{}"}, nil); err != nil {
			return err
		}
		client, err := o.CreateClient(store.Client{ConnectionID: p.conn.ID, Label: "a client of " + slug})
		if err != nil {
			return err
		}
		if p.secret, _, err = o.AddClientSecret(client.ID, time.Time{}); err != nil {
			return err
		}
		_, err = o.CreateApplication(store.Application{Slug: "wiki-of-" + slug, Role: p.roles["reader"], Paths: []store.ApplicationPath{{Host: "wiki." + slug + ".test", Path: "/"}}})
		if err != nil {
			return err
		}
		if err := o.DeclareSchema(store.Schema{URN: "urn:" + slug, ResourceType: "User", Document: "{}"}); err != nil {
			return err
		}
		waits, err := o.Propose(store.Proposal{Title: "Rename " + slug, Address: "/admin/organizations/" + slug + "/edit", Form: `{"display":"New","slug":"` + slug + `"}`, HomeID: p.org.ID})
		if err != nil {
			return err
		}
		p.proposal = waits.ID
		if _, err = o.ChallengeDomain(p.conn.ID, slug+".example"); err != nil {
			return err
		}
		p.domain = slug + ".example"
		name := "waiting@" + slug + ".example"
		u, err := d.CreateUser(store.UserRecord{UserName: name, Active: true, ExternalID: newGUID("before " + name), Document: "{}", Keys: "{}"})
		if err != nil {
			return err
		}
		p.waiting = u.ID
		decided, err := o.RecordDecision(store.Decision{UserID: u.ID, UserName: name, ConnectionID: p.conn.ID, DirectoryID: p.conn.DirectoryID, Method: "sso",
			Reason: "rebound_pending", Detail: "it changed hands", Address: "192.0.2.7"})
		if err != nil {
			return err
		}
		p.decision = decided.ID
		rebound := u.UserRecord
		rebound.ExternalID = newGUID("after " + name)
		if _, err := d.UpdateUser(u, rebound); err != nil {
			return err
		}
		p.mapping, err = o.CreateMapping(store.Mapping{ConnectionID: p.conn.ID, RoleID: p.roles["reader"].ID, GroupID: p.group.ID})
		return err
	})
	p.request = w.logged(p, store.SCIMRequest{Method: "POST", Target: "/Users", Operation: "Create user", Status: 201})
	events, err := w.store.Organization(p.org.ID).Events(context.Background(), store.EventQuery{Limit: 1})
	if err != nil || len(events) != 1 {
		w.t.Fatalf("the events are %+v, %v", events, err)
	}
	p.event = events[0].ID
	w.places[slug] = p
	return p
}

// browser is somebody's browser.
type browser struct {
	w      *world
	secret string // of the session; "" for nobody
	id     string // of the person
}

// signIn gives somebody who has a role of an organization a session. They proved who they are at the time.
func (w *world) signIn(organization, role string, proved time.Time) *browser {
	w.t.Helper()
	return w.signInAs(role+proved.Format("150405"), organization, role, proved)
}

// signInAs is signIn for somebody of a name.
func (w *world) signInAs(name, organization, role string, proved time.Time) *browser {
	w.t.Helper()
	p, id := w.places[organization], ""
	name += "@" + organization + ".example"
	sum := sha256.Sum256([]byte("secret of " + name))
	w.write(func(tx *store.Tx) error {
		d := tx.Directory(p.conn.Directory())
		u, err := d.CreateUser(store.UserRecord{UserName: name, DisplayName: "<b>" + role, Active: true, ExternalID: newGUID(name), Document: "{}", Keys: "{}"})
		if err != nil {
			return err
		}
		id = u.ID
		if err := tx.Organization(p.org.ID).AssignRole(p.conn.DirectoryID, u.ID, p.roles[role].ID); err != nil {
			return err
		}
		_, err = d.StartSession(store.NewSession{
			UserID: u.ID, ConnectionID: p.conn.ID, SecretHash: sum[:], Method: "oidc", AuthTime: proved, IdleFor: time.Hour, LastsFor: time.Hour,
		})
		return err
	})
	return &browser{w, "secret of " + name, id}
}

// answer is a response with its body.
type answer struct {
	*http.Response
	body string
}

func (b *browser) send(method, path string, form url.Values, header ...string) answer {
	b.w.t.Helper()
	return b.sendBody(method, path, strings.NewReader(form.Encode()), header...)
}

// sendBody sends anything; header is names and values.
func (b *browser) sendBody(method, path string, content io.Reader, header ...string) answer {
	b.w.t.Helper()
	req, err := http.NewRequest(method, b.w.server.URL+path, content)
	if err != nil {
		b.w.t.Fatal(err)
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	if b.secret != "" {
		req.AddCookie(&http.Cookie{Name: "doorlist", Value: b.secret})
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		b.w.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.w.t.Fatal(err)
	}
	return answer{res, string(body)}
}

func (b *browser) get(path string) answer { b.w.t.Helper(); return b.send(http.MethodGet, path, nil) }

func (b *browser) post(path string, namesAndValues ...string) answer {
	b.w.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(namesAndValues); i += 2 {
		form.Set(namesAndValues[i], namesAndValues[i+1])
	}
	return b.send(http.MethodPost, path, form)
}

// confirmed is a digest of what a preview has shown.
var confirmed = regexp.MustCompile(`name="seen" value="([^"]*)"`)

// save fills a form in, sees whom that concerns, and confirms it. What was refused is answered as it is.
func (b *browser) save(path string, namesAndValues ...string) answer {
	b.w.t.Helper()
	preview := b.post(path, namesAndValues...)
	seen := confirmed.FindStringSubmatch(preview.body)
	if seen == nil {
		return preview
	}
	return b.post(path, append(namesAndValues, "seen", seen[1])...)
}

// want demands a status and a text in the answer, or in the address that it leads to.
func (b *browser) want(a answer, status int, texts ...string) answer {
	b.w.t.Helper()
	for _, text := range texts {
		if !strings.Contains(a.body+a.Header.Get("Location"), text) {
			b.w.t.Errorf("%s %s lacks %q; it leads to %q and says:\n%s", a.Request.Method, a.Request.URL.Path, text, a.Header.Get("Location"), a.body)
		}
	}
	if a.StatusCode != status {
		b.w.t.Fatalf("%s %s: got %d, want %d:\n%s", a.Request.Method, a.Request.URL.Path, a.StatusCode, status, a.body)
	}
	return a
}

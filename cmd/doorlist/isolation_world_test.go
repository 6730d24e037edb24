package main

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"doorlist/scim"
	"doorlist/store"
	"doorlist/store/storetest"
)

// isolated is a server with two organizations and three connections, with one person in two of them.
type isolated struct {
	log     *store.RequestLog
	t       *testing.T
	store   *store.Store
	program *program
	handler http.Handler
	routes  []*echo.Route
	// entra and okta are contoso's, other is fabrikam's.
	entra, okta, other *room
	// credentials are those of contoso's owner and of the connection entra.
	credentials map[string]http.Header
	asked       int
}

// room is a connection with one of everything.
type room struct {
	org        store.Organization
	conn       store.Connection
	userID     string
	eventID    string
	groupID    string
	role       store.Role
	mapping    store.Mapping
	token      store.Token
	session    store.Session
	secret     string             // the token's
	credential string             // the id of the one at its provider
	kept       store.ClientSecret // of its OAuth client
	proposal   string             // the id of one that waits
	domain     string             // that it has asked for
	request    string             // the id of one of its provider's
	decision   string             // the id of an attempt to come in
}

func newIsolated(t *testing.T, s *store.Store) *isolated {
	t.Helper()
	w := &isolated{t: t, store: s, log: store.NewRequestLog(s)}
	_, resolver := newZone(t) // which knows nothing
	w.program = &program{stdout: io.Discard, stderr: io.Discard, now: s.Now, resolver: resolver, config: Config{
		BaseURL: "https://" + proxyHost, MasterKey: base64.StdEncoding.EncodeToString(storetest.MasterKey),
		EntraClientID: "the server's own", EntraClientSecret: "hush", EntraAuthority: "https://login.example.com",
	}}
	log := slog.New(slog.DiscardHandler)
	var err error
	if w.handler, err = w.program.handler(s, &health{store: s, log: log}, w.log, nil, log, ""); err != nil {
		t.Fatal(err)
	}
	e := echo.New()
	if err := w.program.mountPages(e, storetest.MasterKey, nil, scim.Config{Store: s}, newMetrics(), log, ""); err != nil {
		t.Fatal(err)
	}
	w.routes = e.Routes()
	contoso, fabrikam := w.addOrganization("contoso"), w.addOrganization("fabrikam")
	w.entra, w.okta, w.other = w.addRoom(contoso, "contoso-entra"), w.addRoom(contoso, "contoso-okta"), w.addRoom(fabrikam, "fabrikam-entra")
	w.startSession(w.other, "somebody else's")
	w.startSession(w.entra, "cookie's")
	w.startSession(w.entra, store.DeviceTokenPrefix+"program's")
	w.credentials = map[string]http.Header{
		"session":    {"Cookie": {"__Host-doorlist=cookie's"}},
		"program":    {"Authorization": {"Bearer " + store.DeviceTokenPrefix + "program's"}},
		"SCIM token": {"Authorization": {"Bearer " + w.entra.secret}},
	}
	return w
}

func (w *isolated) write(fn func(tx *store.Tx) error) {
	w.t.Helper()
	if err := w.store.Write(w.t.Context(), store.Actor{Kind: store.Administrator, Name: "test"}, fn); err != nil {
		w.t.Fatal(err)
	}
}

func (w *isolated) addOrganization(slug string) (o store.Organization) {
	w.t.Helper()
	w.write(func(tx *store.Tx) (err error) {
		if o, err = tx.CreateOrganization(slug, "", ""); err != nil {
			return err
		}
		o, err = tx.Organization(o.ID).SetSecondFactorRule(store.SecondFactorOff)
		return err
	})
	return o
}

// addRoom adds a connection, and to it the person who is in others too.
func (w *isolated) addRoom(o store.Organization, slug string) *room {
	w.t.Helper()
	r := &room{org: o}
	roles, err := w.store.Organization(o.ID).Roles(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	owner := roles[len(roles)-1]
	w.write(func(tx *store.Tx) (err error) {
		org := tx.Organization(o.ID)
		r.conn, err = org.CreateConnection(store.Connection{Slug: slug, Kind: store.EntraConnection, TenantID: tenantID, ClientID: "client", Roles: "local"}, "hush")
		if err != nil {
			return err
		}
		if r.role, err = org.CreateRole(store.Role{Name: "of " + slug, Rank: 60 + len(slug), Console: store.ConsoleNone}); err != nil {
			return err
		}
		client, err := org.CreateClient(store.Client{ConnectionID: r.conn.ID})
		if err != nil {
			return err
		}
		if r.kept, _, err = org.AddClientSecret(client.ID, time.Time{}); err != nil {
			return err
		}
		if _, err := org.CreateApplication(store.Application{Slug: "wiki-of-" + slug, Role: r.role}); err != nil {
			return err
		}
		proposal, err := org.Propose(store.Proposal{Title: "Something of " + slug, Address: "/admin/organizations/" + slug + "/edit", Form: "{}", HomeID: r.org.ID})
		if err != nil {
			return err
		}
		r.proposal = proposal.ID
		r.domain = slug + ".example"
		if _, err := org.ChallengeDomain(r.conn.ID, r.domain); err != nil {
			return err
		}
		r.token, r.secret, err = org.CreateToken(r.conn.ID, "", time.Time{})
		return err
	})
	r.userID = w.provision(r, "Users", `"userName":"alice@example.com","externalId":"`+groupID+`","active":true`)
	r.groupID = w.provision(r, "Groups", `"displayName":"Staff of `+slug+`","members":[{"value":"`+r.userID+`"}]`)
	credentials, err := w.store.ProviderCredentials(w.t.Context(), r.conn)
	if err != nil || len(credentials) != 1 {
		w.t.Fatalf("the credentials are %+v, %v", credentials, err)
	}
	r.credential = credentials[0].ID
	events, err := w.store.Organization(o.ID).Events(w.t.Context(), store.EventQuery{Limit: 1})
	if err != nil || len(events) != 1 {
		w.t.Fatalf("the events are %+v, %v", events, err)
	}
	r.eventID = events[0].ID
	w.write(func(tx *store.Tx) (err error) {
		org := tx.Organization(o.ID)
		if r.mapping, err = org.CreateMapping(store.Mapping{ConnectionID: r.conn.ID, RoleID: r.role.ID, GroupID: r.groupID}); err != nil {
			return err
		}
		decided, err := org.RecordDecision(store.Decision{UserID: r.userID, ConnectionID: r.conn.ID, Reason: "no_role"})
		if err != nil {
			return err
		}
		r.decision = decided.ID
		return org.AssignRole(r.conn.DirectoryID, r.userID, owner.ID)
	})
	if err := w.log.Flush(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	requests, err := w.store.Organization(o.ID).Requests(w.t.Context(), store.SCIMRequestQuery{ConnectionID: r.conn.ID})
	if err != nil || len(requests.Requests) == 0 {
		w.t.Fatalf("the requests are %+v, %v", requests, err)
	}
	r.request = requests.Requests[0].ID
	return r
}

// provision adds a resource with some attributes to a room, and returns its id.
func (w *isolated) provision(r *room, kind, attributes string) string {
	w.t.Helper()
	body := `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:` + strings.TrimSuffix(kind, "s") + `"],` + attributes + `}`
	res := w.ask(http.MethodPost, "/scim/v2/"+kind, body, "application/scim+json", http.Header{"Authorization": {"Bearer " + r.secret}})
	var made struct{ ID string }
	if err := json.Unmarshal(res.Body.Bytes(), &made); err != nil || res.Code != http.StatusCreated {
		w.t.Fatalf("%s: %d %s, %v", kind, res.Code, res.Body, err)
	}
	return made.ID
}

func (w *isolated) startSession(r *room, secret string) {
	w.t.Helper()
	sum := sha256.Sum256([]byte(secret))
	w.write(func(tx *store.Tx) (err error) {
		r.session, err = tx.Directory(r.conn.Directory()).StartSession(store.NewSession{
			UserID: r.userID, ConnectionID: r.conn.ID, SecretHash: sum[:], Method: "oidc", AuthTime: w.store.Now(), IdleFor: time.Hour, LastsFor: time.Hour,
		})
		return err
	})
}

// names are what a room is asked for by.
func (r *room) names() []string {
	return []string{
		r.org.Slug, r.org.ID, r.conn.Slug, r.conn.ID, r.userID, r.groupID, r.role.ID, r.mapping.ID, r.token.ID, r.session.ID,
		r.credential,
		r.kept.ClientID, r.kept.ID,
		r.request,
		r.eventID,
		r.decision,
		"wiki-of-" + r.conn.Slug,
		r.proposal,
	}
}

// nobodys is a name that nothing has, of the same form.
func nobodys(name string) string {
	if uuid.Validate(name) == nil {
		return uuid.NewString()
	}
	return "nobodys-" + strings.Repeat("x", len(name)%7+1)
}

// ask sends a request. Each comes from an address of its own, so that no limit of one address hides an answer.
func (w *isolated) ask(method, path, body, contentType string, credential http.Header) *httptest.ResponseRecorder {
	w.t.Helper()
	w.asked++
	req := httptest.NewRequest(method, "https://"+proxyHost+path, strings.NewReader(body))
	req.RemoteAddr = fmt.Sprintf("10.%d.%d.%d:1234", w.asked>>16&255, w.asked>>8&255, w.asked&255)
	req.Header = credential.Clone()
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	req.Header.Set("Content-Type", contentType)
	res := httptest.NewRecorder()
	w.handler.ServeHTTP(res, req)
	return res
}

// newIDs are of what a request has made: they differ from one answer to the next.
var newIDs = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}`)

// varying are the parts of an answer that differ from one to the next: the foot of a page has the time and the request id.
var varying = regexp.MustCompile(`<footer>(?s:.*)</footer>`)

// told is what an answer tells to somebody who asked for a name.
func told(res *httptest.ResponseRecorder, name string) string {
	text := fmt.Sprintln(res.Code, res.Header().Get("Location"), res.Header().Get("ETag"), varying.ReplaceAllString(res.Body.String(), ""))
	if id := res.Header().Get("X-Request-Id"); id != "" {
		text = strings.ReplaceAll(text, id, "<request>")
	}
	return newIDs.ReplaceAllString(strings.ReplaceAll(text, name, "<name>"), "<id>")
}

// events counts what was recorded of a room's organization: a change leaves an event.
func (w *isolated) events(r *room) int {
	w.t.Helper()
	list, err := w.store.Organization(r.org.ID).Events(w.t.Context(), store.EventQuery{Limit: 1000})
	if err != nil {
		w.t.Fatal(err)
	}
	return len(list)
}

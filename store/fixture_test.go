package store_test

import (
	"crypto/sha256"
	"fmt"
	"sync"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"

	"github.com/google/uuid"
)

// Object ids of people and groups, in the two spellings that Entra uses.
const (
	aliceOID      = "aaaaaaaa-0000-4000-8000-00000000a11c"
	aliceOIDUpper = "AAAAAAAA-0000-4000-8000-00000000A11C"
	bobOID        = "bbbbbbbb-0000-4000-8000-0000000000b0"
	writersOID    = "cccccccc-0000-4000-8000-00000000000c"
	tenantID      = "72f988bf-86f1-41af-91ab-2d7cd011db47"
)

// tester acts in tests that do not look at the actor.
var tester = store.Actor{Kind: store.Administrator, ID: "root", Name: "tester", RequestID: "r-1", Address: "192.0.2.1"}

// world is a store with two organizations: contoso has the connections entra and okta, fabrikam has one.
type world struct {
	*store.Store
	t                  testing.TB
	contoso, fabrikam  store.Organization
	entra, okta, other store.Connection
}

// eachWorld runs fn on a world in SQLite and on one in PostgreSQL.
func eachWorld(t *testing.T, fn func(t *testing.T, w *world)) {
	t.Helper()
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) { fn(t, newWorld(t, s)) })
}

func newWorld(t testing.TB, s *store.Store) *world {
	t.Helper()
	w := &world{Store: s, t: t}
	w.must(func(tx *store.Tx) (err error) {
		if w.contoso, err = tx.CreateOrganization("contoso", "Contoso", ""); err != nil {
			return err
		}
		if w.fabrikam, err = tx.CreateOrganization("fabrikam", "Fabrikam", ""); err != nil {
			return err
		}
		if w.entra, err = tx.Organization(w.contoso.ID).CreateConnection(entraConnection("entra"), "hush"); err != nil {
			return err
		}
		okta := store.Connection{Slug: "okta", Kind: store.OIDCConnection, Issuer: "https://okta.example.com", ClientID: "c2"}
		if w.okta, err = tx.Organization(w.contoso.ID).CreateConnection(okta, ""); err != nil {
			return err
		}
		w.other, err = tx.Organization(w.fabrikam.ID).CreateConnection(entraConnection("other"), "hush")
		return err
	})
	return w
}

func entraConnection(slug string) store.Connection {
	return store.Connection{Slug: slug, Kind: store.EntraConnection, TenantID: tenantID, ClientID: "c1"}
}

// write makes a change on behalf of the tester.
func (w *world) write(fn func(tx *store.Tx) error) error {
	return w.Write(w.t.Context(), tester, fn)
}

// must makes a change that has to succeed.
func (w *world) must(fn func(tx *store.Tx) error) {
	w.t.Helper()
	if err := w.write(fn); err != nil {
		w.t.Fatal(err)
	}
}

// inDirectory makes a change in the directory of a connection.
func (w *world) inDirectory(c store.Connection, fn func(d *store.DirectoryTx) error) error {
	return w.write(func(tx *store.Tx) error { return fn(tx.Directory(c.Directory())) })
}

// inContoso makes a change in the organization contoso.
func (w *world) inContoso(fn func(o *store.OrganizationTx) error) error {
	return w.write(func(tx *store.Tx) error { return fn(tx.Organization(w.contoso.ID)) })
}

// addUser adds a user that must be accepted.
func (w *world) addUser(c store.Connection, r store.UserRecord) (u store.User) {
	w.t.Helper()
	w.must(func(tx *store.Tx) (err error) {
		u, err = tx.Directory(c.Directory()).CreateUser(r)
		return err
	})
	return u
}

// addUsers adds count people to entra and returns their ids.
func (w *world) addUsers(count int) []string {
	w.t.Helper()
	ids := make([]string, count)
	w.must(func(tx *store.Tx) error {
		for i := range ids {
			u, err := tx.Directory(w.entra.Directory()).CreateUser(person(fmt.Sprintf("user%d@contoso.com", i), uuid.NewString()))
			if err != nil {
				return err
			}
			ids[i] = u.ID
		}
		return nil
	})
	return ids
}

// addGroup adds a group to a directory; it must be accepted.
func (w *world) addGroup(c store.Connection, r store.GroupRecord, memberIDs ...string) (g store.Group) {
	w.t.Helper()
	w.must(func(tx *store.Tx) (err error) {
		g, err = tx.Directory(c.Directory()).CreateGroup(r, adding(memberIDs...).Add)
		return err
	})
	return g
}

func adding(ids ...string) (c store.MemberChange) {
	for _, id := range ids {
		c.Add = append(c.Add, store.NewMember{ID: id})
	}
	return c
}

// role finds a role of the default ladder of an organization.
func (w *world) role(o store.Organization, name string) store.Role {
	w.t.Helper()
	roles, err := w.Organization(o.ID).Roles(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	for _, r := range roles {
		if r.Name == name {
			return r
		}
	}
	w.t.Fatalf("the ladder %v has no role %s", roles, name)
	return store.Role{}
}

// secretHash is the hash of a cookie's secret.
func secretHash(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// signIn starts a session whose cookie has the secret. It lasts ten hours, one when idle.
func (w *world) signIn(c store.Connection, userID, secret string) (started store.Session) {
	w.t.Helper()
	w.must(func(tx *store.Tx) (err error) {
		started, err = tx.Directory(c.Directory()).StartSession(newSession(userID, c.ID, secret))
		return err
	})
	return started
}

func newSession(userID, connectionID, secret string) store.NewSession {
	return store.NewSession{UserID: userID, ConnectionID: connectionID, SecretHash: secretHash(secret), Method: "oidc", ProviderSID: "sid",
		Subject: "sub of " + userID, ClientID: "c1", AuthTime: storetest.Start, IdleFor: time.Hour, LastsFor: 10 * time.Hour,
		Address: "192.0.2.7", UserAgent: "Firefox"}
}

// visit reads the session of a cookie's secret.
func (w *world) visit(secret string) store.Visit {
	w.t.Helper()
	v, err := w.Visit(w.t.Context(), secretHash(secret))
	if err != nil {
		w.t.Fatalf("Visit(%s): %v", secret, err)
	}
	return v
}

// user reads a user as it is now.
func (w *world) user(c store.Connection, id string) store.User {
	w.t.Helper()
	u, err := w.Directory(c.Directory()).User(w.t.Context(), id)
	if err != nil {
		w.t.Fatalf("User(%s): %v", id, err)
	}
	return u
}

// group reads a group as it is now.
func (w *world) group(c store.Connection, id string) store.Group {
	w.t.Helper()
	g, err := w.Directory(c.Directory()).Group(w.t.Context(), id)
	if err != nil {
		w.t.Fatalf("Group(%s): %v", id, err)
	}
	return g
}

// memberIDs lists a group's members in order of id.
func (w *world) memberIDs(c store.Connection, groupID string) []string {
	w.t.Helper()
	members, err := w.Directory(c.Directory()).Members(w.t.Context(), groupID, "", 0)
	if err != nil {
		w.t.Fatalf("Members: %v", err)
	}
	var ids []string
	for _, m := range members {
		ids = append(ids, m.ID)
	}
	return ids
}

// actions lists the actions of an organization's events about a subject ("": about all), oldest first.
func (w *world) actions(o store.Organization, subjectID string) []string {
	w.t.Helper()
	events, err := w.Organization(o.ID).Events(w.t.Context(), store.EventQuery{SubjectID: subjectID})
	if err != nil {
		w.t.Fatalf("Events: %v", err)
	}
	var actions []string
	for _, e := range events {
		actions = append(actions, e.Action)
	}
	return actions
}

// update changes a user of entra as it is now; the change must be accepted.
func (w *world) update(id string, edit func(r *store.UserRecord)) (u store.User) {
	w.t.Helper()
	before := w.user(w.entra, id)
	w.must(func(tx *store.Tx) (err error) {
		u, err = tx.Directory(w.entra.Directory()).UpdateUser(before, edited(before, edit))
		return err
	})
	return u
}

// together runs fn n times at once and returns what each gave.
func together(n int, fn func(i int) error) []error {
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { errs[i] = fn(i) })
	}
	all.Wait()
	return errs
}

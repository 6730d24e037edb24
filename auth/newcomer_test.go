package auth_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"doorlist/entra"
	"doorlist/store"
	"doorlist/store/storetest"
)

const bobName = "bob@contoso.com"

// admitAssigned lets people in to whom the tenant has assigned an app role, and maps Task.Write to writer.
func (w *world) admitAssigned() {
	w.t.Helper()
	w.changeConnection(func(c *store.Connection) { c.Admit = "role_assigned" })
	w.write(func(tx *store.Tx) error {
		_, err := tx.Organization(w.org.ID).CreateMapping(store.Mapping{ConnectionID: w.conn.ID, RoleID: w.roles["writer"].ID, AppRole: "Task.Write"})
		return err
	})
}

// addBob adds Bob to the tenant, with app roles; nobody provisions him.
func (w *world) addBob(appRoles ...string) entra.Person {
	w.t.Helper()
	bob := w.bob()
	bob.AppRoles = appRoles
	bob, err := w.tenant.AddPerson(bob)
	w.must(err)
	return bob
}

// made finds the user whom a sign-in has made of Bob.
func (w *world) made() (u store.User, ok bool) {
	w.t.Helper()
	people, err := w.store.Organization(w.org.ID).FindPeople(context.Background(), bobName)
	w.must(err)
	if len(people) == 0 {
		return store.User{}, false
	}
	return people[0].User, true
}

func (w *world) wantSignedIn(res answer) {
	w.t.Helper()
	if res.StatusCode != http.StatusSeeOther {
		w.t.Errorf("got %d %q, want a session; decisions %+v", res.StatusCode, res.Header.Get("X-Doorlist-Reason"), w.decisions())
	}
}

func TestNewcomer_IsMadeByTheFirstSignIn(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.admitAssigned()
		bob, b := w.addBob("Task.Write", "Unmapped"), w.browser()
		w.wantSignedIn(b.signIn(bobName))
		if res := b.wantVerify(http.StatusOK, ""); res.Header.Get("X-Doorlist-Role") != "writer" {
			t.Errorf("the role is %q, want writer", res.Header.Get("X-Doorlist-Role"))
		}
		u, _ := w.made()
		want := store.Profile{UserName: bobName, ExternalID: bob.ObjectID, DisplayName: "Bob", AppRoles: []string{"Task.Write", "Unmapped"}}
		if u.Document != want.Record().Document || u.Origin != store.FromSignIn {
			t.Errorf("made %+v", u)
		}
		if d := w.decisions()[0]; d.UserID != u.ID || d.Role != "writer" || len(d.Grants) != 1 || d.Grants[0].Source != store.AppRoleGrant {
			t.Errorf("the decision is %+v", d)
		}
		w.clock.Advance(59 * time.Minute)
		b.wantVerify(http.StatusOK, "")
		w.clock.Advance(2 * time.Minute)
		b.wantVerify(http.StatusUnauthorized, "session_expired")
		w.wantSignedIn(b.signIn(bobName))
		if again, _ := w.made(); again.ID != u.ID || again.Version != 1 {
			t.Errorf("the second sign-in changed or made somebody: %+v", again)
		}
	})
}

// TestNewcomer_IsNotMade tries everything that stands against it; each world differs in one thing from one where Bob comes in.
func TestNewcomer_IsNotMade(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change         func(w *world)
		reason, detail string
	}{
		"the owner admits provisioned people alone": {func(w *world) {
			w.changeConnection(func(c *store.Connection) { c.Admit = "provisioned" })
			w.addBob("Task.Write")
		}, "not_provisioned", "no user of the directory has the external id"},
		"no app role":              {func(w *world) { w.addBob() }, "not_provisioned", "none of the token's app roles is mapped"},
		"an app role not mapped":   {func(w *world) { w.addBob("Unmapped") }, "not_provisioned", `none of the token's app roles is mapped: "Unmapped"`},
		"a role that is not Bob's": {func(w *world) { w.addBob("Task.Writer") }, "not_provisioned", "none of the token's app roles is mapped"},
		"roles by hand alone": {func(w *world) {
			w.changeConnection(func(c *store.Connection) { c.Roles = "local" })
			w.addBob("Task.Write")
		}, "not_provisioned", "has the external id"},
		"SSO is off": {func(w *world) {
			w.write(func(tx *store.Tx) error { return tx.Organization(w.org.ID).SetSSOMode(store.SSOOff) })
			w.addBob("Task.Write")
		}, "password_required", ""},
		"a guest": {func(w *world) {
			bob := w.addBob("Task.Write")
			w.must(w.tenant.UpdatePerson(bob.ObjectID, func(p *entra.Person) { p.Guest, p.Mail = true, "bob@home.example" }))
		}, "guest", ""},
		"the name is another person's": {func(w *world) {
			w.addBob("Task.Write")
			w.addUser(store.UserRecord{UserName: "BOB@contoso.com", ExternalID: "bbbbbbbb-0000-4000-8000-0000000000b0", Active: true})
		}, "mapping_unsafe", `the user name "bob@contoso.com" is another user's`},
		"the name is somebody's without an object id": {func(w *world) {
			w.addBob("Task.Write")
			w.addUser(store.UserRecord{UserName: bobName, ExternalID: "bob", Active: true})
		}, "mapping_unsafe", "which is no object id"},
		"the person was deleted": {func(w *world) {
			bob := w.addBob("Task.Write")
			u := w.addUser(store.UserRecord{UserName: "robert@contoso.com", ExternalID: bob.ObjectID, Active: true})
			w.write(func(tx *store.Tx) error { return tx.Directory(w.conn.Directory()).DeleteUser(u.ID, 0) })
		}, "not_provisioned", "only provisioning brings them back"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, storetest.New(t))
			w.admitAssigned()
			c.change(w)
			w.wantRefused(w.browser().signIn(bobName), c.reason, c.detail)
			if u, ok := w.made(); ok && u.Origin == store.FromSignIn {
				t.Errorf("somebody was made: %+v", u)
			}
		})
	}
}

// TestNewcomer_FollowsTheToken: what the tenant takes away is gone with the next sign-in, for sessions from before too.
func TestNewcomer_FollowsTheToken(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.admitAssigned()
		bob, before, b := w.addBob("Task.Write"), w.browser(), w.browser()
		w.wantSignedIn(before.signIn(bobName))
		w.must(w.tenant.UpdatePerson(bob.ObjectID, func(p *entra.Person) { p.AppRoles, p.DisplayName = nil, "Robert" }))
		w.wantRefused(b.signIn(bobName), "no_role", "")
		before.wantVerify(http.StatusForbidden, "no_role")
		if u, _ := w.made(); u.DisplayName != "Robert" {
			t.Errorf("the user is %+v", u)
		}
		w.must(w.tenant.UpdatePerson(bob.ObjectID, func(p *entra.Person) { p.AppRoles = []string{"Task.Write"} }))
		w.wantSignedIn(b.signIn(bobName))
		b.wantVerify(http.StatusOK, "")
		before.wantVerify(http.StatusUnauthorized, "session_revoked")

		w.changeConnection(func(c *store.Connection) { c.Admit = "provisioned" })
		b.wantVerify(http.StatusForbidden, "not_provisioned")
		w.wantRefused(b.signIn(bobName), "not_provisioned", "")
	})
}

// TestNewcomer_ManySignInsMakeOne: whoever comes first makes the user, and the others come in as the same one.
func TestNewcomer_ManySignInsMakeOne(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.admitAssigned()
		w.addBob("Task.Write")
		callbacks, browsers := make([]string, 6), make([]*browser, 6)
		for i := range browsers {
			browsers[i] = w.browser()
			callbacks[i] = browsers[i].authorize("/login/entra", bobName)
		}
		statuses := make([]int, len(browsers))
		var all sync.WaitGroup
		for i, b := range browsers {
			all.Go(func() { statuses[i] = b.get(callbacks[i]).StatusCode })
		}
		all.Wait()
		if slices.ContainsFunc(statuses, func(status int) bool { return status != http.StatusSeeOther }) {
			t.Errorf("the answers are %v, want six sessions; decisions %+v", statuses, w.decisions())
		}
		var ids []string
		for _, d := range w.decisions() {
			ids = append(ids, d.UserID)
		}
		if slices.Sort(ids); len(ids) != len(browsers) || len(slices.Compact(ids)) != 1 {
			t.Errorf("the decisions are about %v", ids)
		}
	})
}

// TestNewcomer_RacesWithAPush: the provider sends the person while the sign-in makes one. There is one user in the end.
func TestNewcomer_RacesWithAPush(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.admitAssigned()
		bob, b := w.addBob("Task.Write"), w.browser()
		callback := b.authorize("/login/entra", bobName)
		r := store.UserRecord{UserName: bobName, ExternalID: bob.ObjectID, Active: true, AppRoles: []string{"Task.Write"}}
		r.Document, r.Keys = document(r), document(r)
		var all sync.WaitGroup
		all.Go(func() {
			err := w.store.Write(context.Background(), admin, func(tx *store.Tx) error {
				_, err := tx.Directory(w.conn.Directory()).CreateUser(r)
				return err
			})
			if err != nil && !errors.As(err, new(*store.ConflictError)) {
				t.Error(err)
			}
		})
		w.wantSignedIn(b.get(callback))
		all.Wait()
		people, err := w.store.Organization(w.org.ID).FindPeople(context.Background(), bob.ObjectID)
		w.must(err)
		if len(people) != 1 {
			t.Errorf("there are %d of Bob", len(people))
		}
		b.wantVerify(http.StatusOK, "")
	})
}

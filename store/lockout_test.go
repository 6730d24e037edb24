package store_test

import (
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

// refuse refuses a request of a session, as the door does.
func (w *world) refuse(secret, reason string, servedAt time.Time) {
	w.t.Helper()
	v := w.visit(secret)
	if err := w.RefuseSession(w.t.Context(), v, store.Decision{UserID: v.Session.UserID, Reason: reason}, servedAt); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) lockouts() store.Lockouts {
	w.t.Helper()
	sum, err := w.Organization(w.contoso.ID).LockoutsSince(w.t.Context(), storetest.Start)
	if err != nil {
		w.t.Fatal(err)
	}
	return sum
}

func TestLockouts_FromTheChangeToTheFirstRefusal(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		clock := storetest.ClockOf(t, w.Store)
		ann := w.addUser(w.entra, person("ann@contoso.com", newGUID("ann")))
		w.signIn(w.entra, ann.ID, "first")
		w.signIn(w.entra, ann.ID, "second")
		w.signIn(w.entra, ann.ID, "third")
		w.refuse("first", "guest", time.Time{})
		w.refuse("second", "role_too_low", time.Time{})
		if got := w.lockouts(); got != (store.Lockouts{}) {
			t.Errorf("nobody has lost access, and there is %+v", got)
		}
		w.update(ann.ID, func(r *store.UserRecord) { r.Active = false })
		left := w.Now()
		clock.Advance(2 * time.Second)
		w.refuse("first", "inactive", left.Add(time.Second)) // it began before the change had to be in force
		clock.Advance(8 * time.Second)
		w.refuse("first", "inactive", w.Now())
		w.refuse("first", "not_provisioned", w.Now())
		w.refuse("second", "inactive", left.Add(-time.Hour))
		if got, want := w.lockouts(), (store.Lockouts{Sessions: 2, P50: 2 * time.Second, P99: 10 * time.Second}); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
		w.refuse("third", "inactive", left.Add(5*time.Second))
		if got := w.lockouts(); got.Sessions != 3 || got.Served != 1 {
			t.Errorf("a request was served after it, and there is %+v", got)
		}
		clock.Advance(31 * 24 * time.Hour)
		if n, err := w.PurgeLockouts(t.Context()); err != nil || n != 3 {
			t.Errorf("forgot %d, %v", n, err)
		}
	})
}

func TestLockouts_FromTheLossOfARole(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		clock := storetest.ClockOf(t, w.Store)
		ann, bob := w.addUser(w.entra, person("ann@contoso.com", newGUID("ann"))), w.addUser(w.entra, person("bob@contoso.com", newGUID("bob")))
		g := w.addGroup(w.entra, groupRecord("Writers", writersOID), ann.ID, bob.ID)
		m, err := w.createMapping(store.Mapping{ConnectionID: w.entra.ID, RoleID: w.role(w.contoso, "writer").ID, GroupID: g.ID})
		if err != nil {
			t.Fatal(err)
		}
		w.signIn(w.entra, ann.ID, "ann's")
		w.signIn(w.entra, bob.ID, "bob's")
		w.changeGroup(g, nil, store.MemberChange{Remove: []string{ann.ID}})
		clock.Advance(3 * time.Second)
		w.refuse("ann's", "no_role", time.Time{})
		if got, want := w.lockouts(), (store.Lockouts{Sessions: 1, P50: 3 * time.Second, P99: 3 * time.Second}); got != want {
			t.Errorf("out of the group: got %+v, want %+v", got, want)
		}
		w.must(func(tx *store.Tx) error { return tx.Organization(w.contoso.ID).RemoveMapping(m.ID) })
		clock.Advance(time.Second)
		w.refuse("bob's", "no_role", time.Time{})
		if got, want := w.lockouts(), (store.Lockouts{Sessions: 2, P50: time.Second, P99: 3 * time.Second}); got != want {
			t.Errorf("without the mapping: got %+v, want %+v", got, want)
		}
	})
}

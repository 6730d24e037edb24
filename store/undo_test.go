package store_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

// undoOf undoes the latest event of an action about a subject.
func (w *world) undoOf(action, subjectID string, rules store.UndoRules) store.UndoResult {
	w.t.Helper()
	events, err := w.Organization(w.contoso.ID).Events(w.t.Context(), store.EventQuery{SubjectID: subjectID})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, e := range slices.Backward(events) {
		if e.Action == action {
			p, err := w.Organization(w.contoso.ID).PlanUndoOf(w.t.Context(), e.ID)
			if err != nil {
				w.t.Fatal(err)
			}
			storetest.ClockOf(w.t, w.Store).Advance(time.Second)
			result, err := w.Undo(w.t.Context(), tester, p, 0, time.Now().Add(time.Minute), rules)
			if err != nil {
				w.t.Fatal(err)
			}
			return result
		}
	}
	w.t.Fatalf("nothing about %s is %s", subjectID, action)
	return store.UndoResult{}
}

func (w *world) tick() { storetest.ClockOf(w.t, w.Store).Advance(time.Second) }

// push makes a change as a provider does.
func (w *world) push(requestID string, fn func(d *store.DirectoryTx) error) {
	w.t.Helper()
	w.tick()
	actor := store.Actor{Kind: store.Provisioner, ID: "t", Name: "token", RequestID: requestID}
	if err := w.Write(w.t.Context(), actor, func(tx *store.Tx) error { return fn(tx.Directory(w.entra.Directory())) }); err != nil {
		w.t.Fatal(err)
	}
}

func stepSays(r store.UndoResult, does, not string) bool {
	return slices.ContainsFunc(r.Steps, func(s store.UndoStep) bool {
		return (does == "") == (s.Does == "") && strings.Contains(s.Does, does) && strings.Contains(s.Not, not)
	})
}

func TestUndo_NeverOverwritesWhatChangedSince(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		u := w.addUser(w.entra, person("alice@contoso.com", aliceOID))
		edit := func(fn func(r *store.UserRecord)) {
			w.push("", func(d *store.DirectoryTx) (err error) {
				_, err = d.UpdateUser(u, edited(u, fn))
				return err
			})
			u = w.user(w.entra, u.ID)
		}
		edit(func(r *store.UserRecord) { r.UserName, r.DisplayName = "ally@contoso.com", "Ally" })
		first := u
		edit(func(r *store.UserRecord) { r.DisplayName = "Alice B." })
		events, err := w.Organization(w.contoso.ID).Events(t.Context(), store.EventQuery{SubjectID: u.ID})
		if err != nil {
			t.Fatal(err)
		}
		p, err := w.Organization(w.contoso.ID).PlanUndoOf(t.Context(), events[1].ID)
		if err != nil {
			t.Fatal(err)
		}
		w.tick()
		result, err := w.Undo(t.Context(), tester, p, 0, time.Now().Add(time.Minute), undoRules)
		if err != nil || !stepSays(result, "As before: userName", "displayName") {
			t.Errorf("%+v, %v", result, err)
		}
		if got := w.user(w.entra, u.ID); got.UserName != "alice@contoso.com" || got.DisplayName != "Alice B." {
			t.Errorf("the user is %q, %q", got.UserName, got.DisplayName)
		}
		// The undo is told, and undone like everything else.
		if result := w.undoOf("event.undone", events[1].ID, undoRules); result.Done != 1 {
			t.Errorf("%+v", result)
		}
		if got := w.user(w.entra, u.ID); got.UserName != first.UserName {
			t.Errorf("after the undo of the undo the user is %q", got.UserName)
		}
	})
}

func TestUndo_RevocationIsImmediateAndRolesStayWithinReach(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		u := w.addUser(w.entra, person("alice@contoso.com", aliceOID))
		off := edited(u, func(r *store.UserRecord) { r.Active = false })
		w.push("", func(d *store.DirectoryTx) error { _, err := d.UpdateUser(u, off); return err })
		if err := w.inContoso(func(o *store.OrganizationTx) error {
			return o.AssignRole(w.entra.DirectoryID, u.ID, w.role(w.contoso, "owner").ID)
		}); err != nil {
			t.Fatal(err)
		}
		below := undoRules
		below.MayGrant = func(_ string, r store.Role) bool { return r.Name != "owner" }
		if result := w.undoOf("user.updated", u.ID, below); result.Done != 0 || !stepSays(result, "", "above yours") || w.user(w.entra, u.ID).Active {
			t.Errorf("somebody below let an owner in: %+v", result)
		}
		if result := w.undoOf("user.updated", u.ID, undoRules); result.Skipped != 0 || !w.user(w.entra, u.ID).Active {
			t.Errorf("%+v", result)
		}
		w.signIn(w.entra, u.ID, "secret")
		if result := w.undoOf("user.updated", u.ID, undoRules); !stepSays(result, "sessions end", "") {
			t.Errorf("%+v", result)
		}
		if v := w.visit("secret"); v.Session.RevokedAt.IsZero() {
			t.Error("the session goes on")
		}
		if result := w.undoOf("user.role_assigned", u.ID, below); result.Done != 0 {
			t.Errorf("somebody below took an owner's role: %+v", result)
		}
	})
}

func TestUndo_DecidesNothingAboutWhoSomebodyIs(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		u := w.addUser(w.entra, person("alice@contoso.com", aliceOID))
		w.push("", func(d *store.DirectoryTx) error {
			_, err := d.UpdateUser(u, edited(u, func(r *store.UserRecord) { r.ExternalID = bobOID }))
			return err
		})
		if result := w.undoOf("user.quarantined", u.ID, undoRules); result.Done != 0 || w.user(w.entra, u.ID).Link != store.Quarantined {
			t.Errorf("%+v", result)
		}
		w.push("", func(d *store.DirectoryTx) error { _, err := d.ReplaceUser(u.ID); return err })
		if result := w.undoOf("user.deleted", u.ID, undoRules); stepSays(result, "back", "") {
			t.Errorf("the person before a decision came back: %+v", result)
		}
		if result := w.undoOf("token.created", w.newToken(w.entra), undoRules); !stepSays(result, "", "fingerprint") {
			t.Errorf("%+v", result)
		}
	})
}

// newToken makes a token and returns its id.
func (w *world) newToken(c store.Connection) (id string) {
	w.t.Helper()
	w.must(func(tx *store.Tx) error {
		t, _, err := tx.Organization(c.OrganizationID).CreateToken(c.ID, "a token", time.Time{})
		id = t.ID
		return err
	})
	return id
}

// TestUndo_OfACycle undoes all that a provider did, in batches, and nothing that others did meanwhile.
func TestUndo_OfACycle(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		m := &mess{world: w}
		ids := w.addUsers(6)
		g := w.addGroup(w.entra, groupRecord("Writers", writersOID), ids[:4]...)
		want := m.state()
		first := m.latest()
		w.push("r-1", func(d *store.DirectoryTx) error { return d.DeleteUser(ids[0], 0) })
		var fresh store.User
		w.push("r-2", func(d *store.DirectoryTx) (err error) {
			fresh, err = d.CreateUser(person("new@contoso.com", aliceOID))
			return err
		})
		w.push("r-3", func(d *store.DirectoryTx) error {
			_, err := d.UpdateGroup(w.group(w.entra, g.ID), nil, store.MemberChange{Add: adding(fresh.ID, ids[5]).Add, Remove: ids[1:3]})
			return err
		})
		w.push("r-4", func(d *store.DirectoryTx) error { return d.DeleteGroup(g.ID, 0) })
		span := store.EventSpan{DirectoryID: w.entra.DirectoryID, First: first, Last: m.latest()}
		p, err := w.Organization(w.contoso.ID).PlanUndoSpan(t.Context(), span)
		if err != nil || len(slices.Concat(p.Units...)) != 7 || len(p.Units) != 4 {
			t.Fatalf("%+v, %v", p, err)
		}
		w.tick()
		result, err := w.Undo(t.Context(), tester, p, 0, time.Now(), undoRules)
		if err != nil || result.Skipped != 0 || result.Next != len(p.Units) {
			t.Fatalf("%+v, %v", result, err)
		}
		if got := m.state(); !slices.Equal(got, want) {
			t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		span.RequestID = "r-3"
		if p, err := w.Organization(w.contoso.ID).PlanUndoSpan(t.Context(), span); err != nil || len(slices.Concat(p.Units...)) != 2 {
			t.Errorf("a request has the events %v, %v", p.Units, err)
		}
	})
}

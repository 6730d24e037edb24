package store_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"doorlist/store"

	"github.com/google/uuid"
)

// rebound is Alice's record, with everything that somebody can have, after Entra has given it to Bob.
func rebound(w *world) (alice store.User, groupID string) {
	r := person("alice@contoso.com", aliceOID, "alice@mail.example")
	r.AppRoles = []string{"Task.Write"}
	alice = w.addUser(w.entra, r)
	groupID = w.addGroup(w.entra, groupRecord("Writers", writersOID), alice.ID).ID
	w.must(func(tx *store.Tx) error {
		return tx.Organization(w.contoso.ID).AssignRole(w.entra.DirectoryID, alice.ID, w.role(w.contoso, "owner").ID)
	})
	if _, err := w.createMapping(store.Mapping{ConnectionID: w.entra.ID, RoleID: w.role(w.contoso, "writer").ID, AppRole: "Task.Write"}); err != nil {
		w.t.Fatal(err)
	}
	w.signIn(w.entra, alice.ID, "alice's")
	return w.update(alice.ID, func(u *store.UserRecord) { u.ExternalID, u.Emails, u.AppRoles = bobOID, r.Emails, r.AppRoles }), groupID
}

func (w *world) reviews() []store.Review {
	w.t.Helper()
	list, err := w.Organization(w.contoso.ID).Reviews(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return list
}

func TestReviews_TellWhoseRecordItWas(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		if list := w.reviews(); len(list) > 0 {
			t.Fatalf("reviews = %+v, want none", list)
		}
		alice, _ := rebound(w)
		w.update(alice.ID, func(r *store.UserRecord) { r.ExternalID = uuid.NewString() })
		w.update(alice.ID, func(r *store.UserRecord) { r.ExternalID = bobOID })
		list := w.reviews()
		if len(list) != 1 {
			t.Fatalf("reviews = %+v, want one", list)
		}
		got := list[0]
		if got.User.ID != alice.ID || got.Before != aliceOID || got.User.ExternalID != bobOID || got.Connection != "entra" || got.Directory != w.entra.Directory() || got.At.IsZero() {
			t.Errorf("review = %+v, want Alice's record, first hers and now Bob's", got)
		}
		w.must(func(tx *store.Tx) error { return tx.Directory(w.entra.Directory()).ReleaseUser(alice.ID) })
		if list := w.reviews(); len(list) > 0 {
			t.Errorf("after the release: %+v", list)
		}
		w.update(alice.ID, func(r *store.UserRecord) { r.ExternalID = aliceOID })
		if list := w.reviews(); len(list) != 1 || list[0].Before != bobOID {
			t.Errorf("after another rebind: %+v, want it to have been Bob's", list)
		}
	})
}

func TestReplaceUser_TheNewPersonInheritsNothing(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice, groupID := rebound(w)
		var bob store.User
		w.must(func(tx *store.Tx) (err error) {
			bob, err = tx.Directory(w.entra.Directory()).ReplaceUser(alice.ID)
			return err
		})
		if _, err := w.Directory(w.entra.Directory()).User(t.Context(), alice.ID); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("the old id is answered with %v, want ErrNotFound", err)
		}
		got := w.user(w.entra, bob.ID)
		if bob.ID == alice.ID || got.Link != store.Linked || got.ExternalID != bobOID || got.UserName != alice.UserName || strings.Contains(got.Document+got.Keys, "Task.") || !strings.Contains(got.Document, "alice@mail.example") || got.Version != 1 {
			t.Errorf("the new person is %+v", got)
		}
		people, err := w.Organization(w.contoso.ID).FindPeople(t.Context(), bob.ID)
		if err != nil || len(people) != 1 || len(people[0].Grants) > 0 || people[0].Email != "alice@mail.example" || people[0].SignIn != (store.SignInState{}) {
			t.Errorf("people = %+v, %v; want the pushed address and no grants", people, err)
		}
		if members := w.memberIDs(w.entra, groupID); len(members) > 0 {
			t.Errorf("the group has %v, want nobody", members)
		}
		if v := w.visit("alice's"); v.User.ID != "" || v.Session.RevokedAt.IsZero() {
			t.Errorf("Alice's session is of %q", v.User.ID)
		}
		w.must(func(tx *store.Tx) error {
			d := tx.Directory(w.entra.Directory())
			gone, err := d.Buried(aliceOID)
			here, err2 := d.Buried(bobOID)
			if !gone || here {
				t.Errorf("buried: Alice %t, Bob %t", gone, here)
			}
			return errors.Join(err, err2)
		})
		if list := w.reviews(); len(list) > 0 {
			t.Errorf("reviews = %+v, want none", list)
		}
		if got := w.actions(w.contoso, alice.ID); !slices.Equal(got[len(got)-5:], []string{"user.quarantined", "user.groups_left", "user.role_unassigned", "user.deleted", "user.replaced"}) {
			t.Errorf("events = %v", got)
		}
	})
}

func TestReplaceUser_OnlyWhoIsHeldBack(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID))
		replace := func(id string) error {
			return w.inDirectory(w.entra, func(d *store.DirectoryTx) error { _, err := d.ReplaceUser(id); return err })
		}
		inUse(t, "replacing somebody in order", replace(alice.ID), "alice@contoso.com", "not held back")
		if err := replace(uuid.NewString()); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("replacing nobody: %v, want ErrNotFound", err)
		}
		w.update(alice.ID, func(r *store.UserRecord) { r.ExternalID = bobOID })
		// Two administrators decide at once: one decision holds.
		errs := together(2, func(i int) error {
			if i == 0 {
				return replace(alice.ID)
			}
			return w.inDirectory(w.entra, func(d *store.DirectoryTx) error { return d.ReleaseUser(alice.ID) })
		})
		if len(w.reviews()) > 0 || (errs[0] == nil) == (errs[1] == nil) {
			t.Errorf("at once: %v; still waiting: %v", errs, w.reviews())
		}
	})
}

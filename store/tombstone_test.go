package store_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
)

// bury deletes a user of entra.
func (w *world) bury(id string) {
	w.t.Helper()
	w.must(func(tx *store.Tx) error { return tx.Directory(w.entra.Directory()).DeleteUser(id, 0) })
}

// deleted finds deleted people of contoso.
func (w *world) deleted(who string) []store.Tombstone {
	w.t.Helper()
	list, err := w.Organization(w.contoso.ID).FindDeleted(w.t.Context(), who)
	if err != nil {
		w.t.Fatalf("FindDeleted(%q): %v", who, err)
	}
	return list
}

func TestDeleteUser_LeavesATombstone(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		stone := func(u store.User) store.Tombstone {
			return store.Tombstone{DirectoryID: w.entra.DirectoryID, ID: u.ID, UserNameKey: "alice@contoso.com", ExternalKey: aliceOID, DeletedAt: w.Now()}
		}
		alice := w.addUser(w.entra, person("Alice@contoso.com", aliceOIDUpper))
		w.bury(alice.ID)
		first := stone(alice)
		storetest.ClockOf(t, w.Store).Advance(time.Hour)
		again := w.addUser(w.entra, person("ALICE@contoso.com", aliceOID))
		w.bury(again.ID)
		second := stone(again)
		for who, want := range map[string][]store.Tombstone{
			alice.ID: {first}, again.ID: {second}, "aLICE@contoso.com": {second, first}, aliceOIDUpper: {second, first},
			"": nil, "bob@contoso.com": nil, uuid.NewString(): nil, strings.ToUpper(alice.ID): nil, "\x00": nil, "\xff": nil,
		} {
			if diff := cmp.Diff(want, w.deleted(who)); diff != "" {
				t.Errorf("FindDeleted(%q) (-want +got):\n%s", who, diff)
			}
		}
		w.must(func(tx *store.Tx) error { return tx.Organization(w.contoso.ID).RemoveConnection(w.entra.ID) })
		if got := w.deleted(alice.ID); len(got) > 0 {
			t.Errorf("the connection is removed, and its people are still told of: %v", got)
		}
	})
}

// TestCreateUser_InheritsNothing gives a deleted person's name and object id to a new record: whoever that is, the rights
// of the person before are not theirs.
func TestCreateUser_InheritsNothing(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		r := person("alice@contoso.com", aliceOID, "alice@mail.example")
		old := w.addUser(w.entra, r)
		group := w.addGroup(w.entra, groupRecord("Writers", writersOID), old.ID)
		w.signIn(w.entra, old.ID, "alice's")
		w.must(func(tx *store.Tx) error {
			o := tx.Organization(w.contoso.ID)
			writer := w.role(w.contoso, "writer").ID
			if _, err := o.CreateMapping(store.Mapping{ConnectionID: w.entra.ID, RoleID: writer, GroupExternalID: writersOID}); err != nil {
				return err
			}
			return o.AssignRole(w.entra.DirectoryID, old.ID, writer)
		})
		if v := w.visit("alice's"); len(v.Grants) != 2 {
			t.Fatalf("before: grants %v, want two", v.Grants)
		}
		w.bury(old.ID)
		new := w.addUser(w.entra, r)
		if new.ID == old.ID || new.Version != 1 {
			t.Errorf("the new record is %s at version %d, the old one was %s", new.ID, new.Version, old.ID)
		}
		if v := w.visit("alice's"); v.Session.RevokedReason != "deleted" || v.User.ID != "" {
			t.Errorf("the old session is of user %q and ended for %q, want nobody's and deleted", v.User.ID, v.Session.RevokedReason)
		}
		if list, err := w.Organization(w.contoso.ID).Sessions(t.Context(), new.ID); err != nil || len(list) > 0 {
			t.Errorf("sessions = %v, %v; want none", list, err)
		}
		if got := w.groupsOf(old.ID, new.ID); len(got) > 0 || len(w.memberIDs(w.entra, group.ID)) > 0 {
			t.Errorf("groups %v, members %v; want none", got, w.memberIDs(w.entra, group.ID))
		}
		w.must(func(tx *store.Tx) error {
			d := tx.Directory(w.entra.Directory())
			grants, err := d.Grants(new.ID)
			if err != nil || len(grants) > 0 {
				t.Errorf("grants = %v, %v; want none", grants, err)
			}
			state, err := d.SignInState(new.ID)
			if state != (store.SignInState{}) {
				t.Errorf("sign-in state = %+v, want none", state)
			}
			return err
		})
		if got := w.user(w.entra, new.ID); !got.LastSignInAt.IsZero() || got.Link != store.Linked {
			t.Errorf("last sign-in %v, link %s; want none, linked", got.LastSignInAt, got.Link)
		}
	})
}

func TestCreateUser_NeverReusesTheIDOfADeletedUser(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		repeated := "" // what the generator gives, if not something new
		s, err := store.Open(t.Context(), store.Options{URL: url, MasterKey: storetest.MasterKey, NewID: func() string {
			if repeated != "" {
				return repeated
			}
			return uuid.Must(uuid.NewV7()).String()
		}})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		w := newWorld(t, s)
		old := w.addUser(w.entra, person("alice@contoso.com", ""))
		w.bury(old.ID)
		repeated = old.ID
		err = w.inDirectory(w.entra, func(d *store.DirectoryTx) error {
			_, err := d.CreateUser(person("bob@contoso.com", ""))
			return err
		})
		if err == nil || !strings.Contains(err.Error(), "the id of a deleted one") {
			t.Errorf("CreateUser with the id of a deleted user = %v, want a refusal", err)
		}
		if _, err := w.Directory(w.entra.Directory()).User(t.Context(), old.ID); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("User = %v, want ErrNotFound", err)
		}
	})
}

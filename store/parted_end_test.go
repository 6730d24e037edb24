package store_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"

	"github.com/google/go-cmp/cmp"
)

func TestApplyHeld_LetsADeletionTakeEffect(t *testing.T) {
	eachLeaving(t, func(t *testing.T, w *leaving) {
		w.deletes(w.alice.ID)
		w.wantAlice("parted", true)
		version := w.group(w.entra, w.writers.ID).Version
		if n := w.decideHeld(func(d *store.DirectoryTx) (int, error) { return d.ApplyHeld("") }); n != 1 {
			t.Errorf("applied to %d", n)
		}
		if v := w.visit("alice"); v.User.ID != "" || v.Session.RevokedReason != "deleted" {
			t.Errorf("applied: %+v, session revoked for %q", v.User, v.Session.RevokedReason)
		}
		if rows := w.rows("SELECT * FROM members WHERE member_id = ?", w.alice.ID); len(rows) > 0 {
			t.Errorf("memberships are left: %v", rows)
		}
		if got := w.group(w.entra, w.writers.ID).Version; got != version {
			t.Errorf("the group is at version %d, want %d: to the provider nothing has changed", got, version)
		}
		if buried := w.deleted(w.alice.ID); len(buried) != 1 || buried[0].ExternalKey != aliceOID {
			t.Errorf("tombstones = %+v", buried)
		}
		if got, want := w.actions(w.contoso, w.alice.ID), []string{"user.created", "user.deletion_held", "user.groups_left", "user.deleted"}; !slices.Equal(got, want) {
			t.Errorf("events = %v, want %v", got, want)
		}
	})
}

func TestApplyDue_DeletesWhoWasParted(t *testing.T) {
	eachLeaving(t, func(t *testing.T, w *leaving) {
		w.deletes(w.alice.ID)
		for _, last := range []bool{false, true} {
			storetest.ClockOf(t, w.Store).Advance(map[bool]time.Duration{false: 24*time.Hour - time.Second, true: time.Second}[last])
			for _, err := range together(3, func(int) error { return w.ApplyDue(t.Context()) }) {
				if err != nil {
					t.Error(err)
				}
			}
			if _, err := w.Directory(w.entra.Directory()).User(t.Context(), w.alice.ID); (err == store.ErrNotFound) != last {
				t.Errorf("when the time is over: %t, User = %v", last, err)
			}
		}
		if got := w.actions(w.contoso, w.alice.ID); got[len(got)-1] != "user.deleted" {
			t.Errorf("events = %v", got)
		}
	})
}

func TestReleaseHeld_BringsADeletedPersonBack(t *testing.T) {
	eachLeaving(t, func(t *testing.T, w *leaving) {
		w.deletes(w.alice.ID)
		if n := w.decideHeld(func(d *store.DirectoryTx) (int, error) { return d.ReleaseHeld(w.alice.ID) }); n != 1 {
			t.Errorf("released %d", n)
		}
		w.wantSeen("released", true)
		w.wantAlice("released", true)
		found, err := w.pushed().Users(t.Context(), store.Query{Where: equal("alice@contoso.com", "username"), Limit: 2, Groups: true})
		if err != nil || len(found.Users) != 1 || !found.Users[0].Active || found.Users[0].Held || found.Users[0].Version <= w.alice.Version {
			t.Errorf("by the user name: %+v, %v", found, err)
		}
		storetest.ClockOf(t, w.Store).Advance(48 * time.Hour)
		if err := w.ApplyDue(t.Context()); err != nil || len(w.heldPeople()) > 0 {
			t.Errorf("ApplyDue = %v, held = %v", err, w.heldPeople())
		}
		w.wantSeen("long after", true)
	})
}

func TestReleaseHeld_RefusesWhatIsTaken(t *testing.T) {
	eachLeaving(t, func(t *testing.T, w *leaving) {
		w.deletes(w.alice.ID)
		var other store.User
		create := func(r store.UserRecord) {
			t.Helper()
			if err := w.pushes(func(d *store.DirectoryTx) (err error) { other, err = d.CreateUser(r); return err }); err != nil {
				t.Fatal(err)
			}
		}
		create(person("ALICE@contoso.com", tenantID))
		if other.ID == w.alice.ID {
			t.Fatal("another object id is given the record of somebody parted")
		}
		release := func() error {
			return w.inDirectory(w.entra, func(d *store.DirectoryTx) error { _, err := d.ReleaseHeld(""); return err })
		}
		wantRefusal(t, release(), "another user's")
		w.wantAlice("refused", true)
		w.wantSeen("refused", false)
		err := w.pushes(func(d *store.DirectoryTx) error {
			_, err := d.UpdateUser(other, edited(other, func(r *store.UserRecord) { r.UserName, r.ExternalID = "other@contoso.com", aliceOIDUpper }))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		wantRefusal(t, release(), "external id")
		w.deletes(w.bob.ID)
		if n := w.decideHeld(func(d *store.DirectoryTx) (int, error) { return d.ReleaseHeld(w.bob.ID) }); n != 1 {
			t.Errorf("somebody else is released: %d", n)
		}
	})
}

func wantRefusal(t *testing.T, err error, says string) {
	t.Helper()
	refused, ok := err.(*store.RefusedError)
	if !ok || !strings.Contains(refused.Message, says) {
		t.Errorf("%v, want a refusal that says %q", err, says)
	}
}

func TestCreateUser_RevivesWhoIsSentAgain(t *testing.T) {
	eachLeaving(t, func(t *testing.T, w *leaving) {
		w.deletes(w.alice.ID)
		// Her old name is somebody else's when she comes back with a new one.
		for i, r := range []store.UserRecord{person("alice@contoso.com", tenantID), person("alice.b@contoso.com", aliceOIDUpper)} {
			var u store.User
			if err := w.pushes(func(d *store.DirectoryTx) (err error) { u, err = d.CreateUser(r); return err }); err != nil {
				t.Fatal(err)
			}
			got, err := w.pushed().User(t.Context(), u.ID)
			if (u.ID == w.alice.ID) != (i == 1) || err != nil || got.UserName != r.UserName || got.Held || !got.Active {
				t.Errorf("%s becomes %+v, %v", r.UserName, got, err)
			}
			if got.PasswordHash, u.Emails, u.AppRoles = nil, nil, nil; i == 1 && (got.Version != u.Version || got.Version <= w.alice.Version+1) {
				t.Errorf("at version %d, and answered as %d; before it was %d", got.Version, u.Version, w.alice.Version)
			}
		}
		if v := w.visit("alice"); !v.Session.RevokedAt.IsZero() || !v.User.MayEnter() || v.User.UserName != "alice.b@contoso.com" || len(v.Grants) > 0 {
			t.Errorf("revived: %+v, grants %v: the provider says anew which groups she is in", v.User, v.Grants)
		}
		err := w.pushes(func(d *store.DirectoryTx) error {
			_, err := d.UpdateGroup(w.writers, nil, adding(w.alice.ID))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		w.wantAlice("back in the group", true)
		w.wantSeen("back in the group", true)
		if held := w.heldPeople(); len(held) > 0 {
			t.Errorf("held = %v", held)
		}
	})
}

func TestCreateUser_RevivesWhoIsSentUnchanged(t *testing.T) {
	eachLeaving(t, func(t *testing.T, w *leaving) {
		w.deletes(w.alice.ID)
		var u store.User
		if err := w.pushes(func(d *store.DirectoryTx) (err error) { u, err = d.CreateUser(w.alice.UserRecord); return err }); err != nil {
			t.Fatal(err)
		}
		if got := w.user(w.entra, w.alice.ID); u.ID != got.ID || u.Version != got.Version || got.Held || got.Parted || got.UserName != "alice@contoso.com" {
			t.Errorf("answered %+v, and is %+v", u, got)
		}
	})
}

// Whoever waits for a decision because the provider has switched them off waits on when it deletes them, and no longer.
func TestBrake_DeletionsOfThoseItHolds(t *testing.T) {
	eachLeaving(t, func(t *testing.T, w *leaving) {
		w.switchTo(w.alice.ID, false)
		until := w.heldUntil(w.alice.ID)
		storetest.ClockOf(t, w.Store).Advance(2 * time.Hour)
		w.must(func(tx *store.Tx) error {
			return tx.Directory(w.entra.Directory()).SetBrake(store.Brake{People: 10, Percent: 20, Hold: 24 * time.Hour})
		})
		w.deletes(w.alice.ID)
		w.wantAlice("deleted", true)
		w.wantSeen("deleted", false)
		if got := w.heldUntil(w.alice.ID); !got.Equal(until) {
			t.Errorf("held until %v, want %v as before", got, until)
		}
		w.decideHeld(func(d *store.DirectoryTx) (int, error) { return d.ReleaseHeld("") })
		w.wantSeen("released", true)
		if u := w.user(w.entra, w.alice.ID); u.Active || !u.Held {
			t.Errorf("released: %+v; want her as she was when she was deleted", u)
		}
		w.deletes(w.alice.ID)
		if _, err := w.Directory(w.entra.Directory()).User(t.Context(), w.alice.ID); err != store.ErrNotFound {
			t.Errorf("a single leaver, whom an administrator had kept: %v", err)
		}
	})
}

func (w *leaving) heldUntil(id string) time.Time {
	w.t.Helper()
	list, err := w.Directory(w.entra.Directory()).Held(w.t.Context())
	i := slices.IndexFunc(list, func(h store.Held) bool { return h.UserID == id })
	if err != nil || i < 0 {
		w.t.Fatalf("Held = %v, %v", list, err)
	}
	return list[i].Until
}

func TestBrake_HoldsNoDeletionThatShutsNobodyOut(t *testing.T) {
	eachLeaving(t, func(t *testing.T, w *leaving) {
		w.update(w.alice.ID, func(r *store.UserRecord) { r.Active = false })
		w.update(w.bob.ID, func(r *store.UserRecord) { r.ExternalID = tenantID })
		for _, u := range []store.User{w.alice, w.bob} { // switched off before, and held back for review
			w.deletes(u.ID)
			if _, err := w.Directory(w.entra.Directory()).User(t.Context(), u.ID); err != store.ErrNotFound {
				t.Errorf("%s: %v", u.UserName, err)
			}
		}
	})
}

func TestBrake_TwoNodesAtTheBoundOfDeletions(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.holds()
		people := w.addUsers(24)
		w.addGroup(w.entra, groupRecord("All", ""), people...)
		for _, err := range together(len(people), func(i int) error {
			return w.pushes(func(d *store.DirectoryTx) error { return d.DeleteUser(people[i], 0) })
		}) {
			if err != nil {
				t.Error(err)
			}
		}
		if got := w.heldPeople(); len(got) != 14 {
			t.Errorf("%d of 24 who are deleted at once are held, want all but ten", len(got))
		}
		if page, err := w.pushed().Users(t.Context(), store.Query{}); err != nil || page.Total != 0 {
			t.Errorf("the provider sees %d, %v", page.Total, err)
		}
		if n, err := w.CountHeld(t.Context()); err != nil || n != 14 {
			t.Errorf("CountHeld = %d, %v", n, err)
		}
	})
}

func TestUndo_OfADeletionThatIsHeld(t *testing.T) {
	eachLeaving(t, func(t *testing.T, w *leaving) {
		before := w.state()
		w.push("r", func(d *store.DirectoryTx) error { return d.DeleteUser(w.alice.ID, 0) })
		if result := w.undoOf("user.deletion_held", w.alice.ID, undoRules); result.Done != 1 || result.Skipped != 0 {
			t.Errorf("%+v", result)
		}
		if diff := cmp.Diff(before, w.state()); diff != "" {
			t.Errorf("(-before +undone):\n%s", diff)
		}
		w.wantSeen("undone", true)
		w.wantAlice("undone", true)
		if held := w.heldPeople(); len(held) > 0 {
			t.Errorf("held = %v", held)
		}
		if result := w.undoOf("user.deletion_held", w.alice.ID, undoRules); result.Done != 0 || !stepSays(result, "", "undone already") {
			t.Errorf("undone again: %+v", result)
		}
	})
}

package store_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"

	"github.com/google/go-cmp/cmp"
)

func TestCreateGroup_DisplayNameIsUniqueUnderFold(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.addGroup(w.entra, groupRecord("Straße", ""))
		for _, taken := range []string{"Straße", "STRASSE", "ｓtrasse"} {
			err := w.inDirectory(w.entra, func(d *store.DirectoryTx) error {
				_, err := d.CreateGroup(groupRecord(taken, ""), nil)
				return err
			})
			if conflict, ok := errors.AsType[*store.ConflictError](err); !ok || conflict.Field != "displayName" {
				t.Errorf("creating %q beside Straße gives %v, want a conflict of displayName", taken, err)
			}
		}
		w.addGroup(w.okta, groupRecord("Strasse", ""))
	})
}

func TestGroup_IsReadBackAsGiven(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		r := groupRecord("Ｗriters & Editors", writersOID)
		r.Document = `{"displayName":"Ｗriters & Editors","z":1.50}`
		created := w.addGroup(w.entra, r)
		want := store.Group{ID: created.ID, GroupRecord: r, Version: 1, CreatedAt: storetest.Start, ModifiedAt: storetest.Start}
		if diff := cmp.Diff(want, created); diff != "" {
			t.Errorf("created (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(want, w.group(w.entra, created.ID)); diff != "" {
			t.Errorf("read (-want +got):\n%s", diff)
		}
	})
}

func TestUpdateGroup_RecordAndMembersAreOneVersion(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		people := w.addUsers(2)
		g := w.addGroup(w.entra, groupRecord("Writers", writersOID), people[0])
		storetest.ClockOf(t, w.Store).Advance(time.Minute)
		renamed := groupRecord("Authors", writersOID)
		got := w.changeGroup(g, &renamed, store.MemberChange{Add: adding(people[1]).Add, Remove: people[:1]})
		want := store.Group{ID: g.ID, GroupRecord: renamed, Version: 2, CreatedAt: storetest.Start, ModifiedAt: storetest.Start.Add(time.Minute)}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("returned (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(want, w.group(w.entra, g.ID)); diff != "" {
			t.Errorf("read (-want +got):\n%s", diff)
		}
		if got := w.memberIDs(w.entra, g.ID); !slices.Equal(got, people[1:]) {
			t.Errorf("members = %v, want %v", got, people[1:])
		}
		wantActions := []string{"group.created", "group.members_added", "group.updated", "group.members_added", "group.members_removed"}
		if got := w.actions(w.contoso, g.ID); !slices.Equal(got, wantActions) {
			t.Errorf("events = %v, want %v", got, wantActions)
		}
	})
}

// changeGroup changes a group of entra; the change must be accepted.
func (w *world) changeGroup(before store.Group, after *store.GroupRecord, c store.MemberChange) (g store.Group) {
	w.t.Helper()
	w.must(func(tx *store.Tx) (err error) {
		g, err = tx.Directory(w.entra.Directory()).UpdateGroup(before, after, c)
		return err
	})
	return g
}

func TestUpdateGroup_RefusesAnOldRecordButNotMembers(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		people := w.addUsers(1)
		old := w.addGroup(w.entra, groupRecord("Writers", writersOID))
		renamed := groupRecord("Authors", writersOID)
		w.changeGroup(old, &renamed, store.MemberChange{})
		err := w.inDirectory(w.entra, func(d *store.DirectoryTx) error {
			_, err := d.UpdateGroup(old, &renamed, adding(people[0]))
			return err
		})
		if !errors.Is(err, store.ErrVersion) || len(w.memberIDs(w.entra, old.ID)) > 0 {
			t.Errorf("a record over version 1 of 2 gives %v and members %v, want ErrVersion and none", err, w.memberIDs(w.entra, old.ID))
		}
		// Membership is a set: adding to it needs no knowledge of its version.
		if got := w.changeGroup(old, nil, adding(people[0])); got.Version != 3 || got.DisplayName != "Authors" {
			t.Errorf("after adding a member: %q at version %d, want Authors at 3", got.DisplayName, got.Version)
		}
	})
}

func TestUpdateGroup_TheSameRecordIsNoChange(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		people := w.addUsers(2)
		g := w.addGroup(w.entra, groupRecord("Writers", writersOID), people[0])
		same := g.GroupRecord
		if got := w.changeGroup(g, &same, store.MemberChange{Add: adding(people[0]).Add, Remove: people[1:]}); got != g {
			t.Errorf("who is a member stays, who is none goes: %+v, want %+v", got, g)
		}
		got := w.changeGroup(g, &same, adding(people[1]))
		if got.Version != 2 {
			t.Errorf("a new member made version %d, want 2", got.Version)
		}
		err := w.inDirectory(w.entra, func(d *store.DirectoryTx) error {
			_, err := d.UpdateGroup(g, &same, adding(people[1]))
			return err
		})
		if !errors.Is(err, store.ErrVersion) {
			t.Errorf("the same record over version 1 of 2 = %v, want ErrVersion", err)
		}
		want := []string{"group.created", "group.members_added", "group.members_added"}
		if actions := w.actions(w.contoso, g.ID); !slices.Equal(actions, want) {
			t.Errorf("events = %v, want %v", actions, want)
		}
	})
}

func TestUpdateGroup_ToATakenNameChangesNothing(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		people := w.addUsers(1)
		w.addGroup(w.entra, groupRecord("Writers", ""))
		g := w.addGroup(w.entra, groupRecord("Readers", ""))
		taken := groupRecord("WRITERS", "")
		err := w.inDirectory(w.entra, func(d *store.DirectoryTx) error {
			_, err := d.UpdateGroup(g, &taken, adding(people[0]))
			return err
		})
		if _, ok := errors.AsType[*store.ConflictError](err); !ok {
			t.Errorf("UpdateGroup = %v, want a conflict", err)
		}
		if got := w.group(w.entra, g.ID); got.Version != 1 || len(w.memberIDs(w.entra, g.ID)) > 0 {
			t.Errorf("a refused update left version %d and members %v", got.Version, w.memberIDs(w.entra, g.ID))
		}
	})
}

func TestDeleteGroup_EndsItsMemberships(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		people := w.addUsers(2)
		inner := w.addGroup(w.entra, groupRecord("Inner", ""), people...)
		outer := w.addGroup(w.entra, groupRecord("Outer", ""), inner.ID, people[0])
		remove := func(version int64) error {
			return w.inDirectory(w.entra, func(d *store.DirectoryTx) error { return d.DeleteGroup(inner.ID, version) })
		}
		if err := remove(7); !errors.Is(err, store.ErrVersion) {
			t.Errorf("DeleteGroup at version 7 of 1 = %v, want ErrVersion", err)
		}
		if err := remove(1); err != nil {
			t.Fatal(err)
		}
		if err := remove(0); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("DeleteGroup again = %v, want ErrNotFound", err)
		}
		if g := w.group(w.entra, outer.ID); g.Version != 2 || !slices.Equal(w.memberIDs(w.entra, g.ID), people[:1]) {
			t.Errorf("the outer group is at version %d with members %v, want 2 and %v", g.Version, w.memberIDs(w.entra, g.ID), people[:1])
		}
		if left := w.rows("SELECT * FROM members WHERE group_id = ? OR member_id = ?", inner.ID, inner.ID); len(left) > 0 {
			t.Errorf("memberships left behind: %v", left)
		}
	})
}

// rows reads below the API.
func (w *world) rows(sql string, args ...any) []map[string]any {
	w.t.Helper()
	rows, err := store.Rows(w.t.Context(), w.Store, sql, args...)
	if err != nil {
		w.t.Fatal(err)
	}
	return rows
}

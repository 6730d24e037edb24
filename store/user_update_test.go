package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"

	"github.com/google/go-cmp/cmp"
)

func TestUpdateUser_ToATakenUserNameIsAConflict(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.addUser(w.entra, person("alice@contoso.com", ""))
		bob := w.addUser(w.entra, person("bob@contoso.com", ""))
		err := w.inDirectory(w.entra, func(d *store.DirectoryTx) error {
			_, err := d.UpdateUser(bob, edited(bob, func(r *store.UserRecord) { r.UserName = "ALICE@contoso.com" }))
			return err
		})
		if conflict, ok := errors.AsType[*store.ConflictError](err); !ok || conflict.Field != "userName" {
			t.Errorf("UpdateUser = %v, want a conflict of userName", err)
		}
		if got := w.user(w.entra, bob.ID); got.Version != 1 || got.UserName != bob.UserName {
			t.Errorf("a refused update left %+v", got)
		}
	})
}

func TestUpdateUser_VersionGrowsByOneAndTheRestFollows(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID))
		storetest.ClockOf(t, w.Store).Advance(time.Minute)
		got := w.update(alice.ID, func(r *store.UserRecord) { r.DisplayName = "Alice B." })
		if got.Version != 2 || !got.ModifiedAt.Equal(storetest.Start.Add(time.Minute)) || !got.CreatedAt.Equal(storetest.Start) {
			t.Errorf("after one update: version %d, modified %v, created %v", got.Version, got.ModifiedAt, got.CreatedAt)
		}
		if diff := cmp.Diff(got, w.user(w.entra, alice.ID)); diff != "" {
			t.Errorf("what UpdateUser returned is not what is kept (-returned +kept):\n%s", diff)
		}
		if got, want := w.actions(w.contoso, alice.ID), []string{"user.created", "user.updated"}; !slices.Equal(got, want) {
			t.Errorf("events = %v, want %v", got, want)
		}
	})
}

func TestUpdateUser_RefusesAnOldVersion(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		old := w.addUser(w.entra, person("alice@contoso.com", aliceOID))
		w.update(old.ID, func(r *store.UserRecord) { r.DisplayName = "new" })
		try := func(before store.User) error {
			return w.inDirectory(w.entra, func(d *store.DirectoryTx) error {
				_, err := d.UpdateUser(before, edited(before, func(r *store.UserRecord) { r.DisplayName = "lost" }))
				return err
			})
		}
		if err := try(old); !errors.Is(err, store.ErrVersion) {
			t.Errorf("UpdateUser with version 1 of 2 = %v, want ErrVersion", err)
		}
		if err := w.inDirectory(w.entra, func(d *store.DirectoryTx) error { return d.DeleteUser(old.ID, 1) }); !errors.Is(err, store.ErrVersion) {
			t.Errorf("DeleteUser with version 1 of 2 = %v, want ErrVersion", err)
		}
		if got := w.user(w.entra, old.ID); got.DisplayName != "new" || got.Version != 2 {
			t.Errorf("refused changes left %q at version %d", got.DisplayName, got.Version)
		}
		w.must(func(tx *store.Tx) error { return tx.Directory(w.entra.Directory()).DeleteUser(old.ID, 2) })
		if err := try(old); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("UpdateUser of a deleted user = %v, want ErrNotFound", err)
		}
	})
}

func TestUpdateUser_ConcurrentChangesLoseNothing(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		const writers = 32
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID))
		for i, err := range together(writers, func(i int) error { return w.appendName(alice.ID, fmt.Sprintf(" %d.", i)) }) {
			if err != nil {
				t.Errorf("writer %d: %v", i, err)
			}
		}
		got := w.user(w.entra, alice.ID)
		for i := range writers {
			if !strings.Contains(got.DisplayName, fmt.Sprintf(" %d.", i)) {
				t.Errorf("the change of writer %d is lost: %q", i, got.DisplayName)
			}
		}
		if got.Version != writers+1 {
			t.Errorf("version = %d, want %d", got.Version, writers+1)
		}
	})
}

// appendName adds to a user's display name, reading again for as long as others are faster.
func (w *world) appendName(id, more string) error {
	for {
		u, err := w.Directory(w.entra.Directory()).User(w.t.Context(), id)
		if err != nil {
			return err
		}
		err = w.inDirectory(w.entra, func(d *store.DirectoryTx) error {
			_, err := d.UpdateUser(u, edited(u, func(r *store.UserRecord) { r.DisplayName += more }))
			return err
		})
		if !errors.Is(err, store.ErrVersion) {
			return err
		}
	}
}

func TestUpdateUser_ListsFollowTheDocument(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID, "old@contoso.com"))
		finds := func(email string) int {
			where := store.Element{Path: []string{"emails"}, Where: equal(email, "value")}
			page, err := w.Directory(w.entra.Directory()).Users(t.Context(), store.Query{Where: where})
			if err != nil {
				t.Fatal(err)
			}
			return page.Total
		}
		after := person("alice@contoso.com", aliceOID, "New@contoso.com", "other@contoso.com")
		w.must(func(tx *store.Tx) error {
			_, err := tx.Directory(w.entra.Directory()).UpdateUser(alice, after)
			return err
		})
		for email, want := range map[string]int{"old@contoso.com": 0, "new@contoso.com": 1, "other@contoso.com": 1} {
			if got := finds(email); got != want {
				t.Errorf("after the update %s finds %d users, want %d", email, got, want)
			}
		}
	})
}

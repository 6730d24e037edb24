package store_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"doorlist/store"
	"doorlist/store/storetest"
)

// TestCreateUser_WhileTheDeletionIsDecided: a push finds somebody with the object id who is parted, and waits to bring them back. It must
// begin again when somebody decides about the deletion meanwhile.
func TestCreateUser_WhileTheDeletionIsDecided(t *testing.T) {
	for decided, tc := range map[string]struct {
		decide   func(d *store.DirectoryTx) (int, error)
		conflict bool
	}{
		"it takes effect":  {func(d *store.DirectoryTx) (int, error) { return d.ApplyHeld("") }, false},
		"it is taken back": {func(d *store.DirectoryTx) (int, error) { return d.ReleaseHeld("") }, true},
	} {
		t.Run(decided, func(t *testing.T) {
			eachLeaving(t, func(t *testing.T, w *leaving) {
				w.deletes(w.alice.ID)
				made, tries := w.pushWhile(tc.decide)
				want := 3                                  // blindly, with a look at who is there, and once more
				if store.DatabaseOf(w.Store) == "sqlite" { // where one change waits for the other's end
					want = 1
				}
				var taken *store.ConflictError
				if err := tries[len(tries)-1]; len(tries) != want || errors.As(err, &taken) != tc.conflict || !tc.conflict && err != nil {
					t.Fatalf("the push came to %v; want %d tries and a conflict: %t", tries, want, tc.conflict)
				}
				if tc.conflict {
					w.wantSeen("taken back", true)
					return
				}
				if got := w.user(w.entra, made.ID); got.ID == w.alice.ID || got.Parted || got.Version != 1 {
					t.Errorf("the push made %+v; want somebody new", got)
				}
				if got := w.actions(w.contoso, made.ID); !slices.Equal(got, []string{"user.created"}) {
					t.Errorf("its events are %v", got)
				}
				w.wantAlice("deleted", false)
			})
		})
	}
}

// pushWhile sends alice once more while somebody decides about her deletion, and returns what each try came to.
func (w *leaving) pushWhile(decide func(d *store.DirectoryTx) (int, error)) (made store.User, tries []error) {
	w.t.Helper()
	var push sync.WaitGroup
	w.must(func(tx *store.Tx) error {
		if n, err := decide(tx.Directory(w.entra.Directory())); n != 1 || err != nil {
			return fmt.Errorf("decided about %d: %w", n, err)
		}
		push.Go(func() {
			_ = w.pushes(func(d *store.DirectoryTx) (err error) {
				made, err = d.CreateUser(w.alice.UserRecord)
				tries = append(tries, err)
				return err
			})
		})
		storetest.AwaitBlocked(w.t, w.Store)
		return nil
	})
	push.Wait()
	return made, tries
}

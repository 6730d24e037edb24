package store_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

// TestJoint_EveryoneGetsTheirOwn has many read at once, some of whom ask for what there is not, do not wait, or lose their connection.
func TestJoint_EveryoneGetsTheirOwn(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		other := storetest.Second(t, w.Store)
		random := rand.New(rand.NewPCG(1, 2))
		var all sync.WaitGroup
		for i := range 600 {
			wrong, patience := i%7 == 3, time.Duration(random.IntN(3000))*time.Microsecond
			all.Go(func() {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				impatient := i%5 == 2
				if impatient {
					time.AfterFunc(patience, cancel)
				}
				sql, want := "SELECT CAST(? AS text)", "text "+strconv.Itoa(i)
				if wrong {
					sql = "SELECT CAST(? AS text) FROM nowhere"
				}
				got, err := store.ReadJointly(ctx, w.Store, sql, want)
				switch {
				case impatient && err != nil && ctx.Err() != nil:
				case wrong && err == nil:
					t.Errorf("read %d of a table that there is not gave %q", i, got)
				case !wrong && (err != nil || got != want):
					t.Errorf("read %d = %q, %v; want %q", i, got, err, want)
				}
			})
			if i%200 == 150 {
				if _, err := store.Rows(t.Context(), other, endConnections(w.Store, "<>")); err != nil {
					t.Fatal(err)
				}
			}
		}
		all.Wait()
		if got, err := store.ReadJointly(t.Context(), w.Store, "SELECT 'at the end'"); got != "at the end" || err != nil {
			t.Errorf("behind all others: %q, %v", got, err)
		}
	})
}

// TestJoint_SeesWhatWasThereWhenItWasAsked: a read that goes with others begins behind whatever was committed before its caller asked.
func TestJoint_SeesWhatWasThereWhenItWasAsked(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID))
		ctx, stop := context.WithCancel(t.Context())
		var readers sync.WaitGroup
		for range 8 {
			readers.Go(func() {
				for ctx.Err() == nil {
					if _, err := w.Directory(w.entra.Directory()).User(t.Context(), alice.ID); err != nil {
						t.Error(err)
					}
				}
			})
		}
		for i := range 100 {
			name := "Alice " + strconv.Itoa(i)
			w.update(alice.ID, func(r *store.UserRecord) { r.DisplayName = name })
			if u, err := w.Directory(w.entra.Directory()).User(t.Context(), alice.ID); err != nil || u.DisplayName != name {
				t.Fatalf("read %q, %v; want %q, which was committed before", u.DisplayName, err, name)
			}
		}
		stop()
		readers.Wait()
	})
}

func TestJoint_NULLAndNothing(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		if got, err := store.ReadJointly(t.Context(), w.Store, "SELECT 'one' WHERE 1 = 0"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("no row = %q, %v; want ErrNotFound", got, err)
		}
		if got, err := store.ReadJointly(t.Context(), w.Store, "SELECT NULL"); err == nil {
			t.Errorf("NULL was read as the text %q", got)
		}
	})
}

// TestJoint_WhoLeavesWhenAnsweredGivesNothingBack: an exchange ends once, or with each such caller one more could be under way, until all read alone.
func TestJoint_WhoLeavesWhenAnsweredGivesNothingBack(t *testing.T) {
	t.Parallel()
	if n := store.FreeWhenAnsweredLeaves(); n != 0 {
		t.Errorf("%d exchanges more may begin, want none", n)
	}
}

package store_test

import (
	"errors"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

// TestWrite_WhoStallsDoesNotKeepOthersWaiting: a server that hangs, or whose machine is gone, in the middle of a change would keep its locks until TCP
// notices, which takes PostgreSQL two hours; nobody could shut that person out meanwhile.
func TestWrite_WhoStallsDoesNotKeepOthersWaiting(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		if store.DatabaseOf(w.Store) == "sqlite" {
			return // its one writer is this process
		}
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID))
		rename := func(tx *store.Tx, name string) error {
			record := person("alice@contoso.com", aliceOID)
			record.DisplayName = name
			_, err := tx.Directory(w.entra.Directory()).UpdateUser(alice, record)
			return err
		}
		other, through := storetest.Second(t, w.Store), make(chan error, 1)
		stalled := w.write(func(tx *store.Tx) error {
			if err := rename(tx, "Stalled"); err != nil {
				return err
			}
			limit, err := store.RowsIn(tx, "SELECT current_setting('idle_in_transaction_session_timeout') AS standard, set_config('idle_in_transaction_session_timeout', '200ms', true)")
			if err != nil {
				return err
			}
			if limit[0]["standard"] != "30s" {
				t.Errorf("a change may stall for %v, want 30s", limit[0]["standard"])
			}
			go func() {
				through <- other.Write(t.Context(), tester, func(tx *store.Tx) error { return rename(tx, "Through") })
			}()
			select {
			case err := <-through:
				if err != nil {
					t.Errorf("behind one who stalls: %v", err)
				}
			case <-time.After(4 * time.Second): // before the other's lock_timeout
				t.Error("who stalls keeps others waiting")
			}
			return nil
		})
		if !errors.Is(stalled, store.ErrUnavailable) && !errors.Is(stalled, store.ErrVersion) {
			t.Errorf("who stalled was told %v, want that nothing was changed", stalled)
		}
		if u, err := other.Directory(w.entra.Directory()).User(t.Context(), alice.ID); err != nil || u.DisplayName != "Through" {
			t.Errorf("the user is %q, %v", u.DisplayName, err)
		}
	})
}

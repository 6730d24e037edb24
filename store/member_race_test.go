package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"doorlist/store"
)

// TestMembers_OfPeopleWhoAreDeletedMeanwhile: a provider that removes leavers while it fills a group must see neither
// the group vanish nor the database time out.
func TestMembers_OfPeopleWhoAreDeletedMeanwhile(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		const people = 20
		key := w.entra.Directory()
		members := make([]store.NewMember, people)
		for i := range members {
			members[i].ID = w.addUser(w.entra, person(fmt.Sprint("user", i), "")).ID
		}
		g := w.addGroup(w.entra, groupRecord("Staff", ""))
		errs := together(2*people, func(i int) error {
			return w.write(func(tx *store.Tx) error {
				if i%2 == 0 {
					return tx.Directory(key).DeleteUser(members[i/2].ID, 0)
				}
				_, err := tx.Directory(key).UpdateGroup(g, nil, store.MemberChange{Add: members})
				return err
			})
		})
		if err := errors.Join(errs...); err != nil {
			t.Error(err)
		}
		left, err := w.Directory(key).Members(t.Context(), g.ID, "", 0)
		if err != nil || len(left) != 0 {
			t.Errorf("%d members are left of a group whose members are all deleted (%v)", len(left), err)
		}
	})
}

// TestMembers_OneWhoIsDeletedWhileTheyJoin: the deletion looks for the person's groups before the one is there that takes
// the person in. It must begin again then: holding the person and waiting for the group would be a deadlock with whoever
// fills the group next, and several of those outlast the time that a lock is waited for.
func TestMembers_OneWhoIsDeletedWhileTheyJoin(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		if store.DatabaseOf(w.Store) == "sqlite" { // where one change waits for the other's end
			w.deleteWhileJoining(func(int) {}, 1, 1)
			return
		}
		w.deleteWhileJoining(func(n int) { w.waitForLocks(n) }, 2, 2) // the addition goes step by step when not all can be joined at once
	})
}

// deleteWhileJoining deletes a person while two changes take them into a group, and checks how often the deletion and the second of these were tried.
// waiting returns when so many changes wait for another.
func (w *world) deleteWhileJoining(waiting func(n int), deleting, joining int) {
	w.t.Helper()
	alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID)).ID
	g := w.addGroup(w.entra, groupRecord("Staff", ""))
	join := func(d *store.DirectoryTx) error {
		_, err := d.UpdateGroup(g, nil, adding(alice))
		return err
	}
	var others sync.WaitGroup
	var deletions, additions []error
	begin := func(tried *[]error, fn func(d *store.DirectoryTx) error) {
		others.Go(func() {
			if err := w.inDirectory(w.entra, func(d *store.DirectoryTx) error {
				err := fn(d)
				*tried = append(*tried, err)
				return err
			}); err != nil {
				w.t.Error(err)
			}
		})
	}
	w.must(func(tx *store.Tx) error {
		if err := join(tx.Directory(w.entra.Directory())); err != nil {
			return err
		}
		begin(&deletions, func(d *store.DirectoryTx) error { return d.DeleteUser(alice, 0) })
		waiting(1)
		begin(&additions, join)
		waiting(2)
		return nil
	})
	others.Wait()
	if len(deletions) != deleting || len(additions) != joining || strings.Contains(fmt.Sprint(deletions), "deadlock") {
		w.t.Errorf("the deletion came to %v, the addition to %v; want %d and %d tries, without a deadlock", deletions, additions, deleting, joining)
	}
	if left := w.memberIDs(w.entra, g.ID); len(left) != 0 {
		w.t.Errorf("the group has %v, who is deleted", left)
	}
}

// waitForLocks returns when so many changes wait for a lock.
func (w *world) waitForLocks(n int) {
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		rows, err := store.Rows(context.Background(), w.Store, "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
		if err != nil {
			w.t.Fatal(err)
		}
		if len(rows) == n {
			return
		}
	}
	w.t.Fatalf("no %d changes wait for a lock", n)
}

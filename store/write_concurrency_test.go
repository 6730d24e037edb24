package store_test

import (
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

func TestWrite_ManyWritersFailAlone(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		const writers = 200
		fails := func(i int) bool { return i%7 == 0 }
		errs := together(writers, func(i int) error {
			return w.inDirectory(w.entra, func(d *store.DirectoryTx) error {
				// Each seventh hits a name that is taken, after a first change that must go with it.
				if _, err := d.CreateUser(person(fmt.Sprintf("user%d", i), "")); err != nil || !fails(i) {
					return err
				}
				_, err := d.CreateUser(person(fmt.Sprintf("USER%d", i), ""))
				return err
			})
		})
		for i, err := range errs {
			if _, conflict := errors.AsType[*store.ConflictError](err); conflict != fails(i) || err != nil && !conflict {
				t.Errorf("writer %d: %v, want a conflict: %t", i, err, fails(i))
			}
			page, err := w.Directory(w.entra.Directory()).Users(t.Context(), store.Query{Where: equal(fmt.Sprintf("user%d", i), "username")})
			if err != nil || (page.Total == 0) != fails(i) {
				t.Errorf("writer %d left %d users, %v", i, page.Total, err)
			}
		}
	})
}

func TestWrite_TwoStoresOnOneDatabase(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		const writers = 60
		nodes := []*world{w, {Store: storetest.Second(t, w.Store), t: t, entra: w.entra}}
		g := w.addGroup(w.entra, groupRecord("Writers", ""))
		errs := together(writers, func(i int) error {
			return nodes[i%2].inDirectory(w.entra, func(d *store.DirectoryTx) error {
				u, err := d.CreateUser(person(fmt.Sprintf("user%d", i), ""))
				if err != nil {
					return err
				}
				_, err = d.UpdateGroup(g, nil, adding(u.ID))
				return err
			})
		})
		if err := errors.Join(errs...); err != nil {
			t.Error(err)
		}
		for i, node := range nodes {
			if got := node.group(w.entra, g.ID).Version; got != writers+1 {
				t.Errorf("node %d sees version %d, want %d", i, got, writers+1)
			}
			if got := len(node.memberIDs(w.entra, g.ID)); got != writers {
				t.Errorf("node %d sees %d members, want %d", i, got, writers)
			}
		}
	})
}

func TestWrite_ADeadlockIsTriedAgain(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		people := w.addUsers(2)
		groups := []store.Group{w.addGroup(w.entra, groupRecord("A", "")), w.addGroup(w.entra, groupRecord("B", ""))}
		var tries, locked atomic.Int32
		errs := together(2, func(i int) error {
			return w.inDirectory(w.entra, func(d *store.DirectoryTx) error {
				tries.Add(1)
				if _, err := d.UpdateGroup(groups[i], nil, adding(people[i])); err != nil {
					return err
				}
				// Wait until both hold their first lock; SQLite's one writer never lets the other begin.
				locked.Add(1)
				for wait := 0; locked.Load() < 2 && wait < 100; wait++ {
					time.Sleep(2 * time.Millisecond)
				}
				_, err := d.UpdateGroup(groups[1-i], nil, adding(people[i]))
				return err
			})
		})
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
		if got := tries.Load(); store.DatabaseOf(w.Store) == "postgres" && got < 3 {
			t.Errorf("%d tries: the test made no deadlock", got)
		}
		for _, g := range groups {
			if got := w.memberIDs(w.entra, g.ID); !slices.Equal(got, people) {
				t.Errorf("members of %s = %v, want %v", g.DisplayName, got, people)
			}
			if got := w.group(w.entra, g.ID).Version; got != 3 {
				t.Errorf("version of %s = %d, want 3", g.DisplayName, got)
			}
		}
	})
}

func TestWrite_TriesAgainOnlyWhatMayHelpAndGivesUp(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		type fault struct {
			statement   string
			tries       int
			unavailable bool
		}
		faults := []fault{{"SELECT * FROM missing", 1, false}}
		if store.DatabaseOf(w.Store) == "postgres" {
			for _, code := range []string{"40001", "40P01"} { // serialization failure, deadlock
				faults = append(faults, fault{"DO $$ BEGIN RAISE EXCEPTION 'lost' USING ERRCODE = '" + code + "'; END $$", 4, true})
			}
		}
		for _, f := range faults {
			tries := 0
			err := w.write(func(tx *store.Tx) error {
				tries++
				if _, err := tx.Directory(w.entra.Directory()).CreateUser(person("alice@contoso.com", "")); err != nil {
					return err
				}
				return store.Execute(tx, f.statement)
			})
			if err == nil || tries != f.tries || errors.Is(err, store.ErrUnavailable) != f.unavailable {
				t.Errorf("%s: %d tries, %v; want %d, unavailable %t", f.statement, tries, err, f.tries, f.unavailable)
			}
		}
		if page, err := w.Directory(w.entra.Directory()).Users(t.Context(), store.Query{}); err != nil || page.Total != 0 {
			t.Errorf("left behind: %d users, %v", page.Total, err)
		}
	})
}

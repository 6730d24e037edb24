package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"

	"github.com/google/go-cmp/cmp"
)

func TestWrite_RefusesAChangeWithoutEvent(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID))
		err := w.write(func(tx *store.Tx) error {
			return store.Execute(tx, "UPDATE users SET active = ? WHERE id = ?", false, alice.ID)
		})
		if err == nil || !strings.Contains(err.Error(), "without an audit event") {
			t.Errorf("Write = %v, want it refused", err)
		}
		if !w.user(w.entra, alice.ID).Active {
			t.Error("a change without an event was made")
		}
		if err := w.write(func(*store.Tx) error { return nil }); err != nil {
			t.Errorf("no change needs no event: %v", err)
		}
	})
}

func TestWrite_AFailureUndoesAll(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		events := len(w.actions(w.contoso, ""))
		change := func(tx *store.Tx) {
			if _, err := tx.Directory(w.entra.Directory()).CreateUser(person("alice@contoso.com", aliceOID)); err != nil {
				t.Errorf("CreateUser: %v", err)
			}
		}
		if err := w.write(func(tx *store.Tx) error { change(tx); return errUndo }); err != errUndo {
			t.Errorf("Write = %v, want the function's own error", err)
		}
		func() {
			defer func() {
				if r := recover(); r != "boom" {
					t.Errorf("recovered %v, want the function's own panic", r)
				}
			}()
			_ = w.write(func(tx *store.Tx) error { change(tx); panic("boom") })
		}()
		page, err := w.Directory(w.entra.Directory()).Users(t.Context(), store.Query{})
		if err != nil || page.Total != 0 || len(w.actions(w.contoso, "")) != events {
			t.Errorf("left behind: %d users (%v), events %v", page.Total, err, w.actions(w.contoso, "")[events:])
		}
		w.must(func(tx *store.Tx) error { change(tx); return nil })
	})
}

func TestWrite_EventsTellWhoDidWhatWhen(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		actor := store.Actor{Kind: store.Provisioner, ID: "token", Name: "Entra", RequestID: "r-7", Address: "2001:db8::1"}
		var u store.User
		err := w.Write(t.Context(), actor, func(tx *store.Tx) (err error) {
			u, err = tx.Directory(w.entra.Directory()).CreateUser(person("alice@contoso.com", aliceOID))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		events, err := w.Organization(w.contoso.ID).Events(t.Context(), store.EventQuery{SubjectID: u.ID})
		if err != nil || len(events) != 1 {
			t.Fatalf("events = %v, %v; want one", events, err)
		}
		want := store.Event{ID: events[0].ID, OrganizationID: w.contoso.ID, At: storetest.Start, Actor: actor, Action: "user.created", SubjectKind: "user",
			SubjectID: u.ID, DirectoryID: w.entra.DirectoryID,
			Detail: `{"active":true,"after":{"active":true,"displayName":"Person alice@contoso.com","externalId":"` + aliceOID + `","userName":"alice@contoso.com"},"user_name":"alice@contoso.com"}`}
		if diff := cmp.Diff(want, events[0]); diff != "" {
			t.Errorf("event (-want +got):\n%s", diff)
		}
	})
}

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

func TestWrite_CancelledBeforeItBeginsChangesNothing(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		err := w.Write(ctx, tester, func(tx *store.Tx) error {
			_, err := tx.Directory(w.entra.Directory()).CreateUser(person("alice@contoso.com", ""))
			return err
		})
		page, readErr := w.Directory(w.entra.Directory()).Users(t.Context(), store.Query{})
		if !errors.Is(err, context.Canceled) || readErr != nil || page.Total != 0 {
			t.Errorf("Write = %v, and %d users (%v); want context.Canceled and none", err, page.Total, readErr)
		}
	})
}

func TestWrite_CancelledMidwayTellsTheTruthAndHarmsNobody(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		const writers = 60
		errs := together(writers, func(i int) error {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			return w.Write(ctx, tester, func(tx *store.Tx) error {
				if i%3 == 0 {
					cancel()
				}
				_, err := tx.Directory(w.entra.Directory()).CreateUser(person(fmt.Sprintf("user%d", i), ""))
				return err
			})
		})
		for i, err := range errs {
			page, readErr := w.Directory(w.entra.Directory()).Users(t.Context(), store.Query{Where: equal(fmt.Sprintf("user%d", i), "username")})
			if readErr != nil || (page.Total == 1) != (err == nil) {
				t.Errorf("writer %d was told %v, and %d users are there (%v)", i, err, page.Total, readErr)
			}
			if i%3 != 0 && err != nil {
				t.Errorf("writer %d failed with another's cancellation: %v", i, err)
			}
		}
	})
}

func TestWrite_ManyEventsInOneChange(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.addUsers(1100) // more than one statement takes
		created := 0
		for after := ""; ; {
			events, err := w.Organization(w.contoso.ID).Events(t.Context(), store.EventQuery{After: after, Limit: 500})
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range events {
				if after = e.ID; e.Action == "user.created" {
					created++
				}
			}
			if len(events) == 0 {
				break
			}
		}
		if created != 1100 {
			t.Errorf("%d events of 1,100 people", created)
		}
	})
}

func TestClose_LetsWaitingWritesFinish(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		const writers = 100
		reader := storetest.Second(t, w.Store)
		var begun atomic.Int32
		finished := make(chan []error, 1)
		go func() {
			finished <- together(writers, func(i int) error {
				begun.Add(1)
				return w.inDirectory(w.entra, func(d *store.DirectoryTx) error {
					_, err := d.CreateUser(person(fmt.Sprintf("user%d", i), ""))
					return err
				})
			})
		}()
		for begun.Load() < writers/2 {
			time.Sleep(time.Millisecond)
		}
		if err := w.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		var errs []error
		select {
		case errs = <-finished:
		case <-time.After(30 * time.Second):
			t.Fatal("writes hang after Close")
		}
		for i, err := range errs {
			page, readErr := reader.Directory(w.entra.Directory()).Users(t.Context(), store.Query{Where: equal(fmt.Sprintf("user%d", i), "username")})
			if readErr != nil || (page.Total == 1) != (err == nil) {
				t.Errorf("writer %d was told %v, and %d users are there (%v)", i, err, page.Total, readErr)
			}
			if err != nil && !errors.Is(err, store.ErrUnavailable) {
				t.Errorf("writer %d: %v, want ErrUnavailable", i, err)
			}
		}
	})
}

func TestClose_RefusesWhatComesLater(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		answers := make(chan error, 50)
		for range cap(answers) {
			go func() {
				answers <- w.write(func(tx *store.Tx) error { _, err := tx.CreateOrganization("late", "", ""); return err })
			}()
		}
		for range cap(answers) {
			select {
			case err := <-answers:
				if !errors.Is(err, store.ErrUnavailable) {
					t.Fatalf("Write after Close = %v, want ErrUnavailable", err)
				}
			case <-time.After(10 * time.Second):
				t.Fatal("a write after Close hangs")
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

package store_test

import (
	"fmt"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

// chainAll puts into the chain what was written.
func (w *world) chainAll() {
	w.t.Helper()
	if err := w.Chain(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// verify checks a trail.
func (w *world) verify(o store.Organization, known ...store.Checkpoint) store.AuditReport {
	w.t.Helper()
	r, err := w.VerifyAudit(w.t.Context(), o.ID, known, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

// tamper changes the database behind the store's back.
func (w *world) tamper(statement string, args ...any) int64 {
	w.t.Helper()
	n, err := store.Tamper(w.t.Context(), w.Store, statement, args...)
	if err != nil {
		w.t.Fatalf("%s: %v", statement, err)
	}
	return n
}

// sound demands that nothing is broken.
func (w *world) sound(o store.Organization, known ...store.Checkpoint) store.AuditReport {
	w.t.Helper()
	r := w.verify(o, known...)
	if !r.Sound() {
		w.t.Fatalf("found a fault where there is none: %+v", *r.Fault)
	}
	return r
}

func (w *world) checkpoint(o store.Organization) store.Checkpoint {
	w.t.Helper()
	c, err := w.Organization(o.ID).Checkpoint(w.t.Context())
	if err != nil || !c.Valid() {
		w.t.Fatalf("checkpoint %+v, valid %t, %v", c, c.Valid(), err)
	}
	return c
}

func TestChain_HoldsWhatWasWritten(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		fresh := w.verify(w.contoso)
		if !fresh.Sound() || fresh.Waiting == 0 || fresh.Events != 0 {
			t.Errorf("before the chain begins: %+v", fresh)
		}
		w.chainAll()
		first := w.sound(w.contoso)
		if first.Waiting != 0 || first.Blocks != 1 || first.Events != fresh.Waiting {
			t.Errorf("after the first pass: %+v, want the %d events in one block", first, fresh.Waiting)
		}
		for i := range 3 {
			w.addUser(w.entra, person(fmt.Sprintf("user%d", i), ""))
			w.chainAll()
		}
		known := w.checkpoint(w.contoso)
		w.addUser(w.entra, person("late", ""))
		if r := w.sound(w.contoso, known); r.Blocks != 4 || r.Checkpoints != 1 || r.Waiting != 1 || r.WaitingSince.IsZero() {
			t.Errorf("with an event that waits: %+v", r)
		}
		if r := w.sound(w.fabrikam); r.Blocks != 1 {
			t.Errorf("the other organization: %+v", r)
		}
	})
}

func TestChain_FindsWhatADeadProcessLeft(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.chainAll()
		w.addUser(w.entra, person("alice", ""))
		heir := &world{Store: storetest.Second(t, w.Store), t: t, contoso: w.contoso, entra: w.entra}
		if err := heir.ChainStrays(t.Context()); err != nil {
			t.Fatal(err)
		}
		heir.chainAll()
		if r := heir.sound(w.contoso); r.Waiting != 0 || r.Blocks != 2 {
			t.Errorf("after the heir's pass: %+v", r)
		}
		w.chainAll() // it was not dead after all
		w.addUser(w.entra, person("bob", ""))
		w.chainAll()
		if r := heir.sound(w.contoso); r.Blocks != 3 || r.Waiting != 0 {
			t.Errorf("after both passes: %+v", r)
		}
	})
}

// A look for what others left begins shortly before the last one; what a change brings that took longer is found when no change can take so long any more.
func TestChain_LooksOnWhereItLooked(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		clock := storetest.ClockOf(t, w.Store)
		clock.Set(time.Now()) // that of the ids, which stay where they are while it is moved
		w.chainAll()
		heir := &world{Store: storetest.Second(t, w.Store), t: t, contoso: w.contoso, entra: w.entra}
		for _, step := range []struct {
			what           string
			leaves         bool
			after          time.Duration
			stillUnchained int64
		}{
			{"the first look", true, 0, 0},
			{"what came at the time of the last look", true, 4 * time.Minute, 0},
			{"what came before it", true, time.Minute, 1},
			{"nothing, again at once", false, 0, 1},
			{"nothing, when it is old", false, 6 * time.Minute, 0},
			{"nothing at all", false, time.Minute, 0},
		} {
			clock.Advance(step.after)
			if step.leaves {
				w.addUser(w.entra, person(step.what, ""))
			}
			if err := heir.ChainStrays(t.Context()); err != nil {
				t.Fatal(err)
			}
			heir.chainAll()
			if r := heir.sound(w.contoso); r.Waiting != step.stillUnchained {
				t.Errorf("%s: %+v, want %d that wait", step.what, r, step.stillUnchained)
			}
		}
	})
}

func TestChain_KnowsNothingOfWhatWasOnlyTried(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.chainAll()
		err := w.WhatIf(t.Context(), func(trial *store.Store) error {
			return trial.Write(t.Context(), tester, func(tx *store.Tx) error {
				_, err := tx.Directory(w.entra.Directory()).CreateUser(person("nobody", ""))
				return err
			})
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.write(func(tx *store.Tx) error {
			if _, err := tx.Directory(w.entra.Directory()).CreateUser(person("failed", "")); err != nil {
				return err
			}
			return store.ErrVersion
		}); err == nil {
			t.Error("the write did not fail")
		}
		w.addUser(w.entra, person("alice", ""))
		w.chainAll()
		if r := w.sound(w.contoso); r.Blocks != 2 {
			t.Errorf("%+v", r)
		}
	})
}

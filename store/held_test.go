package store_test

import (
	"slices"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

func (w *world) decideHeld(decision func(d *store.DirectoryTx) (int, error)) (n int) {
	w.t.Helper()
	w.must(func(tx *store.Tx) (err error) {
		n, err = decision(tx.Directory(w.entra.Directory()))
		return err
	})
	return n
}

func TestApplyHeld_EndsAccessAtOnce(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		people := mass(w)
		if n := w.decideHeld(func(d *store.DirectoryTx) (int, error) { return d.ApplyHeld(people[12]) }); n != 1 {
			t.Errorf("of one person: %d", n)
		}
		for i, want := range []int{4, 0} {
			if n := w.decideHeld(func(d *store.DirectoryTx) (int, error) { return d.ApplyHeld("") }); n != want {
				t.Errorf("call %d: %d, want %d", i, n, want)
			}
		}
		for _, id := range people[10:15] {
			v := w.visit(id)
			if v.User.MayEnter() || v.User.Version != 2 || v.Session.RevokedReason != "inactive" {
				t.Errorf("applied: %+v, session revoked for %q", v.User, v.Session.RevokedReason)
			}
			if got := w.actions(w.contoso, id); got[len(got)-1] != "user.deactivated" {
				t.Errorf("events = %v", got)
			}
		}
		if v := w.visit(people[16]); !v.User.Active || !v.Session.RevokedAt.IsZero() {
			t.Errorf("somebody who never left: %+v", v.User)
		}
	})
}

func TestReleaseHeld_KeepsThemUntilTheProviderSpeaks(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		people := mass(w)
		if n := w.decideHeld(func(d *store.DirectoryTx) (int, error) { return d.ReleaseHeld("") }); n != 5 {
			t.Errorf("released %d, want 5", n)
		}
		storetest.ClockOf(t, w.Store).Advance(48 * time.Hour)
		if err := w.ApplyDue(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, id := range people[10:15] {
			if u := w.user(w.entra, id); !u.MayEnter() || u.Active {
				t.Errorf("released: %+v", u)
			}
		}
		w.switchTo(people[12], true)
		if u := w.switchTo(people[12], false); u.Held || u.MayEnter() {
			t.Errorf("switched on and off again: %+v", u)
		}
		if n := w.decideHeld(func(d *store.DirectoryTx) (int, error) { return d.ApplyHeld(people[11]) }); n != 1 || w.user(w.entra, people[11]).MayEnter() {
			t.Errorf("applied to somebody kept: %d, %+v", n, w.user(w.entra, people[11]))
		}
		if got := w.actions(w.contoso, people[11]); !slices.Equal(got[len(got)-3:], []string{"user.held", "user.kept", "user.deactivated"}) {
			t.Errorf("events = %v", got)
		}
	})
}

func TestApplyDue_LetsNobodyStayForEver(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		people := mass(w)
		apply := func() {
			for _, err := range together(3, func(int) error { return w.ApplyDue(t.Context()) }) {
				if err != nil {
					t.Error(err)
				}
			}
		}
		storetest.ClockOf(t, w.Store).Advance(24*time.Hour - time.Second)
		apply()
		if got := w.heldPeople(); len(got) != 5 {
			t.Errorf("a second before the time: held = %v", got)
		}
		storetest.ClockOf(t, w.Store).Advance(time.Second)
		apply()
		if got := w.heldPeople(); len(got) > 0 {
			t.Errorf("when the time is over: held = %v", got)
		}
		events, err := w.Organization(w.contoso.ID).Events(t.Context(), store.EventQuery{SubjectID: people[12]})
		if err != nil || events[len(events)-1].Action != "user.deactivated" || events[len(events)-1].Actor.Kind != store.System {
			t.Errorf("the last event is %+v, %v", events[len(events)-1], err)
		}
		ends := 0
		for _, action := range w.actions(w.contoso, people[12]) {
			if action == "user.deactivated" {
				ends++
			}
		}
		if ends != 1 {
			t.Errorf("three servers recorded the end %d times", ends)
		}
		apply()
		if rows := w.rows("SELECT * FROM leavers WHERE apply_at > 0 OR left_at <= 0"); len(rows) > 0 {
			t.Errorf("leavers = %v", rows)
		}
	})
}

func TestApplyHeld_LeavesThoseWhoWereReleased(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		people := mass(w)
		for i, decision := range []func(d *store.DirectoryTx) (int, error){
			func(d *store.DirectoryTx) (int, error) { return d.ReleaseHeld(people[12]) },
			func(d *store.DirectoryTx) (int, error) { return d.ApplyHeld("") },
			func(d *store.DirectoryTx) (int, error) { return d.ReleaseHeld("") },
		} {
			if n, want := w.decideHeld(decision), []int{1, 4, 0}[i]; n != want {
				t.Errorf("decision %d is about %d people, want %d", i, n, want)
			}
		}
		for i, id := range people[10:15] {
			if got := w.user(w.entra, id).MayEnter(); got != (i == 2) {
				t.Errorf("person %d may enter: %v", i, got)
			}
		}
	})
}

package store_test

import (
	"errors"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"

	"github.com/google/go-cmp/cmp"
)

func (w *world) attemptsSince(since time.Time) []store.Attempts {
	w.t.Helper()
	list, err := w.Organization(w.contoso.ID).AttemptsSince(w.t.Context(), since)
	if err != nil {
		w.t.Fatal(err)
	}
	return list
}

// Whatever is counted already and whatever is not yet, the numbers are the same.
func TestTallyDecisions_ChangesNoNumber(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		clock, since := storetest.ClockOf(t, w.Store), storetest.Start
		var want []store.Attempts
		for i, reasons := range [][]string{{"admitted", "guest", "admitted"}, {"guest"}, {"no_role", "admitted"}} {
			clock.Set(storetest.Start.Add(time.Duration(i) * 20 * time.Hour))
			for _, reason := range reasons {
				w.decide(w.contoso.ID, store.Decision{ConnectionID: w.entra.ID, Reason: reason, Admitted: reason == "admitted"})
			}
			w.decide(w.fabrikam.ID, store.Decision{Reason: "locked"})
		}
		hour := func(i int) time.Time { return since.Add(time.Duration(i) * 20 * time.Hour).Truncate(time.Hour) }
		want = []store.Attempts{{hour(0), w.entra.ID, "admitted", 2}, {hour(0), w.entra.ID, "guest", 1}, {hour(1), w.entra.ID, "guest", 1},
			{hour(2), w.entra.ID, "admitted", 1}, {hour(2), w.entra.ID, "no_role", 1}}
		tallied := func() int { return len(w.rows("SELECT * FROM decision_hours")) }
		check := func(when string, rows int) {
			t.Helper()
			if diff := cmp.Diff(want, w.attemptsSince(since)); diff != "" || tallied() != rows {
				t.Errorf("%s: %d rows are tallied, want %d (-want +got):\n%s", when, tallied(), rows, diff)
			}
		}
		check("before", 0)
		if err := errors.Join(together(5, func(int) error { return w.TallyDecisions(t.Context()) })...); err != nil {
			t.Fatal(err)
		}
		check("the hour of now is not over", 5)
		clock.Set(hour(2).Add(time.Hour + 4*time.Minute))
		w.tallies()
		check("it is hardly over", 5)
		clock.Advance(time.Minute)
		w.tallies()
		check("all is tallied", 8)
		w.tallies()
		check("nothing is counted twice", 8)
		clock.Advance(33 * 24 * time.Hour)
		w.tallies()
		if n := tallied(); n != 0 {
			t.Errorf("%d rows are left after 33 days", n)
		}
	})
}

func (w *world) tallies() {
	w.t.Helper()
	if err := w.TallyDecisions(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

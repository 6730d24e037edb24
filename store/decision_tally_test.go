package store_test

import (
	"errors"
	"strings"
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
		clock.Set(hour(2).Add(9 * time.Minute))
		w.tallies()
		check("they are five minutes old", 5)
		clock.Advance(time.Hour)
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

// decideOften makes n people come in at contoso now.
func (w *world) decideOften(n int) {
	w.t.Helper()
	w.must(func(tx *store.Tx) error {
		for range n {
			if _, err := tx.Organization(w.contoso.ID).RecordDecision(store.Decision{ConnectionID: w.entra.ID, Reason: "admitted", Admitted: true}); err != nil {
				return err
			}
		}
		return nil
	})
}

// talliedAttempts is the sum of all that is counted for good.
func (w *world) talliedAttempts() (sum int64) {
	w.t.Helper()
	for _, row := range w.rows("SELECT attempts FROM decision_hours") {
		sum += row["attempts"].(int64)
	}
	return sum
}

func (w *world) attemptsByHour() map[time.Time]int {
	w.t.Helper()
	hours := map[time.Time]int{}
	for _, a := range w.attemptsSince(storetest.Start) {
		hours[a.Hour] += a.Count
	}
	return hours
}

// In an hour of very many decisions they are counted as it goes on, each once, however many servers count.
func TestTallyDecisions_CountsTheRunningHour(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		const many, rounds = 600, 9
		clock, want := storetest.ClockOf(t, w.Store), map[time.Time]int{}
		for i := range rounds {
			w.decideOften(many)
			want[w.Now().Truncate(time.Hour)] += many
			if diff := cmp.Diff(want, w.attemptsByHour()); diff != "" {
				t.Errorf("in round %d (-want +got):\n%s", i+1, diff)
			}
			clock.Advance(8 * time.Minute)
			if err := errors.Join(together(3, func(int) error { return w.TallyDecisions(t.Context()) })...); err != nil {
				t.Fatal(err)
			}
			if got := w.talliedAttempts(); got != int64(many*(i+1)) {
				t.Errorf("after %d rounds %d decisions are counted for good, want %d", i+1, got, many*(i+1))
			}
			if diff := cmp.Diff(want, w.attemptsByHour()); diff != "" {
				t.Errorf("after %d rounds (-want +got):\n%s", i+1, diff)
			}
		}
	})
}

// A server of the version before, which counts whole hours alone, may run at the same time.
func TestTallyDecisions_BesideAServerThatCountsWholeHours(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		clock := storetest.ClockOf(t, w.Store)
		w.decideOften(600)
		clock.Advance(10 * time.Minute)
		w.tallies()
		w.decideOften(30)
		clock.Advance(time.Hour)
		hour := storetest.Start.Truncate(time.Hour)
		for _, statement := range []string{
			"INSERT INTO decision_hours (organization_id, hour, connection_id, reason, attempts) VALUES (?, ?, ?, 'admitted', 630) ON CONFLICT (organization_id, hour, connection_id, reason) DO UPDATE SET attempts = excluded.attempts",
			"UPDATE decision_tallies SET tallied_to = ? WHERE organization_id = ?",
		} {
			args := []any{w.contoso.ID, hour.UnixMicro(), w.entra.ID}
			if strings.HasPrefix(statement, "UPDATE") {
				args = []any{hour.Add(time.Hour).UnixMicro(), w.contoso.ID}
			}
			if _, err := store.Tamper(t.Context(), w.Store, statement, args...); err != nil {
				t.Fatal(err)
			}
		}
		want := []store.Attempts{{Hour: hour, ConnectionID: w.entra.ID, Reason: "admitted", Count: 630}}
		for range 2 {
			if diff := cmp.Diff(want, w.attemptsSince(storetest.Start)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			w.tallies()
		}
	})
}

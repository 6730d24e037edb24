package store_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

// look is one day's look for the records of all domains; it returns how many it was about and whether one was lost.
func (w *world) look(there bool) (looked int, lost bool) {
	w.t.Helper()
	storetest.ClockOf(w.t, w.Store).Advance(24*time.Hour + time.Second)
	due, err := w.DueDomainProofs(w.t.Context(), w.Now().Add(-24*time.Hour))
	if err != nil {
		w.t.Fatal(err)
	}
	for _, p := range due {
		claimed := 0
		for range 3 {
			mine, err := w.ClaimDomainCheck(w.t.Context(), p)
			if err != nil {
				w.t.Fatal(err)
			}
			if mine {
				claimed++
			}
		}
		if claimed != 1 {
			w.t.Errorf("%d of three servers took the look on", claimed)
		}
		_, gone, err := w.NoteDomainCheck(w.t.Context(), p, there)
		if err != nil {
			w.t.Fatal(err)
		}
		lost = lost || gone
	}
	return len(due), lost
}

func TestDomainWatch_LosesADomainAfterDaysOfAbsence(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		asked := w.ask(w.entra, "contoso.com")
		if err := w.prove(w.entra, asked); err != nil {
			t.Fatal(err)
		}
		for day, there := range []bool{true, false, false, true, false, false, false, false, false, false, false} {
			if n, lost := w.look(there); n != 1 || lost {
				t.Fatalf("day %d: %d looks, lost: %v", day, n, lost)
			}
			claims, err := w.Organization(w.contoso.ID).Domains(t.Context())
			if err != nil || len(claims) != 1 || claims[0].MissingSince.IsZero() != there {
				t.Errorf("day %d: %+v, %v", day, claims, err)
			}
		}
		if _, lost := w.look(false); !lost {
			t.Error("a week of absence lost nothing")
		}
		for _, domain := range []string{"contoso.com", "nobody.example"} {
			if got := w.leads(domain); slices.Contains(got, "entra") {
				t.Errorf("without a domain %s leads to %q", domain, got)
			}
		}
		waiting, err := w.Organization(w.contoso.ID).DomainChallenges(t.Context())
		if err != nil || len(waiting) != 1 || waiting[0].Token != asked.Token {
			t.Errorf("waiting: %+v, %v", waiting, err)
		}
		actions := w.actions(w.contoso, w.entra.ID)
		for action, want := range map[string]int{"connection.domain_missing": 10, "connection.domain_found": 1, "connection.domain_lost": 1} {
			if got := count(actions, action); got != want {
				t.Errorf("%s is in the trail %d times, want %d", action, got, want)
			}
		}
		if n, _ := w.look(false); n != 0 {
			t.Errorf("a lost domain is looked for %d times", n)
		}
		if err := w.prove(w.entra, waiting[0]); err != nil {
			t.Fatal(err)
		}
		w.wantClaims("contoso.com dns")
	})
}

func count(list []string, item string) (n int) {
	for _, s := range list {
		if s == item {
			n++
		}
	}
	return n
}

// A server that was off for weeks sees two absences far apart: that is no week of absence.
func TestDomainWatch_CountsLooks(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		if err := w.prove(w.entra, w.ask(w.entra, "contoso.com")); err != nil {
			t.Fatal(err)
		}
		w.look(false)
		storetest.ClockOf(t, w.Store).Advance(30 * 24 * time.Hour)
		if _, lost := w.look(false); lost {
			t.Error("two looks lost the domain")
		}
	})
}

func TestDomainWatch_OfWhatWasTakenAway(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		if err := w.prove(w.entra, w.ask(w.entra, "contoso.com")); err != nil {
			t.Fatal(err)
		}
		due, err := w.DueDomainProofs(t.Context(), w.Now().Add(time.Hour))
		if err != nil || len(due) != 1 {
			t.Fatalf("due: %+v, %v", due, err)
		}
		w.setDomains(w.entra)
		if _, _, err := w.NoteDomainCheck(t.Context(), due[0], false); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("got %v, want ErrNotFound", err)
		}
		if n, _ := w.look(false); n != 0 {
			t.Errorf("a domain that was taken away is looked for %d times", n)
		}
	})
}

package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

func TestSearchEvents_FiltersAndPages(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		clock := storetest.ClockOf(t, w.Store)
		began := clock.Now()
		var people []string
		for i := range 5 {
			clock.Advance(24 * time.Hour)
			time.Sleep(2 * time.Millisecond) // ids tell the machine's time to the millisecond, and the search expects days to differ by it
			people = append(people, w.addUser(w.entra, person(fmt.Sprintf("Ünal%d", i), "")).ID)
		}
		o := w.Organization(w.contoso.ID)
		for what, c := range map[string]struct {
			filter store.EventFilter
			want   int
		}{
			"group of actions": {store.EventFilter{Action: "user"}, 5},
			"action":           {store.EventFilter{Action: "user.created"}, 5},
			"another's prefix": {store.EventFilter{Action: "use"}, 0},
			"subject":          {store.EventFilter{SubjectID: people[1]}, 1},
			"actor":            {store.EventFilter{Action: "user", ActorKind: tester.Kind, Actor: tester.Name}, 5},
			"nobody":           {store.EventFilter{Actor: "nobody"}, 0},
			"directory":        {store.EventFilter{DirectoryID: w.entra.DirectoryID}, 5},
			"text in any case": {store.EventFilter{Text: "üNAL3"}, 1},
			"since":            {store.EventFilter{Action: "user", Since: began.Add(3 * 24 * time.Hour)}, 3},
			"until":            {store.EventFilter{Action: "user", Until: began.Add(3 * 24 * time.Hour)}, 2},
			"one day":          {store.EventFilter{Since: began.Add(2 * 24 * time.Hour), Until: began.Add(3 * 24 * time.Hour)}, 1},
			"before all":       {store.EventFilter{Until: began}, 0},
			"bytes":            {store.EventFilter{Action: "\x00"}, 0},
		} {
			page, err := o.SearchEvents(t.Context(), c.filter, "", 50)
			if err != nil || len(page.Events) != c.want || page.Older != "" {
				t.Errorf("%s: %d events, more %q, %v; want %d", what, len(page.Events), page.Older, err, c.want)
			}
		}
		var seen []string
		for before := ""; ; {
			page, err := o.SearchEvents(t.Context(), store.EventFilter{Action: "user"}, before, 2)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range page.Events {
				seen = append([]string{e.SubjectID}, seen...)
			}
			if before = page.Older; before == "" {
				break
			}
		}
		if fmt.Sprint(seen) != fmt.Sprint(people) {
			t.Errorf("page by page: %v, want %v", seen, people)
		}
	})
}

func TestBlockOf_TellsThePlaceInTheChain(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.chainAll()
		alice := w.addUser(w.entra, person("alice", ""))
		o := w.Organization(w.contoso.ID)
		page, err := o.SearchEvents(t.Context(), store.EventFilter{SubjectID: alice.ID}, "", 1)
		if err != nil || len(page.Events) != 1 {
			t.Fatalf("%v, %v", page, err)
		}
		id := page.Events[0].ID
		if _, err := o.BlockOf(t.Context(), id); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("before the pass: %v", err)
		}
		w.chainAll()
		if got, err := o.BlockOf(t.Context(), id); err != nil || got.Seq != 2 || got.Hash != w.checkpoint(w.contoso).Hash {
			t.Errorf("after: block %d, %v", got.Seq, err)
		}
		if e, err := o.Event(t.Context(), id); err != nil || e.Action != "user.created" {
			t.Errorf("Event = %v, %v", e, err)
		}
	})
}

package store_test

import (
	"regexp"
	"strings"
	"testing"

	"doorlist/store"
)

// fullOf matches a step of a plan that reads a table as a whole.
var fullOf = regexp.MustCompile(`SCAN (events|event_concerns|users|members|tombstones|[xyeutgm])\b|Seq Scan on (events|event_concerns|users|members|tombstones)`)

// TestPast_LooksUpWhatConcernsAPerson sees that the past of one person, the page of everybody's, and the events about somebody read
// no table as a whole, without statistics of any.
func TestPast_LooksUpWhatConcernsAPerson(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		people := w.addUsers(5)
		w.addGroup(w.entra, groupRecord("Everybody", ""), people...)
		statements, err := store.Trace(w.Store)
		if err != nil {
			t.Fatal(err)
		}
		ctx, o := t.Context(), w.Organization(w.contoso.ID)
		past, err := o.Past(ctx, w.Now())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := past.Person(ctx, w.entra.DirectoryID, people[0]); err != nil {
			t.Error(err)
		}
		if page, _, err := past.Page(ctx, store.PastPlace{}, 3); err != nil || len(page) != 3 {
			t.Errorf("%d people, %v", len(page), err)
		}
		if events, err := o.EventsAbout(ctx, people[0], "", 0); err != nil || len(events) != 2 {
			t.Errorf("%d events about somebody who was added and taken into a group, %v", len(events), err)
		}
		looked := 0
		for _, s := range statements() {
			if !strings.Contains(s.SQL, "event_concerns") && !strings.Contains(s.SQL, "tombstones") {
				continue
			}
			looked++
			steps, err := store.Plan(ctx, w.Store, s)
			if err != nil {
				t.Fatalf("%v: %s", err, s.SQL)
			}
			for _, step := range steps {
				if fullOf.MatchString(step) {
					t.Errorf("%s\n%s", s.SQL, strings.Join(steps, "\n"))
					break
				}
			}
		}
		if looked < 4 {
			t.Errorf("%d statements were looked at, which is fewer than there are", looked)
		}
	})
}

func TestEventsAbout_LeadsThroughByKey(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice := w.addUsers(1)[0]
		g := w.addGroup(w.entra, groupRecord("Writers", ""))
		for range 3 {
			w.changeGroup(g, nil, adding(alice))
			w.changeGroup(g, nil, store.MemberChange{Remove: []string{alice}})
		}
		var got []string
		for before := ""; ; {
			events, err := w.Organization(w.contoso.ID).EventsAbout(t.Context(), alice, before, 2)
			if err != nil {
				t.Fatal(err)
			}
			if len(events) == 0 {
				break
			}
			for _, e := range events {
				got = append(got, e.Action)
			}
			before = events[len(events)-1].ID
		}
		if want := strings.Repeat("group.members_removed group.members_added ", 3) + "user.created"; strings.Join(got, " ") != want {
			t.Errorf("events about alice: %v", got)
		}
	})
}

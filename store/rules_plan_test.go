package store_test

import (
	"strings"
	"testing"

	"doorlist/store"
)

// TestRules_PeopleAreReadByIndexes reads very many people whom a mapping concerns, and looks at how the database does that: a thousand
// at a time must not each time read them all.
func TestRules_PeopleAreReadByIndexes(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		writers := w.addGroup(w.entra, groupRecord("Writers", writersOID))
		o := w.Organization(w.contoso.ID)
		rules := func() []store.Rules {
			all, err := o.Rules(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return all
		}
		was := rules()
		role := w.role(w.contoso, "writer").ID
		w.must(func(tx *store.Tx) error {
			_, err := tx.Organization(w.contoso.ID).CreateMapping(store.Mapping{ConnectionID: w.entra.ID, RoleID: role, GroupID: writers.ID})
			if err != nil {
				return err
			}
			return w.crowdOfUsers(tx, writers)
		})
		statements, err := store.Trace(w.Store)
		if err != nil {
			t.Fatal(err)
		}
		concerned, announced := 0, 0
		for _, difference := range store.Differences(was, rules()) {
			err := o.Concerned(t.Context(), difference, nil, func(people int) { announced += people }, func(store.Attendee) error { concerned++; return nil })
			if err != nil {
				t.Fatal(err)
			}
		}
		if concerned < 20_000 || announced != concerned {
			t.Errorf("the mapping concerns %d people, and %d are announced", concerned, announced)
		}
		for _, s := range statements() {
			if !strings.Contains(s.SQL, "ids.id") && !strings.Contains(s.SQL, "_id >=") {
				continue // that the group's members are found by reading them all is right
			}
			steps, err := store.Plan(t.Context(), w.Store, s)
			if err != nil {
				t.Fatalf("%v: %s", err, s.SQL)
			}
			if plan := strings.Join(steps, "\n"); everyPerson.MatchString(plan) {
				t.Errorf("this reads everybody: %s\n%s", s.SQL, plan)
			}
		}
	})
}

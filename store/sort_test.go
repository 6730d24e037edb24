package store_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"doorlist/store"
	"doorlist/store/storetest"
)

// TestSort_ChangesNeitherRepeatNorLose deletes and adds users between the pages, the one where the last page ended among
// them. Who was there all the time appears once, in order.
func TestSort_ChangesNeitherRepeatNorLose(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		stay := map[string]bool{}
		for _, id := range w.addUsers(30) {
			stay[id] = true
		}
		random, added := rand.New(rand.NewPCG(1, 2)), 0
		for range 30 {
			added++
			w.addUser(w.entra, guest(random, added))
		}
		for _, sort := range []*store.Sort{nil, {Path: []string{"username"}}, {Path: []string{"displayname"}, Descending: true}, {Path: []string{"title"}}} {
			for _, backward := range []bool{false, true} {
				q := store.Query{Sort: sort, Limit: 7, Start: &store.Start{Backward: backward}}
				seen := map[string]int{}
				for {
					page, err := w.Directory(w.entra.Directory()).Users(t.Context(), q)
					if err != nil {
						t.Fatal(err)
					}
					for _, id := range userIDs(page) {
						seen[id]++
					}
					if !page.More {
						break
					}
					q.Start = &store.Start{Place: page.Last, Backward: backward}
					if backward {
						q.Start.Place = page.First
					}
					added++
					w.addUser(w.entra, guest(random, added))
					if id := q.Start.ID; !stay[id] {
						w.must(func(tx *store.Tx) error { return tx.Directory(w.entra.Directory()).DeleteUser(id, 0) })
					}
				}
				for id, times := range seen {
					if times != 1 {
						t.Errorf("%+v backward %t: %s appears %d times", sort, backward, id, times)
					}
				}
				for id := range stay {
					if seen[id] != 1 {
						t.Errorf("%+v backward %t: %s is lost", sort, backward, id)
					}
				}
			}
		}
	})
}

// guest is a user who may be deleted.
func guest(random *rand.Rand, i int) store.UserRecord {
	name := fmt.Sprintf("%c%d", 'a'+random.IntN(26), i)
	return store.UserRecord{UserName: name, DisplayName: name, Document: "{}", Keys: asJSON(map[string]any{"title": texts[random.IntN(len(texts))]})}
}

// TestSort_FirstMemberStandsForAGroup: members are kept in a table of their own.
func TestSort_FirstMemberStandsForAGroup(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		ids := w.addUsers(3)
		none := w.addGroup(w.entra, store.GroupRecord{DisplayName: "none", Document: "{}", Keys: "{}"}).ID
		last := w.addGroup(w.entra, store.GroupRecord{DisplayName: "last", Document: "{}", Keys: "{}"}, ids[2]).ID
		both := w.addGroup(w.entra, store.GroupRecord{DisplayName: "both", Document: "{}", Keys: "{}"}, ids[2], ids[0]).ID
		for _, c := range []struct {
			sub        string
			descending bool
			want       []string
		}{
			{"value", false, []string{both, last, none}},
			{"value", true, []string{none, last, both}},
			{"type", false, []string{last, both, none}},
		} {
			q := store.Query{Sort: &store.Sort{List: []string{"members"}, Path: []string{c.sub}, Descending: c.descending}, Limit: 1, Start: new(store.Start)}
			for i, want := range c.want {
				page, err := w.Directory(w.entra.Directory()).Groups(t.Context(), q)
				if err != nil || len(page.Groups) != 1 || page.Groups[0].ID != want || page.More != (i < 2) || page.Total != 3 {
					t.Fatalf("%+v, page %d: %+v, %v, want %s", c, i, page, err, want)
				}
				q.Start = &store.Start{Place: page.Last}
			}
		}
	})
}

// TestSort_RefusesAPlaceOfAnotherOrder: no such text reaches the database.
func TestSort_RefusesAPlaceOfAnotherOrder(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		id := w.addUsers(1)[0]
		for _, c := range []struct {
			sort  store.Sort
			place store.Place
		}{
			{store.Sort{Path: []string{"username"}}, store.Place{Key: "a", ID: "nobody"}},
			{store.Sort{Path: []string{"username"}}, store.Place{Key: "a\x00", ID: id}},
			{store.Sort{Path: []string{"active"}}, store.Place{Key: "perhaps", ID: id}},
			{store.Sort{Path: []string{"meta", "created"}}, store.Place{Key: "1.5", ID: id}},
			{store.Sort{Path: []string{"id"}}, store.Place{Key: "a", ID: id}},
			{store.Sort{Path: []string{"shoesize"}, As: store.SortNumber}, store.Place{Key: "", ID: id}},
		} {
			_, err := w.Directory(w.entra.Directory()).Users(t.Context(), store.Query{Sort: &c.sort, Start: &store.Start{Place: c.place}, Limit: 1})
			if _, ok := err.(*store.InvalidError); !ok {
				t.Errorf("%+v: %v, want an InvalidError", c, err)
			}
		}
	})
}

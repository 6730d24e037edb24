package store_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

// TestPlaces_FarPagesGoOnWhereTheyWere walks through far pages while people go: nobody who stays is passed over, and nothing is counted again until a
// minute is over.
func TestPlaces_FarPagesGoOnWhereTheyWere(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		storetest.Crowd(t, w.Store, w.entra.Directory(), w.addGroup(w.entra, store.GroupRecord{DisplayName: "all", Document: "{}", Keys: "{}"}).ID)
		taken, err := store.Trace(w.Store)
		if err != nil {
			t.Fatal(err)
		}
		at := func(offset int) (names []string, total int) {
			page, err := w.Directory(w.entra.Directory()).Users(t.Context(), store.Query{Limit: 200, Offset: offset})
			if err != nil {
				t.Fatal(err)
			}
			for _, u := range page.Users {
				names = append(names, u.UserName)
			}
			return names, page.Total
		}
		check := func(offset int, first string, total int, counted bool) {
			t.Helper()
			taken()
			names, got := at(offset)
			if len(names) != 200 || names[0] != first || got != total {
				t.Errorf("behind %d: %d people from %s of %d, want 200 from %s of %d", offset, len(names), names[:1], got, first, total)
			}
			passes := slices.ContainsFunc(taken(), func(st store.Statement) bool {
				return strings.Contains(st.SQL, "OFFSET") || strings.Contains(st.SQL, "count(")
			})
			if passes != counted {
				t.Errorf("behind %d: rows were counted or passed over: %t, want %t", offset, passes, counted)
			}
		}
		check(15_000, "u015001", 20_000, true)
		check(15_000, "u015001", 20_000, false)
		gone := func(name string) {
			t.Helper()
			page, err := w.Directory(w.entra.Directory()).Users(t.Context(), store.Query{Where: equal(name, "username"), Limit: 1})
			if err != nil || len(page.Users) != 1 {
				t.Fatalf("%s: %+v, %v", name, page, err)
			}
			w.must(func(tx *store.Tx) error { return tx.Directory(w.entra.Directory()).DeleteUser(page.Users[0].ID, 0) })
		}
		gone("u000007")
		gone("u015200") // where the page ended
		check(15_200, "u015201", 20_000, false)
		check(15_400, "u015401", 20_000, false)
		storetest.ClockOf(t, w.Store).Advance(time.Minute)
		check(15_400, "u015403", 19_998, true)
		if names, total := at(30_000); len(names) != 0 || total != 19_998 {
			t.Errorf("behind the end: %d people of %d, want none of 19998", len(names), total)
		}
		if names, total := at(19_900); len(names) != 98 || total != 19_998 {
			t.Errorf("the last page: %d people of %d, want 98 of 19998", len(names), total)
		}
	})
}

// TestPlaces_AWalkThatBeginsAnewSeesWhoWasThereThen: places that an earlier walk has found are not those of one that begins behind a change.
func TestPlaces_AWalkThatBeginsAnewSeesWhoWasThereThen(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		ids := w.addUsers(1500)
		activate := func(id string, active bool) {
			t.Helper()
			u, err := w.Directory(w.entra.Directory()).User(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			w.must(func(tx *store.Tx) error {
				record := u.UserRecord
				record.Active = active
				_, err := tx.Directory(w.entra.Directory()).UpdateUser(u, record)
				return err
			})
		}
		active := store.Compare{Path: []string{"active"}, Op: store.Equal, Value: true}
		walk := func() (seen []string) {
			t.Helper()
			for total := 1; len(seen) < total; {
				page, err := w.Directory(w.entra.Directory()).Users(t.Context(), store.Query{Where: active, Limit: 200, Offset: len(seen)})
				if err != nil || len(page.Users) == 0 {
					t.Fatalf("behind %d of %d: %v", len(seen), total, err)
				}
				for _, u := range page.Users {
					seen = append(seen, u.ID)
				}
				total = page.Total
			}
			return seen
		}
		activate(ids[5], false)
		walk()
		activate(ids[5], true)
		ids = append(ids, w.addUser(w.entra, person("newcomer@contoso.com", "")).ID)
		if seen := walk(); !slices.Equal(seen, ids) {
			for _, id := range ids {
				if !slices.Contains(seen, id) {
					t.Errorf("person %d was passed over", slices.Index(ids, id))
				}
			}
			t.Errorf("%d people were seen of %d", len(seen), len(ids))
		}
	})
}

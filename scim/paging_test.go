package scim

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"doorlist/store"
	"doorlist/store/storetest"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// orders are what the property test sorts by: how Go reads the key from an answer.
var orders = map[string]func(resource any) string{
	"":                func(any) string { return "" },
	"userName":        func(r any) string { return store.Fold(text(r.(map[string]any), userNameAttribute)) },
	"displayName":     func(r any) string { return store.Fold(text(r.(map[string]any), displayNameAttribute)) },
	"externalId":      func(r any) string { return text(r.(map[string]any), externalIDAttribute) },
	"name.familyName": func(r any) string { return store.Fold(asString(at(r, "name", "familyName"))) },
	"department":      func(r any) string { return store.Fold(asString(at(r, enterpriseSchema, "department"))) },
	"emails":          func(r any) string { return store.Fold(asString(at(chosenEmail(r), "value"))) },
	"emails.type":     func(r any) string { return store.Fold(asString(at(chosenEmail(r), "type"))) },
	"active":          func(r any) string { return fmt.Sprint(at(r, "active")) },
	"meta.lastModified": func(r any) string {
		moment, _ := instant(asString(at(r, "meta", "lastModified")))
		return moment.Format("2006-01-02T15:04:05.000000Z")
	},
}

func asString(v any) string { s, _ := v.(string); return s }

func chosenEmail(r any) any {
	list, _ := at(r, "emails").([]any)
	for _, element := range list {
		if at(element, "primary") == true {
			return element
		}
	}
	return at(r, "emails", 0)
}

// TestPaging_PagesMakeUpTheSortedList reads random users in pages of any size by index, by cursor and back by cursor,
// and demands what Go filters and sorts.
func TestPaging_PagesMakeUpTheSortedList(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		c := newCrowd(t, s, crowdSeed(t), 40, 5)
		subjects := c.users.subjects(c.allUsers)
		rapid.Check(t, func(t *rapid.T) {
			by := rapid.SampledFrom(keysOf(orders)).Draw(t, "sortBy")
			descending := rapid.Bool().Draw(t, "descending")
			query := fmt.Sprintf("/Users?count=%d&attributes=id&sortBy=%s", rapid.IntRange(1, 50).Draw(t, "count"), by)
			passes := func(any) bool { return true }
			if rapid.IntRange(0, 2).Draw(t, "filtered") > 0 {
				e, text := drawFilterText(t, subjects)
				query += "&filter=" + url.QueryEscape(text)
				passes = func(r any) bool { return c.users.selects(e, r) }
			}
			if descending {
				query += "&sortOrder=descending"
			}
			want := sortedAnswers(c.allUsers, orders[by], passes, descending)
			for name, got := range map[string][]string{"index": c.byIndex(query), "cursor": c.byCursor(query), "back": c.byCursorBack(query)} {
				if diff := gocmp.Diff(want, got); diff != "" {
					t.Fatalf("by %s: %s (-want +got):\n%s", name, query, diff)
				}
			}
		})
	})
}

func keysOf[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

func sortedAnswers(all []any, key func(any) string, passes func(any) bool, descending bool) []string {
	kept := slices.DeleteFunc(slices.Clone(all), func(r any) bool { return !passes(r) })
	slices.SortFunc(kept, func(a, b any) int {
		x, y := key(a), key(b)
		order := strings.Compare(x, y)
		if (x == "") != (y == "") {
			order = -order // without a value is last
		}
		if descending {
			order = -order
		}
		return cmp.Or(order, strings.Compare(asString(at(a, "id")), asString(at(b, "id"))))
	})
	return answerIDs(kept)
}

func answerIDs(resources []any) []string {
	ids := []string{}
	for _, r := range resources {
		ids = append(ids, asString(at(r, "id")))
	}
	return ids
}

func (d *door) byIndex(query string) []string {
	ids := []string{}
	for {
		r := d.must(http.StatusOK, http.MethodGet, fmt.Sprintf("%s&startIndex=%d", query, len(ids)+1), "")
		page := answerIDs(r.json["Resources"].([]any))
		ids = append(ids, page...)
		if len(page) == 0 || float64(len(ids)) == r.json["totalResults"] {
			return ids
		}
	}
}

func (d *door) byCursor(query string) []string {
	ids := []string{}
	for r := d.page(query, ""); ; r = d.page(query, asString(r["nextCursor"])) {
		ids = append(ids, answerIDs(r["Resources"].([]any))...)
		if r["nextCursor"] == nil {
			return ids
		}
	}
}

// byCursorBack goes to the last page and reads from there to the first.
func (d *door) byCursorBack(query string) []string {
	r := d.page(query, "")
	for r["nextCursor"] != nil {
		r = d.page(query, asString(r["nextCursor"]))
	}
	ids := answerIDs(r["Resources"].([]any))
	for r["previousCursor"] != nil {
		r = d.page(query, asString(r["previousCursor"]))
		ids = append(answerIDs(r["Resources"].([]any)), ids...)
	}
	return ids
}

func (d *door) page(query, cursor string) map[string]any {
	d.t.Helper()
	r := d.must(http.StatusOK, http.MethodGet, query+"&cursor="+cursor, "").json
	if _, ok := r["startIndex"]; ok || r["itemsPerPage"] != float64(len(r["Resources"].([]any))) {
		d.t.Errorf("%s: %v", query, r)
	}
	return r
}

// TestPaging_WhileUsersComeAndGo pages while others are created and deleted at the same time: who was there all the time
// appears once.
func TestPaging_WhileUsersComeAndGo(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDoor(t, s)
		stay := []string{}
		for i := range 40 {
			stay = append(stay, d.create("/Users", fmt.Sprintf(`{"userName":"%c-stay%d"}`, 'a'+i*7%26, i)))
		}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			for i := 0; ctx.Err() == nil; i++ {
				r := d.do(http.MethodPost, "/Users", fmt.Sprintf(`{"userName":"%c-guest%d"}`, 'a'+i*11%26, i))
				if i%2 == 0 {
					d.do(http.MethodDelete, "/Users/"+r.id(), "")
				}
			}
		}()
		for _, query := range []string{"/Users?count=5", "/Users?count=5&sortBy=userName", "/Users?count=5&sortBy=userName&sortOrder=descending"} {
			seen := map[string]int{}
			for _, id := range d.byCursor(query) {
				seen[id]++
			}
			for id, times := range seen {
				if times > 1 {
					t.Errorf("%s: %s appears %d times", query, id, times)
				}
			}
			if lost := slices.DeleteFunc(slices.Clone(stay), func(id string) bool { return seen[id] == 1 }); len(lost) > 0 {
				t.Errorf("%s: lost %v", query, lost)
			}
		}
		stop()
		<-done
	})
}

package store_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"doorlist/store"
	"doorlist/store/storetest"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestSort_PagesMakeUpTheSortedList reads random users in random orders, by offset, by place and backward by place, in
// pages of any size, and demands the list that Go sorts.
func TestSort_PagesMakeUpTheSortedList(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		directory, people := keepRandomUsers(t, s, 60)
		rapid.Check(t, func(t *rapid.T) {
			q := store.Query{Where: drawWhere(t, 1), Sort: drawSort(t), Limit: rapid.IntRange(1, 30).Draw(t, "limit")}
			want := sortedIDs(people, q)
			walk := walker{directory, len(want)}
			for name, read := range map[string]func(*rapid.T, store.Query) []string{"offset": walk.byOffset, "place": walk.forward, "backward": walk.backward} {
				if diff := gocmp.Diff(want, read(t, q)); diff != "" {
					t.Fatalf("by %s: %+v (-want +got):\n%s", name, q.Sort, diff)
				}
			}
		})
	})
}

// sortedIDs is the meaning of an order, in the plainest words.
func sortedIDs(people map[string]map[string]any, q store.Query) []string {
	ids := []string{}
	for id, keys := range people {
		if q.Where == nil || whereMatches(q.Where, keys) {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(a, b string) int {
		if q.Sort == nil {
			return cmp.Compare(a, b)
		}
		order := compareKeys(sortValue(q.Sort, people[a]), sortValue(q.Sort, people[b]))
		if q.Sort.Descending {
			order = -order
		}
		return cmp.Or(order, cmp.Compare(a, b))
	})
	return ids
}

// sortValue is what a resource is sorted by; nil if it has no such value.
func sortValue(s *store.Sort, keys any) any {
	if s.List != nil {
		list, _ := valueAt(keys, s.List).([]any)
		keys = nil
		for i, element := range list {
			if isPrimary := valueAt(element, []string{"primary"}) == true; i == 0 || isPrimary {
				keys = element
				if isPrimary {
					break
				}
			}
		}
	}
	value := valueAt(keys, s.Path)
	switch value.(type) {
	case string:
		if s.As == store.SortText && value != "" {
			return value
		}
	case bool:
		if s.As == store.SortBool {
			return value
		}
	case float64:
		if s.As == store.SortNumber {
			return value
		}
	}
	return nil
}

func compareKeys(a, b any) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return 1
	case b == nil:
		return -1
	}
	switch a := a.(type) {
	case bool:
		return strings.Compare(fmt.Sprint(a), fmt.Sprint(b))
	case float64:
		return cmp.Compare(a, b.(float64))
	}
	return strings.Compare(a.(string), b.(string))
}

func drawSort(t *rapid.T) *store.Sort {
	s := &store.Sort{Descending: rapid.Bool().Draw(t, "descending")}
	switch rapid.SampledFrom([]string{"none", "id", "text", "number", "bool", "list"}).Draw(t, "sort") {
	case "none":
		return nil
	case "id":
		s.Path = []string{"id"}
	case "text":
		s.Path = rapid.SampledFrom(append(slices.Clone(textPath), anyPath...)).Draw(t, "path")
	case "number":
		s.As = store.SortNumber
		s.Path = rapid.SampledFrom([][]string{{"when"}, {"meta", "created"}, {"meta", "lastmodified"}, {acme, "level"}, {acme, "tag"}}).Draw(t, "path")
	case "bool":
		s.As = store.SortBool
		s.Path = rapid.SampledFrom([][]string{{"active"}, {acme, "flag"}, {acme, "level"}}).Draw(t, "path")
	case "list":
		s.List = rapid.SampledFrom([][]string{{"emails"}, {"roles"}, {"schemas"}, {acme, "list"}, {acme, "tag"}}).Draw(t, "list")
		s.Path = rapid.SampledFrom([][]string{nil, {"value"}, {"type"}, {"primary"}}).Draw(t, "sub")
		if len(s.Path) > 0 && s.Path[0] == "primary" {
			s.As = store.SortBool
		}
	}
	return s
}

// walker reads a list page by page.
type walker struct {
	*store.Directory
	total int
}

func (w walker) page(t *rapid.T, q store.Query) store.UserPage {
	t.Helper()
	page, err := w.Users(context.Background(), q)
	if err != nil {
		t.Fatalf("%+v: %v", q, err)
	}
	if page.Total != w.total || len(page.Users) > q.Limit {
		t.Fatalf("%+v: total %d, want %d; %d on the page", q, page.Total, w.total, len(page.Users))
	}
	return page
}

func (w walker) byOffset(t *rapid.T, q store.Query) []string {
	ids := []string{}
	for ; len(ids) < w.total; q.Offset = len(ids) {
		page := w.page(t, q)
		if len(page.Users) == 0 {
			break
		}
		ids = append(ids, userIDs(page)...)
	}
	return ids
}

func (w walker) forward(t *rapid.T, q store.Query) []string {
	ids := []string{}
	for q.Start = new(store.Start); ; {
		page := w.page(t, q)
		ids = append(ids, userIDs(page)...)
		if !page.More {
			return ids
		}
		q.Start = &store.Start{Place: page.Last}
	}
}

func (w walker) backward(t *rapid.T, q store.Query) []string {
	ids := []string{}
	for q.Start = (&store.Start{Backward: true}); ; {
		page := w.page(t, q)
		ids = append(userIDs(page), ids...)
		if !page.More {
			return ids
		}
		q.Start = &store.Start{Place: page.First, Backward: true}
	}
}

func userIDs(page store.UserPage) []string {
	ids := make([]string, len(page.Users))
	for i, user := range page.Users {
		ids[i] = user.ID
	}
	return ids
}

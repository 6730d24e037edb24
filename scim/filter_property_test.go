package scim

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"testing"

	"doorlist/store"
	"doorlist/store/storetest"

	"github.com/scim2/filter-parser/v2"
	"pgregory.net/rapid"
)

// How much a run has to compare on each database. A pair is a filter and a resource; a filter tells something if it
// selects some resources and not others.
const (
	wantedPairs = 100_000
	tellingPart = 3 // one in so many filters, at least
)

// TestFilter_SelectsWhatTheRFCSays draws filters of all of the grammar and sends them to a server with random users and
// groups. Each database must select what the oracle selects.
func TestFilter_SelectsWhatTheRFCSays(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		c := newCrowd(t, s, crowdSeed(t), 200, 60)
		lists := c.lists()
		var n tally
		rapid.Check(t, func(t *rapid.T) {
			for range 6 {
				list := rapid.SampledFrom(lists).Draw(t, "list")
				e, text := drawFilterText(t, list.subjects)
				want := list.selected(e)
				got, err := c.found(list.path, text)
				if err != nil {
					t.Fatalf("%s of %s: %v", text, list.path, err)
				}
				if !slices.Equal(got, want) {
					t.Fatalf("%s of %s selects %d resources, want %d: %s", text, list.path, len(got), len(want), list.firstDifference(got, want))
				}
				n.count(len(list.resources), len(want))
			}
		})
		n.check(t)
	})
}

// TestMatches_ChoosesWhatTheRFCSays compares the evaluator of PATCH paths with the oracle on the elements of a crowd.
func TestMatches_ChoosesWhatTheRFCSays(t *testing.T) {
	t.Parallel()
	c := newCrowd(t, storetest.New(t), crowdSeed(t), 120, 60)
	var lists []subject
	for _, s := range slices.Concat(c.users.subjects(c.allUsers), c.groups.subjects(c.allGroups)) {
		if s.parts != nil && s.d.MultiValued && s.d.urn == "" {
			lists = append(lists, s)
		}
	}
	var n tally
	rapid.Check(t, func(t *rapid.T) {
		for range 20 {
			s := rapid.SampledFrom(lists).Draw(t, "list")
			e := drawFilter(t, s.parts, 3)
			n.count(s.checkElements(t, e))
		}
	})
	n.check(t)
}

// checkElements compares on every element that the crowd has, and counts the elements and the chosen ones.
func (s subject) checkElements(t *rapid.T, e filter.Expression) (compared, chosen int) {
	a, _, known := userType.find("", s.d.Name)
	if !known {
		a, _, _ = groupType.find("", s.d.Name)
	}
	for _, value := range s.values {
		for _, element := range valuesOf(value) {
			want := s.d.accepts(e, element)
			if got, err := matches(a, element, e); err != nil || got != want {
				t.Fatalf("%s of %s: %t, %v; want %t", printFilter(e), asJSON(element), got, err, want)
			}
			compared++
			if want {
				chosen++
			}
		}
	}
	return compared, chosen
}

// crowdSeed is another one in each run, so that the runs together see more.
func crowdSeed(t *testing.T) uint64 {
	seed := rand.Uint64()
	t.Logf("the crowd is that of seed %d", seed)
	return seed
}

// tally is what was compared.
type tally struct{ pairs, filters, telling int }

func (n *tally) count(all, selected int) {
	n.pairs += all
	n.filters++
	if 0 < selected && selected < all {
		n.telling++
	}
}

func (n *tally) check(t *testing.T) {
	t.Helper()
	t.Logf("compared %d pairs; %d of %d filters select some and not others", n.pairs, n.telling, n.filters)
	if n.pairs < wantedPairs || n.telling*tellingPart < n.filters {
		t.Errorf("want %d pairs, and one filter in %d that tells something", wantedPairs, tellingPart)
	}
}

// kindred are resources of one type, and the oracle for them.
type kindred struct {
	oracle
	resources []any
}

// listing is what one address lists: resources of one or both types, in order.
type listing struct {
	path      string
	kinds     []kindred
	resources []any
	subjects  []subject
}

// lists are weighted: users have the most attributes.
func (c *crowd) lists() []listing {
	users, groups := kindred{c.users, c.allUsers}, kindred{c.groups, c.allGroups}
	ofUsers, ofGroups := newList("/Users", users), newList("/Groups", groups)
	return []listing{ofUsers, ofUsers, ofUsers, ofGroups, newList("/", users, groups)}
}

func newList(path string, kinds ...kindred) listing {
	l := listing{path: path, kinds: kinds}
	for _, k := range kinds {
		l.resources = append(l.resources, k.resources...)
		l.subjects = append(l.subjects, k.subjects(k.resources)...)
	}
	return l
}

// selected are the ids that the oracle selects.
func (l listing) selected(e filter.Expression) []string {
	ids := []string{}
	for _, k := range l.kinds {
		ids = append(ids, answerIDs(slices.DeleteFunc(slices.Clone(k.resources), func(r any) bool { return !k.selects(e, r) }))...)
	}
	return ids
}

// firstDifference is a resource that was selected and should not be, or the other way round.
func (l listing) firstDifference(got, want []string) string {
	for _, r := range l.resources {
		id := asString(at(r, "id"))
		if wanted := slices.Contains(want, id); wanted != slices.Contains(got, id) {
			return fmt.Sprintf("wanted %t: %s", wanted, asJSON(r))
		}
	}
	return "the order"
}

// drawFilterText draws a filter that fits into a request, and its text.
func drawFilterText(t *rapid.T, subjects []subject) (filter.Expression, string) {
	for depth := 3; ; depth-- {
		e := drawFilter(t, subjects, depth)
		if text := spell(t, e); len(text) <= maxFilterBytes || depth == 0 {
			return e, text
		}
	}
}

// found are the ids of a whole list.
func (c *crowd) found(path, text string) ([]string, error) {
	c.t.Helper()
	ids := []string{}
	for {
		query := fmt.Sprintf("%s?attributes=id&count=%d&startIndex=%d&filter=%s", path, maxCount, len(ids)+1, url.QueryEscape(text))
		r := c.do(http.MethodGet, query, "")
		if r.status != http.StatusOK {
			return nil, errors.New(r.text)
		}
		ids = append(ids, answerIDs(r.json["Resources"].([]any))...)
		if float64(len(ids)) >= r.json["totalResults"].(float64) {
			return ids, nil
		}
	}
}

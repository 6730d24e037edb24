package entra

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// filterShapes are the filters of the workload filter, each about a block of ten people and with the people whom it
// has to find. A value that only this run has is in each, so that nobody else matches.
var filterShapes = []func(b block) (filter string, match func(attributes) bool){
	func(b block) (string, func(attributes) bool) {
		return "userName sw " + quoteFilter(b.prefix), func(attributes) bool { return true }
	},
	func(b block) (string, func(attributes) bool) {
		return "userName co " + quoteFilter(strings.TrimPrefix(b.one("userName")[:len(b.prefix)+2], "load-")),
			func(a attributes) bool { return a["userName"] == b.one("userName") }
	},
	func(b block) (string, func(attributes) bool) {
		return "userName sw " + quoteFilter(b.prefix) + " and active eq true",
			func(a attributes) bool { return a["active"] == asText(true) }
	},
	func(b block) (string, func(attributes) bool) {
		return fmt.Sprintf("externalId eq %s or userName eq %s", quoteFilter(b.one("externalId")), quoteFilter(b.one("userName"))),
			func(a attributes) bool { return a["userName"] == b.one("userName") }
	},
	func(b block) (string, func(attributes) bool) {
		return fmt.Sprintf("name.familyName eq %s and userName sw %s", quoteFilter(b.one("name.familyName")), quoteFilter(b.prefix)),
			func(a attributes) bool {
				return strings.EqualFold(a["name.familyName"], b.one("name.familyName"))
			}
	},
	func(b block) (string, func(attributes) bool) {
		return fmt.Sprintf("meta.lastModified gt %q and userName sw %s", b.since.UTC().Format(time.RFC3339), quoteFilter(b.prefix)),
			func(attributes) bool { return true }
	},
	func(b block) (string, func(attributes) bool) {
		return fmt.Sprintf(`emails[type eq "work" and value sw %s]`, quoteFilter(b.prefix)),
			func(a attributes) bool { return a[workEmail] != "" }
	},
}

const workEmail = `emails[type eq "work"].value`

// attributes are the texts of a person's attributes, by path.
type attributes map[string]string

// block is the people whose numbers differ in the last digit only, as far as they are at the server.
type block struct {
	prefix string // of their userNames and addresses
	ids    []string
	people []attributes
	chosen int // the one whom filters for a single person are about
	since  time.Time
}

func (b block) one(path string) string { return b.people[b.chosen][path] }

// filterPeople asks for a block by one of the shapes and compares the ids found with those that match.
func filterPeople(ctx context.Context, w *worker, k int64) error {
	b := w.load.block(w.anyOwn())
	filter, match := filterShapes[int(k)%len(filterShapes)](b)
	found, err := w.list(ctx, call{step: "filter users", path: userKind.path, query: "startIndex=1&count=50&filter=" + url.QueryEscape(filter)})
	if err != nil {
		return err
	}
	var want []string
	for i, a := range b.people {
		if match(a) {
			want = append(want, b.ids[i])
		}
	}
	got := make([]string, len(found.Resources))
	for i, r := range found.Resources {
		got[i] = r.id()
	}
	slices.Sort(got)
	slices.Sort(want)
	if found.total() != len(want) || !slices.Equal(got, want) {
		return wrong("filter users", "%s finds %d people (totalResults %d), not the %d that match", filter, len(got), found.total(), len(want))
	}
	return nil
}

func (l *Load) block(of *loadPerson) block {
	b := block{prefix: l.population.userPrefix(of.number), since: l.begun.Add(-time.Hour)}
	first := of.number / 10 * 10
	for n := first; n < first+10; n++ {
		p, there := l.world.number[n]
		if !there {
			continue
		}
		if p == of {
			b.chosen = len(b.people)
		}
		texts := attributes{}
		for _, a := range l.wanted(p) {
			texts[a.path] = asText(a.value)
		}
		b.ids, b.people = append(b.ids, p.id), append(b.people, texts)
	}
	return b
}

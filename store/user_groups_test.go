package store_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"doorlist/store"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
)

// groupsOf lists the groups of users of entra.
func (w *world) groupsOf(userIDs ...string) map[string][]store.UserGroup {
	w.t.Helper()
	groups, taken, err := w.Directory(w.entra.Directory()).GroupsOf(w.t.Context(), userIDs)
	if err != nil || taken != len(userIDs) {
		w.t.Fatalf("GroupsOf took %d of %d: %v", taken, len(userIDs), err)
	}
	return groups
}

func TestGroupsOf_DirectAndThroughOtherGroups(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		p := w.addUsers(4)
		inner := w.addGroup(w.entra, groupRecord("Inner", ""), p[0], p[1])
		middle := w.addGroup(w.entra, groupRecord("Middle", ""), inner.ID, p[1])
		outer := w.addGroup(w.entra, groupRecord("Outer", ""), middle.ID, p[2])
		w.addGroup(w.entra, groupRecord("Empty", ""))
		in := func(g store.Group, direct bool) store.UserGroup {
			return store.UserGroup{ID: g.ID, DisplayName: g.DisplayName, Direct: direct}
		}
		want := map[string][]store.UserGroup{
			p[0]: {in(inner, true), in(middle, false), in(outer, false)},
			p[1]: {in(inner, true), in(middle, true), in(outer, false)},
			p[2]: {in(outer, true)},

			inner.ID: {in(middle, true), in(outer, false)},
		}
		strangers := []string{"", "not an id", "{}", strings.ToUpper(p[0]), uuid.NewString(), inner.ID, "\xff\x00", p[0]}
		if diff := cmp.Diff(want, w.groupsOf(append(p, strangers...)...)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if got := w.groupsOf(); len(got) > 0 {
			t.Errorf("nobody is in %v", got)
		}
	})
}

func TestGroupsOf_CyclesAndDepthEnd(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		const depth = 100
		p := w.addUsers(1)
		ids := make([]string, depth)
		previous := p[0]
		for i := range ids {
			ids[i] = w.addGroup(w.entra, groupRecord(fmt.Sprintf("g%03d", i), ""), previous).ID
			previous = ids[i]
		}
		// The chain becomes a ring, with a short cut and a group that is told to have itself as a member.
		w.changeGroup(store.Group{ID: ids[0]}, nil, adding(ids[depth-1], ids[depth/2], ids[0]))
		got := w.groupsOf(p[0])[p[0]]
		if len(got) != depth {
			t.Fatalf("%d groups, want %d", len(got), depth)
		}
		for i, g := range got {
			if g.ID != ids[i] || g.Direct != (i == 0) {
				t.Errorf("group %d is %+v", i, g)
			}
		}
		if members := w.memberIDs(w.entra, ids[0]); slices.Contains(members, ids[0]) || len(members) != 3 {
			t.Errorf("members of the first: %v, want the user and two groups, and not itself", members)
		}
	})
}

// TestGroupsOf_TakesSomeOfVeryMany puts three of four users in 6,000 groups each.
func TestGroupsOf_TakesSomeOfVeryMany(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		const each = 6000
		p := w.addUsers(4)
		w.must(func(tx *store.Tx) error {
			if _, err := tx.Organization(w.contoso.ID).Update("", "Contoso at large"); err != nil { // the event of the change
				return err
			}
			return store.Execute(tx, `INSERT INTO members (directory_id, group_id, member_id, kind, display)
				WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
				SELECT u.directory_id, `+numberedID(w)+`, u.id, 'User', '' FROM n CROSS JOIN users u WHERE u.id <> ?`, each, p[1])
		})
		var counts []int
		for rest := p; len(rest) > 0; {
			groups, taken, err := w.Directory(w.entra.Directory()).GroupsOf(t.Context(), rest)
			if err != nil || taken < 1 {
				t.Fatalf("GroupsOf took %d: %v", taken, err)
			}
			listed := 0
			for _, id := range rest[:taken] {
				counts = append(counts, len(groups[id]))
				listed += len(groups[id])
			}
			if listed > 2*each {
				t.Errorf("%d groups at once", listed)
			}
			rest = rest[taken:]
		}
		if want := []int{each, 0, each, each}; !slices.Equal(counts, want) {
			t.Errorf("users are in %v groups, want %v", counts, want)
		}
	})
}

// numberedID is SQL for an id made of the number i.
func numberedID(w *world) string {
	if store.DatabaseOf(w.Store) == "postgres" {
		return "CAST('00000000-0000-7000-8000-' || lpad(to_hex(i), 12, '0') AS uuid)"
	}
	return "printf('00000000-0000-7000-8000-%012x', i)"
}

// TestGroupsOf_AgreesWithAWalkAndWithFilters keeps random graphs of groups, with cycles, and compares the groups of each
// user with a plain walk through the graph, and filters on "groups" with what that walk says.
func TestGroupsOf_AgreesWithAWalkAndWithFilters(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		random := rand.New(rand.NewPCG(7643, 412))
		people, groups, parents := randomGraph(w, random, 24, 14)
		want := map[string][]store.UserGroup{}
		for _, id := range people {
			if list := walk(id, groups, parents); len(list) > 0 {
				want[id] = list
			}
		}
		if diff := cmp.Diff(want, w.groupsOf(people...)); diff != "" {
			t.Fatalf("(-walk +GroupsOf):\n%s", diff)
		}
		for range 300 {
			where := randomGroupCondition(random, groups, 2)
			page, err := w.Directory(w.entra.Directory()).Users(t.Context(), store.Query{Where: some("groups", where), Limit: len(people)})
			if err != nil {
				t.Fatal(err)
			}
			var found, expected []string
			for _, u := range page.Users {
				found = append(found, u.ID)
			}
			for _, id := range people {
				if slices.ContainsFunc(want[id], func(g store.UserGroup) bool { return groupHolds(where, g) }) {
					expected = append(expected, id)
				}
			}
			if diff := cmp.Diff(expected, found); diff != "" || page.Total != len(expected) {
				t.Fatalf("%+v finds %d (-want +got):\n%s", where, page.Total, diff)
			}
		}
	})
}

// randomGraph adds people and groups to entra, and memberships at random. parents are the groups that a user or group is
// a direct member of.
func randomGraph(w *world, random *rand.Rand, users, count int) (people []string, groups []store.Group, parents map[string][]string) {
	people = w.addUsers(users)
	for i := range count {
		groups = append(groups, w.addGroup(w.entra, groupRecord(fmt.Sprintf("G%d", i), "")))
	}
	parents = map[string][]string{}
	join := func(id string, g store.Group) {
		if id != g.ID && !slices.Contains(parents[id], g.ID) {
			parents[id] = append(parents[id], g.ID)
			w.changeGroup(g, nil, adding(id))
		}
	}
	for range users {
		join(people[random.IntN(users)], groups[random.IntN(count)])
		join(groups[random.IntN(count)].ID, groups[random.IntN(count)])
	}
	return people, groups, parents
}

// walk finds a user's groups step by step.
func walk(userID string, groups []store.Group, parents map[string][]string) []store.UserGroup {
	seen := map[string]bool{}
	for next := slices.Clone(parents[userID]); len(next) > 0; next = next[1:] {
		if !seen[next[0]] {
			seen[next[0]] = true
			next = append(next, parents[next[0]]...)
		}
	}
	var list []store.UserGroup
	for _, g := range groups {
		if seen[g.ID] {
			list = append(list, store.UserGroup{ID: g.ID, DisplayName: g.DisplayName, Direct: slices.Contains(parents[userID], g.ID)})
		}
	}
	return list
}

func randomGroupCondition(random *rand.Rand, groups []store.Group, depth int) store.Where {
	g := groups[random.IntN(len(groups))]
	kinds := 5
	if depth > 0 {
		kinds = 8
	}
	switch random.IntN(kinds) {
	case 0:
		return compare([]store.Op{store.Equal, store.NotEqual}[random.IntN(2)], g.ID, "value")
	case 1, 2:
		ops := []store.Op{store.Equal, store.NotEqual, store.Contains, store.StartsWith, store.EndsWith, store.Less, store.GreaterEqual}
		return compare(ops[random.IntN(len(ops))], store.Fold(g.DisplayName), "display")
	case 3:
		return compare([]store.Op{store.Equal, store.NotEqual, store.StartsWith}[random.IntN(3)], []string{"direct", "indirect"}[random.IntN(2)], "type")
	case 4:
		return present([]string{"value", "display", "type"}[random.IntN(3)])
	case 5:
		return not(randomGroupCondition(random, groups, depth-1))
	case 6:
		return store.Or{randomGroupCondition(random, groups, depth-1), randomGroupCondition(random, groups, depth-1)}
	}
	return store.And{randomGroupCondition(random, groups, depth-1), randomGroupCondition(random, groups, depth-1)}
}

// groupHolds evaluates such a condition on one group of a user.
func groupHolds(where store.Where, g store.UserGroup) bool {
	switch c := where.(type) {
	case store.And:
		return groupHolds(c[0], g) && groupHolds(c[1], g)
	case store.Or:
		return groupHolds(c[0], g) || groupHolds(c[1], g)
	case store.Not:
		return !groupHolds(c.Where, g)
	case store.Compare:
		kind := "indirect"
		if g.Direct {
			kind = "direct"
		}
		got := map[string]string{"value": g.ID, "display": store.Fold(g.DisplayName), "type": kind}[c.Path[0]]
		want := c.Value.(string)
		return map[store.Op]bool{
			store.Equal: got == want, store.NotEqual: got != want, store.Contains: strings.Contains(got, want), store.StartsWith: strings.HasPrefix(got, want),
			store.EndsWith: strings.HasSuffix(got, want), store.Less: got < want, store.GreaterEqual: got >= want,
		}[c.Op]
	}
	return true // present
}

package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"doorlist/store"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
)

func TestMembers_AreASet(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		p := w.addUsers(3)
		g := w.addGroup(w.entra, groupRecord("Writers", ""), p[0], p[0])
		for _, c := range []struct {
			what    string
			change  store.MemberChange
			members []string
			version int64
			noted   []string
		}{
			{"adding a member again", adding(p[0]), p[:1], 1, nil},
			{"removing who is no member", store.MemberChange{Remove: p[1:]}, p[:1], 1, nil},
			{"adding one known and one new", adding(p[0], p[1]), p[:2], 2, []string{"group.members_added"}},
			{"clearing but for those who stay", store.MemberChange{Clear: true, Add: adding(p[0], p[1]).Add}, p[:2], 2, nil},
			{"replacing one of two", store.MemberChange{Clear: true, Add: adding(p[1], p[2]).Add}, p[1:], 3, []string{"group.members_cleared", "group.members_added"}},
			{"adding and removing the same", store.MemberChange{Add: adding(p[0]).Add, Remove: p[:1]}, p[1:], 4, []string{"group.members_added", "group.members_removed"}},
			{"removing twice", store.MemberChange{Remove: []string{p[1], p[1]}}, p[2:], 5, []string{"group.members_removed"}},
			{"clearing", store.MemberChange{Clear: true}, nil, 6, []string{"group.members_cleared"}},
			{"clearing an empty group", store.MemberChange{Clear: true}, nil, 6, nil},
			{"nothing", store.MemberChange{}, nil, 6, nil},
		} {
			before := len(w.actions(w.contoso, g.ID))
			got := w.changeGroup(g, nil, c.change)
			if members := w.memberIDs(w.entra, g.ID); !slices.Equal(members, c.members) || got.Version != c.version {
				t.Errorf("%s: members %v at version %d, want %v at %d", c.what, members, got.Version, c.members, c.version)
			}
			if noted := w.actions(w.contoso, g.ID)[before:]; !slices.Equal(noted, c.noted) {
				t.Errorf("%s: events %v, want %v", c.what, noted, c.noted)
			}
		}
	})
}

func TestMembers_UnknownIDsLoseNobodyElse(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		p := w.addUsers(1)
		foreign := w.addUser(w.okta, person("okta@contoso.com", ""))
		nested := w.addGroup(w.entra, groupRecord("Nested", ""))
		g := w.addGroup(w.entra, groupRecord("Writers", ""))
		strange := []string{"", "not an id", "'); DROP TABLE users; --", "{}", strings.ToUpper(p[0]), uuid.NewString(), foreign.ID, g.ID, "\xff\x00"}
		got := w.changeGroup(g, nil, adding(append(strange, nested.ID, p[0])...))
		want := []store.Member{{ID: p[0], Kind: store.UserMember, Display: "Person user0@contoso.com"}, {ID: nested.ID, Kind: store.GroupMember, Display: "Nested"}}
		members, err := w.Directory(w.entra.Directory()).Members(t.Context(), g.ID, "", 0)
		if diff := cmp.Diff(want, members); err != nil || diff != "" {
			t.Errorf("members: %v (-want +got):\n%s", err, diff)
		}
		if got.Version != 2 {
			t.Errorf("version = %d, want 2", got.Version)
		}
		// Nothing but unknown ids is no change.
		if got := w.changeGroup(g, nil, store.MemberChange{Add: adding(strange...).Add, Remove: strange}); got.Version != 2 {
			t.Errorf("unknown ids alone made version %d, want 2", got.Version)
		}
	})
}

func TestMembers_ManyAtOnce(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		people := w.addUsers(1001)
		nested := w.addGroup(w.entra, groupRecord("Nested", ""))
		g := w.addGroup(w.entra, groupRecord("Everybody", ""))
		w.changeGroup(g, nil, adding(append(slices.Clone(people), nested.ID)...))
		if got := w.memberIDs(w.entra, g.ID); len(got) != 1000 || !slices.Equal(got, people[:1000]) {
			t.Errorf("the first page of members has %d, want the first 1,000", len(got))
		}
		rest, err := w.Directory(w.entra.Directory()).Members(t.Context(), g.ID, people[998], 2)
		if err != nil || len(rest) != 2 || rest[0].ID != people[999] || rest[1].ID != people[1000] {
			t.Errorf("two members behind the 999th: %v, %v", rest, err)
		}
		w.changeGroup(g, nil, store.MemberChange{Remove: people})
		if got := w.memberIDs(w.entra, g.ID); !slices.Equal(got, []string{nested.ID}) {
			t.Errorf("members = %v, want the nested group alone", got)
		}
	})
}

func TestMembers_AGroupBehindManyUnknownIDsIsFound(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		p := w.addUsers(1)
		nested := w.addGroup(w.entra, groupRecord("Nested", ""))
		asked := []string{p[0]}
		for range 999 {
			asked = append(asked, uuid.NewString())
		}
		g := w.addGroup(w.entra, groupRecord("Outer", ""), append(asked, nested.ID)...)
		if got, want := w.memberIDs(w.entra, g.ID), []string{p[0], nested.ID}; !slices.Equal(got, want) {
			t.Errorf("members = %v, want %v", got, want)
		}
	})
}

func TestMembers_DisplayIsAsSent(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		p := w.addUsers(1)
		g := w.addGroup(w.entra, groupRecord("Writers", ""))
		w.changeGroup(g, nil, store.MemberChange{Add: []store.NewMember{{ID: p[0], Display: "Ålice"}}})
		members, err := w.Directory(w.entra.Directory()).Members(t.Context(), g.ID, "", 0)
		if want := []store.Member{{ID: p[0], Kind: store.UserMember, Display: "Ålice"}}; err != nil || !slices.Equal(members, want) {
			t.Errorf("members = %v, %v; want %v", members, err, want)
		}
	})
}

func TestMembers_ConcurrentAddsAllArrive(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		people := w.addUsers(64)
		g := w.addGroup(w.entra, groupRecord("Writers", ""))
		errs := together(len(people), func(i int) error {
			return w.inDirectory(w.entra, func(d *store.DirectoryTx) error {
				_, err := d.UpdateGroup(g, nil, adding(people[i]))
				return err
			})
		})
		if err := errors.Join(errs...); err != nil {
			t.Error(err)
		}
		if got := w.memberIDs(w.entra, g.ID); !slices.Equal(got, people) {
			t.Errorf("%d members of 64 arrived", len(got))
		}
		if got := w.group(w.entra, g.ID).Version; got != 65 {
			t.Errorf("version = %d, want 65", got)
		}
	})
}

func TestMembers_AUserDeletedMeanwhileLeavesNothing(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		people := w.addUsers(20)
		g := w.addGroup(w.entra, groupRecord("Writers", ""))
		errs := together(2*len(people), func(i int) error {
			id := people[i/2]
			return w.inDirectory(w.entra, func(d *store.DirectoryTx) error {
				if i%2 == 0 {
					return d.DeleteUser(id, 0)
				}
				_, err := d.UpdateGroup(g, nil, adding(id))
				return err
			})
		})
		for i, err := range errs {
			if err != nil {
				t.Errorf("%s of %s: %v", []string{"deletion", "addition"}[i%2], people[i/2], err)
			}
		}
		if left := w.rows("SELECT * FROM members"); len(left) > 0 {
			t.Errorf("%d memberships of deleted users: %v", len(left), left)
		}
	})
}

func TestMembers_EventsTellWho(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		p := w.addUsers(1)
		g := w.addGroup(w.entra, groupRecord("Writers", ""), p[0], "stranger")
		events, err := w.Organization(w.contoso.ID).Events(t.Context(), store.EventQuery{SubjectID: g.ID})
		if err != nil || len(events) != 3 {
			t.Fatalf("events = %v, %v; want three", events, err)
		}
		for i, want := range map[int][]string{
			1: {"group.members_added", fmt.Sprintf(`"members":[%q]`, p[0]), `"display_name":"Writers"`},
			2: {"group.members_unknown", `"members":["stranger"]`},
		} {
			if e := events[i]; e.Action != want[0] || !strings.Contains(e.Detail, want[1]) || !strings.Contains(e.Detail, want[len(want)-1]) {
				t.Errorf("event %d = %s %s, want %v", i, e.Action, e.Detail, want)
			}
		}
	})
}

package store_test

import (
	"regexp"
	"strings"
	"testing"

	"doorlist/store"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
)

// names are the user names of people.
func names(people []store.Listed) (list []string) {
	for _, p := range people {
		list = append(list, p.UserName)
	}
	return list
}

func TestRoster_FindsPeopleByExternalIDAndUserName(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice := person("Alice@contoso.com", aliceOIDUpper)
		alice.Emails = []store.Email{{Value: "a@contoso.com"}, {Value: "al@mail.example"}}
		a, b := w.addUser(w.entra, alice), w.addUser(w.entra, person("bob@contoso.com", bobOID))
		w.addUser(w.okta, person("alice@contoso.com", aliceOID))
		g := w.addGroup(w.entra, groupRecord("Writers", writersOID), b.ID)
		d := w.Directory(w.entra.Directory())
		found, err := d.ListedByExternalID(t.Context(), g.ID, []string{aliceOID, uuid.NewString(), "", "\x00", bobOID, bobOID})
		if err != nil {
			t.Fatal(err)
		}
		byName := map[string]store.Listed{}
		for _, p := range found {
			byName[p.UserName] = p
		}
		want := map[string]store.Listed{
			"Alice@contoso.com": {ID: a.ID, UserName: "Alice@contoso.com", ExternalID: aliceOIDUpper, DisplayName: a.DisplayName, Active: true, Emails: []string{"a@contoso.com", "al@mail.example"}},
			"bob@contoso.com":   {ID: b.ID, UserName: "bob@contoso.com", ExternalID: bobOID, DisplayName: b.DisplayName, Active: true, Emails: byName["bob@contoso.com"].Emails, Member: true},
		}
		if diff := cmp.Diff(want, byName); diff != "" {
			t.Errorf("by external id (-want +got):\n%s", diff)
		}
		found, err = d.ListedByUserName(t.Context(), "", []string{"ALICE@contoso.com", "nobody"})
		if err != nil || !cmp.Equal(names(found), []string{"Alice@contoso.com"}) {
			t.Errorf("by user name: %v, %v", names(found), err)
		}
		if found, err := d.ListedByUserName(t.Context(), "", nil); err != nil || found != nil {
			t.Errorf("for nobody: %v, %v", found, err)
		}
	})
}

func TestRoster_PagesThroughADirectoryAndAGroup(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		ids := w.addUsers(7)
		nested := w.addGroup(w.entra, groupRecord("Nested", ""))
		g := w.addGroup(w.entra, groupRecord("Writers", writersOID), ids[1], nested.ID, ids[3], ids[6])
		d := w.Directory(w.entra.Directory())
		for group, want := range map[string][]string{"": ids, g.ID: {ids[1], ids[3], ids[6]}, uuid.NewString(): nil} {
			var got []string
			for after := ""; ; {
				page, err := d.Roster(t.Context(), group, after, 2)
				if err != nil {
					t.Fatal(err)
				}
				if len(page) == 0 {
					break
				}
				for _, p := range page {
					got, after = append(got, p.ID), p.ID
					if p.Member != (group == g.ID) {
						t.Errorf("of the group %q, %s is a member: %t", group, p.ID, p.Member)
					}
				}
			}
			if !cmp.Equal(got, want) {
				t.Errorf("the group %q has %v, want %v", group, got, want)
			}
		}
	})
}

// TestRoster_IsLookedUp demands that no list reads more of the directory than it returns.
func TestRoster_IsLookedUp(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		ids := w.addUsers(3000)
		g := w.addGroup(w.entra, groupRecord("Writers", writersOID), ids[:200]...)
		taken, err := store.Trace(w.Store)
		if err != nil {
			t.Fatal(err)
		}
		d := w.Directory(w.entra.Directory())
		for what, ask := range map[string]func() ([]store.Listed, error){
			"external ids": func() ([]store.Listed, error) {
				return d.ListedByExternalID(t.Context(), g.ID, []string{aliceOID, bobOID})
			},
			"user names": func() ([]store.Listed, error) {
				return d.ListedByUserName(t.Context(), g.ID, []string{"user7@contoso.com"})
			},
			"the whole roster":   func() ([]store.Listed, error) { return d.Roster(t.Context(), "", ids[1500], 10) },
			"a group's roster":   func() ([]store.Listed, error) { return d.Roster(t.Context(), g.ID, ids[100], 10) },
			"an unknown group's": func() ([]store.Listed, error) { return d.Roster(t.Context(), uuid.NewString(), "", 10) },
		} {
			if _, err := ask(); err != nil {
				t.Fatal(err)
			}
			for _, s := range taken() {
				steps, err := store.Plan(t.Context(), w.Store, s)
				if err != nil {
					t.Fatal(err)
				}
				for _, step := range steps {
					if readsAll.MatchString(step) {
						t.Errorf("%s: %s\n%s", what, s.SQL, strings.Join(steps, "\n"))
					}
				}
			}
		}
	})
}

// readsAll is a step of a plan that reads a whole table.
var readsAll = regexp.MustCompile(`SCAN (u|m|e)\b|Seq Scan on (users|members|user_emails)`)

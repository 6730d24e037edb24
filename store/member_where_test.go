package store_test

import (
	"slices"
	"strings"
	"testing"

	"doorlist/store"
	"doorlist/store/storetest"
)

// TestWhere_MembersByName asks for groups by the names of their members: as sent or, if none was, the member's own.
func TestWhere_MembersByName(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		p := w.addUsers(2) // Person user0@contoso.com, Person user1@contoso.com
		nested := w.addGroup(w.entra, groupRecord("Éditeurs", ""), p[1])
		outer := w.addGroup(w.entra, groupRecord("Outer", ""), nested.ID)
		w.changeGroup(outer, nil, store.MemberChange{Add: []store.NewMember{{ID: p[0], Display: "ÄNNE"}}})
		names := map[string]string{nested.ID: "n", outer.ID: "o", w.addGroup(w.entra, groupRecord("Empty", "")).ID: "e"}
		for _, c := range []struct {
			what  string
			where store.Where
			want  string
		}{
			{"a name as sent, folded", compare(store.Equal, "änne", "display"), "o"},
			{"the name that it hides", compare(store.Equal, "person user0@contoso.com", "display"), ""},
			{"a user's own name", compare(store.Equal, "person user1@contoso.com", "display"), "n"},
			{"a group's own name", compare(store.StartsWith, "éd", "display"), "o"},
			{"another name", compare(store.NotEqual, "person user1@contoso.com", "display"), "o"},
			{"a part of several", compare(store.Contains, "n", "display"), "no"},
			{"names after another", compare(store.Greater, "person", "display"), "no"},
			{"name and type", store.And{compare(store.Equal, "änne", "display"), compare(store.Equal, "group", "type")}, ""},
			{"name and id", store.And{compare(store.Equal, "änne", "display"), compare(store.Equal, p[0], "value")}, "o"},
			{"some name", present("display"), "no"},
		} {
			page, err := w.Directory(w.entra.Directory()).Groups(t.Context(), store.Query{Where: some("members", c.where), Limit: 10})
			if err != nil {
				t.Fatalf("%s: %v", c.what, err)
			}
			var got strings.Builder
			for _, g := range page.Groups {
				got.WriteString(names[g.ID])
			}
			if got.String() != c.want || page.Total != len(c.want) {
				t.Errorf("%s: %q, want %q", c.what, got.String(), c.want)
			}
		}
	})
}

// TestMigrate_FoldsTheNamesOfMembers goes back to the schema before migration 4 and forward again.
func TestMigrate_FoldsTheNamesOfMembers(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		p := w.addUsers(3)
		g := w.addGroup(w.entra, groupRecord("Writers", ""), p[0])
		w.changeGroup(g, nil, store.MemberChange{Add: []store.NewMember{{ID: p[1], Display: "Ålice"}, {ID: p[2], Display: "ÅLICE"}}})
		if err := store.MigrateDown(t.Context(), w.Store, 3); err != nil {
			t.Fatal(err)
		}
		again := storetest.Second(t, w.Store) // its statements are prepared for the new columns
		if err := again.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		var keys []string
		rows, err := store.Rows(t.Context(), again, "SELECT display_key FROM members ORDER BY member_id")
		for _, row := range rows {
			keys = append(keys, row["display_key"].(string))
		}
		if err != nil || !slices.Equal(keys, []string{"", "ålice", "ålice"}) {
			t.Errorf("keys %q, %v", keys, err)
		}
	})
}

package store_test

import (
	"fmt"
	"testing"

	"doorlist/store"
	"doorlist/store/storetest"
)

// BenchmarkUsers_LookUp finds a user by name, as Entra does before each change, alone and with the groups, and beside
// that the groups of a page of users.
func BenchmarkUsers_LookUp(b *testing.B) {
	storetest.EachBench(b, func(b *testing.B, s *store.Store) {
		w := newWorld(b, s)
		people := w.addUsers(100)
		for i := range 20 {
			w.addGroup(w.entra, groupRecord(fmt.Sprintf("G%d", i), ""), people[1:]...)
		}
		directory := w.Directory(w.entra.Directory())
		for _, c := range []struct {
			what, userName string
			groups         bool
		}{{"alone", "user1@contoso.com", false}, {"in no group", "user0@contoso.com", true}, {"in 20 groups", "user1@contoso.com", true}} {
			b.Run(c.what, func(b *testing.B) {
				q := store.Query{Where: compare(store.Equal, c.userName, "username"), Limit: 100, Groups: c.groups}
				for b.Loop() {
					if page, err := directory.Users(b.Context(), q); err != nil || page.Total != 1 {
						b.Fatal(page.Total, err)
					}
				}
			})
		}
		b.Run("groups of a page", func(b *testing.B) {
			for b.Loop() {
				if groups, _, err := directory.GroupsOf(b.Context(), people); err != nil || len(groups) != 99 {
					b.Fatal(len(groups), err)
				}
			}
		})
		b.Run("groups of one", func(b *testing.B) {
			for b.Loop() {
				if _, _, err := directory.GroupsOf(b.Context(), people[:1]); err != nil {
					b.Fatal(err)
				}
			}
		})
	})
}

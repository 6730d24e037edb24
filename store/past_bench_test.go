package store_test

import (
	"fmt"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"

	"github.com/google/uuid"
)

// BenchmarkMembers_AddOne takes one person at a time into a group, each in a change of its own, as Entra does.
func BenchmarkMembers_AddOne(b *testing.B) {
	storetest.EachBench(b, func(b *testing.B, s *store.Store) {
		w := newWorld(b, s)
		people := w.addUsers(1)
		g := w.addGroup(w.entra, groupRecord("Everybody", ""))
		added := true
		for b.Loop() {
			change := adding(people...)
			if !added {
				change = store.MemberChange{Remove: people}
			}
			added = !added
			w.changeGroup(g, nil, change)
		}
	})
}

// BenchmarkPast asks for a day in the past: one person, a page of people, and everybody, of 20,000 in groups that give roles.
func BenchmarkPast(b *testing.B) {
	const crowd = 20_000
	storetest.EachBench(b, func(b *testing.B, s *store.Store) {
		w := newWorld(b, s)
		var ids []string
		for from := 0; from < crowd; from += 1000 {
			w.must(func(tx *store.Tx) error {
				d, some := tx.Directory(w.entra.Directory()), make([]string, 0, 1000)
				for i := range 1000 {
					u, err := d.CreateUser(person(fmt.Sprintf("user%d@contoso.com", from+i), uuid.NewString()))
					if err != nil {
						return err
					}
					some = append(some, u.ID)
				}
				g, err := d.CreateGroup(groupRecord(fmt.Sprintf("Group %d", from), uuid.NewString()), adding(some...).Add)
				if err != nil {
					return err
				}
				ids = append(ids, some...)
				_, err = tx.Organization(w.contoso.ID).CreateMapping(store.Mapping{ConnectionID: w.entra.ID, RoleID: w.role(w.contoso, "writer").ID, GroupID: g.ID})
				return err
			})
		}
		at := w.Now()
		storetest.ClockOf(b, s).Advance(time.Hour)
		for _, id := range ids[:100] {
			w.update(id, func(r *store.UserRecord) { r.Active = false })
		}
		ctx, o := b.Context(), w.Organization(w.contoso.ID)
		b.Run("person", func(b *testing.B) {
			for b.Loop() {
				past, err := o.Past(ctx, at)
				if err != nil {
					b.Fatal(err)
				}
				if p, err := past.Person(ctx, w.entra.DirectoryID, ids[7]); err != nil || !p.User.Active || len(p.Grants) != 1 {
					b.Fatal(err, p)
				}
			}
		})
		b.Run("timeline", func(b *testing.B) {
			for b.Loop() {
				if _, _, err := o.Timeline(ctx, w.entra.DirectoryID, ids[7]); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("page", func(b *testing.B) {
			for b.Loop() {
				past, err := o.Past(ctx, at)
				if err != nil {
					b.Fatal(err)
				}
				if page, _, err := past.Page(ctx, store.PastPlace{}, 50); err != nil || len(page) != 50 {
					b.Fatal(err)
				}
			}
		})
		b.Run("everybody", func(b *testing.B) {
			for b.Loop() {
				past, err := o.Past(ctx, at)
				if err != nil {
					b.Fatal(err)
				}
				count := 0
				for place, more := (store.PastPlace{}), true; more; more = place != (store.PastPlace{}) {
					page, next, err := past.Page(ctx, place, 500)
					if err != nil {
						b.Fatal(err)
					}
					count, place = count+len(page), next
				}
				if count != crowd {
					b.Fatal(count)
				}
			}
		})
	})
}

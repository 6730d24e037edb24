package store_test

import (
	"fmt"
	"testing"

	"doorlist/store"
	"doorlist/store/storetest"

	"github.com/google/uuid"
)

// BenchmarkHot runs what every request of a provider or a proxy does, each as the store does it: reads are one statement, changes a transaction with
// their event. BenchmarkUsers_LookUp and BenchmarkMembers_AddOne are the others.
func BenchmarkHot(b *testing.B) {
	storetest.EachBench(b, func(b *testing.B, s *store.Store) {
		w := newWorld(b, s)
		people := w.addUsers(2000)
		w.addGroup(w.entra, groupRecord("Writers", writersOID), people...)
		w.signIn(w.entra, people[0], "secret")
		var token string
		w.must(func(tx *store.Tx) (err error) {
			_, token, err = tx.Organization(w.contoso.ID).CreateToken(w.entra.ID, "", storetest.Start.AddDate(1, 0, 0))
			return err
		})
		directory, n := w.Directory(w.entra.Directory()), 0
		for _, hot := range []struct {
			name string
			do   func(b *testing.B) error
		}{
			{"credential", func(b *testing.B) error { _, err := s.Credential(b.Context(), token, "192.0.2.1"); return err }},
			{"session check", func(b *testing.B) error { _, err := s.Visit(b.Context(), secretHash("secret")); return err }},
			{"forward-auth check", func(b *testing.B) error { _, err := s.OrdinaryVisit(b.Context(), "", secretHash("secret")); return err }},
			{"get", func(b *testing.B) error { _, err := directory.UserWithGroups(b.Context(), people[n%2000]); return err }},
			{"page of 100", func(b *testing.B) error {
				_, err := directory.Users(b.Context(), store.Query{Limit: 100, Start: &store.Start{}})
				return err
			}},
			{"create", func(*testing.B) error { return w.createAndKeep(n) }},
			{"update", func(*testing.B) error { w.update(people[n%2000], rename(n)); return nil }},
			{"create and delete", func(*testing.B) error { return w.createAndDelete(n) }},
		} {
			b.Run(hot.name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					n++
					if err := hot.do(b); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	})
}

// rename gives a user the n-th display name.
func rename(n int) func(r *store.UserRecord) {
	return func(r *store.UserRecord) { r.DisplayName = fmt.Sprintf("Person %d", n) }
}

func (w *world) createAndKeep(n int) error {
	return w.inDirectory(w.entra, func(d *store.DirectoryTx) error {
		_, err := d.CreateUser(person(fmt.Sprintf("new%d@contoso.com", n), uuid.NewString()))
		return err
	})
}

// createAndDelete adds somebody and, in a change of its own, removes them, which leaves a tombstone.
func (w *world) createAndDelete(n int) error {
	var u store.User
	err := w.inDirectory(w.entra, func(d *store.DirectoryTx) (err error) {
		u, err = d.CreateUser(person(fmt.Sprintf("new%d@contoso.com", n), uuid.NewString()))
		return err
	})
	if err != nil {
		return err
	}
	return w.inDirectory(w.entra, func(d *store.DirectoryTx) error { return d.DeleteUser(u.ID, 0) })
}

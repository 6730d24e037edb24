package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"doorlist/store"
	"doorlist/store/storetest"
)

// BenchmarkUndo_OfACycle undoes a cycle in which the provider has switched people on or off. us/change is the time that one of them takes.
func BenchmarkUndo_OfACycle(b *testing.B) {
	for _, people := range []int{300, 3000, 30_000} {
		b.Run(fmt.Sprint(people), func(b *testing.B) {
			storetest.EachBench(b, func(b *testing.B, s *store.Store) {
				w := newWorld(b, s)
				ids := w.addMany(people)
				b.ResetTimer()
				for b.Loop() {
					b.StopTimer()
					p := w.switchAll(ids)
					b.StartTimer()
					result, err := w.Undo(b.Context(), tester, p, 0, time.Now().Add(time.Hour), undoRules)
					if err != nil || result.Done != people || result.Skipped > 0 {
						b.Fatal(result.Done, result.Skipped, err)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*people), "us/change")
			})
		})
	}
}

// addMany adds people to entra, some in a change.
func (w *world) addMany(count int) (ids []string) {
	w.t.Helper()
	for len(ids) < count {
		var some []string
		w.must(func(tx *store.Tx) error {
			some = nil
			for i := range min(500, count-len(ids)) {
				u, err := tx.Directory(w.entra.Directory()).CreateUser(person(fmt.Sprintf("user%d@contoso.com", len(ids)+i), uuid.NewString()))
				if err != nil {
					return err
				}
				some = append(some, u.ID)
			}
			return nil
		})
		ids = append(ids, some...)
	}
	return ids
}

// switchAll pushes that people are switched off, or on again, and plans to undo that.
func (w *world) switchAll(ids []string) store.UndoPlan {
	w.t.Helper()
	w.tick()
	first := w.latest()
	for some := range slices.Chunk(ids, 500) {
		w.push("cycle", func(d *store.DirectoryTx) error {
			for _, id := range some {
				u := w.user(w.entra, id)
				if _, err := d.UpdateUser(u, edited(u, func(r *store.UserRecord) { r.Active = !r.Active })); err != nil {
					return err
				}
			}
			return nil
		})
	}
	p, err := w.Organization(w.contoso.ID).PlanUndoSpan(w.t.Context(), store.EventSpan{DirectoryID: w.entra.DirectoryID, First: first, Last: w.latest(), RequestID: "cycle"})
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

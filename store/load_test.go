package store_test

import (
	"errors"
	"testing"

	"doorlist/store"
)

func TestLoad_CountsStatementsAndContention(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		old := w.addUser(w.entra, person("alice@contoso.com", aliceOID))
		w.update(old.ID, func(r *store.UserRecord) { r.DisplayName = "new" })
		before := w.Load()
		err := w.inDirectory(w.entra, func(d *store.DirectoryTx) error {
			_, err := d.UpdateUser(old, edited(old, func(r *store.UserRecord) { r.DisplayName = "lost" }))
			return err
		})
		if !errors.Is(err, store.ErrVersion) {
			t.Fatalf("UpdateUser = %v, want ErrVersion", err)
		}
		w.user(w.entra, old.ID)
		after := w.Load()
		if n := counted(after.Reads) - counted(before.Reads); n != 1 {
			t.Errorf("%d statements were counted as reads, want 1", n)
		}
		if counted(after.Writes) == counted(before.Writes) || after.Writes.Sum <= before.Writes.Sum {
			t.Error("the statements of a change were not counted as writes")
		}
		if n := after.Contention["version"] - before.Contention["version"]; n != 1 {
			t.Errorf("%d changes were counted that lost to a newer version, want 1", n)
		}
		if n, sqlite := counted(after.Queue)-counted(before.Queue), store.DatabaseOf(w.Store) == "sqlite"; sqlite != (n == 1) {
			t.Errorf("%d changes were counted that waited for the writer of %s", n, store.DatabaseOf(w.Store))
		}
		for _, p := range after.Pools {
			if p.Open == 0 {
				t.Errorf("the pool %q is said to have no connections", p.Name)
			}
		}
	})
}

func counted(d store.Durations) (sum int64) {
	for _, n := range d.Counts {
		sum += n
	}
	return sum
}

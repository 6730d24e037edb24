package store_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"doorlist/store"
	"doorlist/store/storetest"
)

func TestUpgrade_TellsWhatMigrationsDo(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.filled()
		if u, err := w.Upgrade(t.Context()); err != nil || len(u.Pending)+len(u.Skipped) > 0 {
			t.Errorf("of a schema of today: %+v, %v", u, err)
		}
		people := len(contents(t, w.Store)["users"])
		if err := store.MigrateDown(t.Context(), w.Store, 30); err != nil {
			t.Fatal(err)
		}
		u, err := w.Upgrade(t.Context())
		if err != nil || len(u.Skipped) > 0 || len(u.Pending) < 6 {
			t.Fatalf("of schema 30: %+v, %v", u, err)
		}
		if got, want := fmt.Sprint(u.Pending[0].Name, u.Pending[0].Work), fmt.Sprintf("00031_parted[users (%d rows) is locked for a moment an index of users (%d rows) is built, and changes of it wait meanwhile]", people, people); got != want {
			t.Errorf("the first is\n%s, want\n%s", got, want)
		}
		if i := slices.IndexFunc(u.Pending, func(m store.PendingMigration) bool { return m.Version == 40 }); i < 0 || len(u.Pending[i].Work) > 0 {
			t.Errorf("%+v has no migration 40 that only makes tables", u.Pending)
		}
		if have, _, err := w.Schema(t.Context()); err != nil || have != 30 {
			t.Errorf("asking migrated to %d, %v", have, err)
		}
		if err := w.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		storetest.TamperWith(t, w.Store, "DELETE FROM goose_db_version WHERE version_id = 35")
		if u, err := w.Upgrade(t.Context()); err != nil || !slices.Equal(u.Skipped, []int64{35}) || w.Migrate(t.Context()) == nil {
			t.Errorf("with a gap: %+v, %v; and Migrate does not refuse it", u, err)
		}
	})
}

func TestUpgrade_OfAnEmptyDatabaseIsEverything(t *testing.T) {
	eachEmpty(t, func(t *testing.T, open func() *store.Store) {
		u, err := open().Upgrade(t.Context())
		if err != nil || len(u.Pending) < 30 || len(u.Skipped) > 0 {
			t.Errorf("%d pending, %v skipped, %v", len(u.Pending), u.Skipped, err)
		}
		for _, m := range u.Pending {
			if len(m.Work) > 0 {
				t.Errorf("%s has to do with %v, where nothing is", m.Name, m.Work)
			}
		}
	})
}

func TestUpgrade_TellsWhoIsShutOut(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		"-- +goose Up\nALTER TABLE users DROP COLUMN note;\nUPDATE schema_floor SET oldest = 52;\n-- +goose Down\nUPDATE schema_floor SET oldest = 39;": 52,
		"-- +goose Up\nALTER TABLE users ADD COLUMN note text;\n-- +goose Down\nUPDATE schema_floor SET oldest = 39;":                                   0,
		"-- +goose Up\n-- UPDATE schema_floor SET oldest = 52;":                                                                                         0,
		"-- +goose Up\nUPDATE schema_floor SET oldest = 99999999999999999999999;\n":                                                                     math.MaxInt64,
	} {
		if got := store.FloorIn(text); got != want {
			t.Errorf("%q shuts out servers that do not know %d, want %d", text, got, want)
		}
	}
}

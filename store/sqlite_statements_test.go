package store_test

import (
	"fmt"
	"testing"

	"doorlist/store"
	"doorlist/store/storetest"
)

// A statement that is being read may be run once more meanwhile, and more of them than a connection keeps do no harm.
func TestSQLite_StatementsAreKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	for i := range 3 {
		w.addUser(w.entra, person(fmt.Sprintf("u%d@contoso.com", i), ""))
	}
	w.must(func(tx *store.Tx) error {
		const all = "SELECT id FROM users WHERE active = ? ORDER BY id"
		outer, inner := 0, 0
		err := store.EachRow(tx, all, []any{true}, func() error {
			outer++
			return store.EachRow(tx, all, []any{true}, func() error { inner++; return nil })
		})
		if outer != 3 || inner != 9 {
			t.Errorf("read %d and, within, %d rows, want 3 and 9", outer, inner)
		}
		return err
	})
	for i := range 600 {
		rows, err := store.Rows(t.Context(), w.Store, fmt.Sprintf("SELECT count(*) AS n FROM users WHERE active = ? AND version > %d", -i), true)
		if err != nil || rows[0]["n"] != int64(3) {
			t.Fatalf("statement %d: %v, %v", i, rows, err)
		}
	}
}

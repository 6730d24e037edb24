package store_test

import (
	"errors"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

// TestWrite_NobodyIsToldOfAChangeThatWasNotCommitted: on SQLite changes that wait are committed together. Where the commit fails, as on a full disk, whoever met
// another of them has been told of something that never was: that a name is taken, or that a person is gone who must yet be removed.
func TestWrite_NobodyIsToldOfAChangeThatWasNotCommitted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	bob := w.addUser(w.entra, person("bob@contoso.com", bobOID))
	breakCommit := unkeepable(t, w.Store)
	busy, done := make(chan struct{}), make(chan struct{})
	go w.write(func(*store.Tx) error { close(busy); <-done; return nil })
	<-busy
	create := func(d *store.DirectoryTx) error {
		_, err := d.CreateUser(person("alice@contoso.com", aliceOID))
		return err
	}
	remove := func(d *store.DirectoryTx) error { return d.DeleteUser(bob.ID, 0) }
	told := make(chan error)
	for n, change := range []func(d *store.DirectoryTx) error{create, create, remove, remove, breakCommit} {
		go func() { told <- w.inDirectory(w.entra, change) }()
		for store.Waiting(w.Store) <= n {
			time.Sleep(time.Millisecond)
		}
	}
	close(done)
	for range 5 {
		err := <-told
		if _, conflict := errors.AsType[*store.ConflictError](err); err == nil || conflict || errors.Is(err, store.ErrNotFound) {
			t.Errorf("told %v of what was not committed", err)
		}
	}
	page, err := w.Directory(w.entra.Directory()).Users(t.Context(), store.Query{Limit: 2})
	if err != nil || len(page.Users) != 1 || page.Users[0].ID != bob.ID {
		t.Errorf("there are %+v, %v; want Bob alone", page.Users, err)
	}
}

// unkeepable is a change of SQLite that fails in the commit.
func unkeepable(t *testing.T, s *store.Store) func(*store.DirectoryTx) error {
	t.Helper()
	pool := store.WriterPool(t, s)
	for _, statement := range []string{"CREATE TEMP TABLE parents (id PRIMARY KEY)", "CREATE TEMP TABLE children (id REFERENCES parents DEFERRABLE INITIALLY DEFERRED)"} {
		if _, err := pool.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	return func(d *store.DirectoryTx) error {
		_, err := store.RowsIn(store.TxOf(d), "INSERT INTO children VALUES (7) RETURNING id")
		return err
	}
}

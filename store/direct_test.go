package store_test

import (
	"errors"
	"fmt"
	"testing"

	"doorlist/store"
	"doorlist/store/storetest"
)

// TestRead_SurvivesBrokenConnections: whoever only reads need not know that the database was restarted.
func TestRead_SurvivesBrokenConnections(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID))
		other := storetest.Second(t, w.Store)
		read := func(int) error {
			u, err := w.Directory(w.entra.Directory()).User(t.Context(), alice.ID)
			if err == nil && u.UserName != alice.UserName {
				err = fmt.Errorf("read %+v", u)
			}
			return err
		}
		for _, round := range []string{"while all is well", "over connections that broke while idle"} {
			if err := errors.Join(together(20, read)...); err != nil {
				t.Errorf("reads %s: %v", round, err)
			}
			if _, err := store.Rows(t.Context(), other, endConnections(w.Store, "<>")); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// TestRead_TellsThatTheStoreIsClosed: a server that stops may still be asked something.
func TestRead_TellsThatTheStoreIsClosed(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID))
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Directory(w.entra.Directory()).User(t.Context(), alice.ID); !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("a read of a closed store: %v, want ErrUnavailable", err)
		}
	})
}

package store_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"doorlist/store"

	"github.com/google/uuid"
)

// On PostgreSQL the statements of a change travel together; whatever fails on the way, all or nothing of it stays.
func TestWrite_AFailureOfALateStatementUndoesTheChange(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		for name, late := range map[string]func(tx *store.Tx) error{
			"the last":       func(*store.Tx) error { return nil },
			"before another": func(tx *store.Tx) error { return store.Execute(tx, "UPDATE users SET active = ? WHERE false", true) },
			"before a read": func(tx *store.Tx) error {
				_, err := store.RowsIn(tx, "SELECT count(*) FROM users WHERE active = ?", true)
				return err
			},
			"before one without parameters": func(tx *store.Tx) error { return store.Execute(tx, "UPDATE users SET active = active") },
		} {
			var made store.User
			err := w.write(func(tx *store.Tx) (err error) {
				if made, err = tx.Directory(w.entra.Directory()).CreateUser(person(name+"@contoso.com", "")); err != nil {
					return err
				}
				if err := store.ExecuteLater(tx, "INSERT INTO user_emails (directory_id, user_id, ordinal, value, value_key, type_key, is_primary) VALUES (?, ?, ?, ?, ?, ?, ?), (?, ?, ?, ?, ?, ?, ?)",
					w.entra.DirectoryID, made.ID, 99, "a", "a", "", true, w.entra.DirectoryID, made.ID, 99, "b", "b", "", true); err != nil {
					return err
				}
				return late(tx)
			})
			if err == nil {
				t.Errorf("%s: the change was acknowledged", name)
			}
			if _, err := w.Directory(w.entra.Directory()).User(t.Context(), made.ID); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%s: the user of a failed change: %v, want ErrNotFound", name, err)
			}
			if got := w.actions(w.contoso, made.ID); len(got) != 0 {
				t.Errorf("%s: a failed change left the events %v", name, got)
			}
			w.addUser(w.entra, person("after."+name+"@contoso.com", "")) // by the same connections
		}
	})
}

// A change that is sure of a statement is told where it was wrong, and can do something else.
func TestWrite_TellsWhatChangedNothing(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		for _, more := range []func(tx *store.Tx) error{
			func(*store.Tx) error { return nil },
			func(tx *store.Tx) error {
				return store.ExecuteLater(tx, "UPDATE users SET active = ? WHERE false", true)
			},
			func(tx *store.Tx) error { _, err := store.RowsIn(tx, "SELECT count(*) FROM users"); return err },
		} {
			for _, handles := range []bool{true, false} {
				var made store.User
				name := uuid.NewString() + "@contoso.com"
				err := w.write(func(tx *store.Tx) (err error) {
					if made, err = tx.Directory(w.entra.Directory()).CreateUser(person(name, "")); err != nil {
						return err
					}
					err = store.ExecuteSurely(tx, "UPDATE users SET active = ? WHERE user_name = ?", true, "nobody")
					if errors.Is(err, store.ErrNotFound) && handles {
						err = nil
					}
					return errors.Join(err, more(tx))
				})
				if handles != (err == nil) || err != nil && !errors.Is(err, store.ErrNotFound) {
					t.Errorf("handled %v: %v", handles, err)
				}
				if _, err := w.Directory(w.entra.Directory()).User(t.Context(), made.ID); handles != (err == nil) {
					t.Errorf("handled %v: the user: %v", handles, err)
				}
			}
		}
	})
}

func TestWrite_AChangeOfNothingCostsNoTransaction(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		before := w.Load().Writes
		w.must(func(*store.Tx) error { return nil })
		if n := counted(w.Load().Writes) - counted(before); n != 0 && store.DatabaseOf(w.Store) == "postgres" {
			t.Errorf("%d statements were run for nothing", n)
		}
	})
}

// A value of a type that Go has not is read as its text, whether its statement goes alone or behind others.
func TestWrite_ReadsValuesOfAnyTypeAsText(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		if store.DatabaseOf(w.Store) != "postgres" {
			return // SQLite's types are Go's
		}
		const values = `SELECT CAST(? AS numeric) + 0.5 AS number, ARRAY['x', 'y'] AS list, CAST(7 AS smallint) AS small`
		read := func() (row map[string]any) {
			w.must(func(tx *store.Tx) error {
				rows, err := store.RowsIn(tx, values, "41")
				if err == nil {
					row = rows[0]
				}
				return err
			})
			return row
		}
		behind := read() // BEGIN goes with it
		alone, err := store.Rows(t.Context(), w.Store, values, "41")
		if err != nil {
			t.Fatal(err)
		}
		for column, value := range alone[0] {
			if got, want := fmt.Sprint(behind[column]), fmt.Sprint(value); got != want {
				t.Errorf("%s: behind another statement %q, alone %q", column, got, want)
			}
		}
	})
}

// What is read in a change comes in the same types whether it went alone or behind other statements.
func TestWrite_ReadsTheSameBehindOtherStatements(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID))
		w.must(func(tx *store.Tx) error {
			d := tx.Directory(w.entra.Directory())
			first, err := d.UpdateUser(alice, edited(alice, func(r *store.UserRecord) { r.DisplayName = "first" }))
			if err != nil {
				return err
			}
			again, err := d.UpdateUser(first, edited(first, func(r *store.UserRecord) { r.DisplayName = "again" }))
			if again.Version != 3 || again.Held {
				t.Errorf("after two updates: %+v", again)
			}
			return err
		})
		if got := w.user(w.entra, alice.ID); got.DisplayName != "again" || got.ID != alice.ID || !got.Active {
			t.Errorf("kept is %+v", got)
		}
	})
}

func TestWrite_GivesUpWithItsCaller(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		ctx, cancel := context.WithCancel(t.Context())
		err := w.Write(ctx, tester, func(tx *store.Tx) error {
			if _, err := tx.Directory(w.entra.Directory()).CreateUser(person("alice@contoso.com", "")); err != nil {
				return err
			}
			cancel()
			time.Sleep(10 * time.Millisecond)
			return ctx.Err()
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("Write = %v, want the caller's own end", err)
		}
		w.addUser(w.entra, person("alice@contoso.com", ""))
	})
}

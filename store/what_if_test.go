package store_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"doorlist/store"

	"github.com/google/go-cmp/cmp"
)

// everything lists all rows of all tables.
func (w *world) everything() []string {
	w.t.Helper()
	var lines []string
	for _, table := range tableNames(w.t, w.Store) {
		rows, err := store.Rows(w.t.Context(), w.Store, "SELECT * FROM "+table)
		if err != nil {
			w.t.Fatalf("reading %s: %v", table, err)
		}
		for _, row := range rows {
			lines = append(lines, rowText(table, row))
		}
	}
	slices.Sort(lines)
	return lines
}

func TestWhatIf_LeavesNothingBehind(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID))
		w.signIn(w.entra, alice.ID, "secret")
		before := w.everything()
		err := w.WhatIf(t.Context(), func(trial *store.Store) error {
			d := trial.Directory(w.entra.Directory())
			create := func(name string) error {
				return trial.Write(t.Context(), tester, func(tx *store.Tx) error {
					_, err := tx.Directory(w.entra.Directory()).CreateUser(person(name, ""))
					return err
				})
			}
			if err := create("bob@contoso.com"); err != nil {
				t.Errorf("a change: %v", err)
			}
			if err := create("bob@contoso.com"); !errors.As(err, new(*store.ConflictError)) {
				t.Errorf("a change that fails: %v", err)
			}
			err := trial.Write(t.Context(), tester, func(tx *store.Tx) error {
				_, err := tx.Directory(w.entra.Directory()).UpdateUser(alice, edited(alice, func(r *store.UserRecord) { r.Active = false }))
				return err
			})
			if err != nil {
				t.Errorf("a change after one that failed: %v", err)
			}
			if page, err := d.Users(t.Context(), store.Query{}); err != nil || page.Total != 2 {
				t.Errorf("the trial sees %d users, %v; want its own changes", page.Total, err)
			}
			events, err := trial.Organization(w.contoso.ID).Events(t.Context(), store.EventQuery{SubjectID: alice.ID})
			if err != nil || !slices.ContainsFunc(events, func(e store.Event) bool { return e.Action == "user.deactivated" }) {
				t.Errorf("the trial's events: %v, %v", events, err)
			}
			return nil
		})
		if err != nil {
			t.Errorf("WhatIf = %v", err)
		}
		if diff := cmp.Diff(before, w.everything()); diff != "" {
			t.Errorf("left behind:\n%s", diff)
		}
		if err := w.WhatIf(t.Context(), func(*store.Store) error { return errUndo }); !errors.Is(err, errUndo) {
			t.Errorf("WhatIf = %v, want the function's own error", err)
		}
	})
}

func TestWhatIf_EndsWithItsCaller(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		ctx, cancel := context.WithCancel(t.Context())
		err := w.WhatIf(ctx, func(trial *store.Store) error {
			cancel()
			_, err := trial.Directory(w.entra.Directory()).Users(ctx, store.Query{Limit: 1})
			return err
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("WhatIf = %v, want the caller's end", err)
		}
		w.addUser(w.entra, person("alice@contoso.com", aliceOID))
	})
}

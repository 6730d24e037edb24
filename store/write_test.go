package store_test

import (
	"strings"
	"testing"

	"doorlist/store"
	"doorlist/store/storetest"

	"github.com/google/go-cmp/cmp"
)

func TestWrite_RefusesAChangeWithoutEvent(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID))
		err := w.write(func(tx *store.Tx) error {
			return store.Execute(tx, "UPDATE users SET active = ? WHERE id = ?", false, alice.ID)
		})
		if err == nil || !strings.Contains(err.Error(), "without an audit event") {
			t.Errorf("Write = %v, want it refused", err)
		}
		if !w.user(w.entra, alice.ID).Active {
			t.Error("a change without an event was made")
		}
		if err := w.write(func(*store.Tx) error { return nil }); err != nil {
			t.Errorf("no change needs no event: %v", err)
		}
	})
}

func TestWrite_AFailureUndoesAll(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		events := len(w.actions(w.contoso, ""))
		change := func(tx *store.Tx) {
			if _, err := tx.Directory(w.entra.Directory()).CreateUser(person("alice@contoso.com", aliceOID)); err != nil {
				t.Errorf("CreateUser: %v", err)
			}
		}
		if err := w.write(func(tx *store.Tx) error { change(tx); return errUndo }); err != errUndo {
			t.Errorf("Write = %v, want the function's own error", err)
		}
		func() {
			defer func() {
				if r := recover(); r != "boom" {
					t.Errorf("recovered %v, want the function's own panic", r)
				}
			}()
			_ = w.write(func(tx *store.Tx) error { change(tx); panic("boom") })
		}()
		page, err := w.Directory(w.entra.Directory()).Users(t.Context(), store.Query{})
		if err != nil || page.Total != 0 || len(w.actions(w.contoso, "")) != events {
			t.Errorf("left behind: %d users (%v), events %v", page.Total, err, w.actions(w.contoso, "")[events:])
		}
		w.must(func(tx *store.Tx) error { change(tx); return nil })
	})
}

func TestWrite_EventsTellWhoDidWhatWhen(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		actor := store.Actor{Kind: store.Provisioner, ID: "token", Name: "Entra", RequestID: "r-7", Address: "2001:db8::1"}
		var u store.User
		err := w.Write(t.Context(), actor, func(tx *store.Tx) (err error) {
			u, err = tx.Directory(w.entra.Directory()).CreateUser(person("alice@contoso.com", aliceOID))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		events, err := w.Organization(w.contoso.ID).Events(t.Context(), store.EventQuery{SubjectID: u.ID})
		if err != nil || len(events) != 1 {
			t.Fatalf("events = %v, %v; want one", events, err)
		}
		want := store.Event{ID: events[0].ID, OrganizationID: w.contoso.ID, At: storetest.Start, Actor: actor, Action: "user.created", SubjectKind: "user",
			SubjectID: u.ID, DirectoryID: w.entra.DirectoryID,
			Detail: `{"active":true,"after":{"active":true,"displayName":"Person alice@contoso.com","externalId":"` + aliceOID + `","userName":"alice@contoso.com"},"user_name":"alice@contoso.com"}`}
		if diff := cmp.Diff(want, events[0]); diff != "" {
			t.Errorf("event (-want +got):\n%s", diff)
		}
	})
}

func TestWrite_ManyEventsInOneChange(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.addUsers(1100) // more than one statement takes
		created := 0
		for after := ""; ; {
			events, err := w.Organization(w.contoso.ID).Events(t.Context(), store.EventQuery{After: after, Limit: 500})
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range events {
				if after = e.ID; e.Action == "user.created" {
					created++
				}
			}
			if len(events) == 0 {
				break
			}
		}
		if created != 1100 {
			t.Errorf("%d events of 1,100 people", created)
		}
	})
}

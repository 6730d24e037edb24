package store_test

import (
	"errors"
	"slices"
	"testing"

	"doorlist/store"
)

func TestUpdateUser_DeactivationEndsSessions(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID))
		bob := w.addUser(w.entra, person("bob@contoso.com", bobOID))
		first := w.signIn(w.entra, alice.ID, "alice's first")
		w.signIn(w.entra, alice.ID, "alice's second")
		w.signIn(w.entra, bob.ID, "bob's")

		w.update(alice.ID, func(r *store.UserRecord) { r.Active = false })
		for _, secret := range []string{"alice's first", "alice's second"} {
			if v := w.visit(secret); v.Session.RevokedAt.IsZero() || v.Session.RevokedReason != "inactive" || v.User.Active {
				t.Errorf("%s session after deactivation: revoked %v for %q, active %t", secret, v.Session.RevokedAt, v.Session.RevokedReason, v.User.Active)
			}
		}
		if v := w.visit("bob's"); !v.Session.RevokedAt.IsZero() {
			t.Error("Alice's deactivation ended Bob's session")
		}
		if got, want := w.actions(w.contoso, alice.ID), []string{"user.created", "user.updated", "user.deactivated"}; !slices.Equal(got, want) {
			t.Errorf("events about Alice = %v, want %v", got, want)
		}
		if got, want := w.actions(w.contoso, first.ID), []string{"session.started", "session.ended"}; !slices.Equal(got, want) {
			t.Errorf("events about the session = %v, want %v", got, want)
		}

		w.update(alice.ID, func(r *store.UserRecord) { r.Active = true })
		if v := w.visit("alice's first"); v.Session.RevokedReason != "inactive" || !v.User.Active {
			t.Errorf("reactivation revived a session: %+v", v.Session)
		}
		if got := w.actions(w.contoso, alice.ID); got[len(got)-1] != "user.reactivated" {
			t.Errorf("events about Alice = %v, want the last to be user.reactivated", got)
		}
	})
}

func TestUpdateUser_RevocationIsOfTheSameTransaction(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID))
		w.signIn(w.entra, alice.ID, "alice's")
		err := w.inDirectory(w.entra, func(d *store.DirectoryTx) error {
			if _, err := d.UpdateUser(alice, edited(alice, func(r *store.UserRecord) { r.Active = false })); err != nil {
				return err
			}
			return errUndo
		})
		if !errors.Is(err, errUndo) {
			t.Fatalf("write = %v, want the error of the function itself", err)
		}
		if v := w.visit("alice's"); !v.User.Active || !v.Session.RevokedAt.IsZero() {
			t.Errorf("an undone deactivation left active %t, session revoked %v", v.User.Active, v.Session.RevokedAt)
		}
		if got, want := w.actions(w.contoso, alice.ID), []string{"user.created"}; !slices.Equal(got, want) {
			t.Errorf("events = %v, want %v", got, want)
		}
	})
}

func TestDeleteUser_LeavesOnlyTheRecord(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		r := person("alice@contoso.com", aliceOID, "alice@mail.example")
		r.AppRoles = []string{"Writer"}
		alice := w.addUser(w.entra, r)
		writers := w.addGroup(w.entra, groupRecord("Writers", writersOID), alice.ID)
		readers := w.addGroup(w.entra, groupRecord("Readers", ""))
		w.signIn(w.entra, alice.ID, "alice's")
		w.must(func(tx *store.Tx) error {
			return tx.Organization(w.contoso.ID).AssignRole(w.entra.DirectoryID, alice.ID, w.role(w.contoso, "writer").ID)
		})
		w.must(func(tx *store.Tx) error { return tx.Directory(w.entra.Directory()).DeleteUser(alice.ID, 0) })

		if _, err := w.Directory(w.entra.Directory()).User(t.Context(), alice.ID); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("User = %v, want ErrNotFound", err)
		}
		if v := w.visit("alice's"); v.Session.RevokedReason != "deleted" || v.User.ID != "" || len(v.Grants) > 0 {
			t.Errorf("the session ended for %q with user %q and grants %v, want deleted, none, none", v.Session.RevokedReason, v.User.ID, v.Grants)
		}
		if g := w.group(w.entra, writers.ID); g.Version != 2 || len(w.memberIDs(w.entra, g.ID)) > 0 {
			t.Errorf("the group she was in is at version %d with members %v, want 2 and none", g.Version, w.memberIDs(w.entra, g.ID))
		}
		if g := w.group(w.entra, readers.ID); g.Version != 1 {
			t.Errorf("the group she was not in is at version %d, want 1", g.Version)
		}
		for _, table := range tableNames(t, w.Store) {
			rows, err := store.Rows(t.Context(), w.Store, "SELECT * FROM "+table)
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range rows {
				if id := row["user_id"]; id == alice.ID && table != "sessions" && table != "decisions" {
					t.Errorf("left behind: %s", rowText(table, row))
				}
			}
		}
		// The name is free again, and whoever takes it is somebody else.
		if again := w.addUser(w.entra, r); again.ID == alice.ID {
			t.Error("an id was given out twice")
		}
	})
}

func TestUpdateUser_ChangeOfPersonIsQuarantined(t *testing.T) {
	const otherOID = "dddddddd-0000-4000-8000-00000000000d"
	// The provider vouched for Alice's object id, and the record was found by its userName.
	const signInByName = "sign in by name"
	// Each story is a list of external ids that a record has one after the other, with sign-ins between them.
	stories := map[string]struct {
		steps  []string
		link   store.Link
		reason string // why the session ended
	}{
		"one object id in the place of another":            {[]string{aliceOID, otherOID}, store.Quarantined, ""},
		"the same after a sign-in":                         {[]string{aliceOID, "sign in", otherOID}, store.Quarantined, "rebound"},
		"a detour over text after a sign-in":               {[]string{aliceOID, "sign in", "text", otherOID}, store.Quarantined, "unlinked"},
		"a detour over nothing after a sign-in":            {[]string{aliceOID, "sign in", "", otherOID}, store.Quarantined, "unlinked"},
		"back to the first object id stays quarantined":    {[]string{aliceOID, "sign in", otherOID, aliceOID}, store.Quarantined, "rebound"},
		"text becomes an object id before any sign-in":     {[]string{"alice", aliceOID}, store.Linked, ""},
		"nothing becomes an object id before any sign-in":  {[]string{"", aliceOID, "sign in"}, store.Linked, ""},
		"found by name, then her object id is mapped":      {[]string{"text", signInByName, aliceOID}, store.Linked, "unlinked"},
		"a password before the object id is mapped":        {[]string{"text", "sign in", aliceOID}, store.Linked, "unlinked"},
		"a password, then one object id after the other":   {[]string{"text", "sign in", aliceOID, otherOID}, store.Quarantined, "unlinked"},
		"found by name, then another's object id":          {[]string{"", signInByName, otherOID}, store.Quarantined, "rebound"},
		"a detour back to the same object id":              {[]string{aliceOID, "sign in", "", aliceOIDUpper}, store.Linked, "unlinked"},
		"the same object id in another spelling":           {[]string{aliceOID, "sign in", aliceOIDUpper}, store.Linked, ""},
		"the external id is removed":                       {[]string{aliceOID, "sign in", ""}, store.Unlinkable, "unlinked"},
		"quarantine is not lifted by removing the id":      {[]string{aliceOID, otherOID, ""}, store.Quarantined, ""},
		"an all-zero GUID is nobody's":                     {[]string{"00000000-0000-0000-0000-000000000000"}, store.Unlinkable, ""},
		"braces are not part of an object id":              {[]string{"{" + aliceOID + "}"}, store.Unlinkable, ""},
		"text in the place of an object id unlinks":        {[]string{aliceOID, "sign in", "text"}, store.Unlinkable, "unlinked"},
		"one text in the place of another after a sign-in": {[]string{"text", "sign in", "other text"}, store.Unlinkable, "unlinked"},
	}
	eachWorld(t, func(t *testing.T, w *world) {
		for story, c := range stories {
			u := w.addUser(w.entra, person(story, c.steps[0]))
			signedIn := false
			for _, step := range c.steps[1:] {
				if step != "sign in" && step != signInByName {
					w.update(u.ID, func(r *store.UserRecord) { r.ExternalID = step })
					continue
				}
				n := newSession(u.ID, w.entra.ID, story)
				if signedIn = true; step == signInByName {
					n.Identity = aliceOIDUpper
				}
				w.must(func(tx *store.Tx) error { _, err := tx.Directory(w.entra.Directory()).StartSession(n); return err })
			}
			if got := w.user(w.entra, u.ID).Link; got != c.link {
				t.Errorf("%s: link = %s, want %s", story, got, c.link)
			}
			if signedIn && w.visit(story).Session.RevokedReason != c.reason {
				t.Errorf("%s: the session ended for %q, want %q", story, w.visit(story).Session.RevokedReason, c.reason)
			}
			quarantined := slices.Contains(w.actions(w.contoso, u.ID), "user.quarantined")
			if want := c.link == store.Quarantined; quarantined != want {
				t.Errorf("%s: an event tells of the quarantine: %t, want %t", story, quarantined, want)
			}
		}
	})
}

func TestReleaseUser_LiftsQuarantineAndForgetsTheSignIn(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		release := func(id string) error {
			return w.inDirectory(w.entra, func(d *store.DirectoryTx) error { return d.ReleaseUser(id) })
		}
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID))
		w.signIn(w.entra, alice.ID, "alice's")
		w.update(alice.ID, func(r *store.UserRecord) { r.ExternalID = bobOID })
		if err := errors.Join(release(alice.ID), release(alice.ID)); err != nil {
			t.Fatal(err)
		}
		if got := w.user(w.entra, alice.ID).Link; got != store.Linked {
			t.Errorf("link = %s, want linked", got)
		}
		if v := w.visit("alice's"); v.Session.RevokedReason != "rebound" {
			t.Errorf("the session from before is revoked for %q, want rebound", v.Session.RevokedReason)
		}
		w.must(func(tx *store.Tx) error {
			state, err := tx.Directory(w.entra.Directory()).SignInState(alice.ID)
			if state != (store.SignInState{}) {
				t.Errorf("sign-in state = %+v, want none: the subject was the other account's", state)
			}
			return err
		})
		want := []string{"user.created", "user.updated", "user.quarantined", "user.released"}
		if got := w.actions(w.contoso, alice.ID); !slices.Equal(got, want) {
			t.Errorf("events = %v, want %v", got, want)
		}
	})
}

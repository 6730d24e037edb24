package store_test

import (
	"errors"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

// link makes a one-time link for a user of entra.
func (w *world) link(userID string, purpose store.Purpose) (secret string, err error) {
	err = w.inDirectory(w.entra, func(d *store.DirectoryTx) error { _, secret, err = d.Invite(userID, purpose); return err })
	return secret, err
}

func (w *world) mustLink(userID string, purpose store.Purpose) string {
	w.t.Helper()
	secret, err := w.link(userID, purpose)
	if err != nil {
		w.t.Fatal(err)
	}
	return secret
}

func TestInvite_AnotherLinkTakesTheUseFromTheEarlier(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID)).ID
		invited, reset := w.mustLink(alice, store.ToInvite), w.mustLink(alice, store.ToReset)
		if _, err := w.Invitation(t.Context(), invited); !errors.Is(err, store.ErrUsed) {
			t.Errorf("the invitation after a reset was asked for: %v, want ErrUsed", err)
		}
		i, err := w.Invitation(t.Context(), reset)
		if err != nil || i.Purpose != store.ToReset || i.UserID != alice || !i.ExpiresAt.Equal(storetest.Start.Add(store.ResetFor)) {
			t.Errorf("the reset = %+v, %v", i, err)
		}
		storetest.ClockOf(t, w.Store).Advance(store.ResetFor)
		if _, err := w.Invitation(t.Context(), reset); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("the reset when its time is over: %v, want ErrNotFound", err)
		}
	})
}

// Whatever ends a person's sessions ends the links that would lead to new ones, also when the person comes back.
func TestInvite_DiesWithThePerson(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		for what, change := range map[string]func(id string){
			"deactivated": func(id string) {
				w.update(id, func(r *store.UserRecord) { r.Active = false })
				w.update(id, func(r *store.UserRecord) { r.Active = true })
			},
			"rebound": func(id string) { w.update(id, func(r *store.UserRecord) { r.ExternalID = bobOID }) },
			"deleted": func(id string) {
				w.must(func(tx *store.Tx) error { return tx.Directory(w.entra.Directory()).DeleteUser(id, 0) })
			},
			"given another password": func(id string) {
				w.must(func(tx *store.Tx) error {
					return tx.Directory(w.entra.Directory()).SetPassword(id, "hash", "")
				})
			},
		} {
			id := w.addUser(w.entra, person(what+"@contoso.com", aliceOID)).ID
			secret := w.mustLink(id, store.ToInvite)
			change(id)
			if _, err := w.Invitation(t.Context(), secret); !errors.Is(err, store.ErrUsed) && !errors.Is(err, store.ErrNotFound) {
				t.Errorf("the link of somebody who was %s: %v, want it dead", what, err)
			}
			if err := w.write(func(tx *store.Tx) error { _, err := tx.AcceptInvitation(secret, "thief's"); return err }); err == nil {
				t.Errorf("the link of somebody who was %s was accepted", what)
			}
		}
	})
}

func TestInvite_SomebodyWhoIsSwitchedOffGetsNone(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID)).ID
		early := w.mustLink(alice, store.ToInvite)
		w.update(alice, func(r *store.UserRecord) { r.Active = false })
		if _, err := w.Invitation(t.Context(), early); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("an earlier link: %v, want ErrNotFound", err)
		}
		_, err := w.link(alice, store.ToInvite)
		inUse(t, "a link for somebody who is off", err, "alice@contoso.com", "switched off")
	})
}

func TestLinksSince_CountsByPurpose(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID)).ID
		w.mustLink(alice, store.ToReset)
		storetest.ClockOf(t, w.Store).Advance(time.Hour)
		w.mustLink(alice, store.ToReset)
		w.mustLink(alice, store.ToInvite)
		w.must(func(tx *store.Tx) error {
			d := tx.Directory(w.entra.Directory())
			for since, want := range map[time.Duration]int{0: 1, -time.Hour: 2, time.Second: 0} {
				n, err := d.LinksSince(alice, store.ToReset, w.Now().Add(since))
				if err != nil || n != want {
					t.Errorf("since %v: %d, %v; want %d", since, n, err, want)
				}
			}
			return nil
		})
	})
}

func TestSetPassword_KeepsTheSessionItIsToldToKeep(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID)).ID
		kept := w.signIn(w.entra, alice, "kept")
		w.signIn(w.entra, alice, "other")
		w.must(func(tx *store.Tx) error { return tx.Directory(w.entra.Directory()).SetPassword(alice, "hash", kept.ID) })
		for secret, want := range map[string]string{"kept": "", "other": "password_changed"} {
			if got := w.visit(secret).Session.RevokedReason; got != want {
				t.Errorf("the session %s ended for %q, want %q", secret, got, want)
			}
		}
		p, err := w.PasswordPersonOf(t.Context(), w.entra.Directory(), alice)
		if err != nil || p.PasswordHash != "hash" || p.Connection.ID != w.entra.ID {
			t.Errorf("PasswordPersonOf = %+v, %v", p, err)
		}
		if _, err := w.PasswordPersonOf(t.Context(), w.okta.Directory(), alice); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("in another directory: %v, want ErrNotFound", err)
		}
	})
}

func TestPerson_IsFoundInTheirDirectoryAlone(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID)).ID
		o := w.Organization(w.contoso.ID)
		p, err := o.Person(t.Context(), w.entra.DirectoryID, alice)
		if err != nil || p.User.ID != alice || p.Connection.ID != w.entra.ID || !p.WaysIn.Synced {
			t.Errorf("Person = %+v, %v", p, err)
		}
		for what, key := range map[string]string{"another directory": w.okta.DirectoryID, "no directory": "x", "a foreign one": w.other.DirectoryID} {
			if _, err := o.Person(t.Context(), key, alice); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("in %s: %v, want ErrNotFound", what, err)
			}
		}
	})
}

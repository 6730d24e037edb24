package store_test

import (
	"errors"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

// waysIn reads what decides about the method of a user of a connection.
func (w *world) waysIn(c store.Connection, userID string) (ways store.WaysIn) {
	w.t.Helper()
	w.must(func(tx *store.Tx) (err error) {
		ways, err = tx.Directory(c.Directory()).WaysIn(userID)
		return err
	})
	return ways
}

func TestWaysIn_FollowsWhatIsSet(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID)).ID
		if got := w.waysIn(w.entra, alice); got != (store.WaysIn{Synced: true, Mode: store.SSOAll}) {
			t.Fatalf("at first = %+v", got)
		}
		w.must(func(tx *store.Tx) error {
			o := tx.Organization(w.contoso.ID)
			if err := o.SetSSOMode(store.SSOPerUser); err != nil {
				return err
			}
			if err := o.ArmConnection(w.entra.ID, "admin@contoso.com"); err != nil {
				return err
			}
			return o.SetSSOChoice(w.entra.DirectoryID, alice, "on")
		})
		want := store.WaysIn{Synced: true, Mode: store.SSOPerUser, Choice: "on", ArmedAt: storetest.Start}
		if got := w.waysIn(w.entra, alice); got != want {
			t.Errorf("afterwards = %+v, want %+v", got, want)
		}
		w.must(func(tx *store.Tx) error {
			return tx.Organization(w.contoso.ID).SetSSOChoice(w.entra.DirectoryID, alice, "")
		})
		if got := w.waysIn(w.entra, alice).Choice; got != "" {
			t.Errorf("a choice that was taken back = %q", got)
		}
	})
}

func TestSetSSO_RefusesWhatCannotBeMeant(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		refusedFor(t, "an unknown mode", w.inContoso(func(o *store.OrganizationTx) error { return o.SetSSOMode("everybody") }), "mode", "per_user")
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID)).ID
		refusedFor(t, "an unknown choice", w.inContoso(func(o *store.OrganizationTx) error {
			return o.SetSSOChoice(w.entra.DirectoryID, alice, "maybe")
		}), "choice", "on or off")
		owner, _, err := w.createOwner("owner@contoso.com")
		if err != nil {
			t.Fatal(err)
		}
		err = w.inContoso(func(o *store.OrganizationTx) error {
			return o.SetSSOChoice(w.contoso.LocalDirectory.DirectoryID, owner.ID, "on")
		})
		if refused := new(store.RefusedError); !errors.As(err, &refused) {
			t.Errorf("SSO for a local person = %v, want a refusal", err)
		}
	})
}

func TestArmConnection_LastsAsLongAsPeopleAreRecognizedTheSameWay(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.must(func(tx *store.Tx) error {
			return tx.Organization(w.contoso.ID).ArmConnection(w.entra.ID, "admin@contoso.com")
		})
		change := func(fn func(c *store.Connection)) store.Connection {
			c, err := w.FindConnection(t.Context(), "entra")
			if err != nil {
				t.Fatal(err)
			}
			fn(&c)
			w.must(func(tx *store.Tx) error { _, err := tx.Organization(w.contoso.ID).UpdateConnection(c); return err })
			c, err = w.FindConnection(t.Context(), "entra")
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		if c := change(func(c *store.Connection) { c.Name, c.ArmedAt = "Microsoft", time.Time{} }); !c.ArmedAt.Equal(storetest.Start) || c.ArmedBy != "admin@contoso.com" {
			t.Errorf("after a change of the name: armed at %v by %q", c.ArmedAt, c.ArmedBy)
		}
		if c := change(func(c *store.Connection) { c.ClientID = "another" }); !c.ArmedAt.IsZero() || c.ArmedBy != "" {
			t.Errorf("after a change of the client id: armed at %v by %q, want not at all", c.ArmedAt, c.ArmedBy)
		}
	})
}

func TestEndPasswordSessions_LeavesOthersAlone(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID)).ID
		owner, _, err := w.createOwner("owner@contoso.com")
		if err != nil {
			t.Fatal(err)
		}
		w.signIn(w.entra, alice, "by sso")
		start := func(key store.DirectoryKey, userID, secret string) {
			n := newSession(userID, "", secret)
			n.Method = "password"
			w.must(func(tx *store.Tx) error { _, err := tx.Directory(key).StartSession(n); return err })
		}
		start(w.entra.Directory(), alice, "by password")
		start(w.contoso.LocalDirectory, owner.ID, "the owner's")
		w.must(func(tx *store.Tx) error { return tx.Organization(w.contoso.ID).EndPasswordSessions() })
		for secret, ended := range map[string]bool{"by sso": false, "by password": true, "the owner's": false} {
			if got := !w.visit(secret).Session.RevokedAt.IsZero(); got != ended {
				t.Errorf("the session %s ended: %t, want %t", secret, got, ended)
			}
		}
	})
}

func TestOutage_EndsByItselfOrBefore(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID)).ID
		begin := func() (out store.Outage) {
			w.must(func(tx *store.Tx) (err error) {
				out, err = tx.Organization(w.contoso.ID).StartOutage("Entra is down", "root", time.Hour, []store.OutagePerson{{DirectoryID: w.entra.DirectoryID, UserID: alice}})
				return err
			})
			return out
		}
		first := begin()
		if got := w.waysIn(w.entra, alice).OutageUntil; !got.Equal(first.EndsAt) {
			t.Errorf("the outage lasts until %v, want %v", got, first.EndsAt)
		}
		n := newSession(alice, w.entra.ID, "in the outage")
		n.Method = "password"
		w.must(func(tx *store.Tx) error { _, err := tx.Directory(w.entra.Directory()).StartSession(n); return err })
		w.must(func(tx *store.Tx) error { return tx.Organization(w.contoso.ID).EndOutage(first.ID) })
		if got := w.waysIn(w.entra, alice).OutageUntil; !got.IsZero() {
			t.Errorf("an ended outage lasts until %v", got)
		}
		if v := w.visit("in the outage"); v.Session.RevokedReason != "outage_over" {
			t.Errorf("the session of the outage ended for %q, want outage_over", v.Session.RevokedReason)
		}
		second := begin()
		storetest.ClockOf(t, w.Store).Advance(time.Hour)
		all, err := w.Organization(w.contoso.ID).Outages(t.Context())
		if err != nil || len(all) != 2 || all[0].ID != second.ID || !all[0].Over(w.Now()) || !all[1].Over(w.Now()) {
			t.Errorf("Outages = %+v, %v; want both, the latest first, over", all, err)
		}
	})
}

func TestStartOutage_RefusesWhatCannotBeMeant(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID)).ID
		people := []store.OutagePerson{{DirectoryID: w.entra.DirectoryID, UserID: alice}}
		start := func(lasts time.Duration, people []store.OutagePerson) error {
			return w.inContoso(func(o *store.OrganizationTx) error { _, err := o.StartOutage("", "", lasts, people); return err })
		}
		refusedFor(t, "for ever", start(store.MaxOutage+time.Second, people), "for", "7 days")
		refusedFor(t, "no time", start(0, people), "for", "1 minute")
		refusedFor(t, "for nobody", start(time.Hour, nil), "user", "at least one")
	})
}

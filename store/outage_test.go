package store_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

func (w *world) startOutage(o store.Organization, c store.Connection, userID string, lasts time.Duration) (out store.Outage) {
	w.t.Helper()
	w.must(func(tx *store.Tx) (err error) {
		out, err = tx.Organization(o.ID).StartOutage("Entra is down", "root", lasts, []store.OutagePerson{{DirectoryID: c.DirectoryID, UserID: userID}})
		return err
	})
	return out
}

// TestCloseOutages_RecordsEachEndOnce: many servers close outages at the same time, and the audit tells of each end once.
func TestCloseOutages_RecordsEachEndOnce(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID)).ID
		bob := w.addUser(w.other, person("bob@fabrikam.com", bobOID)).ID
		short, foreign := w.startOutage(w.contoso, w.entra, alice, time.Hour), w.startOutage(w.fabrikam, w.other, bob, time.Hour)
		long, ended := w.startOutage(w.contoso, w.entra, alice, 3*time.Hour), w.startOutage(w.contoso, w.entra, alice, time.Hour)
		w.must(func(tx *store.Tx) error { return tx.Organization(w.contoso.ID).EndOutage(ended.ID) })
		inForce := func(want int, ids ...string) {
			t.Helper()
			if n, err := w.OutagesInForce(t.Context()); err != nil || n != want {
				t.Errorf("%d outages in force, %v; want %d", n, err, want)
			}
			var got []string
			list, err := w.Organization(w.contoso.ID).OutagesInForce(t.Context(), w.Now())
			for _, out := range list {
				got = append(got, out.ID)
			}
			if err != nil || !slices.Equal(got, ids) {
				t.Errorf("in force %v, %v; want %v", got, err, ids)
			}
		}
		inForce(3, long.ID, short.ID)
		storetest.ClockOf(t, w.Store).Advance(time.Hour)
		inForce(1, long.ID)
		for _, err := range together(6, func(int) error { return w.CloseOutages(t.Context()) }) {
			if err != nil {
				t.Error(err)
			}
		}
		w.must(func(tx *store.Tx) error { return tx.Organization(w.contoso.ID).EndOutage(short.ID) })
		inForce(1, long.ID)
		for org, id := range map[string]string{w.contoso.ID: short.ID, w.fabrikam.ID: foreign.ID} {
			events, err := w.Organization(org).Events(t.Context(), store.EventQuery{SubjectID: id})
			if err != nil || len(events) != 2 || events[1].Action != "outage.ended" || events[1].Actor.Kind != store.System || !strings.Contains(events[1].Detail, `"by_itself":true`) {
				t.Errorf("events %+v, %v; want one start and one end by itself", events, err)
			}
		}
		if got, want := w.actions(w.contoso, ended.ID), []string{"outage.started", "outage.ended"}; !slices.Equal(got, want) {
			t.Errorf("the one that was ended by hand: %v", got)
		}
		if got := w.actions(w.contoso, long.ID); len(got) != 1 {
			t.Errorf("the one that is in force: %v", got)
		}
	})
}

// TestEndOutage_WithoutPeople: an outage can be seen and ended when all who were named in it are gone.
func TestEndOutage_WithoutPeople(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID)).ID
		out := w.startOutage(w.contoso, w.entra, alice, time.Hour)
		w.bury(alice)
		list, err := w.Organization(w.contoso.ID).OutagesInForce(t.Context(), w.Now())
		if err != nil || len(list) != 1 || list[0].ID != out.ID || len(list[0].People) != 0 {
			t.Errorf("in force: %+v, %v", list, err)
		}
		if err := w.inContoso(func(o *store.OrganizationTx) error { return o.EndOutage(out.ID) }); err != nil {
			t.Errorf("ending it: %v", err)
		}
	})
}

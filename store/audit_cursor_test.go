package store_test

import (
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

const receiver = "syslog tcp://siem.example.com:601"

func (w *world) lease(held time.Time) (until time.Time, ok bool) {
	w.t.Helper()
	until, ok, err := w.LeaseTrails(w.t.Context(), receiver, held, time.Minute)
	if err != nil {
		w.t.Fatal(err)
	}
	return until, ok
}

func TestLeaseTrails_OneNodeAtATime(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		clock := storetest.ClockOf(t, w.Store)
		rival := &world{Store: storetest.Second(t, w.Store), t: t}
		mine, ok := w.lease(time.Time{})
		if !ok {
			t.Fatal("nobody has it, and it was not given")
		}
		if _, ok := rival.lease(time.Time{}); ok {
			t.Error("two nodes have it")
		}
		clock.Advance(time.Second)
		renewed, ok := w.lease(mine)
		if !ok || !renewed.After(mine) {
			t.Errorf("renewed until %v, %v; it was %v", renewed, ok, mine)
		}
		if err := w.ReleaseTrails(t.Context(), receiver, mine); err != nil {
			t.Fatal(err)
		}
		if _, ok := rival.lease(time.Time{}); ok {
			t.Error("a release of an older lease gave the newer one away")
		}
		clock.Advance(time.Minute)
		theirs, ok := rival.lease(time.Time{})
		if !ok {
			t.Error("it is over, and the rival did not get it")
		}
		clock.Advance(time.Second)
		if _, ok := w.lease(renewed); ok {
			t.Error("who has lost it got it back by the old end")
		}
		if err := rival.ReleaseTrails(t.Context(), receiver, theirs); err != nil {
			t.Fatal(err)
		}
		if _, ok := w.lease(renewed); !ok {
			t.Error("it was given back, and is not to be had")
		}
	})
}

func TestTrailsBehind_KnowsWhatIsThere(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		behind := func() []store.TrailCursor {
			t.Helper()
			list, err := w.TrailsBehind(t.Context(), receiver)
			if err != nil {
				t.Fatal(err)
			}
			return list
		}
		w.lease(time.Time{})
		if list := behind(); len(list) != 0 {
			t.Errorf("before there are blocks: %+v", list)
		}
		w.chainAll()
		w.addUser(w.entra, person("alice@contoso.com", aliceOID))
		w.chainAll()
		if list := behind(); len(list) != 2 || list[0].Seq != 0 || list[0].WaitsSince.IsZero() {
			t.Errorf("with nothing sent: %+v", list)
		}
		for _, seq := range []int64{2, 1} { // a node that was overtaken comes late
			if err := w.AdvanceTrail(t.Context(), receiver, w.contoso.ID, seq); err != nil {
				t.Fatal(err)
			}
		}
		if list := behind(); len(list) != 1 || list[0].OrganizationID != w.fabrikam.ID {
			t.Errorf("with contoso's sent: %+v", list)
		}
		others, err := w.TrailsBehind(t.Context(), "another")
		if err != nil || len(others) != 2 {
			t.Errorf("another receiver lacks %+v, %v", others, err)
		}
	})
}

func TestEventsIn_FollowsTheOrderOfTheBlock(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.must(func(tx *store.Tx) error {
			for range 450 {
				if err := tx.Organization(w.contoso.ID).RecordSCIMRefusal(store.Credential{Connection: w.entra, TokenID: aliceOID, Kind: "token"}, "address"); err != nil {
					return err
				}
			}
			return nil
		})
		w.chainAll()
		o := w.Organization(w.contoso.ID)
		var want, got []string
		err := o.AuditBlocks(t.Context(), 0, func(b store.AuditBlock) error {
			for _, e := range b.Entries {
				want = append(want, e.EventID)
			}
			return o.EventsIn(t.Context(), b.Entries, func(e store.Event) error { got = append(got, e.ID); return nil })
		})
		if err != nil || len(want) < 450 {
			t.Fatalf("%d events in blocks, %v", len(want), err)
		}
		if len(got) != len(want) {
			t.Fatalf("got %d events, want %d", len(got), len(want))
		}
		for i := range want {
			if got[i] != want[i] {
				t.Fatalf("event %d is %s, want %s", i, got[i], want[i])
			}
		}
	})
}

package store_test

import (
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

func TestExpireAudit_LeavesASignedHorizon(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		clock := storetest.ClockOf(t, w.Store)
		w.chainAll()
		old := w.checkpoint(w.contoso)
		if err := w.inContoso(func(o *store.OrganizationTx) error { return o.SetAuditRetention(time.Hour) }); err == nil {
			t.Error("a retention of an hour was taken")
		}
		w.must(func(tx *store.Tx) error { return tx.Organization(w.contoso.ID).SetAuditRetention(31 * 24 * time.Hour) })
		clock.Advance(40 * 24 * time.Hour)
		w.addUser(w.entra, person("alice", ""))
		w.chainAll()
		recent := w.checkpoint(w.contoso)
		n, err := w.ExpireAudit(t.Context())
		if err != nil || n == 0 {
			t.Fatalf("removed %d, %v", n, err)
		}
		if stray := w.rows("SELECT * FROM event_concerns c WHERE NOT EXISTS (SELECT 1 FROM events e WHERE e.organization_id = c.organization_id AND e.id = c.event_id)"); len(stray) > 0 {
			t.Errorf("what %d removed events concern is kept", len(stray))
		}
		if past, err := w.Organization(w.contoso.ID).Past(t.Context(), storetest.Start); err != nil || past.Since.IsZero() {
			t.Errorf("the trail is said to tell everything though events are removed: %v", err)
		}
		if again, err := w.ExpireAudit(t.Context()); err != nil || again != 0 {
			t.Errorf("removed %d more, %v", again, err)
		}
		w.chainAll()
		if r := w.sound(w.contoso, old, recent); r.From.IsZero() || r.Older != 1 || r.Checkpoints != 1 {
			t.Errorf("after the removal: %+v", r)
		}
		heir := &world{Store: storetest.Second(t, w.Store), t: t, contoso: w.contoso, entra: w.entra}
		heir.addUser(w.entra, person("bob", ""))
		heir.chainAll()
		heir.sound(w.contoso, recent)
		for _, c := range []struct{ forge, undo string }{
			{"UPDATE audit_horizons SET seq = seq + 1", "UPDATE audit_horizons SET seq = seq - 1"},
			{"UPDATE audit_horizons SET at = at + 1", "UPDATE audit_horizons SET at = at - 1"},
			{"DELETE FROM audit_horizons", ""},
		} {
			w.tamper(c.forge)
			if r := w.verify(w.contoso); r.Sound() {
				t.Errorf("not found: %s", c.forge)
			}
			if c.undo != "" {
				w.tamper(c.undo)
				w.sound(w.contoso)
			}
		}
		w.tamper("UPDATE audit_trails SET retention = 1")
		if n, err := w.ExpireAudit(t.Context()); err == nil || n != 0 {
			t.Errorf("with a forged retention: removed %d, %v", n, err)
		}
	})
}

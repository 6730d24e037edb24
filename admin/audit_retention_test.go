package admin_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

func TestAuditRetention_IsChosenAndShown(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		owner, p := w.contosoOwner(), w.places["contoso"]
		const settings, page = "/admin/organizations/contoso/settings", "/admin/organizations/contoso/audit/retention"
		owner.want(owner.get(settings), http.StatusOK, "How long audit events are kept", "For ever", `href="`+page)
		owner.want(owner.post(page, "keep", "1h0m0s"), http.StatusUnprocessableEntity, "Choose one of those")
		owner.want(owner.post(page, "keep", "8760h0m0s"), http.StatusSeeOther, settings+"?done=saved")
		owner.want(owner.get(settings), http.StatusOK, "1 year")
		kept := func() time.Duration {
			t.Helper()
			keep, err := s.Organization(p.org.ID).AuditRetention(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return keep
		}
		if got := kept(); got != 365*24*time.Hour {
			t.Errorf("events are kept for %s", got)
		}
		w.write(func(tx *store.Tx) error { return tx.Organization(p.org.ID).SetAuditRetention(1000 * time.Hour) })
		owner.want(owner.get(page), http.StatusOK, `<option value="1000h0m0s" selected>41 days 16 hours: nothing is that old yet`)
		owner.want(owner.post(page, "keep", "0s"), http.StatusSeeOther)
		if got := kept(); got != 0 {
			t.Errorf("events are kept for %s", got)
		}
		owner.want(owner.get("/admin/organizations/contoso/audit"), http.StatusOK, "How long events are kept was changed from <bdi>1 year</bdi>")
		if err := s.Chain(t.Context()); err != nil {
			t.Fatal(err)
		}
		all := w.events("contoso")
		w.clock.Advance(31*24*time.Hour + time.Second)
		owner = w.contosoOwner()
		owner.want(owner.get(page), http.StatusOK, fmt.Sprintf(`<option value="720h0m0s">30 days: %d events would go<`, all), `<option value="2160h0m0s">90 days: nothing is that old yet<`)
	})
}

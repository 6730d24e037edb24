package auth_test

import (
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"doorlist/auth"
	"doorlist/store"
	"doorlist/store/storetest"
)

const setupSecret = "the secret that the server printed"

func (b *browser) setUp(secret, organization string) answer {
	b.w.t.Helper()
	return b.post(auth.SetupPath(secret), "organization", organization, "email", ownerEmail, "password", ownerPassword, "repeated", ownerPassword)
}

func TestSetup_MakesTheFirstOwnerOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s, func(w *world) { w.setupSecret = setupSecret })
		if res := w.browser().get(auth.SetupPath(setupSecret)); res.StatusCode != http.StatusOK || !strings.Contains(res.body, "Contoso Ltd") {
			t.Fatalf("the page: %d\n%s", res.StatusCode, res.body)
		}
		wantAnswer(t, w.browser().setUp("another secret", "contoso"), http.StatusNotFound, "")
		wantAnswer(t, w.browser().setUp(setupSecret, "fabrikam"), http.StatusUnprocessableEntity, "")

		var done sync.WaitGroup
		var made atomic.Int32
		for range 4 {
			b := w.browser()
			done.Go(func() {
				if b.setUp(setupSecret, "contoso").StatusCode == http.StatusSeeOther {
					made.Add(1)
				}
			})
		}
		done.Wait()
		if made.Load() != 1 {
			t.Errorf("%d attempts at once made an owner, want 1", made.Load())
		}
		b := w.browser()
		wantAnswer(t, b.enterPassword(ownerEmail, ownerPassword), http.StatusSeeOther, "")
		if res := b.wantVerify(http.StatusOK, ""); res.Header.Get("X-Doorlist-Role") != "owner" {
			t.Errorf("the role: %q", res.Header.Get("X-Doorlist-Role"))
		}
	})
}

func TestSetup_IsClosedWhereThereIsAnOwner(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	wantAnswer(t, w.browser().setUp("", "contoso"), http.StatusNotFound, "")
	wantAnswer(t, w.browser().setUp(setupSecret, "contoso"), http.StatusNotFound, "")
}

func TestSetup_AnEmptyServerGetsItsOrganization(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	w := &world{t: t, store: s, clock: storetest.ClockOf(t, s), setupSecret: setupSecret}
	w.door = w.open(s)
	wantAnswer(t, w.browser().setUp(setupSecret, "No Slug"), http.StatusUnprocessableEntity, "")
	wantAnswer(t, w.browser().setUp(setupSecret, "contoso"), http.StatusSeeOther, "")
	wantAnswer(t, w.browser().enterPassword(ownerEmail, ownerPassword), http.StatusSeeOther, "")
}

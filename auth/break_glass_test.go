package auth_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

// The owner of the local directory comes in whatever becomes of the provider, and everybody hears of it.
func TestBreakGlass_DependsOnNothingOutside(t *testing.T) {
	t.Parallel()
	for what, change := range map[string]func(w *world){
		"the provider is down": func(w *world) { w.idp.Close() },
		"the client secret is gone": func(w *world) {
			w.write(func(tx *store.Tx) error { return tx.Organization(w.org.ID).SetClientSecret(w.conn.ID, "") })
		},
		"the SCIM token has expired": func(w *world) {
			w.write(func(tx *store.Tx) error {
				_, _, err := tx.Organization(w.org.ID).CreateToken(w.conn.ID, "", w.store.Now().Add(time.Minute))
				return err
			})
			w.clock.Advance(time.Hour)
		},
		"the connection is off": func(w *world) { w.changeConnection(func(c *store.Connection) { c.Enabled = false }) },
		"the connection is removed": func(w *world) {
			w.write(func(tx *store.Tx) error { return tx.Organization(w.org.ID).RemoveConnection(w.conn.ID) })
		},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, s *store.Store) {
				w := newWorld(t, s)
				a, _, b := w.ownerWithFactor()
				change(w)
				b.get("/logout")
				w.clock.Advance(30 * time.Second)
				again := w.browser()
				again.wantFactor(ownerEmail, ownerPassword)
				wantAnswer(t, again.giveCode(a.code(w.store.Now())), http.StatusSeeOther, "")
				if res := again.wantVerify(http.StatusOK, ""); res.Header.Get("X-Doorlist-Role") != "owner" {
					t.Errorf("the role is %q", res.Header.Get("X-Doorlist-Role"))
				}
				w.wantAlarms(2)
			})
		})
	}
}

// wantAlarms demands an event, a line of the log and a count for each use.
func (w *world) wantAlarms(want int) {
	w.t.Helper()
	events, err := w.store.Organization(w.org.ID).Events(w.t.Context(), store.EventQuery{})
	w.must(err)
	noted := 0
	for _, e := range events {
		if e.Action == "breakglass.used" && strings.Contains(e.Detail, ownerEmail) {
			noted++
		}
	}
	counted := 0
	w.mu.Lock()
	for _, seen := range w.seen {
		if seen == "breakglass used" {
			counted++
		}
	}
	w.mu.Unlock()
	logged := strings.Count(w.log.String(), `level=WARN msg="break-glass`)
	if !slices.Equal([]int{noted, logged, counted}, []int{want, want, want}) {
		w.t.Errorf("%d events, %d lines, %d counts; want %d each", noted, logged, counted, want)
	}
}

func TestBreakGlass_OthersRaiseNoAlarm(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	w.setMode(store.SSOOff)
	wantAnswer(t, w.browser().choosePassword(w.inviteAlice()), http.StatusSeeOther, "")
	wantAnswer(t, w.browser().enterPassword("alice@contoso.com", ownerPassword), http.StatusSeeOther, "")
	w.wantAlarms(0)
}

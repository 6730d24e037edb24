package auth_test

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

func TestExplain_LockedByWrongPasswords(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		b := w.browser()
		wantAnswer(t, b.choosePassword(w.invite()), http.StatusSeeOther, "")
		for range 10 {
			w.clock.Advance(7 * time.Second)
			wantAnswer(t, b.enterPassword(ownerEmail, "not the password"), http.StatusForbidden, "bad_credentials")
		}
		until := w.store.Now().Add(30 * time.Second)
		w.clock.Advance(7 * time.Second)
		wantAnswer(t, b.enterPassword(ownerEmail, ownerPassword), http.StatusTooManyRequests, "locked")

		e := w.explain(ownerEmail)
		if e.Admitted || e.Reason != "locked" || e.LockedUntil == nil || !e.LockedUntil.Equal(until) || e.Fix == "" || e.Role != "owner" {
			t.Errorf("got %+v, want locked until %v", e, until)
		}
		if !strings.Contains(e.Detail, "from 127.0.0.1") || !strings.Contains(e.Detail, until.Format(time.RFC3339)) {
			t.Errorf("the detail is %q", e.Detail)
		}
		w.clock.Advance(23 * time.Second)
		if e := w.explain(ownerEmail); !e.Admitted || e.LockedUntil != nil {
			t.Errorf("after the wait: %+v", e)
		}
		wantAnswer(t, b.enterPassword(ownerEmail, ownerPassword), http.StatusSeeOther, "")
	})
}

// Wrong passwords from many addresses lock a person out everywhere.
func TestExplain_LockedFromEverywhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	wantAnswer(t, w.browser().choosePassword(w.invite()), http.StatusSeeOther, "")
	owner := w.ownerID()
	w.fail(owner, 100)
	e := w.explain(ownerEmail)
	if e.Reason != "locked" || e.LockedUntil == nil || !strings.Contains(e.Detail, "from everywhere") {
		t.Errorf("got %+v", e)
	}
}

// Who comes in through a provider does not wait for anything.
func TestExplain_WrongPasswordsLockNoProvider(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	w.browser().mustSignIn()
	w.fail(w.user.ID, 100)
	if e := w.explain(w.user.UserName); !e.Admitted || e.Method != "sso" || e.LockedUntil != nil {
		t.Errorf("got %+v", e)
	}
}

// fail records wrong passwords of a person, each from another address.
func (w *world) fail(userID string, times int) {
	w.t.Helper()
	w.write(func(tx *store.Tx) error {
		for i := range times {
			_, err := tx.Organization(w.org.ID).RecordDecision(store.Decision{
				UserID: userID, Method: "password", Reason: "bad_credentials", Address: netip.AddrFrom4([4]byte{192, 0, 2, byte(i)}).String(),
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

package store_test

import (
	"errors"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

// waitingCode is the user code of a request that nobody has decided about.
const waitingCode = "WAITING"

func (w *world) startDevice(deviceCode, userCode string) {
	w.t.Helper()
	err := w.StartDevice(w.t.Context(), store.NewDeviceRequest{DeviceCode: deviceCode, UserCode: userCode, Label: "terminal",
		Address: "192.0.2.9", Wait: 5 * time.Second, LastsFor: 10 * time.Minute})
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) decideDevice(session store.Session, userCode string, approve bool) error {
	return w.inDirectory(w.entra, func(d *store.DirectoryTx) error { return d.DecideDevice(session, userCode, approve) })
}

func (w *world) redeem(deviceCode string, approvedIn store.Session, secret string) (s store.Session, err error) {
	err = w.inDirectory(w.entra, func(d *store.DirectoryTx) (err error) {
		s, err = d.RedeemDevice(deviceCode, approvedIn, secretHash(secret), time.Hour)
		return err
	})
	return s, err
}

func TestDevice_ApprovedOnceIsAChildOfTheSession(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		clock := storetest.ClockOf(t, w.Store)
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID))
		in := w.signIn(w.entra, alice.ID, "browser")
		clock.Advance(time.Minute)
		w.startDevice("device", "BCDFGHJK")
		if r, err := w.FindDevice(t.Context(), "BCDFGHJK"); err != nil || r.Label != "terminal" || r.Status != store.DevicePending {
			t.Fatalf("FindDevice = %+v, %v", r, err)
		}
		if _, err := w.redeem("device", in, "early"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("redeemed before it was approved: %v", err)
		}
		if err := w.decideDevice(in, "BCDFGHJK", true); err != nil {
			t.Fatal(err)
		}
		if err := w.decideDevice(in, "BCDFGHJK", false); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("decided twice: %v", err)
		}
		errs := together(4, func(int) error {
			_, err := w.redeem("device", in, "terminal's")
			return err
		})
		succeeded := 0
		for _, err := range errs {
			if err == nil {
				succeeded++
			} else if !errors.Is(err, store.ErrUsed) {
				t.Errorf("redeeming again: %v, want ErrUsed", err)
			}
		}
		got := w.visit("terminal's").Session
		if succeeded != 1 || got.Device != "terminal" || got.UserID != alice.ID || !got.ExpiresAt.Equal(in.ExpiresAt) || !got.AuthTime.Equal(in.AuthTime) ||
			got.Method != in.Method || got.ProviderSID != "" || got.Address != "192.0.2.9" {
			t.Errorf("%d times, the session is %+v", succeeded, got)
		}
	})
}

func TestDevice_DiesWithTheSessionThatApprovedIt(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		for name, happens := range map[string]func(user store.User, in store.Session){
			"signed out": func(_ store.User, in store.Session) {
				w.must(func(tx *store.Tx) error { return tx.Directory(w.entra.Directory()).EndSession(in.ID, "logout") })
			},
			"disabled and enabled": func(u store.User, _ store.Session) {
				w.update(u.ID, func(r *store.UserRecord) { r.Active = false })
				w.update(u.ID, func(r *store.UserRecord) { r.Active = true })
			},
			"deleted": func(u store.User, _ store.Session) {
				w.must(func(tx *store.Tx) error { return tx.Directory(w.entra.Directory()).DeleteUser(u.ID, 0) })
			},
			"too late": func(store.User, store.Session) { storetest.ClockOf(t, w.Store).Advance(10 * time.Minute) },
		} {
			u := w.addUser(w.entra, person(name+"@contoso.com", ""))
			in := w.signIn(w.entra, u.ID, name)
			w.startDevice("device of "+name, "code of "+name)
			if err := w.decideDevice(in, "code of "+name, true); err != nil {
				t.Fatal(err)
			}
			happens(u, in)
			if _, err := w.redeem("device of "+name, in, name+"'s terminal"); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%s: RedeemDevice = %v, want ErrNotFound", name, err)
			}
		}
	})
}

func TestPollDevice_TooSoonWaitsLonger(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		clock := storetest.ClockOf(t, w.Store)
		w.startDevice("device", "BCDFGHJK")
		for _, tc := range []struct {
			after time.Duration
			soon  bool
		}{{0, false}, {4 * time.Second, true}, {9 * time.Second, true}, {15 * time.Second, false}, {14 * time.Second, true}, {20 * time.Second, false}} {
			clock.Advance(tc.after)
			if _, soon, err := w.PollDevice(t.Context(), "device"); err != nil || soon != tc.soon {
				t.Errorf("%v after the last poll: too soon = %v, %v; want %v", tc.after, soon, err, tc.soon)
			}
		}
		if _, _, err := w.PollDevice(t.Context(), "another"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("an unknown code: %v", err)
		}
	})
}

func TestStartDevice_CodesAreUniqueAndForgotten(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.startDevice("device", "BCDFGHJK")
		var taken *store.ConflictError
		if err := w.StartDevice(t.Context(), store.NewDeviceRequest{DeviceCode: "other", UserCode: "BCDFGHJK", LastsFor: time.Minute}); !errors.As(err, &taken) {
			t.Errorf("the same user code: %v, want a conflict", err)
		}
		storetest.ClockOf(t, w.Store).Advance(10 * time.Minute)
		if _, err := w.FindDevice(t.Context(), "BCDFGHJK"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("after its time: %v", err)
		}
		if r, _, err := w.PollDevice(t.Context(), "device"); err != nil || w.Now().Before(r.ExpiresAt) {
			t.Errorf("a poll after its time: %+v, %v; want it known for what it is", r, err)
		}
		storetest.ClockOf(t, w.Store).Advance(time.Hour + time.Second)
		w.startDevice("later", "BCDFGHJK")
		if _, _, err := w.PollDevice(t.Context(), "device"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("long after its time: %v", err)
		}
	})
}

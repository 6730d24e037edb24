package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
)

func TestStartSession_RemembersTheSignIn(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID))
		state := func() (s store.SignInState) {
			w.must(func(tx *store.Tx) (err error) {
				s, err = tx.Directory(w.entra.Directory()).SignInState(alice.ID)
				return err
			})
			return s
		}
		if got := state(); got != (store.SignInState{}) {
			t.Errorf("before the first sign-in: %+v", got)
		}
		w.signIn(w.entra, alice.ID, "first")
		want := store.SignInState{Subject: "sub of " + alice.ID, ClientID: "c1"}
		if got := state(); got != want {
			t.Errorf("after it: %+v, want %+v", got, want)
		}
		w.must(func(tx *store.Tx) error {
			n := newSession(alice.ID, w.entra.ID, "second")
			n.Subject, n.ClientID = "", ""
			_, err := tx.Directory(w.entra.Directory()).StartSession(n)
			return err
		})
		if got := state(); got != want {
			t.Errorf("a sign-in that tells no subject left %+v, want %+v", got, want)
		}
		if u := w.user(w.entra, alice.ID); u.Version != 1 {
			t.Errorf("version = %d, want 1: a sign-in is no change of content", u.Version)
		}
	})
}

func TestStartSession_RemembersWhoTheProviderVouchedFor(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOIDUpper))
		nobody := w.addUser(w.entra, person("bob@contoso.com", "bob"))
		for _, tc := range []struct{ userID, identity, want string }{
			{alice.ID, "", aliceOID}, {alice.ID, bobOID, bobOID}, {nobody.ID, "", ""}, {nobody.ID, "subject", "subject"}, {nobody.ID, "", "subject"},
		} {
			w.must(func(tx *store.Tx) error {
				n := newSession(tc.userID, w.entra.ID, uuid.NewString())
				n.Identity = tc.identity
				_, err := tx.Directory(w.entra.Directory()).StartSession(n)
				return err
			})
			if rows := w.rows("SELECT signed_in_as FROM users WHERE id = '" + tc.userID + "'"); len(rows) != 1 || fmt.Sprint(rows[0]["signed_in_as"]) != tc.want {
				t.Errorf("%+v: remembered is %v", tc, rows)
			}
		}
	})
}

func TestStartSession_KeepsOfClaimsWhatADatabaseCan(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID))
		w.must(func(tx *store.Tx) error {
			n := newSession(alice.ID, w.entra.ID, "alice's")
			n.UserAgent, n.LoginHint = strings.Repeat("x", 5000), "a\x00b"
			_, err := tx.Directory(w.entra.Directory()).StartSession(n)
			return err
		})
		if s := w.visit("alice's").Session; len(s.UserAgent) != 1024 || strings.ContainsRune(s.LoginHint, 0) {
			t.Errorf("kept are %d bytes of the user agent and the hint %q", len(s.UserAgent), s.LoginHint)
		}
	})
}

func TestStartSession_NeedsAUserOfTheDirectory(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		stranger := w.addUser(w.okta, person("okta@contoso.com", ""))
		for _, id := range []string{stranger.ID, "", "x"} {
			err := w.inDirectory(w.entra, func(d *store.DirectoryTx) error {
				_, err := d.StartSession(newSession(id, w.entra.ID, "stranger's"))
				return err
			})
			if !errors.Is(err, store.ErrNotFound) {
				t.Errorf("StartSession(%q) = %v, want ErrNotFound", id, err)
			}
		}
	})
}

func TestSessions_ListsTheLivingNewestFirst(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID))
		var started []store.Session
		for _, secret := range []string{"first", "second", "third"} {
			started = append(started, w.signIn(w.entra, alice.ID, secret))
		}
		w.signIn(w.entra, w.addUser(w.entra, person("bob@contoso.com", bobOID)).ID, "bob's")
		w.must(func(tx *store.Tx) error {
			return tx.Directory(w.entra.Directory()).EndSession(started[1].ID, "logout")
		})
		got, err := w.Organization(w.contoso.ID).Sessions(t.Context(), alice.ID)
		want := []store.Session{started[2], started[0]}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("Sessions: %v (-want +got):\n%s", err, diff)
		}
		for _, userID := range []string{"", "alice", w.contoso.ID} {
			if got, err := w.Organization(w.contoso.ID).Sessions(t.Context(), userID); len(got) > 0 || err != nil {
				t.Errorf("of the user %q: got %v, %v", userID, got, err)
			}
		}
	})
}

func TestTouchSession_WritesOnceAMinute(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		clock := storetest.ClockOf(t, w.Store)
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID))
		session := w.signIn(w.entra, alice.ID, "alice's")
		w.signIn(w.entra, alice.ID, "alice's other")
		touch := func(after time.Duration) store.Session {
			clock.Set(storetest.Start.Add(after))
			if err := w.TouchSession(t.Context(), w.visit("alice's").Session, time.Hour); err != nil {
				t.Fatal(err)
			}
			return w.visit("alice's").Session
		}
		if got := touch(59 * time.Second); !got.LastSeenAt.Equal(storetest.Start) {
			t.Errorf("after 59 s last seen %v, want it unwritten", got.LastSeenAt)
		}
		want := storetest.Start.Add(time.Minute)
		if got := touch(time.Minute); !got.LastSeenAt.Equal(want) || !got.IdleExpiresAt.Equal(want.Add(time.Hour)) || !got.ExpiresAt.Equal(session.ExpiresAt) {
			t.Errorf("after a minute: seen %v, idle until %v, lasts until %v", got.LastSeenAt, got.IdleExpiresAt, got.ExpiresAt)
		}
		if got := w.visit("alice's other").Session; !got.LastSeenAt.Equal(storetest.Start) {
			t.Errorf("the other session was seen %v, and nobody used it", got.LastSeenAt)
		}
		w.must(func(tx *store.Tx) error { return tx.Directory(w.entra.Directory()).EndSession(session.ID, "logout") })
		if got := touch(time.Hour); !got.LastSeenAt.Equal(want) {
			t.Error("an ended session was touched")
		}
	})
}

func TestTouchSession_FourTimesWithinAShortLimit(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID))
		w.signIn(w.entra, alice.ID, "alice's")
		for _, after := range []time.Duration{19 * time.Second, 20 * time.Second} {
			storetest.ClockOf(t, w.Store).Set(storetest.Start.Add(after))
			if err := w.TouchSession(t.Context(), w.visit("alice's").Session, 80*time.Second); err != nil {
				t.Fatal(err)
			}
			if got, want := w.visit("alice's").Session.LastSeenAt.Equal(w.Now()), after == 20*time.Second; got != want {
				t.Errorf("after %v it was written down: %t, want %t", after, got, want)
			}
		}
	})
}

func TestRefuseSession_RecordsEachReasonOnceInARow(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID))
		w.signIn(w.entra, alice.ID, "alice's")
		w.signIn(w.entra, alice.ID, "alice's other")
		for _, reason := range []string{"inactive", "inactive", "no_role", "no_role", "inactive"} {
			v := w.visit("alice's")
			if err := w.RefuseSession(t.Context(), v, store.Decision{UserID: alice.ID, Reason: reason}, time.Time{}); err != nil {
				t.Fatal(err)
			}
			if got := w.visit("alice's").RefusedFor; got != reason {
				t.Errorf("refused for %q, want %q", got, reason)
			}
		}
		if got := w.visit("alice's other").RefusedFor; got != "" {
			t.Errorf("the other session is marked as refused for %q", got)
		}
		if got, want := w.reasons(alice.ID), []string{"inactive", "no_role", "inactive"}; !slices.Equal(got, want) {
			t.Errorf("recorded %v, want %v", got, want)
		}
		// Several requests of one page arrive at once, and all of them have read that nothing was recorded.
		v := w.visit("alice's")
		err := errors.Join(together(10, func(int) error {
			return w.RefuseSession(t.Context(), v, store.Decision{UserID: alice.ID, Reason: "role_too_low"}, time.Time{})
		})...)
		if got := w.reasons(alice.ID); err != nil || len(got) != 4 {
			t.Errorf("ten refusals at once: %v, recorded %v", err, got)
		}
	})
}

// reasons lists the reasons of contoso's decisions about a user, newest first.
func (w *world) reasons(userID string) (list []string) {
	w.t.Helper()
	decisions, err := w.Organization(w.contoso.ID).Decisions(w.t.Context(), store.DecisionQuery{UserID: userID})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, d := range decisions {
		list = append(list, d.Reason)
	}
	return list
}

// pendingSignIn is a sign-in of contoso that was sent to the provider now.
func (w *world) pendingSignIn() store.SignIn {
	now := w.Now()
	return store.SignIn{OrganizationID: w.contoso.ID, ConnectionID: w.entra.ID, AdmitsTo: w.contoso.ID, Nonce: "nonce", Verifier: "verifier",
		Browser: secretHash("browser"), ReturnTo: "/wiki?a=b", StartedAt: now, ExpiresAt: now.Add(10 * time.Minute)}
}

func TestConsumeSignIn_WorksOnce(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		want := w.pendingSignIn()
		if err := w.StartSignIn(t.Context(), "state", want); err != nil {
			t.Fatal(err)
		}
		for i, wantErr := range []error{nil, store.ErrUsed, store.ErrUsed} {
			got, err := w.ConsumeSignIn(t.Context(), "state")
			if diff := cmp.Diff(want, got); diff != "" || !errors.Is(err, wantErr) {
				t.Errorf("use %d: %v, want %v (-want +got):\n%s", i+1, err, wantErr, diff)
			}
		}
		if _, err := w.ConsumeSignIn(t.Context(), "never given"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("an unknown state = %v, want ErrNotFound", err)
		}
		if rows := w.rows("SELECT state_hash FROM sign_ins"); len(rows) != 1 || fmt.Sprint(rows[0]["state_hash"]) == fmt.Sprint([]byte("state")) {
			t.Errorf("sign-ins kept: %v; want one, its state hashed", rows)
		}
	})
}

func TestConsumeSignIn_ManyAtOnceOnTwoNodesHaveOneWinner(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		nodes := []*store.Store{w.Store, storetest.Second(t, w.Store)}
		for round := range 4 {
			state := fmt.Sprint("state", round)
			if err := w.StartSignIn(t.Context(), state, w.pendingSignIn()); err != nil {
				t.Fatal(err)
			}
			won := 0
			for _, err := range together(50, func(i int) error {
				_, err := nodes[i%2].ConsumeSignIn(t.Context(), state)
				return err
			}) {
				if err == nil {
					won++
				} else if !errors.Is(err, store.ErrUsed) {
					t.Errorf("a loser got %v, want ErrUsed", err)
				}
			}
			if won != 1 {
				t.Errorf("round %d: %d of 50 uses succeeded, want 1", round, won)
			}
		}
	})
}

func TestStartSignIn_ForgetsWhatIsLongPast(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		start := func(state string) {
			if err := w.StartSignIn(t.Context(), state, w.pendingSignIn()); err != nil {
				t.Fatal(err)
			}
		}
		start("old")
		storetest.ClockOf(t, w.Store).Advance(70 * time.Minute) // ten minutes to live, an hour to be remembered
		start("newer")
		if _, err := w.ConsumeSignIn(t.Context(), "old"); err != nil {
			t.Errorf("a sign-in of 70 minutes ago = %v; it is the caller who says that it has expired", err)
		}
		storetest.ClockOf(t, w.Store).Advance(time.Second)
		start("newest")
		if _, err := w.ConsumeSignIn(t.Context(), "old"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("one second later = %v, want ErrNotFound", err)
		}
		if _, err := w.ConsumeSignIn(t.Context(), "newer"); err != nil {
			t.Errorf("a newer sign-in = %v", err)
		}
	})
}

func TestEndSession_TheOneThatIsNamedInItsDirectory(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID))
		started := []store.Session{w.signIn(w.entra, alice.ID, "first"), w.signIn(w.entra, alice.ID, "second")}
		end := func(in store.DirectoryKey, id string) error {
			return w.write(func(tx *store.Tx) error { return tx.Directory(in).EndSession(id, "logout") })
		}
		mixed := store.DirectoryKey{OrganizationID: w.fabrikam.ID, DirectoryID: w.entra.DirectoryID}
		for _, in := range []store.DirectoryKey{w.okta.Directory(), w.other.Directory(), mixed, {}} {
			if err := end(in, started[0].ID); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("in %+v: %v, want ErrNotFound", in, err)
			}
		}
		for _, id := range []string{"", "first", w.contoso.ID} {
			if err := end(w.entra.Directory(), id); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("the session %q: %v, want ErrNotFound", id, err)
			}
		}
		for i, secret := range []string{"first", "second"} {
			if s := w.visit(secret).Session; !s.RevokedAt.IsZero() {
				t.Errorf("the %s was ended for %q", secret, s.RevokedReason)
			}
			if err := end(w.entra.Directory(), started[i].ID); err != nil || w.visit(secret).Session.RevokedReason != "logout" {
				t.Errorf("the %s was not ended: %v", secret, err)
			}
			if got := w.actions(w.contoso, started[i].ID); !slices.Equal(got, []string{"session.started", "session.ended"}) {
				t.Errorf("on record of the %s: %v", secret, got)
			}
		}
	})
}

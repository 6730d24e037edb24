package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

// listed are the ids of contoso's living sessions that a filter selects.
func (w *world) listed(f store.SessionFilter) []string {
	w.t.Helper()
	list, err := w.Organization(w.contoso.ID).ListSessions(w.t.Context(), f, w.Now())
	if err != nil {
		w.t.Fatal(err)
	}
	ids := []string{}
	for _, l := range list {
		ids = append(ids, l.ID)
		if l.UserName == "" {
			w.t.Errorf("the session %s is listed without a name", l.ID)
		}
	}
	return ids
}

func TestListSessions_AndEndThem(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID))
		bob := w.addUser(w.entra, person("bob@contoso.com", bobOID))
		carol := w.addUser(w.okta, person("carol@contoso.com", ""))
		first, second := w.signIn(w.entra, alice.ID, "1").ID, w.signIn(w.entra, alice.ID, "2").ID
		bobs, carols := w.signIn(w.entra, bob.ID, "3").ID, w.signIn(w.okta, carol.ID, "4").ID
		for _, tc := range []struct {
			name   string
			filter store.SessionFilter
			want   []string
		}{
			{"all", store.SessionFilter{}, []string{carols, bobs, second, first}},
			{"a user's", store.SessionFilter{UserID: alice.ID}, []string{second, first}},
			{"a connection's", store.SessionFilter{DirectoryID: w.entra.DirectoryID}, []string{bobs, second, first}},
			{"one", store.SessionFilter{ID: bobs}, []string{bobs}},
			{"the rest of a list", store.SessionFilter{Before: second}, []string{first}},
			{"of something that is no id", store.SessionFilter{UserID: "alice"}, []string{}},
		} {
			if got := w.listed(tc.filter); !slices.Equal(got, tc.want) {
				t.Errorf("%s: got %v, want %v", tc.name, got, tc.want)
			}
		}
		end := func(f store.SessionFilter, want int) {
			t.Helper()
			err := w.inContoso(func(o *store.OrganizationTx) error {
				n, err := o.EndSessions(f, "administrator")
				if n != want {
					t.Errorf("EndSessions(%+v) = %d, want %d", f, n, want)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		end(store.SessionFilter{ID: first}, 1)
		end(store.SessionFilter{ID: first}, 0)
		end(store.SessionFilter{DirectoryID: w.entra.DirectoryID}, 2)
		if got := w.listed(store.SessionFilter{}); !slices.Equal(got, []string{carols}) {
			t.Errorf("left: %v, want %v", got, carols)
		}
		if got := w.visit("1").Session.RevokedReason; got != "administrator" {
			t.Errorf("ended for %q", got)
		}
		if got := w.actions(w.contoso, bobs); !slices.Equal(got, []string{"session.started", "session.ended"}) {
			t.Errorf("on record: %v", got)
		}
		storetest.ClockOf(t, w.Store).Advance(10 * time.Hour)
		if got := w.listed(store.SessionFilter{}); len(got) > 0 {
			t.Errorf("when its time is over, %v is listed", got)
		}
	})
}

func TestStartSession_EndsTheOldestBeyondTheLimit(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID))
		bob := w.addUser(w.entra, person("bob@contoso.com", bobOID))
		clock := storetest.ClockOf(t, w.Store)
		w.signIn(w.entra, bob.ID, "bob's")
		for i := range store.MaxSessions + 2 {
			clock.Advance(time.Second)
			w.signIn(w.entra, alice.ID, fmt.Sprint(i))
		}
		living := func() int { return len(w.listed(store.SessionFilter{UserID: alice.ID})) }
		if got := living(); got != store.MaxSessions {
			t.Errorf("%d sessions live, want %d", got, store.MaxSessions)
		}
		for secret, reason := range map[string]string{"0": "too_many", "1": "too_many", "2": "", fmt.Sprint(store.MaxSessions + 1): ""} {
			if got := w.visit(secret).Session.RevokedReason; got != reason {
				t.Errorf("the session %s was ended for %q, want %q", secret, got, reason)
			}
		}
		w.signIn(w.entra, bob.ID, "bob's second")
		if got := w.visit("bob's").Session.RevokedReason; got != "" {
			t.Errorf("one with few sessions lost one for %q", got)
		}
		w.must(func(tx *store.Tx) error {
			return tx.Directory(w.entra.Directory()).EndSession(w.visit(fmt.Sprint(store.MaxSessions+1)).Session.ID, "logout")
		})
		w.signIn(w.entra, alice.ID, "in its place")
		if got := living(); got != store.MaxSessions {
			t.Errorf("%d sessions live after one was ended and another began, want %d", got, store.MaxSessions)
		}
	})
}

func TestPurgeSessions_KeepsThemForAMonth(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID))
		w.signIn(w.entra, alice.ID, "old")
		clock := storetest.ClockOf(t, w.Store)
		for _, tc := range []struct {
			after time.Duration
			want  int64
		}{{0, 0}, {30*24*time.Hour + 10*time.Hour, 0}, {time.Second, 1}, {0, 0}} {
			clock.Advance(tc.after)
			if got, err := w.PurgeSessions(t.Context()); err != nil || got != tc.want {
				t.Errorf("at %v: purged %d, %v; want %d", clock.Now(), got, err, tc.want)
			}
		}
		if got := w.actions(w.contoso, ""); !slices.Contains(got, "session.started") {
			t.Error("the events about the session are gone with it")
		}
	})
}

func TestEndProviderSessions_NeedsTheIssuerWhereItIsTold(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID))
		carol := w.addUser(w.okta, person("carol@contoso.com", ""))
		w.signIn(w.entra, alice.ID, "alice's")
		w.signIn(w.entra, alice.ID, "alice's too")
		w.signIn(w.okta, carol.ID, "carol's")
		end := func(sid, issuer string) int {
			t.Helper()
			issuers, err := w.EndProviderSessions(t.Context(), tester, sid, issuer)
			if err != nil {
				t.Fatal(err)
			}
			return len(issuers)
		}
		for _, tc := range []struct{ sid, issuer string }{{"", ""}, {"", w.okta.Issuer}, {"another", ""}, {"sid", "https://evil.example"}, {"a\x00", ""}} {
			if n := end(tc.sid, tc.issuer); n != 0 {
				t.Errorf("%+v ended %d", tc, n)
			}
		}
		if n := end("sid", w.okta.Issuer); n != 1 || w.visit("carol's").Session.RevokedReason != "provider_logout" || !w.visit("alice's").Session.RevokedAt.IsZero() {
			t.Errorf("of one issuer: ended %d", n)
		}
		if n := end("sid", ""); n != 2 || w.visit("alice's").Session.RevokedAt.IsZero() || w.visit("alice's too").Session.RevokedAt.IsZero() {
			t.Errorf("of any issuer: ended %d", n)
		}
		if n := end("sid", ""); n != 0 {
			t.Errorf("of those that have ended: ended %d", n)
		}
	})
}

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

// wantUnknown checks the answer of somebody who cannot know: nobody is let in, nothing is said about anybody, and the proxy may ask again.
func wantUnknown(t *testing.T, what string, res answer) {
	t.Helper()
	h := res.Header
	if res.StatusCode != http.StatusServiceUnavailable || h.Get("X-Doorlist-Reason") != "unavailable" || h.Get("Retry-After") == "" || h.Get("X-Doorlist-User") != "" {
		t.Errorf("%s: got %d %q, Retry-After %q, user %q, want 503", what, res.StatusCode, h.Get("X-Doorlist-Reason"), h.Get("Retry-After"), h.Get("X-Doorlist-User"))
	}
}

// A gate that can read who comes and not what an application demands must not take that for no demand.
func TestVerify_WithoutTheDemandsItCannotKnow(t *testing.T) {
	t.Parallel()
	for name, table := range map[string]string{"the applications": "application_paths", "the ladder": "roles"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, storetest.New(t), withHosts)
			p := w.person()
			p.door.mustSignIn()
			p.enter(wiki, "/page")
			p.door.wantVerify(http.StatusOK, "")
			storetest.TamperWith(t, w.store, "ALTER TABLE "+table+" RENAME TO elsewhere")
			wantUnknown(t, "a page of an application", p.open(wiki, "/page"))
			wantUnknown(t, "a role that is demanded", p.at(wiki).do(http.MethodGet, "/auth/verify?role=reader", map[string]string{"X-Forwarded-Host": wiki}))
			storetest.TamperWith(t, w.store, "ALTER TABLE elsewhere RENAME TO "+table)
			if res := p.open(wiki, "/page"); res.StatusCode != http.StatusOK {
				t.Errorf("afterwards: got %d", res.StatusCode)
			}
		})
	}
}

// Of some the gate reads more than of others. The demands of an application count for them too.
func TestVerify_WithoutTheDemandsItCannotKnowOfAnybody(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t), withHosts, func(w *world) {
		w.changeUser(func(r *store.UserRecord) { r.Emails = []store.Email{{Value: "alice@contoso.com"}} })
	})
	b := w.browser()
	b.mustSignIn()
	toWiki := map[string]string{"X-Forwarded-Host": wiki, "X-Forwarded-Uri": "/page"}
	if res := b.do(http.MethodGet, "/auth/verify", toWiki); res.StatusCode != http.StatusOK {
		t.Fatalf("before: got %d", res.StatusCode)
	}
	storetest.TamperWith(t, w.store, "ALTER TABLE application_paths RENAME TO elsewhere")
	wantUnknown(t, "somebody signed in", b.do(http.MethodGet, "/auth/verify", toWiki))
	stranger := map[string]string{"X-Forwarded-Host": wiki, "X-Forwarded-Uri": "/page", "Sec-Fetch-Mode": "navigate"}
	wantUnknown(t, "a stranger who would be sent to the sign-in", w.browser().do(http.MethodGet, "/auth/verify", stranger))
	for _, address := range []string{"/.doorlist/start", "/auth/handover?to=https://" + wiki + "/"} {
		if res := b.do(http.MethodGet, address, map[string]string{"X-Forwarded-Host": wiki}); res.StatusCode < 500 || res.Header.Get("Location") != "" {
			t.Errorf("%s: got %d to %q, want no way on", address, res.StatusCode, res.Header.Get("Location"))
		}
	}
	if res := b.get("/login?return_to=https://" + wiki + "/page"); strings.Contains(res.body, wiki) {
		t.Error("the sign-in leads to an application that may be none")
	}
}

// keepSessions makes every change of a session fail, as where a disk is full.
func (w *world) keepSessions() {
	w.t.Helper()
	storetest.TamperWith(w.t, w.store, "CREATE TRIGGER full BEFORE UPDATE ON sessions BEGIN SELECT RAISE(ABORT, 'the disk is full'); END")
}

func TestVerify_WhereNothingCanBeWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	b := w.browser()
	b.mustSignIn()
	w.keepSessions()
	w.clock.Advance(50 * time.Minute)
	b.wantVerify(http.StatusOK, "")
	if !strings.Contains(w.log.String(), "the use of a session could not be noted") {
		t.Error("the log does not say that the use of a session was not noted")
	}
	w.clock.Advance(10 * time.Minute)
	b.wantVerify(http.StatusUnauthorized, "session_expired") // as nobody knows of the use
}

func TestVerify_ARefusalThatCannotBeRecordedIsOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	b := w.browser()
	b.mustSignIn()
	before := len(w.decisions())
	w.leaveGroup(w.group)
	w.keepSessions()
	b.wantVerify(http.StatusForbidden, "no_role")
	if n := len(w.decisions()); n != before || !strings.Contains(w.log.String(), "a refusal could not be recorded") {
		t.Errorf("%d decisions since, and the log says\n%s", n-before, w.log)
	}
}

// A sign-out that did not happen must not look like one.
func TestLogout_SaysThatItDidNotHappen(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	b, other := w.browser(), w.browser()
	b.mustSignIn()
	other.mustSignIn()
	list, err := w.store.Organization(w.org.ID).Sessions(t.Context(), w.user.ID)
	w.must(err)
	w.keepSessions()
	for _, form := range [][]string{{"/logout", "also", ""}, {"/sessions", "id", "others"}, {"/sessions", "id", list[0].ID}} {
		if res := b.post(form[0], form[1], form[2]); res.StatusCode < 500 || len(res.Cookies()) != 0 {
			t.Errorf("%v: got %d to %q with the cookies %v, want a fault", form, res.StatusCode, res.Header.Get("Location"), res.Cookies())
		}
	}
	res := w.browser().get("/logout/frontchannel?sid=" + list[0].ProviderSID)
	if res.StatusCode != http.StatusOK || !strings.Contains(res.Header.Get("Content-Security-Policy"), "frame-ancestors 'none'") || !strings.Contains(w.log.String(), "a front-channel logout failed") {
		t.Errorf("the provider's sign-out: got %d, %s", res.StatusCode, res.Header.Get("Content-Security-Policy"))
	}
	b.wantVerify(http.StatusOK, "")
	other.wantVerify(http.StatusOK, "")
}

// Most requests are of people whom one statement lets in. One that asks for more and cannot be answered is left to the longer way.
func TestVerify_OneStatementLetsMostPeopleIn(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s, withHosts)
		p := w.person()
		p.door.mustSignIn()
		p.enter(wiki, "/page")
		statements := storetest.Statements(t, s)
		p.door.wantVerify(http.StatusOK, "")
		if taken := statements(); len(taken) != 1 {
			t.Errorf("it took %d statements:\n%s", len(taken), strings.Join(taken, "\n"))
		}
		p.open(wiki, "/page")
		visits := slices.DeleteFunc(statements(), func(sql string) bool { return !strings.Contains(sql, "FROM sessions") })
		if len(visits) != 1 || strings.Contains(visits[0], "refused_for") { // which the longer way reads
			t.Errorf("on the host of an application it took %d statements:\n%s", len(visits), strings.Join(visits, "\n"))
		}
	})
}

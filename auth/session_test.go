package auth_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

// changes is what can happen to a signed-in person, and the answer to the very next request.
var changes = []struct {
	name   string
	status int
	reason string
	set    func(w *world)
}{
	{"disabled", http.StatusForbidden, "inactive", func(w *world) { w.changeUser(func(r *store.UserRecord) { r.Active = false }) }},
	{"deleted", http.StatusForbidden, "not_provisioned", func(w *world) {
		w.write(func(tx *store.Tx) error { return tx.Directory(w.conn.Directory()).DeleteUser(w.user.ID, 0) })
	}},
	{"taken out of the last group", http.StatusForbidden, "no_role", func(w *world) { w.leaveGroup(w.group) }},
	{"the group is deleted", http.StatusForbidden, "no_role", func(w *world) {
		w.write(func(tx *store.Tx) error { return tx.Directory(w.conn.Directory()).DeleteGroup(w.group.ID, 0) })
	}},
	{"the external id moves to another person", http.StatusForbidden, "rebound_pending", func(w *world) {
		w.changeUser(func(r *store.UserRecord) { r.ExternalID = "12345678-1234-4234-8234-123456789012" })
	}},
	{"the external id becomes an alias", http.StatusForbidden, "mapping_unsafe", func(w *world) {
		w.changeUser(func(r *store.UserRecord) { r.ExternalID = "alice" })
	}},
	{"the connection is switched off", http.StatusForbidden, "connection_off", func(w *world) {
		w.changeConnection(func(c *store.Connection) { c.Enabled = false })
	}},
	{"disabled and enabled again", http.StatusUnauthorized, "session_revoked", func(w *world) {
		w.changeUser(func(r *store.UserRecord) { r.Active = false })
		w.changeUser(func(r *store.UserRecord) { r.Active = true })
	}},
	{"away for an hour", http.StatusUnauthorized, "session_expired", func(w *world) { w.clock.Advance(time.Hour) }},
}

func TestSession_EveryChangeHoldsForTheNextRequest(t *testing.T) {
	t.Parallel()
	for _, c := range changes {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, s *store.Store) {
				w := newWorld(t, s)
				other := w.open(storetest.Second(t, s)) // another node
				b := w.browser()
				b.mustSignIn()
				b.wantVerify(http.StatusOK, "")
				before := len(w.decisions())
				c.set(w)
				b.wantVerify(c.status, c.reason)
				b.base = other.URL
				b.wantVerify(c.status, c.reason)
				b.wantVerify(c.status, c.reason)
				recorded := w.decisions()[:len(w.decisions())-before]
				if c.status == http.StatusForbidden && (len(recorded) != 1 || recorded[0].Reason != c.reason || recorded[0].UserID != w.user.ID) {
					t.Errorf("on record since: %+v, want the refusal once", recorded)
				}
				if c.status == http.StatusUnauthorized && len(recorded) != 0 {
					t.Errorf("on record since: %+v, want nothing", recorded)
				}
			})
		})
	}
}

func TestSession_RoleDropsOnTheNextRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	editors := w.addGroup("Editors", "writer", w.user.ID)
	b := w.browser()
	b.mustSignIn()
	for _, want := range []string{"writer", "reader"} {
		res := b.wantVerify(http.StatusOK, "")
		if got := res.Header.Get("X-Doorlist-Role"); got != want {
			t.Errorf("got role %q, want %q", got, want)
		}
		w.leaveGroup(editors)
	}
}

func TestSession_IdleAndAbsoluteLimits(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	b := w.browser()
	b.mustSignIn()
	w.clock.Advance(time.Hour - time.Second)
	b.wantVerify(http.StatusOK, "")
	for range 9 {
		w.clock.Advance(time.Hour - time.Minute)
		b.wantVerify(http.StatusOK, "")
	}
	w.clock.Set(storetest.Start.Add(10*time.Hour - time.Second))
	b.wantVerify(http.StatusOK, "")
	w.clock.Advance(time.Second)
	b.wantVerify(http.StatusUnauthorized, "session_expired")
	if res := b.get("/"); res.Header.Get("Location") != "/login?notice=session_expired" {
		t.Errorf("the front page: got %d to %q", res.StatusCode, res.Header.Get("Location"))
	}
	if res := b.get("/login?notice=session_expired"); !strings.Contains(res.body, "your session has ended") {
		t.Error("the sign-in page does not say why it appears")
	}
}

func TestSession_SignInMakesANewOneAndEndsTheOld(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	b := w.browser()
	b.mustSignIn()
	old := b.sessionCookie()
	b.mustSignIn()
	if b.sessionCookie() == old {
		t.Error("the secret is the same after another sign-in")
	}
	b.wantVerify(http.StatusOK, "")
	thief := w.browser()
	res := thief.do(http.MethodGet, "/auth/verify", map[string]string{"Cookie": "doorlist=" + old})
	if res.StatusCode != http.StatusUnauthorized || res.Header.Get("X-Doorlist-Reason") != "session_revoked" {
		t.Errorf("the old secret: got %d %q, want 401 session_revoked", res.StatusCode, res.Header.Get("X-Doorlist-Reason"))
	}
}

func TestSession_ForgedSecrets(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	b := w.browser()
	b.mustSignIn()
	good := b.sessionCookie()
	forged := []string{"", "x", good[1:], good[:len(good)-1], good + "A", strings.ToUpper(good), "doorlist"}
	for i := range good {
		changed := []byte(good)
		changed[i] = 'A' + (changed[i]-'A'+1)%26
		forged = append(forged, string(changed))
	}
	stranger := w.browser()
	for _, secret := range forged {
		if secret == good {
			continue
		}
		res := stranger.do(http.MethodGet, "/auth/verify", map[string]string{"Cookie": "doorlist=" + secret})
		if res.StatusCode != http.StatusUnauthorized {
			t.Errorf("the secret %q: got %d, want 401", secret, res.StatusCode)
		}
	}
	res := stranger.do(http.MethodGet, "/auth/verify", map[string]string{"Cookie": "doorlist=" + good + "; doorlist=" + good})
	if res.StatusCode != http.StatusUnauthorized {
		t.Errorf("the cookie twice: got %d, want 401", res.StatusCode)
	}
}

func TestSession_CookieFlags(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	res := w.browser().signIn("alice@contoso.com")
	for _, c := range res.Cookies() {
		if c.Name == "doorlist" && (!c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || len(c.Value) != 43) {
			t.Errorf("got %+v", c)
		}
	}
	if res.Header.Get("Referrer-Policy") != "no-referrer" || res.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("the callback's headers: %v", res.Header)
	}
}

func TestSession_WhoAmI(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	w.addGroup("Editors", "writer", w.user.ID)
	b := w.browser()
	if h := b.get("/auth/session").Header; h.Get("Cache-Control") != "no-store" || h.Get("Vary") != "Cookie, Authorization" {
		t.Errorf("others may be shown what is about one: %v", h)
	}
	if res := b.get("/auth/session"); res.StatusCode != http.StatusUnauthorized || !strings.Contains(res.body, "You are not signed in") {
		t.Errorf("before signing in: got %d %s", res.StatusCode, res.body)
	}
	b.mustSignIn()
	var got struct {
		User         struct{ ID, Name, Email string }
		Organization struct{ Slug string }
		Role         struct{ Name string }
		Grants       []struct{ Role, Source, Name string }
	}
	w.must(json.Unmarshal([]byte(b.get("/auth/session").body), &got))
	if got.User.ID != w.user.ID || got.User.Name != "Alice Ångström" || got.User.Email != "alice@contoso.com" ||
		got.Organization.Slug != "contoso" || got.Role.Name != "writer" || len(got.Grants) != 2 || got.Grants[0].Name != "Editors" {
		t.Errorf("got %+v", got)
	}
}

// Whoever has the cookie of a session that its person ended learns nothing of what became of them.
func TestSession_AnEndedOneTellsNothingMore(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	b := w.browser()
	b.mustSignIn()
	stolen := map[string]string{"Cookie": "doorlist=" + b.sessionCookie()}
	b.post("/logout", "also", "")
	w.changeUser(func(r *store.UserRecord) { r.Active = false })
	wantAnswer(t, w.browser().do(http.MethodGet, "/auth/verify", stolen), http.StatusUnauthorized, "session_revoked")
}

// Who came in with a password is recognized by it, with every request as at the sign-in.
func TestSession_OfAPasswordNeedsNoObjectID(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t), (*world).withPasswords)
	w.setMode(store.SSOOff)
	w.changeUser(func(r *store.UserRecord) { r.ExternalID = "alice" })
	b := w.browser()
	wantAnswer(t, b.enterPassword("alice@contoso.com", alicePassword), http.StatusSeeOther, "")
	b.wantVerify(http.StatusOK, "")
}

// A request that is served after its person was shut out, by a clock that is behind, comes to light at the next one.
func TestSession_WhatWasServedTooLateComesToLight(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	b := w.browser()
	b.mustSignIn()
	left := w.clock.Now()
	w.clock.Advance(10 * time.Second)
	b.wantVerify(http.StatusOK, "")
	w.clock.Set(left)
	w.changeUser(func(r *store.UserRecord) { r.Active = false })
	b.wantVerify(http.StatusForbidden, "inactive")
	sum, err := w.store.Organization(w.org.ID).LockoutsSince(t.Context(), left)
	w.must(err)
	if sum.Sessions != 1 || sum.Served != 1 {
		t.Errorf("got %+v, want one session of which a request was served", sum)
	}
}

// A browser in which many ways in were begun and none ended does not send ever more cookies, until a proxy refuses them.
func TestSignIn_ManyUnfinishedOnesAreForgotten(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t), withHosts)
	for _, start := range []string{"/login/entra", "/.doorlist/start"} {
		b, kept := w.browser(), 0
		for range 10 {
			b.do(http.MethodGet, start, map[string]string{"X-Forwarded-Host": wiki})
			w.clock.Advance(time.Minute)
		}
		var removed []string
		for _, c := range b.do(http.MethodGet, start, map[string]string{"X-Forwarded-Host": wiki}).Cookies() {
			if c.MaxAge < 0 {
				removed = append(removed, c.Name)
			} else {
				kept++
			}
		}
		if len(removed) != 10 || kept != 1 {
			t.Errorf("%s: the eleventh removes %q and sets %d, want 10 and its own", start, removed, kept)
		}
	}
}

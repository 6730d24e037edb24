package auth_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

const (
	firefox = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
	iphone  = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1"
)

// signInWith signs Alice in with a browser that calls itself agent.
func (w *world) signInWith(agent string) *browser {
	w.t.Helper()
	b := w.browser()
	b.do(http.MethodGet, b.authorize("/login/entra", "alice@contoso.com"), map[string]string{"User-Agent": agent})
	if b.sessionCookie() == "" {
		w.t.Fatal("no session was started")
	}
	return b
}

var sessionIDs = regexp.MustCompile(`name="id" value="([0-9a-f-]{36})"`)

func TestSessions_OwnOnesListedAndEnded(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		desk, phone, third := w.signInWith(firefox), w.signInWith(iphone), w.signInWith("")
		page := desk.get("/sessions")
		for _, want := range []string{"Firefox on Windows", "this one", "Safari on iPhone", "An unknown browser", "with Microsoft", "127.0.0.1"} {
			if !strings.Contains(page.body, want) {
				t.Errorf("the page lacks %q", want)
			}
		}
		ids := sessionIDs.FindAllStringSubmatch(page.body, -1)
		if len(ids) != 2 || strings.Index(page.body, "Firefox") > strings.Index(page.body, "Safari") {
			t.Fatalf("%d sessions can be ended, want 2, and the present one first:\n%s", len(ids), page.body)
		}
		if res := desk.post("/sessions", "id", ids[1][1]); res.Header.Get("Location") != "/sessions?ended=one" {
			t.Errorf("ending the phone's: got %d to %q", res.StatusCode, res.Header.Get("Location"))
		}
		phone.wantVerify(http.StatusUnauthorized, "session_revoked")
		third.wantVerify(http.StatusOK, "")
		if res := desk.post("/sessions", "id", "others"); res.Header.Get("Location") != "/sessions?ended=others" {
			t.Errorf("ending the others: got %d to %q", res.StatusCode, res.Header.Get("Location"))
		}
		third.wantVerify(http.StatusUnauthorized, "session_revoked")
		desk.wantVerify(http.StatusOK, "")
	})
}

func TestSessions_NobodyElseCanEndThem(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	victim, other := w.signInWith(firefox), w.signInWith(iphone)
	ids := sessionIDs.FindAllStringSubmatch(other.get("/sessions").body, -1)
	bob := w.provisionBob()
	b := w.browser()
	b.signIn(bob.UserPrincipalName)
	for _, id := range []string{ids[0][1], "", "x"} {
		if res := b.post("/sessions", "id", id); res.Header.Get("Location") != "/sessions?ended=none" {
			t.Errorf("somebody else's session %q: got %d to %q", id, res.StatusCode, res.Header.Get("Location"))
		}
	}
	res := other.send(http.MethodPost, "/sessions", strings.NewReader("id=others"), map[string]string{
		"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "cross-site",
	})
	if res.StatusCode != http.StatusForbidden {
		t.Errorf("from another site: got %d, want 403", res.StatusCode)
	}
	victim.wantVerify(http.StatusOK, "")
	if res := w.browser().get("/sessions"); res.Header.Get("Location") != "/login?return_to=%2Fsessions" {
		t.Errorf("without a session: got %d to %q", res.StatusCode, res.Header.Get("Location"))
	}
}

// provisionBob provisions another person, in Alice's group.
func (w *world) provisionBob() (bob struct{ UserPrincipalName, ID string }) {
	w.t.Helper()
	p, err := w.tenant.AddPerson(w.bob())
	w.must(err)
	u := w.addUser(store.UserRecord{UserName: p.UserPrincipalName, ExternalID: p.ObjectID, DisplayName: "Bob", Active: true})
	w.write(func(tx *store.Tx) error {
		_, err := tx.Directory(w.conn.Directory()).UpdateGroup(w.group, nil, store.MemberChange{Add: []store.NewMember{{ID: u.ID}}})
		return err
	})
	bob.UserPrincipalName, bob.ID = p.UserPrincipalName, u.ID
	return bob
}

func TestSignIn_AsSomebodyElseSaysSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	bob := w.provisionBob()
	b := w.browser()
	b.mustSignIn()
	alices := b.sessionCookie()
	res := b.signIn(bob.UserPrincipalName)
	if got := res.Header.Get("Location"); got != "/switched?return_to=%2Fwiki%2Fstart" {
		t.Fatalf("got %d to %q, want the page that says who one is now", res.StatusCode, got)
	}
	page := b.get(res.Header.Get("Location"))
	if !strings.Contains(page.body, "You are now signed in as Bob") || !strings.Contains(page.body, `href="/wiki/start"`) {
		t.Errorf("the page says\n%s", page.body)
	}
	old := w.browser().do(http.MethodGet, "/auth/verify", map[string]string{"Cookie": "doorlist=" + alices})
	if old.StatusCode != http.StatusUnauthorized {
		t.Errorf("Alice's session: got %d, want 401", old.StatusCode)
	}
	if res := b.get("/switched?return_to=//evil.example"); strings.Contains(res.body, "evil") {
		t.Error("the page leads to another site")
	}
	if res := b.signIn(bob.UserPrincipalName); res.Header.Get("Location") != "/wiki/start" {
		t.Errorf("again as the same: got %q", res.Header.Get("Location"))
	}
}

// What a page loads for itself must not keep a session of somebody who is away.
func TestSession_OnlyUseMovesTheIdleLimit(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, address, mode string
		moves               bool
	}{
		{"a navigation", "/auth/verify", "navigate", true},
		{"a program", "/auth/verify", "", true},
		{"a script", "/auth/verify", "cors", false},
		{"an image", "/auth/verify", "no-cors", false},
		{"a WebSocket", "/auth/verify", "websocket", false},
		{"a script that asks who is there", "/auth/session", "same-origin", false},
		{"a script that says that somebody is", "/auth/session?active=1", "same-origin", true},
		{"a script that says so elsewhere", "/auth/verify?active=1", "cors", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, storetest.New(t))
			b := w.browser()
			b.mustSignIn()
			w.clock.Advance(50 * time.Minute)
			if res := b.do(http.MethodGet, tc.address, map[string]string{"Sec-Fetch-Mode": tc.mode}); res.StatusCode != http.StatusOK {
				t.Fatalf("got %d", res.StatusCode)
			}
			w.clock.Advance(20 * time.Minute)
			if got := b.get("/auth/verify").StatusCode == http.StatusOK; got != tc.moves {
				t.Errorf("the session lives on: %v, want %v", got, tc.moves)
			}
		})
	}
}

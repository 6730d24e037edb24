package auth_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

func TestCallback_ReplayedStateIsRefused(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		b := w.browser()
		callback := b.authorize("/login/entra", "alice@contoso.com")
		if res := b.get(callback); res.StatusCode != http.StatusSeeOther {
			t.Fatalf("the first time: got %d, want 303", res.StatusCode)
		}
		res := b.get(callback)
		w.wantRefused(res, "bad_response", "used before")
		if !strings.Contains(res.body, "you are still signed in") {
			t.Error("the page does not say that the earlier sign-in holds")
		}
		b.wantVerify(http.StatusOK, "")
	})
}

func TestCallback_OfManyEqualAnswersOneGoesOn(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		other := w.open(storetest.Second(t, s)) // another node
		b := w.browser()
		callback := b.authorize("/login/entra", "alice@contoso.com")
		here, _ := url.Parse(w.door.URL)
		there := strings.Replace(callback, w.door.URL, other.URL, 1)
		cookies := b.client.Jar.Cookies(here)
		var wait sync.WaitGroup
		for i := range 20 {
			address := callback
			if i%2 == 1 {
				address = there
			}
			wait.Go(func() {
				req, _ := http.NewRequest(http.MethodGet, address, nil)
				for _, c := range cookies {
					req.AddCookie(c)
				}
				res, err := (&http.Client{CheckRedirect: b.client.CheckRedirect}).Do(req)
				if err != nil {
					t.Error(err)
					return
				}
				res.Body.Close()
			})
		}
		wait.Wait()
		sessions, err := s.Organization(w.org.ID).Sessions(context.Background(), w.user.ID)
		w.must(err)
		if len(sessions) != 1 {
			t.Errorf("got %d sessions, want exactly one", len(sessions))
		}
		if replays := w.count("sign_in bad_response"); replays != 19 {
			t.Errorf("%d answers were refused as replays, want 19", replays)
		}
	})
}

func (w *world) count(what string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for _, s := range w.seen {
		if s == what {
			n++
		}
	}
	return n
}

func TestCallback_TwoTabsDoNotDisturbEachOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	b := w.browser()
	first := b.authorize("/login/entra?return_to=/first", "alice@contoso.com")
	second := b.authorize("/login/entra?return_to=/second", "alice@contoso.com")
	for callback, want := range map[string]string{second: "/second", first: "/first"} {
		if res := b.get(callback); res.Header.Get("Location") != want {
			t.Errorf("got %d to %q, want %q", res.StatusCode, res.Header.Get("Location"), want)
		}
	}
}

func TestCallback_ManyOpenTabsKeepTheHeaderSmall(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	b := w.browser()
	for range 25 {
		b.get("/login/entra")
	}
	u, _ := url.Parse(b.base)
	if n := len(b.client.Jar.Cookies(u)); n > 10 {
		t.Errorf("the browser holds %d cookies, want at most 10", n)
	}
	b.mustSignIn()
}

func TestCallback_AnotherBrowserIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	callback := w.browser().authorize("/login/entra", "alice@contoso.com")
	victim := w.browser()
	w.wantRefused(victim.get(callback), "bad_response", "another browser")
	if victim.sessionCookie() != "" {
		t.Error("the victim's browser was signed in as somebody else")
	}
}

func TestCallback_UnknownState(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	for _, query := range []string{"", "?state=", "?state=invented&code=x", "?code=x", "?error=access_denied", "?state=%00", "?state=" + strings.Repeat("x", 5000)} {
		res := w.browser().get("/login/callback" + query)
		if res.StatusCode != http.StatusForbidden || res.Header.Get("X-Doorlist-Reason") != "bad_response" {
			t.Errorf("%.40q: got %d %q, want 403 bad_response", query, res.StatusCode, res.Header.Get("X-Doorlist-Reason"))
		}
	}
	unassigned, err := w.store.Organization("").Decisions(context.Background(), store.DecisionQuery{})
	w.must(err)
	if len(unassigned) != 0 || len(w.decisions()) != 0 {
		t.Errorf("on record, though anybody can send such answers: %+v, %+v", unassigned, w.decisions())
	}
	if !strings.Contains(w.log.String(), "no sign-in that was started here") {
		t.Errorf("the log does not say what was wrong:\n%s", w.log)
	}
}

func TestCallback_TooLate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	b := w.browser()
	callback := b.authorize("/login/entra", "alice@contoso.com")
	w.clock.Advance(15 * time.Minute)
	w.wantRefused(b.get(callback), "bad_response", "took longer than 15m0s")
}

func TestCallback_IssuerParameterOfAnotherProvider(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	b := w.browser()
	w.wantRefused(b.get(b.authorize("/login/entra", "alice@contoso.com")+"&iss=https://evil.example"), "bad_response", "RFC 9207")
	own := url.QueryEscape(w.idp.URL + "/" + tenantID + "/v2.0")
	if res := b.get(b.authorize("/login/entra", "alice@contoso.com") + "&iss=" + own); res.StatusCode != http.StatusSeeOther {
		t.Errorf("with our own issuer: got %d, want 303", res.StatusCode)
	}
}

func TestCallback_ASignInCookieTwiceIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	b := w.browser()
	callback := b.authorize("/login/entra", "alice@contoso.com")
	u, _ := url.Parse(b.base)
	own := b.client.Jar.Cookies(u)[0]
	w.wantRefused(b.do(http.MethodGet, callback, map[string]string{"Cookie": own.Name + "=planted"}), "bad_response", "lost its cookie")
}

func TestCallback_RestartsOnceByItself(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	w.must(w.entra.Misbehave("code-redeemed", 1))
	b := w.browser()
	res := b.signIn("alice@contoso.com")
	want := "/login/entra?return_to=%2Fwiki%2Fstart"
	if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != want {
		t.Fatalf("got %d to %q, want to start again at %q", res.StatusCode, res.Header.Get("Location"), want)
	}
	if res := b.get(b.authorize(want, "alice@contoso.com")); res.Header.Get("Location") != "/wiki/start" {
		t.Errorf("the second time: got %d to %q, want /wiki/start", res.StatusCode, res.Header.Get("Location"))
	}
}

func TestBegin_AsksForWhatItShould(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	there, err := url.Parse(w.browser().get("/login/entra?prompt=select_account").Header.Get("Location"))
	w.must(err)
	q := there.Query()
	want := map[string]string{
		"response_type": "code", "response_mode": "query", "client_id": clientID, "scope": "openid profile",
		"code_challenge_method": "S256", "prompt": "select_account", "redirect_uri": w.door.URL + "/login/callback",
	}
	for name, value := range want {
		if q.Get(name) != value {
			t.Errorf("%s: got %q, want %q", name, q.Get(name), value)
		}
	}
	for _, name := range []string{"state", "nonce", "code_challenge"} {
		if len(q.Get(name)) != 43 {
			t.Errorf("%s: got %q, want 256 bits", name, q.Get(name))
		}
	}
	if res := w.browser().get("/login/nowhere"); res.StatusCode != http.StatusNotFound {
		t.Errorf("an unknown connection: got %d, want 404", res.StatusCode)
	}
}

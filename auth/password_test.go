package auth_test

import (
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

const (
	ownerEmail    = "owner@example.com"
	ownerPassword = "four words in a row"
)

// invite makes a local owner and returns the path of the one-time link.
func (w *world) invite() string {
	w.t.Helper()
	var secret string
	w.write(func(tx *store.Tx) (err error) {
		_, secret, err = tx.Organization(w.org.ID).CreateOwner(ownerEmail)
		return err
	})
	return "/invite/" + secret
}

// post sends a form as a page of our own would.
func (b *browser) post(path string, fields ...string) answer {
	b.w.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return b.send(http.MethodPost, path, strings.NewReader(form.Encode()), map[string]string{
		"Content-Type": "application/x-www-form-urlencoded", "Origin": b.base, "Sec-Fetch-Site": "same-origin",
	})
}

func (b *browser) choosePassword(link string) answer {
	b.w.t.Helper()
	return b.post(link, "password", ownerPassword, "repeated", ownerPassword)
}

func (b *browser) enterPassword(name, password string) answer {
	b.w.t.Helper()
	return b.post("/password", "user_name", name, "password", password, "return_to", "/wiki")
}

func wantAnswer(t testing.TB, res answer, status int, reason string) {
	t.Helper()
	if res.StatusCode != status || res.Header.Get("X-Doorlist-Reason") != reason {
		t.Errorf("got %d %q, want %d %q\n%s", res.StatusCode, res.Header.Get("X-Doorlist-Reason"), status, reason, res.body)
	}
}

func TestPassword_OwnerComesInByTheOneTimeLink(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		link, b := w.invite(), w.browser()
		if res := b.get(link); res.StatusCode != http.StatusOK || !strings.Contains(res.body, ownerEmail) {
			t.Fatalf("the link: %d\n%s", res.StatusCode, res.body)
		}
		wantAnswer(t, b.choosePassword(link), http.StatusSeeOther, "")
		wantAnswer(t, b.choosePassword(link), http.StatusNotFound, "")
		wantAnswer(t, b.enterPassword(strings.ToUpper(ownerEmail), ownerPassword), http.StatusSeeOther, "")

		res := b.wantVerify(http.StatusOK, "")
		if res.Header.Get("X-Doorlist-Role") != "owner" || res.Header.Get("X-Doorlist-Connection") != "" {
			t.Errorf("the headers: %v", res.Header)
		}
		if d := w.decisions()[0]; !d.Admitted || d.Method != "password" || d.Role != "owner" {
			t.Errorf("the decision: %+v", d)
		}
		if e := w.explain(ownerEmail); !e.Admitted || e.Method != "password" || e.Role != "owner" {
			t.Errorf("explain: %+v", e)
		}
	})
}

func TestInvite_RefusesWeakPasswordsAndKeepsTheLink(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	link, b := w.invite(), w.browser()
	for _, pair := range [][2]string{{"short", "short"}, {ownerPassword, "something else entirely"}, {"owner owner owner", "owner owner owner"}, {"contoso-owner", "contoso-owner"},
		{strings.Repeat("a", 20), strings.Repeat("a", 20)}, {strings.Repeat("ab", 200), strings.Repeat("ab", 200)}} {
		wantAnswer(t, b.post(link, "password", pair[0], "repeated", pair[1]), http.StatusUnprocessableEntity, "")
	}
	wantAnswer(t, b.choosePassword(link), http.StatusSeeOther, "")
}

func TestInvite_ExpiresAndWorksOnceOverall(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		link := w.invite()
		var done sync.WaitGroup
		var mu sync.Mutex
		accepted := 0
		for range 4 {
			b := w.browser()
			done.Go(func() {
				if res := b.choosePassword(link); res.StatusCode == http.StatusSeeOther {
					mu.Lock()
					accepted++
					mu.Unlock()
				}
			})
		}
		done.Wait()
		if accepted != 1 {
			t.Errorf("the link was accepted %d times, want once", accepted)
		}
		late := w.inviteAnother()
		w.clock.Advance(store.InviteFor)
		wantAnswer(t, w.browser().choosePassword(late), http.StatusNotFound, "")
	})
}

func (w *world) inviteAnother() string {
	w.t.Helper()
	var secret string
	w.write(func(tx *store.Tx) (err error) {
		_, secret, err = tx.Organization(w.org.ID).CreateOwner("second@example.com")
		return err
	})
	return "/invite/" + secret
}

func TestPassword_WrongNameAndWrongPasswordLookTheSame(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	b := w.browser()
	wantAnswer(t, b.choosePassword(w.invite()), http.StatusSeeOther, "")
	known := b.enterPassword(ownerEmail, "not the password")
	unknown := b.enterPassword("nobody@example.com", "not the password")
	wantAnswer(t, known, http.StatusForbidden, "bad_credentials")
	wantAnswer(t, unknown, http.StatusForbidden, "bad_credentials")
	same := func(a answer, name string) string {
		return strings.NewReplacer(name, "NAME", a.Header.Get("X-Request-Id"), "ID").Replace(a.body)
	}
	if same(known, ownerEmail) != same(unknown, "nobody@example.com") {
		t.Error("the pages differ")
	}
	for _, password := range []string{"", "null", "undefined", ownerPassword + " "} {
		wantAnswer(t, b.enterPassword(ownerEmail, password), http.StatusForbidden, "bad_credentials")
	}
	wantAnswer(t, b.enterPassword("alice@contoso.com", "null"), http.StatusForbidden, "bad_credentials")
}

func TestPassword_LocksAnAddressThatGuesses(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		b := w.browser()
		wantAnswer(t, b.choosePassword(w.invite()), http.StatusSeeOther, "")
		for range 10 {
			wantAnswer(t, b.enterPassword(ownerEmail, "a wrong password"), http.StatusForbidden, "bad_credentials")
			w.clock.Advance(10 * time.Second)
		}
		wantAnswer(t, b.enterPassword(ownerEmail, ownerPassword), http.StatusTooManyRequests, "locked")
		w.clock.Advance(20 * time.Minute)
		wantAnswer(t, b.enterPassword(ownerEmail, ownerPassword), http.StatusSeeOther, "")
	})
}

func TestPassword_SlowsDownAnAddressWhateverTheNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	b := w.browser()
	refused := 0
	for range 14 {
		if b.enterPassword("nobody@example.com", "x").StatusCode == http.StatusTooManyRequests {
			refused++
		}
	}
	if refused != 4 {
		t.Errorf("%d of 14 attempts at once were put off, want 4", refused)
	}
}

func TestPassword_ForeignSitesCannotSignAnybodyIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	b := w.browser()
	link := w.invite()
	foreign := map[string]string{"Content-Type": "application/x-www-form-urlencoded", "Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
	form := url.Values{"password": {ownerPassword}, "repeated": {ownerPassword}, "user_name": {ownerEmail}}.Encode()
	wantAnswer(t, b.send(http.MethodPost, link, strings.NewReader(form), foreign), http.StatusForbidden, "")
	wantAnswer(t, b.choosePassword(link), http.StatusSeeOther, "")
	wantAnswer(t, b.send(http.MethodPost, "/password", strings.NewReader(form), foreign), http.StatusForbidden, "")
	if b.sessionCookie() != "" {
		t.Error("a foreign site's form started a session")
	}
}

// Strangers must not keep the one out who can mend things: from a trusted network an owner is only slowed down.
func TestPassword_AnOwnerIsNeverLockedOutOfATrustedNetwork(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s, func(w *world) { w.trusted = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} })
		w.withOwner()
		people, err := s.PasswordPeople(t.Context(), ownerEmail)
		w.must(err)
		failed := func(n int, address string) {
			w.write(func(tx *store.Tx) error {
				for range n {
					_, err := tx.Organization(w.org.ID).RecordDecision(store.Decision{UserID: people[0].User.ID, Address: address, Reason: "bad_credentials"})
					if err != nil {
						return err
					}
				}
				return nil
			})
		}
		failed(200, "203.0.113.9")
		wantAnswer(t, w.browser().enterPassword(ownerEmail, ownerPassword), http.StatusSeeOther, "")
		w.clock.Advance(time.Second)
		failed(200, "127.0.0.1")
		res := w.browser().enterPassword(ownerEmail, ownerPassword)
		if wantAnswer(t, res, http.StatusTooManyRequests, "locked"); res.Header.Get("Retry-After") != "30" {
			t.Errorf("Retry-After is %q, want 30", res.Header.Get("Retry-After"))
		}
		w.clock.Advance(30 * time.Second)
		wantAnswer(t, w.browser().enterPassword(ownerEmail, ownerPassword), http.StatusSeeOther, "")
	})
}

func TestPassword_TheHundredAndFirstFailureIsRefusedEvenIfItIsRight(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	w.withOwner()
	people, err := w.store.PasswordPeople(t.Context(), ownerEmail)
	w.must(err)
	w.write(func(tx *store.Tx) error {
		for i := range 100 {
			_, err := tx.Organization(w.org.ID).RecordDecision(store.Decision{UserID: people[0].User.ID, Address: "203.0.113." + strconv.Itoa(i), Reason: "bad_credentials"})
			if err != nil {
				return err
			}
		}
		return nil
	})
	for range 3 { // attempts that are put off do not make room for others
		wantAnswer(t, w.browser().enterPassword(ownerEmail, ownerPassword), http.StatusTooManyRequests, "locked")
	}
	if d := w.decisions()[0]; d.Reason != "locked" || d.UserName != ownerEmail {
		t.Errorf("on record: %+v, want the attempt that was put off", d)
	}
}

func TestPassword_RecordsWhatWasPutOffBecauseOfItsAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	w.withOwner()
	b := w.browser()
	for range 10 {
		b.enterPassword("nobody@example.com", "x")
	}
	wantAnswer(t, b.enterPassword(ownerEmail, ownerPassword), http.StatusTooManyRequests, "locked")
	for range 500 {
		if list := w.decisions(); len(list) > 0 && list[0].Reason == "locked" {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("on record: %+v, want the attempt that was put off", w.decisions())
}

package auth_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

// app is an authenticator app, written after RFC 6238 and not after the code that it tests.
type app struct{ key []byte }

func (a app) code(at time.Time) string {
	mac := hmac.New(sha1.New, a.key)
	binary.Write(mac, binary.BigEndian, at.Unix()/30)
	sum := mac.Sum(nil)
	at4 := sum[len(sum)-1] & 15
	return fmt.Sprintf("%06d", (binary.BigEndian.Uint32(sum[at4:])&0x7fffffff)%1_000_000)
}

// appOf scans the page.
func (w *world) appOf(page string) app {
	w.t.Helper()
	found := regexp.MustCompile(`<code class="secret">([A-Z2-7 ]+)</code>`).FindStringSubmatch(page)
	if found == nil {
		w.t.Fatalf("the page shows no secret:\n%s", page)
	}
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ReplaceAll(found[1], " ", ""))
	w.must(err)
	return app{key}
}

func (w *world) setFactorRule(rule store.SecondFactorRule) {
	w.t.Helper()
	w.write(func(tx *store.Tx) (err error) {
		w.org, err = tx.Organization(w.org.ID).SetSecondFactorRule(rule)
		return err
	})
}

// ownerWithFactor makes an owner who has a second factor, and returns the app, the recovery codes and the browser.
func (w *world) ownerWithFactor() (app, []string, *browser) {
	w.t.Helper()
	w.setFactorRule(store.SecondFactorOwners)
	w.withOwner()
	b := w.browser()
	b.wantFactor(ownerEmail, ownerPassword)
	page := b.get("/second-factor")
	a := w.appOf(page.body)
	res := b.giveCode(a.code(w.store.Now()))
	wantAnswer(w.t, res, http.StatusOK, "")
	codes := elements(w.t, res.body, "li")
	if len(codes) != 10 {
		w.t.Fatalf("the page shows the recovery codes %q, want 10", codes)
	}
	return a, codes, b
}

func (b *browser) giveCode(code string) answer {
	b.w.t.Helper()
	return b.post("/second-factor", "code", code)
}

// wantFactor enters a password and demands to be asked for a code.
func (b *browser) wantFactor(name, password string) {
	b.w.t.Helper()
	res := b.enterPassword(name, password)
	if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/second-factor" || b.sessionCookie() != "" {
		b.w.t.Fatalf("the password: %d to %q with the session %q; want to be asked for a code", res.StatusCode, res.Header.Get("Location"), b.sessionCookie())
	}
}

func TestSecondFactor_AnOwnersFirstSignInLeadsThroughEnrollment(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		a, _, b := w.ownerWithFactor()
		b.wantVerify(http.StatusOK, "")
		var me struct {
			SecondFactor bool     `json:"second_factor"`
			AMR          []string `json:"amr"`
		}
		w.must(json.Unmarshal([]byte(b.get("/auth/session").body), &me))
		if !me.SecondFactor || !slices.Equal(me.AMR, []string{"pwd", "otp", "mfa"}) {
			t.Errorf("/auth/session tells %+v", me)
		}

		again := w.browser()
		again.wantFactor(ownerEmail, ownerPassword)
		if page := again.get("/second-factor").body; strings.Contains(page, "secret") || strings.Contains(page, "<svg") {
			t.Errorf("the secret is shown again:\n%s", page)
		}
		wantAnswer(t, again.giveCode(a.code(w.store.Now())), http.StatusForbidden, "bad_credentials") // used at the enrollment
		w.clock.Advance(30 * time.Second)
		res := again.giveCode(a.code(w.store.Now()))
		if wantAnswer(t, res, http.StatusSeeOther, ""); res.Header.Get("Location") != "/wiki" {
			t.Errorf("it leads to %q, want where the sign-in was going", res.Header.Get("Location"))
		}
		again.wantVerify(http.StatusOK, "")
		wantAnswer(t, again.giveCode(a.code(w.store.Now())), http.StatusSeeOther, "") // nothing is asked any more
		if d := w.decisions(); !d[0].Admitted || d[1].Reason != "bad_credentials" || !strings.Contains(d[1].Detail, "the code was not") {
			t.Errorf("on record: %+v", d[:2])
		}
	})
}

func TestSecondFactor_ACodeWorksOnceOnAllNodes(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		a, _, _ := w.ownerWithFactor()
		w.clock.Advance(30 * time.Second)
		code := a.code(w.store.Now())
		other := w.open(storetest.Second(t, s))
		var all sync.WaitGroup
		var mu sync.Mutex
		admitted := 0
		for i := range 4 {
			b := w.browser()
			if i%2 == 1 {
				b.base = other.URL
			}
			b.wantFactor(ownerEmail, ownerPassword)
			all.Go(func() {
				if b.giveCode(code); b.sessionCookie() != "" {
					mu.Lock()
					defer mu.Unlock()
					admitted++
				}
			})
		}
		all.Wait()
		if admitted != 1 {
			t.Errorf("one code let %d browsers in, want 1", admitted)
		}
	})
}

func TestSecondFactor_ARecoveryCodeStandsInOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	_, codes, _ := w.ownerWithFactor()
	b := w.browser()
	b.wantFactor(ownerEmail, ownerPassword)
	wantAnswer(t, b.giveCode(strings.ToLower(codes[3])), http.StatusSeeOther, "")
	b.wantVerify(http.StatusOK, "")
	b = w.browser()
	b.wantFactor(ownerEmail, ownerPassword)
	wantAnswer(t, b.giveCode(codes[3]), http.StatusForbidden, "bad_credentials")
	wantAnswer(t, b.giveCode(codes[4]), http.StatusSeeOther, "")
}

// Codes have few digits: guessing is slowed down like that of passwords, and the right one does not help then.
func TestSecondFactor_GuessingIsLocked(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	a, _, _ := w.ownerWithFactor()
	b := w.browser()
	w.clock.Advance(time.Minute)
	b.wantFactor(ownerEmail, ownerPassword)
	for range 10 {
		w.clock.Advance(7 * time.Second)
		wantAnswer(t, b.giveCode("000000"), http.StatusForbidden, "bad_credentials")
	}
	w.clock.Advance(7 * time.Second)
	wantAnswer(t, b.giveCode(a.code(w.store.Now())), http.StatusTooManyRequests, "locked")
	wantAnswer(t, w.browser().enterPassword(ownerEmail, ownerPassword), http.StatusTooManyRequests, "locked")
}

// The step behind the password is bound to the browser and to its time, and dies with what led to it.
func TestSecondFactor_TheStepIsBound(t *testing.T) {
	t.Parallel()
	for what, change := range map[string]func(w *world, b *browser){
		"another browser":  func(w *world, b *browser) { b.client.Jar = w.browser().client.Jar },
		"its time is over": func(w *world, _ *browser) { w.clock.Advance(10 * time.Minute) },
		"the password changes": func(w *world, _ *browser) {
			wantAnswer(w.t, w.browser().choosePassword(w.invite()), http.StatusSeeOther, "")
		},
		"the factor is reset": func(w *world, _ *browser) { w.resetFactor() },
		"no password any more": func(w *world, _ *browser) {
			w.write(func(tx *store.Tx) error { return tx.Directory(w.org.LocalDirectory).WipePassword(w.ownerID()) })
		},
		"the person is deleted": func(w *world, _ *browser) {
			w.write(func(tx *store.Tx) error { return tx.Directory(w.org.LocalDirectory).DeleteUser(w.ownerID(), 0) })
		},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, storetest.New(t))
			a, _, _ := w.ownerWithFactor()
			w.clock.Advance(30 * time.Second)
			b := w.browser()
			b.wantFactor(ownerEmail, ownerPassword)
			change(w, b)
			res := b.giveCode(a.code(w.store.Now()))
			if wantAnswer(t, res, http.StatusSeeOther, ""); res.Header.Get("Location") != "/password?notice=again" || b.sessionCookie() != "" {
				t.Errorf("it leads to %q with the session %q; want back to the password", res.Header.Get("Location"), b.sessionCookie())
			}
		})
	}
}

func (w *world) ownerID() string {
	w.t.Helper()
	owners, err := w.store.Organization(w.org.ID).Owners(w.t.Context())
	w.must(err)
	return owners[0].ID
}

func (w *world) resetFactor() {
	w.t.Helper()
	w.write(func(tx *store.Tx) error { return tx.Directory(w.org.LocalDirectory).ResetSecondFactor(w.ownerID()) })
}

// Whoever knew the password before the owner did anything must not put another second factor in the place of the owner's.
func TestSecondFactor_AnOldEnrollmentReplacesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	w.setFactorRule(store.SecondFactorOwners)
	w.withOwner()
	thief, owner := w.browser(), w.browser()
	thief.wantFactor(ownerEmail, ownerPassword)
	owner.wantFactor(ownerEmail, ownerPassword)
	thiefs := w.appOf(thief.get("/second-factor").body)
	owners := w.appOf(owner.get("/second-factor").body)
	wantAnswer(t, owner.giveCode(owners.code(w.store.Now())), http.StatusOK, "")
	if res := thief.giveCode(thiefs.code(w.store.Now())); res.Header.Get("Location") != "/password?notice=again" || thief.sessionCookie() != "" {
		t.Errorf("the old enrollment: %d to %q", res.StatusCode, res.Header.Get("Location"))
	}
	w.clock.Advance(30 * time.Second)
	again := w.browser()
	again.wantFactor(ownerEmail, ownerPassword)
	wantAnswer(t, again.giveCode(thiefs.code(w.store.Now())), http.StatusForbidden, "bad_credentials")
	wantAnswer(t, again.giveCode(owners.code(w.store.Now())), http.StatusSeeOther, "")
}

func TestSecondFactor_AfterAResetThereIsANewOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	a, _, b := w.ownerWithFactor()
	w.resetFactor()
	b.wantVerify(http.StatusUnauthorized, "session_revoked")
	again := w.browser()
	again.wantFactor(ownerEmail, ownerPassword)
	if fresh := w.appOf(again.get("/second-factor").body); string(fresh.key) == string(a.key) {
		t.Error("the secret is the old one")
	}
}

func TestSecondFactor_IsAskedOfWhomTheRuleNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	w.setMode(store.SSOOff)
	wantAnswer(t, w.browser().choosePassword(w.inviteAlice()), http.StatusSeeOther, "")
	w.setFactorRule(store.SecondFactorOwners)
	b := w.browser()
	wantAnswer(t, b.enterPassword("alice@contoso.com", ownerPassword), http.StatusSeeOther, "")
	b.wantVerify(http.StatusOK, "")
	w.setFactorRule(store.SecondFactorAll)
	w.browser().wantFactor("alice@contoso.com", ownerPassword)
}

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

const recoveryPage = "/recovery-codes"

// renewals counts the events that tell of new recovery codes.
func (w *world) renewals() (n int) {
	w.t.Helper()
	events, err := w.store.Organization(w.org.ID).Events(w.t.Context(), store.EventQuery{})
	w.must(err)
	for _, e := range events {
		if e.Action == "user.recovery_codes_renewed" {
			n++
		}
	}
	return n
}

func TestRecoveryCodes_NewOnesReplaceTheOldAtOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		_, old, b := w.ownerWithFactor()
		if home := b.get("/").body; !strings.Contains(home, `href="`+recoveryPage+`"`) {
			t.Errorf("the front page does not lead to the codes:\n%s", home)
		}
		if page := b.get(recoveryPage); page.StatusCode != http.StatusOK || !strings.Contains(page.body, "10 of your recovery codes are unused") {
			t.Fatalf("the page: %d\n%s", page.StatusCode, page.body)
		}
		res := b.post(recoveryPage)
		wantAnswer(t, res, http.StatusOK, "")
		fresh := elements(t, res.body, "li")
		if len(fresh) != 10 || slices.ContainsFunc(fresh, func(c string) bool { return slices.Contains(old, c) }) || res.Header.Get("Cache-Control") != "no-store" {
			t.Fatalf("the codes are %q, the header %q", fresh, res.Header.Get("Cache-Control"))
		}
		if page := b.get(recoveryPage).body; strings.Contains(page, fresh[0]) {
			t.Error("the codes are shown again")
		}
		other := w.browser()
		other.wantFactor(ownerEmail, ownerPassword)
		wantAnswer(t, other.giveCode(old[0]), http.StatusForbidden, "bad_credentials")
		wantAnswer(t, other.giveCode(fresh[0]), http.StatusSeeOther, "")
		if page := b.get(recoveryPage).body; !strings.Contains(page, "9 of your recovery codes are unused") {
			t.Errorf("after one is used:\n%s", page)
		}
		if n := w.renewals(); n != 1 {
			t.Errorf("%d events tell of it, want 1", n)
		}
		if mail := w.mails(1)[0]; !strings.Contains(mail, "Your recovery codes were renewed") || strings.Contains(mail, fresh[0]) {
			t.Errorf("mailed:\n%s", mail)
		}
	})
}

// Whoever finds an open screen gets no codes.
func TestRecoveryCodes_AskForAFreshProofOfBothFactors(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	a, _, b := w.ownerWithFactor()
	w.clock.Advance(11 * time.Minute)
	for what, res := range map[string]answer{"the page": b.get(recoveryPage), "the form": b.post(recoveryPage)} {
		if wantAnswer(t, res, http.StatusSeeOther, ""); res.Header.Get("Location") != "/reauth?return_to=%2Frecovery-codes" {
			t.Errorf("%s leads to %q", what, res.Header.Get("Location"))
		}
	}
	res := b.post("/password", "user_name", ownerEmail, "password", ownerPassword, "return_to", recoveryPage)
	if res.Header.Get("Location") != "/second-factor" {
		t.Fatalf("the password alone leads to %q", res.Header.Get("Location"))
	}
	if res := b.giveCode(a.code(w.store.Now())); res.Header.Get("Location") != recoveryPage {
		t.Fatalf("password and code lead to %q", res.Header.Get("Location"))
	}
	w.setFactorRule(store.SecondFactorOff)
	weak := w.browser()
	wantAnswer(t, weak.enterPassword(ownerEmail, ownerPassword), http.StatusSeeOther, "")
	if res := weak.post(recoveryPage); res.Header.Get("Location") != "/password?return_to=%2Frecovery-codes&step=1" {
		t.Errorf("with the password alone the form leads to %q", res.Header.Get("Location"))
	}
	if n := w.renewals(); n != 0 {
		t.Errorf("%d events tell of new codes, want none", n)
	}
}

func TestRecoveryCodes_AreForPeopleWhoHaveThem(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	b := w.browser()
	if res := b.get(recoveryPage); res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/login?return_to=%2Frecovery-codes" {
		t.Errorf("without a session: %d to %q", res.StatusCode, res.Header.Get("Location"))
	}
	b.mustSignIn()
	for what, res := range map[string]answer{"the page": b.get(recoveryPage), "the form": b.post(recoveryPage)} {
		if res.StatusCode != http.StatusForbidden || !strings.Contains(res.body, "You have no recovery codes here") {
			t.Errorf("%s with single sign-on: %d\n%s", what, res.StatusCode, res.body)
		}
	}
	if home := b.get("/").body; strings.Contains(home, recoveryPage) {
		t.Errorf("the front page offers them:\n%s", home)
	}
	_, _, owner := w.ownerWithFactor()
	res := owner.send(http.MethodPost, recoveryPage, nil, map[string]string{"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"})
	if res.StatusCode != http.StatusForbidden || !strings.Contains(res.body, "Another site") {
		t.Errorf("from another site: %d\n%s", res.StatusCode, res.body)
	}
}

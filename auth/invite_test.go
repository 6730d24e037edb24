package auth_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"doorlist/auth"
	"doorlist/store"
	"doorlist/store/storetest"
)

// inviteAlice mails Alice, whom the provider has sent, an invitation.
func (w *world) inviteAlice() (link string) {
	w.t.Helper()
	p, err := w.store.Organization(w.org.ID).Person(w.t.Context(), w.conn.DirectoryID, w.user.ID)
	w.must(err)
	w.write(func(tx *store.Tx) (err error) {
		link, err = auth.Invite(tx, w.door.URL, p, true)
		return err
	})
	return strings.TrimPrefix(link, w.door.URL)
}

// Somebody to whom SSO applies gets a page with one button, and no password whatever they send.
func TestInvite_WhereSSOAppliesThereIsNoPasswordToChoose(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		link, b := w.inviteAlice(), w.browser()
		mail := w.mails(1)[0]
		if !strings.Contains(mail, "To: <alice@contoso.com>") || w.linkIn(mail) != link || !strings.Contains(mail, "sign in with your organization's account") {
			t.Errorf("the mail:\n%s", mail)
		}
		res := b.get(link)
		if !strings.Contains(res.body, `href="/login/entra?login_hint=alice@contoso.com"`) || strings.Contains(res.body, "<form") || strings.Contains(res.body, `type="password"`) {
			t.Errorf("the page:\n%s", res.body)
		}
		if buttons := elements(t, res.body, "a"); strings.Join(buttons, ";") != "Sign in with Microsoft" {
			t.Errorf("the page offers %q, want one button", buttons)
		}
		wantAnswer(t, b.choosePassword(link), http.StatusForbidden, "")
		wantAnswer(t, b.enterPassword("alice@contoso.com", ownerPassword), http.StatusForbidden, "bad_credentials")

		w.setMode(store.SSOOff)
		wantAnswer(t, b.choosePassword(link), http.StatusSeeOther, "")
		wantAnswer(t, b.enterPassword("alice@contoso.com", ownerPassword), http.StatusSeeOther, "")
	})
}

func TestInvite_DiesWhenThePersonIsSwitchedOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	w.setMode(store.SSOOff)
	link, b := w.inviteAlice(), w.browser()
	wantAnswer(t, b.get(link), http.StatusOK, "")
	w.changeUser(func(r *store.UserRecord) { r.Active = false })
	wantAnswer(t, b.get(link), http.StatusNotFound, "")
	w.changeUser(func(r *store.UserRecord) { r.Active = true })
	wantAnswer(t, b.choosePassword(link), http.StatusNotFound, "")
}

func TestChange_KeepsThisSessionAndEndsTheOthers(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.withOwner()
		b, other := w.browser(), w.browser()
		wantAnswer(t, b.get("/password/change"), http.StatusSeeOther, "")
		wantAnswer(t, b.enterPassword(ownerEmail, ownerPassword), http.StatusSeeOther, "")
		wantAnswer(t, other.enterPassword(ownerEmail, ownerPassword), http.StatusSeeOther, "")
		if page := b.get("/").body; !strings.Contains(page, `href="/password/change"`) {
			t.Errorf("the front page does not lead there:\n%s", page)
		}
		change := func(present, password string) answer {
			return b.post("/password/change", "present", present, "password", password, "repeated", password)
		}
		wantAnswer(t, change(ownerPassword, "Contoso2026!"), http.StatusUnprocessableEntity, "")
		wantAnswer(t, change("not the present one", otherPassword), http.StatusForbidden, "bad_credentials")
		other.wantVerify(http.StatusOK, "")
		wantAnswer(t, change(ownerPassword, otherPassword), http.StatusOK, "")
		b.wantVerify(http.StatusOK, "")
		other.wantVerify(http.StatusUnauthorized, "session_revoked")
		wantAnswer(t, w.browser().enterPassword(ownerEmail, otherPassword), http.StatusSeeOther, "")
		if told := w.mails(1)[0]; !strings.Contains(told, "Subject: Your password was changed") {
			t.Errorf("the message about it:\n%s", told)
		}
	})
}

func TestChange_IsNoPlaceToGuess(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	w.withOwner()
	b := w.browser()
	wantAnswer(t, b.enterPassword(ownerEmail, ownerPassword), http.StatusSeeOther, "")
	for range 10 {
		w.clock.Advance(7 * time.Second) // slower than the limit of an address
		wantAnswer(t, b.post("/password/change", "present", "a guess", "password", otherPassword, "repeated", otherPassword), http.StatusForbidden, "bad_credentials")
	}
	w.clock.Advance(7 * time.Second) // slower than the limit of an address
	wantAnswer(t, b.post("/password/change", "present", ownerPassword, "password", otherPassword, "repeated", otherPassword), http.StatusTooManyRequests, "locked")
}

func TestChange_IsForPeopleWithAPassword(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	b := w.browser()
	b.mustSignIn()
	wantAnswer(t, b.get("/password/change"), http.StatusForbidden, "")
	if page := b.get("/").body; strings.Contains(page, "/password/change") {
		t.Error("the front page of somebody without a password leads there")
	}
}

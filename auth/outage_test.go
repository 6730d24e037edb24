package auth_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"doorlist/auth"
	"doorlist/entra"
	"doorlist/store"
	"doorlist/store/storetest"
)

const alicePassword = "green lamps hum at noon"

// withPasswords gives Alice a password and makes Adam, an administrator who signs in through the provider, so that the
// connection is proved to work.
func (w *world) withPasswords() {
	w.t.Helper()
	hash, err := auth.HashPassword(context.Background(), "alice@contoso.com", alicePassword)
	w.must(err)
	w.changeUser(func(r *store.UserRecord) { r.PasswordHash = &hash })
	adam, err := w.tenant.AddPerson(entra.Person{UserPrincipalName: "adam@contoso.com", DisplayName: "Adam", Assigned: true})
	w.must(err)
	u := w.addUser(store.UserRecord{UserName: "adam@contoso.com", ExternalID: adam.ObjectID, Active: true})
	w.addGroup("Admins", "admin", u.ID)
}

func (w *world) startOutage(lasts time.Duration) (out store.Outage) {
	w.t.Helper()
	w.write(func(tx *store.Tx) (err error) {
		out, err = tx.Organization(w.org.ID).StartOutage("Microsoft <is> down", "root", lasts, []store.OutagePerson{{DirectoryID: w.conn.DirectoryID, UserID: w.user.ID}})
		return err
	})
	return out
}

// TestOutage_OpensTheWayOfPasswordsForATime goes through an outage from its declaration to its end by itself.
func TestOutage_OpensTheWayOfPasswordsForATime(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.withPasswords()
		adam, alice := w.browser(), w.browser()
		w.wantSignedIn(adam.signIn("adam@contoso.com"))
		wantAnswer(t, alice.enterPassword("alice@contoso.com", alicePassword), http.StatusForbidden, "sso_required")
		if home := adam.get("/"); strings.Contains(home.body, "outage") {
			t.Errorf("the front page speaks of an outage:\n%s", home.body)
		}

		out := w.startOutage(2 * time.Hour)
		callback := alice.authorize("/login/entra", "alice@contoso.com")
		w.wantRefused(alice.get(callback), "password_required", "by the rule outage")
		w.idp.Close()
		wantAnswer(t, alice.enterPassword("alice@contoso.com", alicePassword), http.StatusSeeOther, "")
		if d := w.decisions()[0]; !d.Admitted || d.Method != "password" || !strings.Contains(d.Detail, "rule outage") {
			t.Errorf("the decision is %+v", d)
		}
		if got := alice.get("/auth/session"); !strings.Contains(got.body, `"expires_at":"`+out.EndsAt.Format(time.RFC3339)+`"`) {
			t.Errorf("the session does not end with the outage, at %v: %s", out.EndsAt, got.body)
		}
		home := adam.get("/")
		for _, words := range []string{"An outage is in force", "2 January 2026, 05:04 UTC", "(Microsoft &lt;is&gt; down)", "one person", "declared by root"} {
			if !strings.Contains(home.body, words) {
				t.Errorf("the administrator's front page does not say %q:\n%s", words, home.body)
			}
		}
		if home := alice.get("/"); home.StatusCode != http.StatusOK || strings.Contains(home.body, "outage") {
			t.Errorf("%d: Alice, who administers nothing, reads of the outage:\n%s", home.StatusCode, home.body)
		}
		wantAnswer(t, w.browser().enterPassword("adam@contoso.com", alicePassword), http.StatusForbidden, "bad_credentials")

		w.clock.Advance(40 * time.Minute)
		alice.wantVerify(http.StatusOK, "")
		w.clock.Advance(40 * time.Minute)
		alice.wantVerify(http.StatusOK, "")
		w.clock.Advance(40 * time.Minute)
		alice.wantVerify(http.StatusUnauthorized, "session_expired")
		wantAnswer(t, alice.enterPassword("alice@contoso.com", alicePassword), http.StatusForbidden, "sso_required")
		w.must(w.store.CloseOutages(context.Background()))
		wantAnswer(t, alice.enterPassword("alice@contoso.com", alicePassword), http.StatusForbidden, "sso_required")
	})
}

// TestOutage_EndedEarlyEndsItsSessions: what was begun with a password is over with the outage, at the next request.
func TestOutage_EndedEarlyEndsItsSessions(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.withPasswords()
		w.wantSignedIn(w.browser().signIn("adam@contoso.com"))
		before, during := w.browser(), w.browser()
		before.mustSignIn()
		out := w.startOutage(time.Hour)
		wantAnswer(t, during.enterPassword("alice@contoso.com", alicePassword), http.StatusSeeOther, "")
		before.wantVerify(http.StatusOK, "")
		w.write(func(tx *store.Tx) error { return tx.Organization(w.org.ID).EndOutage(out.ID) })
		during.wantVerify(http.StatusUnauthorized, "session_revoked")
		before.wantVerify(http.StatusOK, "")
		wantAnswer(t, during.enterPassword("alice@contoso.com", alicePassword), http.StatusForbidden, "sso_required")
		during.mustSignIn()
	})
}

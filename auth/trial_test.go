package auth_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"doorlist/entra"
	"doorlist/store"
	"doorlist/store/storetest"
)

// signedInOwner is the browser of a local owner.
func (w *world) signedInOwner() *browser {
	w.t.Helper()
	b := w.browser()
	wantAnswer(w.t, b.choosePassword(w.invite()), http.StatusSeeOther, "")
	wantAnswer(w.t, b.enterPassword(ownerEmail, ownerPassword), http.StatusSeeOther, "")
	return b
}

func (w *world) armed() bool {
	w.t.Helper()
	c, err := w.store.FindConnection(w.t.Context(), w.conn.ID)
	w.must(err)
	return !c.ArmedAt.IsZero()
}

const trialPath = "/login/entra?test=1"

func TestTrial_ShowsWhatWouldHaveComeOfItAndArms(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		b := w.signedInOwner()
		secret, decisions := b.sessionCookie(), len(w.decisions())
		res := b.get(b.authorize(trialPath, "alice@contoso.com"))
		if res.StatusCode != http.StatusOK || elements(t, res.body, "h1")[0] != "The connection works" {
			t.Fatalf("got %d\n%s", res.StatusCode, res.body)
		}
		got := elements(t, res.body, "dd")
		want := []string{w.conn.Issuer, tenantID, w.alice.ObjectID, "alice@contoso.com", "alice@contoso.com", "let in as reader", "2 January 2026, 03:04 UTC, by " + ownerEmail}
		if !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		if !w.armed() || b.sessionCookie() != secret || len(w.decisions()) != decisions {
			t.Errorf("armed %t, same session %t, %d decisions more; want it armed and nothing else", w.armed(), b.sessionCookie() == secret, len(w.decisions())-decisions)
		}
		if res := b.wantVerify(http.StatusOK, ""); res.Header.Get("X-Doorlist-Role") != "owner" {
			t.Errorf("the browser is %s now, want the owner still", res.Header.Get("X-Doorlist-Role"))
		}
		if sessions, err := w.store.Organization(w.org.ID).Sessions(t.Context(), w.user.ID); err != nil || len(sessions) != 0 {
			t.Errorf("Alice has the sessions %v, %v; want none", sessions, err)
		}
		w.wantEvent("connection.tested", `"by":"`+ownerEmail+`"`)
	})
}

// wantEvent demands an event of the connection.
func (w *world) wantEvent(action, detail string) {
	w.t.Helper()
	events, err := w.store.Organization(w.org.ID).Events(w.t.Context(), store.EventQuery{SubjectID: w.conn.ID})
	w.must(err)
	if !slices.ContainsFunc(events, func(e store.Event) bool { return e.Action == action && strings.Contains(e.Detail, detail) }) {
		w.t.Errorf("no event %s with %s among %+v", action, detail, events)
	}
}

// TestTrial_ArmsWithoutAPlaceInTheDirectory: a local owner is in no directory of a provider, and the token is good.
func TestTrial_ArmsWithoutAPlaceInTheDirectory(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	_, err := w.tenant.AddPerson(w.bob())
	w.must(err)
	b := w.signedInOwner()
	res := b.get(b.authorize(trialPath, "bob@contoso.com"))
	if !w.armed() || !strings.Contains(res.body, "not_provisioned") || !strings.Contains(res.body, "nobody") {
		t.Errorf("armed %t\n%s", w.armed(), res.body)
	}
}

// TestTrial_DoesNotArmWhatMistakesPeople: with a wrong mapping nobody could come in, so passwords must stay good.
func TestTrial_DoesNotArmWhatMistakesPeople(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t), func(w *world) {
		w.changeUser(func(r *store.UserRecord) { r.ExternalID = "alice" })
	})
	b := w.signedInOwner()
	res := b.get(b.authorize(trialPath, "alice@contoso.com"))
	if w.armed() || !strings.Contains(res.body, "mapping_unsafe") || !strings.Contains(res.body, "objectId") {
		t.Errorf("armed %t\n%s", w.armed(), res.body)
	}
}

func TestTrial_OnlyForAnAdministratorOfTheOrganization(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		wantAnswer(t, w.browser().get(trialPath), http.StatusForbidden, "role_too_low")
		alice := w.browser()
		alice.mustSignIn()
		wantAnswer(t, alice.get(trialPath), http.StatusForbidden, "role_too_low")

		owner := w.signedInOwner()
		w.write(func(tx *store.Tx) error {
			other, err := tx.CreateOrganization("fabrikam", "", "")
			if err != nil {
				return err
			}
			_, err = tx.Organization(other.ID).CreateConnection(store.Connection{
				Slug: "theirs", Kind: store.EntraConnection, TenantID: otherTenant, Authority: w.idp.URL, ClientID: clientID,
			}, clientSecret)
			return err
		})
		wantAnswer(t, owner.get("/login/theirs?test=1"), http.StatusForbidden, "role_too_low")
		res := owner.do(http.MethodGet, trialPath, map[string]string{"Sec-Fetch-Site": "cross-site"})
		if res.StatusCode != http.StatusForbidden || !strings.Contains(res.body, "Another site") {
			t.Errorf("from another site: got %d\n%s", res.StatusCode, res.body)
		}
		if w.armed() {
			t.Error("a refused test armed the connection")
		}
	})
}

// TestTrial_BelongsToTheSessionThatBeganIt: neither without it nor in another one does the answer arm anything, and in
// no case does it sign anybody in.
func TestTrial_BelongsToTheSessionThatBeganIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	b := w.signedInOwner()
	callback := b.authorize(trialPath, "alice@contoso.com")
	wantAnswer(t, b.enterPassword(ownerEmail, ownerPassword), http.StatusSeeOther, "")
	wantAnswer(t, b.get(callback), http.StatusForbidden, "bad_response")
	callback = b.authorize(trialPath, "alice@contoso.com")
	b.post("/logout")
	wantAnswer(t, b.get(callback), http.StatusForbidden, "role_too_low")
	b.wantVerify(http.StatusUnauthorized, "")
	if w.armed() {
		t.Error("armed")
	}
}

func TestTrial_ARefusalLeadsBackToTheTest(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	b := w.signedInOwner()
	w.changeConnection(func(c *store.Connection) { c.Enabled = false })
	res := b.get(trialPath)
	wantAnswer(t, res, http.StatusForbidden, "connection_off")
	if !strings.Contains(res.body, `href="/login/entra?test=1">Test again`) {
		t.Errorf("no way to test again:\n%s", res.body)
	}
}

func TestTrial_TellsTheAdministratorAloneWhatExactlyWasWrong(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	b := w.signedInOwner()
	w.must(w.entra.Misbehave("discovery-down", entra.Lasting))
	for path, told := range map[string]bool{trialPath: true, "/login/entra": false} {
		res := b.get(path)
		wantAnswer(t, res, http.StatusForbidden, "provider_error")
		if got := strings.Contains(res.body, "What exactly</dt><dd>the provider does not answer as it should: discovery at "); got != told {
			t.Errorf("%s tells what was wrong: %t, want %t:\n%s", path, got, told, res.body)
		}
	}
	w.entra.Behave()
	w.must(w.entra.Misbehave("nonce-wrong", 2))
	wantDetail := func(res answer, told bool) {
		t.Helper()
		if got := strings.Contains(res.body, "What exactly</dt>"); got != told {
			t.Errorf("the answer tells what was wrong: %t, want %t:\n%s", got, told, res.body)
		}
	}
	wantDetail(b.get(b.authorize(trialPath, "alice@contoso.com")), true)
	callback := b.authorize(trialPath, "alice@contoso.com")
	b.post("/logout")
	wantDetail(b.get(callback), false)
}

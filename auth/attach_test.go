package auth_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"doorlist/auth"
	"doorlist/store"
	"doorlist/store/storetest"
)

// below adds an organization below another, in which the people of the world's group are writers.
func (w *world) below(slug string, parent store.Organization) (o store.Organization) {
	w.t.Helper()
	w.write(func(tx *store.Tx) (err error) {
		o, err = tx.CreateOrganization(slug, "", parent.ID)
		return err
	})
	roles, err := w.store.Organization(o.ID).Roles(w.t.Context())
	w.must(err)
	w.write(func(tx *store.Tx) error {
		for _, r := range roles {
			if r.Name == "writer" {
				_, err := tx.Organization(o.ID).CreateMapping(store.Mapping{ConnectionID: w.conn.ID, RoleID: r.ID, GroupID: w.group.ID})
				return err
			}
		}
		return errors.New("the ladder has no writer")
	})
	return o
}

func (w *world) attach(o store.Organization, wanted bool) {
	w.t.Helper()
	w.write(func(tx *store.Tx) error { return auth.Attach(tx, o.ID, w.conn.ID, wanted) })
}

// wantAt demands that a browser is let in to an organization with a role.
func (b *browser) wantAt(organization, role string) {
	b.w.t.Helper()
	res := b.wantVerify(http.StatusOK, "")
	if res.Header.Get("X-Doorlist-Organization") != organization || res.Header.Get("X-Doorlist-Role") != role {
		b.w.t.Errorf("let in to %s as %s, want %s as %s", res.Header.Get("X-Doorlist-Organization"), res.Header.Get("X-Doorlist-Role"), organization, role)
	}
}

// TestAttach_FirstToATestOrganization tries a connection with one person in a test organization before anybody else may use it.
func TestAttach_FirstToATestOrganization(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.attach(w.org, false)
		b := w.browser()
		res := b.get("/login/entra?return_to=/wiki/start")
		wantAnswer(t, res, http.StatusForbidden, "connection_off")
		if !strings.Contains(res.body, "cannot sign in to this organization this way yet") {
			t.Errorf("the page of a connection that is attached to nobody:\n%s", res.body)
		}
		trial := w.below("contoso-test", w.org)
		w.attach(trial, true)
		b.mustSignIn()
		b.wantAt("contoso-test", "writer")
		decisions, err := s.Organization(trial.ID).Decisions(t.Context(), store.DecisionQuery{})
		if err != nil || len(decisions) != 1 || !decisions[0].Admitted {
			t.Errorf("decisions of the test organization = %+v, %v; want the one", decisions, err)
		}
		e, err := auth.Explain(t.Context(), s, trial, "alice@contoso.com")
		if err != nil || !e.Admitted || e.Role != "writer" {
			t.Errorf("explained in the test organization: %+v, %v", e, err)
		}
		if e, err = auth.Explain(t.Context(), s, w.org, "alice@contoso.com"); err != nil || e.Reason != "connection_off" {
			t.Errorf("explained in production: %+v, %v", e, err)
		}
		w.attach(w.org, true)
		b.mustSignIn()
		b.wantAt("contoso", "reader")
		if at := b.get(b.authorize("/login/entra?org=contoso-test", "alice@contoso.com")); at.StatusCode != http.StatusSeeOther {
			t.Errorf("to the test organization by name: %d", at.StatusCode)
		}
		b.wantAt("contoso-test", "writer")
	})
}

func TestAttach_SessionsEndWithTheirGround(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		branch := w.below("branch", w.org)
		office := w.below("office", branch)
		at := func(o store.Organization) *browser {
			b := w.browser()
			b.get(b.authorize("/login/entra?org="+o.Slug, "alice@contoso.com"))
			return b
		}
		main, lower, lowest := at(w.org), at(branch), at(office)
		lowest.wantAt("office", "writer")
		w.attach(branch, false)
		main.wantAt("contoso", "reader")
		for _, b := range []*browser{lower, lowest} {
			b.wantVerify(http.StatusForbidden, "connection_off")
		}
		wantAnswer(t, lower.get("/login/entra?org=office"), http.StatusForbidden, "connection_off")
		w.attach(office, true)
		lowest = at(office)
		lowest.wantAt("office", "writer")
		w.attach(branch, true)
		at(branch).wantAt("branch", "writer")
		lower.wantVerify(http.StatusUnauthorized, "session_revoked") // those of before stay out
		main.wantAt("contoso", "reader")
		w.write(func(tx *store.Tx) error { return auth.Move(tx, office.ID, "") })
		if res := lowest.get("/auth/verify"); res.StatusCode == http.StatusOK {
			t.Errorf("a session outlived the move of its organization: %d", res.StatusCode)
		}
		w.write(func(tx *store.Tx) error { return auth.Move(tx, office.ID, branch.ID) })
		lowest.wantVerify(http.StatusUnauthorized, "session_revoked")
		main.wantAt("contoso", "reader")
		// What was said of the connection before the move is forgotten.
		at(office).wantAt("office", "writer")
	})
}

func TestAttach_OfADeactivatedPersonEveryOrganizationIsClosed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	w.below("branch", w.org)
	b := w.browser()
	b.get(b.authorize("/login/entra?org=branch", "alice@contoso.com"))
	b.wantAt("branch", "writer")
	w.changeUser(func(r *store.UserRecord) { r.Active = false })
	b.wantVerify(http.StatusForbidden, "inactive")
}

func TestLogin_AsksWhereSeveralAreOpen(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	w.attach(w.org, false)
	for _, slug := range []string{"north", "south"} {
		w.attach(w.below(slug, w.org), true)
	}
	b := w.browser()
	res := b.get("/login/entra?return_to=/wiki/start")
	if res.StatusCode != http.StatusOK || !strings.Contains(res.body, "/login/entra?org=north&amp;return_to=%2Fwiki%2Fstart") || !strings.Contains(res.body, "org=south") {
		t.Errorf("got %d\n%s", res.StatusCode, res.body)
	}
	b.get(b.authorize("/login/entra?org=south", "alice@contoso.com"))
	b.wantAt("south", "writer")
	wantAnswer(t, b.get("/login/entra?org=nowhere"), http.StatusForbidden, "connection_off")
}

package auth_test

import (
	"net/http"
	"strings"
	"testing"

	"doorlist/store"
	"doorlist/store/storetest"
)

func (w *world) inOrganization(fn func(o *store.OrganizationTx) error) {
	w.t.Helper()
	w.write(func(tx *store.Tx) error { return fn(tx.Organization(w.org.ID)) })
}

func (w *world) assign(role string) {
	w.t.Helper()
	w.inOrganization(func(o *store.OrganizationTx) error {
		return o.AssignRole(w.conn.DirectoryID, w.user.ID, w.roles[role].ID)
	})
}

func TestRoles_LosingTheLastOneLocksOutAtOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		b := w.browser()
		b.mustSignIn()
		b.wantVerify(http.StatusOK, "")
		w.leaveGroup(w.group)
		b.wantVerify(http.StatusForbidden, "no_role")
		if res := b.get("/auth/session"); res.StatusCode != http.StatusForbidden {
			t.Errorf("/auth/session: got %d, want 403", res.StatusCode)
		}
	})
}

func TestRoles_TheDefaultIsForPeopleWithoutAnother(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.inOrganization(func(o *store.OrganizationTx) error { return o.SetDefaultRole(w.roles["writer"].ID) })
		b := w.browser()
		b.mustSignIn()
		if role := b.wantVerify(http.StatusOK, "").Header.Get("X-Doorlist-Role"); role != "reader" {
			t.Errorf("with a group: got %q, want the group's reader", role)
		}
		w.leaveGroup(w.group)
		if role := b.wantVerify(http.StatusOK, "").Header.Get("X-Doorlist-Role"); role != "writer" {
			t.Errorf("without a group: got %q, want the default writer", role)
		}
		if e := w.explain("alice@contoso.com"); len(e.Grants) != 1 || e.Grants[0].Source != "default" {
			t.Errorf("explain names %+v, want the default", e.Grants)
		}
		if page := b.get("/"); !strings.Contains(page.body, "by default") {
			t.Error("the page does not say that the role is the default")
		}
		w.inOrganization(func(o *store.OrganizationTx) error { return o.SetDefaultRole("") })
		b.wantVerify(http.StatusForbidden, "no_role")
	})
}

func TestRoles_AmbiguousOnesCanBeRefused(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		b := w.browser()
		b.mustSignIn()
		editors := w.addGroup("Editors", "writer", w.user.ID)
		b.wantVerify(http.StatusOK, "")
		w.inOrganization(func(o *store.OrganizationTx) error { return o.SetAmbiguousRoles("refuse") })
		b.wantVerify(http.StatusForbidden, "mapping_unsafe")
		if detail := w.decisions()[0].Detail; !strings.Contains(detail, "different roles: writer, reader") {
			t.Errorf("the decision says %q, want the roles", detail)
		}
		res := w.browser().signIn("alice@contoso.com")
		if res.StatusCode != http.StatusForbidden || !strings.Contains(res.body, "Your role is not clear") || strings.Contains(res.body, "objectId") {
			t.Errorf("the sign-in: got %d, and a page that does not tell of roles\n%s", res.StatusCode, res.body)
		}
		e := w.explain("alice@contoso.com")
		if e.Admitted || e.Reason != "mapping_unsafe" || len(e.Grants) != 2 || !strings.Contains(e.Fix, "--ambiguous-roles") || !strings.Contains(e.Detail, "writer, reader") {
			t.Errorf("explain says %+v", e)
		}
		w.leaveGroup(editors)
		b.wantVerify(http.StatusOK, "")
	})
}

func TestRoles_InAHybridTheProviderWins(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.changeConnection(func(c *store.Connection) { c.Roles = "hybrid" })
		w.assign("owner")
		b := w.browser()
		b.mustSignIn()
		if role := b.wantVerify(http.StatusOK, "").Header.Get("X-Doorlist-Role"); role != "reader" {
			t.Errorf("got %q, want the provider's reader over the local owner", role)
		}
		e := w.explain("alice@contoso.com")
		if e.Role != "reader" || len(e.Overridden) != 1 || e.Overridden[0].Role != "owner" || e.Overridden[0].Source != "local" {
			t.Errorf("explain says %+v, want the local owner as overridden", e)
		}
		if detail := w.decisions()[0].Detail; !strings.Contains(detail, "overridden by the provider: owner") {
			t.Errorf("the decision says %q, want what was overridden", detail)
		}
		w.leaveGroup(w.group)
		if role := b.wantVerify(http.StatusOK, "").Header.Get("X-Doorlist-Role"); role != "owner" {
			t.Errorf("got %q, want the local owner where the provider gives nothing", role)
		}
	})
}

func TestRoles_SharedOnlyOpensNoApplicationInGeneral(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.leaveGroup(w.group)
		visitors := w.addGroup("Visitors", "contributor", w.user.ID)
		b := w.browser()
		b.mustSignIn()
		b.wantVerify(http.StatusForbidden, "role_too_low")
		if res := b.get("/auth/session"); res.StatusCode != http.StatusOK {
			t.Errorf("/auth/session: got %d, want 200: a contributor is signed in", res.StatusCode)
		}
		for query, want := range map[string]int{"?role=contributor": 200, "?role=reader": 403, "?role=contributor&role=reader": 403} {
			if res := b.get("/auth/verify" + query); res.StatusCode != want {
				t.Errorf("%s: got %d, want %d", query, res.StatusCode, want)
			}
		}
		w.inOrganization(func(o *store.OrganizationTx) error {
			free := w.roles["contributor"]
			free.SharedOnly = false
			_, err := o.UpdateRole(free)
			return err
		})
		b.wantVerify(http.StatusOK, "")
		w.leaveGroup(visitors)
		b.wantVerify(http.StatusForbidden, "no_role")
	})
}

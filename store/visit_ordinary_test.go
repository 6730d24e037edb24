package store_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"doorlist/store"

	"github.com/google/go-cmp/cmp"
)

func (w *world) ordinaryVisit(secret string) (store.Visit, error) {
	return w.OrdinaryVisit(w.t.Context(), "", secretHash(secret))
}

// asOrdinary leaves of a visit what an ordinary one tells.
func asOrdinary(v store.Visit) store.Visit {
	n, o, c, u := v.Session, v.Organization, v.Connection, v.User
	return store.Visit{
		Session: store.Session{ID: n.ID, OrganizationID: n.OrganizationID, AdmittedTo: n.AdmittedTo, DirectoryID: n.DirectoryID, UserID: n.UserID,
			ConnectionID: n.ConnectionID, Method: n.Method, Guest: n.Guest, SecondFactor: n.SecondFactor, LastSeenAt: n.LastSeenAt,
			IdleExpiresAt: n.IdleExpiresAt, ExpiresAt: n.ExpiresAt},
		Organization: store.Organization{ID: o.ID, Slug: o.Slug, AmbiguousRoles: o.AmbiguousRoles},
		Connection: store.Connection{ID: c.ID, OrganizationID: c.OrganizationID, DirectoryID: c.DirectoryID, Slug: c.Slug, Kind: c.Kind, Enabled: c.Enabled,
			TenantID: c.TenantID, Match: c.Match, Admit: c.Admit, Roles: c.Roles, AllowGuests: c.AllowGuests},
		User: store.User{ID: u.ID, Origin: u.Origin, Link: u.Link,
			UserRecord: store.UserRecord{UserName: u.UserName, ExternalID: u.ExternalID, DisplayName: u.DisplayName, Active: u.Active}},
		Email: v.Email, Grants: v.Grants, Attachments: v.Attachments,
	}
}

func bySource(a, b store.Grant) int { return strings.Compare(string(a.Source), string(b.Source)) }

func TestOrdinaryVisit_TellsWhatVisitDoes(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		r := person("alice@contoso.com", aliceOID, "first@contoso.com", "second@contoso.com")
		r.Emails[0].Primary, r.Emails[1].Primary = true, false
		r.AppRoles = []string{"Task.Write"}
		alice := w.addUser(w.entra, r)
		w.addGroup(w.entra, groupRecord("Writers", writersOID), alice.ID)
		writer := w.role(w.contoso, "writer")
		w.signIn(w.entra, alice.ID, "alice's")
		agree := func(after string) {
			t.Helper()
			v, err := w.ordinaryVisit("alice's")
			if err != nil {
				t.Fatalf("after %s: %v", after, err)
			}
			want := asOrdinary(w.visit("alice's"))
			slices.SortFunc(want.Grants, bySource)
			slices.SortFunc(v.Grants, bySource)
			if diff := cmp.Diff(want, v); diff != "" {
				t.Errorf("after %s (-want +got):\n%s", after, diff)
			}
		}
		agree("the sign-in")
		for _, step := range []struct {
			what   string
			change func(o *store.OrganizationTx) error
		}{
			{"a mapping of the group", func(o *store.OrganizationTx) error {
				_, err := o.CreateMapping(store.Mapping{ConnectionID: w.entra.ID, RoleID: writer.ID, GroupExternalID: writersOID})
				return err
			}},
			{"a mapping of the app role", func(o *store.OrganizationTx) error {
				_, err := o.CreateMapping(store.Mapping{ConnectionID: w.entra.ID, RoleID: writer.ID, AppRole: "task.write"})
				return err
			}},
			{"a role by hand", func(o *store.OrganizationTx) error { return o.AssignRole(w.entra.DirectoryID, alice.ID, writer.ID) }},
			{"a ceiling", func(o *store.OrganizationTx) error { return o.SetCeiling(w.entra.ID, writer.ID) }},
		} {
			if err := w.inContoso(step.change); err != nil {
				t.Fatal(err)
			}
			agree(step.what)
		}
		for _, g := range w.visit("alice's").Grants {
			if pushed := g.Source != store.LocalGrant; pushed != (g.Ceiling == writer) {
				t.Errorf("grant %+v; those by push alone are under the ceiling", g)
			}
		}
		if err := w.inContoso(func(o *store.OrganizationTx) error { return o.SayAttachment(w.entra.ID, "off") }); err != nil {
			t.Fatal(err)
		}
		if _, err := w.ordinaryVisit("alice's"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("of a connection that is detached: %v, want ErrNotFound", err)
		}
	})
}

func TestOrdinaryVisit_LeavesEverybodyElseToVisit(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		branch := w.child("branch", w.contoso)
		w.localUser(w.contoso, "carol@contoso.com", "local")
		visitor := func(name string, edit func(r *store.UserRecord)) store.User {
			r := person(name+"@contoso.com", "")
			edit(&r)
			u := w.addUser(w.entra, r)
			w.signIn(w.entra, u.ID, name)
			return u
		}
		visitor("ordinary", func(*store.UserRecord) {})
		visitor("known by a second address", func(r *store.UserRecord) {
			r.Emails = []store.Email{{Value: "a@contoso.com"}, {Value: "b@contoso.com", Primary: true}}
		})
		off := visitor("switched off", func(*store.UserRecord) {})
		rebound := visitor("rebound", func(r *store.UserRecord) { r.ExternalID = aliceOID })
		gone := visitor("deleted", func(*store.UserRecord) {})
		parted := visitor("parted", func(*store.UserRecord) {})
		elsewhere := w.addUser(w.entra, person("elsewhere@contoso.com", ""))
		w.must(func(tx *store.Tx) error {
			_, err := tx.Directory(w.entra.Directory()).Into(branch.ID).StartSession(newSession(elsewhere.ID, w.entra.ID, "elsewhere"))
			return err
		})
		must := func(sql string, args ...any) {
			if err := store.ExecuteAlone(t.Context(), w.Store, sql, args...); err != nil {
				t.Fatal(err)
			}
		}
		w.update(off.ID, func(r *store.UserRecord) { r.Active = false })
		if _, err := w.ordinaryVisit("switched off"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("an ended session: %v, want ErrNotFound", err)
		}
		w.update(rebound.ID, func(r *store.UserRecord) { r.ExternalID = bobOID })
		if err := w.inDirectory(w.entra, func(d *store.DirectoryTx) error { return d.DeleteUser(gone.ID, 0) }); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"switched off", "rebound", "deleted"} {
			must("UPDATE sessions SET revoked_at = 0 WHERE secret_hash = ?", secretHash(name)) // as if the change had missed it
		}
		must("UPDATE users SET parted = '[]' WHERE id = ?", parted.ID)
		if v, err := w.ordinaryVisit("ordinary"); err != nil || v.User.UserName != "ordinary@contoso.com" {
			t.Errorf("an ordinary visit = %+v, %v", v, err)
		}
		others := []string{"local", "known by a second address", "switched off", "rebound", "deleted", "parted", "elsewhere", "nobody"}
		for _, name := range others {
			if _, err := w.ordinaryVisit(name); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%s: %v, want ErrNotFound", name, err)
			}
		}
		for _, name := range others[:len(others)-1] {
			w.visit(name)
		}
		must("UPDATE connections SET enabled = ? WHERE id = ?", false, w.entra.ID)
		if _, err := w.ordinaryVisit("ordinary"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("of a connection that is off: %v, want ErrNotFound", err)
		}
	})
}

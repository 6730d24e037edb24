package store_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"

	"github.com/google/go-cmp/cmp"
)

func TestVisit_TellsAllThatDecides(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		r := person("alice@contoso.com", aliceOID, "second@contoso.com", "First@contoso.com") // the last one is primary
		r.AppRoles = []string{" Task.Write "}
		alice := w.addUser(w.entra, r)
		group := w.addGroup(w.entra, groupRecord("Writers", writersOID), alice.ID)
		reader, writer, admin := w.role(w.contoso, "reader"), w.role(w.contoso, "writer"), w.role(w.contoso, "admin")
		var byGroup, byAppRole store.Mapping
		w.must(func(tx *store.Tx) (err error) {
			o := tx.Organization(w.contoso.ID)
			if byGroup, err = o.CreateMapping(store.Mapping{ConnectionID: w.entra.ID, RoleID: writer.ID, GroupExternalID: strings.ToUpper(writersOID)}); err != nil {
				return err
			}
			if byAppRole, err = o.CreateMapping(store.Mapping{ConnectionID: w.entra.ID, RoleID: reader.ID, AppRole: "task.WRITE"}); err != nil {
				return err
			}
			return o.AssignRole(w.entra.DirectoryID, alice.ID, admin.ID)
		})
		session := w.signIn(w.entra, alice.ID, "alice's")

		got := w.visit("alice's")
		slices.SortFunc(got.Grants, func(a, b store.Grant) int { return a.Role.Rank - b.Role.Rank })
		user := w.user(w.entra, alice.ID)
		user.Document, user.Keys = "", "" // a visit does not read them
		want := store.Visit{
			Session: session, Organization: w.contoso, Connection: w.entra, User: user, Email: "First@contoso.com",
			Grants: []store.Grant{
				{Role: reader, Source: store.AppRoleGrant, MappingID: byAppRole.ID, Name: " Task.Write "},
				{Role: writer, Source: store.GroupGrant, MappingID: byGroup.ID, GroupID: group.ID, Name: "Writers"},
				{Role: admin, Source: store.LocalGrant},
			},
			Attachments: []string{"on"},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("visit (-want +got):\n%s", diff)
		}
		if !user.LastSignInAt.Equal(storetest.Start) {
			t.Errorf("last sign-in = %v, want %v", user.LastSignInAt, storetest.Start)
		}
	})
}

func TestVisit_TellsTheOrganizationWhole(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		var child store.Organization
		w.must(func(tx *store.Tx) (err error) {
			child, err = tx.CreateOrganization("branch", "Branch", w.contoso.ID)
			return err
		})
		w.localUser(child, "carol@contoso.com", "carol's")
		if got := w.visit("carol's").Organization; got != child {
			t.Errorf("organization = %+v, want %+v", got, child)
		}
	})
}

// localUser adds a person to the local directory of an organization and signs them in.
func (w *world) localUser(o store.Organization, name, secret string) (u store.User) {
	w.t.Helper()
	w.must(func(tx *store.Tx) (err error) {
		d := tx.Directory(o.LocalDirectory)
		if u, err = d.CreateUser(person(name, "")); err != nil {
			return err
		}
		_, err = d.StartSession(newSession(u.ID, "", secret))
		return err
	})
	return u
}

func TestVisit_OfALocalPersonHasNoConnection(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		carol := w.localUser(w.contoso, "carol@contoso.com", "carol's")
		v := w.visit("carol's")
		if v.User.ID != carol.ID || v.Connection != (store.Connection{}) || v.Session.ConnectionID != "" || v.Organization != w.contoso || v.Email != "" {
			t.Errorf("visit = %+v", v)
		}
	})
}

func TestVisit_TellsEndedAndExpiredSessionsToo(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID))
		session := w.signIn(w.entra, alice.ID, "alice's")
		storetest.ClockOf(t, w.Store).Advance(11 * time.Hour)
		v := w.visit("alice's")
		if !v.Session.IdleExpiresAt.Equal(storetest.Start.Add(time.Hour)) || !v.Session.ExpiresAt.Equal(storetest.Start.Add(10*time.Hour)) || !v.Session.RevokedAt.IsZero() {
			t.Errorf("an expired session = %+v", v.Session)
		}
		end := func(reason string) error {
			return w.inDirectory(w.entra, func(d *store.DirectoryTx) error { return d.EndSession(session.ID, reason) })
		}
		if err := errors.Join(end("logout"), end("administrator")); err != nil {
			t.Fatal(err)
		}
		if v := w.visit("alice's"); v.Session.RevokedReason != "logout" || !v.Session.RevokedAt.Equal(w.Now()) || v.User.ID != alice.ID {
			t.Errorf("an ended session = %+v of user %s", v.Session, v.User.ID)
		}
		if got, want := w.actions(w.contoso, session.ID), []string{"session.started", "session.ended"}; !slices.Equal(got, want) {
			t.Errorf("events = %v, want %v", got, want)
		}
		if _, err := w.Visit(t.Context(), secretHash("nobody's")); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("Visit with a secret that was never given = %v, want ErrNotFound", err)
		}
	})
}

func TestVisit_SeesEveryChangeAtOnce(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID))
		g := w.addGroup(w.entra, groupRecord("Writers", writersOID), alice.ID)
		other := storetest.Second(t, w.Store) // another node has nothing to be told
		w.signIn(w.entra, alice.ID, "alice's")
		roles := func() string {
			v, err := other.Visit(t.Context(), secretHash("alice's"))
			if err != nil {
				t.Fatal(err)
			}
			names := []string{}
			for _, grant := range v.Grants {
				names = append(names, grant.Role.Name)
			}
			return strings.Join(names, " ")
		}
		var m store.Mapping
		for _, step := range []struct {
			what   string
			change func(tx *store.Tx) error
			want   string
		}{
			{"a member of an unmapped group", func(*store.Tx) error { return nil }, ""},
			{"the group is mapped", func(tx *store.Tx) (err error) {
				m, err = tx.Organization(w.contoso.ID).CreateMapping(store.Mapping{ConnectionID: w.entra.ID, RoleID: w.role(w.contoso, "writer").ID, GroupExternalID: writersOID})
				return err
			}, "writer"},
			{"the mapping gives another role", func(tx *store.Tx) error {
				_, err := tx.Organization(w.contoso.ID).UpdateMapping(m.ID, w.role(w.contoso, "reader").ID)
				return err
			}, "reader"},
			{"she leaves the group", func(tx *store.Tx) error {
				_, err := tx.Directory(w.entra.Directory()).UpdateGroup(g, nil, store.MemberChange{Remove: []string{alice.ID}})
				return err
			}, ""},
			{"she is back", func(tx *store.Tx) error {
				_, err := tx.Directory(w.entra.Directory()).UpdateGroup(g, nil, adding(alice.ID))
				return err
			}, "reader"},
			{"the group becomes another", func(tx *store.Tx) error {
				before, r := w.group(w.entra, g.ID), groupRecord("Writers", bobOID)
				_, err := tx.Directory(w.entra.Directory()).UpdateGroup(before, &r, store.MemberChange{})
				return err
			}, ""},
		} {
			w.must(step.change)
			if got := roles(); got != step.want {
				t.Errorf("%s: roles %q, want %q", step.what, got, step.want)
			}
		}
	})
}

func TestVisit_NestedGroupsGiveNothing(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID))
		inner := w.addGroup(w.entra, groupRecord("Inner", ""), alice.ID)
		outer := w.addGroup(w.entra, groupRecord("Outer", writersOID), inner.ID)
		w.must(func(tx *store.Tx) error {
			_, err := tx.Organization(w.contoso.ID).CreateMapping(store.Mapping{ConnectionID: w.entra.ID, RoleID: w.role(w.contoso, "writer").ID, GroupID: outer.ID})
			return err
		})
		w.signIn(w.entra, alice.ID, "alice's")
		if v := w.visit("alice's"); len(v.Grants) > 0 {
			t.Errorf("grants = %v, want none: the provider names every member that it means", v.Grants)
		}
	})
}

func TestVisitOf_TheSessionThatIsNamed(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID))
		first, second := w.signIn(w.entra, alice.ID, "first").ID, w.signIn(w.entra, alice.ID, "second").ID
		for _, id := range []string{first, second} {
			if v, err := w.VisitOf(t.Context(), w.contoso.ID, id); err != nil || v.Session.ID != id {
				t.Errorf("of %s: got %s, %v", id, v.Session.ID, err)
			}
		}
		for _, of := range [][2]string{{w.fabrikam.ID, first}, {w.contoso.ID, w.contoso.ID}, {"", first}, {w.contoso.ID, ""}} {
			if v, err := w.VisitOf(t.Context(), of[0], of[1]); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("of %q: got %s, %v, want ErrNotFound", of, v.Session.ID, err)
			}
		}
	})
}

// A mapping of an app role is none of groups, not even of those that have no more of an identity than it.
func TestVisit_AnAppRolesMappingGivesGroupsNothing(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID))
		w.addGroup(w.entra, groupRecord("By hand", ""), alice.ID)
		w.must(func(tx *store.Tx) error {
			_, err := tx.Organization(w.contoso.ID).CreateMapping(store.Mapping{ConnectionID: w.entra.ID, RoleID: w.role(w.contoso, "admin").ID, AppRole: "Task.Write"})
			return err
		})
		w.signIn(w.entra, alice.ID, "alice's")
		if v := w.visit("alice's"); len(v.Grants) > 0 {
			t.Errorf("grants = %+v, want none", v.Grants)
		}
	})
}

// What everybody gets is never a right on the console, even where the role got one later.
func TestVisit_ADefaultRoleGivesNoConsole(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID))
		w.signIn(w.entra, alice.ID, "alice's")
		reader := w.role(w.contoso, "reader")
		w.must(func(tx *store.Tx) error { return tx.Organization(w.contoso.ID).SetDefaultRole(reader.ID) })
		if v := w.visit("alice's"); len(v.Grants) != 1 || v.Grants[0].Source != store.DefaultGrant {
			t.Errorf("grants = %+v, want the default", v.Grants)
		}
		if err := store.ExecuteAlone(t.Context(), w.Store, "UPDATE roles SET console = 'read' WHERE id = ?", reader.ID); err != nil {
			t.Fatal(err)
		}
		if v := w.visit("alice's"); len(v.Grants) > 0 {
			t.Errorf("grants = %+v, want none", v.Grants)
		}
	})
}

func TestGrants_OfOneInTheirDirectoryWhereTheyGo(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID))
		branch, other := w.child("branch", w.contoso), w.child("another", w.contoso)
		for o, role := range map[store.Organization]string{w.contoso: "reader", branch: "writer", other: "admin"} {
			w.must(func(tx *store.Tx) error {
				return tx.Organization(o.ID).AssignRole(w.entra.DirectoryID, alice.ID, w.role(o, role).ID)
			})
		}
		w.must(func(tx *store.Tx) error {
			for into, want := range map[string]string{w.contoso.ID: "reader", branch.ID: "writer", other.ID: "admin"} {
				got, err := tx.Directory(w.entra.Directory()).Into(into).Grants(alice.ID)
				if err != nil || len(got) != 1 || got[0].Role.Name != want {
					t.Errorf("where she is a %s: got %+v, %v", want, got, err)
				}
			}
			for _, of := range []store.Connection{w.okta, w.other} {
				if got, err := tx.Directory(of.Directory()).Grants(alice.ID); !errors.Is(err, store.ErrNotFound) {
					t.Errorf("in the directory of %s: got %+v, %v, want ErrNotFound", of.Slug, got, err)
				}
			}
			for _, id := range []string{"", "alice", w.contoso.ID} {
				if got, err := tx.Directory(w.entra.Directory()).Grants(id); !errors.Is(err, store.ErrNotFound) {
					t.Errorf("of %q: got %+v, %v, want ErrNotFound", id, got, err)
				}
			}
			return nil
		})
	})
}

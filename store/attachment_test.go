package store_test

import (
	"errors"
	"slices"
	"testing"

	"doorlist/store"
)

// line is what is said of entra from an organization on.
func (w *world) line(o store.Organization) (line []string) {
	w.t.Helper()
	w.must(func(tx *store.Tx) (err error) {
		line, err = tx.Organization(o.ID).AttachmentLine(w.entra.ID)
		return err
	})
	return line
}

func TestAttachments_GoWithTheTree(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		branch := w.child("branch", w.contoso)
		office := w.child("office", branch)
		say := func(o store.Organization, said string) error {
			return w.write(func(tx *store.Tx) error { return tx.Organization(o.ID).SayAttachment(w.entra.ID, said) })
		}
		for range 2 { // the second time nothing changes
			if err := say(branch, "off"); err != nil {
				t.Fatal(err)
			}
		}
		if got, want := w.line(office), []string{"", "off", "on"}; !slices.Equal(got, want) {
			t.Errorf("the office's line = %q, want %q", got, want)
		}
		if err := say(w.fabrikam, "on"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("attaching to an organization beside: %v, want ErrNotFound", err)
		}
		refusedFor(t, "what cannot be said", say(branch, "maybe"), "attachment", "on or off")
		reach, err := w.Organization(office.ID).ReachableConnections(t.Context())
		if err != nil || len(reach) != 2 || reach[0].Connection != w.entra || !slices.Equal(reach[0].Line, []string{"", "off", "on"}) {
			t.Errorf("the office reaches %+v, %v; want entra and okta", reach, err)
		}
		if err := say(office, "on"); err != nil {
			t.Fatal(err)
		}
		w.must(func(tx *store.Tx) error { return tx.MoveOrganization(office.ID, "") })
		w.must(func(tx *store.Tx) error { return tx.MoveOrganization(office.ID, branch.ID) })
		if got, want := w.line(office), []string{"", "off", "on"}; !slices.Equal(got, want) {
			t.Errorf("after a move and back, the office's line = %q, want %q", got, want)
		}
		if got := w.actions(branch, w.entra.ID); !slices.Equal(got, []string{"connection.attachment_changed"}) {
			t.Errorf("the branch's events about the connection = %v", got)
		}
		w.must(func(tx *store.Tx) error { return tx.Organization(w.contoso.ID).RemoveConnection(w.entra.ID) })
		if rows := w.rows("SELECT * FROM attachments"); len(rows) != 2 {
			t.Errorf("%d attachments are left, want those of okta and fabrikam's", len(rows))
		}
	})
}

func TestCeiling_HoldsInTheOrganizationsBelow(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		branch := w.child("branch", w.contoso)
		owner, writer, lower := w.role(branch, "owner"), w.role(w.contoso, "writer"), w.role(branch, "writer")
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID))
		staff := w.addGroup(w.entra, groupRecord("Staff", writersOID), alice.ID)
		mapTo := func(r store.Role, group string) error {
			return w.write(func(tx *store.Tx) error {
				_, err := tx.Organization(branch.ID).CreateMapping(store.Mapping{ConnectionID: w.entra.ID, RoleID: r.ID, GroupExternalID: group})
				return err
			})
		}
		if err := mapTo(owner, staff.ExternalID); err != nil {
			t.Fatal(err)
		}
		w.must(func(tx *store.Tx) error { return tx.Organization(w.contoso.ID).SetCeiling(w.entra.ID, writer.ID) })
		inUse(t, "a mapping above the ceiling", mapTo(owner, bobOID), "ceiling")
		if err := mapTo(lower, bobOID); err != nil {
			t.Error(err)
		}
		w.must(func(tx *store.Tx) error {
			grants, err := tx.Directory(w.entra.Directory()).Into(branch.ID).Grants(alice.ID)
			if err != nil || len(grants) != 1 || grants[0].Ceiling != writer {
				t.Errorf("grants in the branch = %+v, %v; want one with the ceiling", grants, err)
			}
			return err
		})
	})
}

func TestInto_GivesTheOtherOrganizationsRoles(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		branch := w.child("branch", w.contoso)
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID))
		writer, reader := w.role(branch, "writer"), w.role(w.contoso, "reader")
		w.must(func(tx *store.Tx) error {
			if err := tx.Organization(branch.ID).AssignRole(w.entra.DirectoryID, alice.ID, writer.ID); err != nil {
				return err
			}
			if err := tx.Organization(branch.ID).SetSSOMode(store.SSOOff); err != nil {
				return err
			}
			if err := tx.Organization(w.contoso.ID).AssignRole(w.entra.DirectoryID, alice.ID, reader.ID); err != nil {
				return err
			}
			into := tx.Directory(w.entra.Directory()).Into(branch.ID)
			grants, err := into.Grants(alice.ID)
			if want := []store.Grant{{Role: writer, Source: store.LocalGrant}}; err != nil || !slices.Equal(grants, want) {
				t.Errorf("grants in the branch = %+v, %v; want %+v", grants, err, want)
			}
			ways, err := into.WaysIn(alice.ID)
			if err != nil || ways.Mode != store.SSOOff {
				t.Errorf("ways into the branch = %+v, %v; want its own mode", ways, err)
			}
			_, err = into.StartSession(newSession(alice.ID, w.entra.ID, "branch's"))
			return err
		})
		if v := w.visit("branch's"); v.Organization.ID != branch.ID || len(v.Grants) != 1 || v.Grants[0].Role != writer || !slices.Equal(v.Attachments, []string{"", "on"}) {
			t.Errorf("visit = %+v", v)
		}
		err := w.write(func(tx *store.Tx) error {
			_, err := tx.Directory(w.entra.Directory()).Into(w.fabrikam.ID).StartSession(newSession(alice.ID, w.entra.ID, "stray"))
			return err
		})
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("a session of an organization that is not below: %v, want ErrNotFound", err)
		}
		for _, o := range []store.Organization{w.contoso, branch} {
			list, err := w.Organization(o.ID).ListSessions(t.Context(), store.SessionFilter{}, w.Now())
			if err != nil || len(list) != 1 || list[0].AdmittedTo != branch.ID {
				t.Errorf("%s lists %+v, %v; want the one session", o.Slug, list, err)
			}
		}
		w.must(func(tx *store.Tx) error { return tx.Organization(branch.ID).Remove() })
		if _, err := w.Visit(t.Context(), secretHash("branch's")); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("a session of a removed organization: %v, want ErrNotFound", err)
		}
	})
}

// TestMigrate_ExistingChildrenGainNothing: what was an owner's alone stays that, and settings stay as they were.
func TestMigrate_ExistingChildrenGainNothing(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		branch := w.child("branch", w.contoso)
		office := w.child("office", branch)
		w.must(func(tx *store.Tx) error { return tx.Organization(w.contoso.ID).SetContact("IT") })
		if err := store.MigrateDown(t.Context(), w.Store, 11); err != nil {
			t.Fatal(err)
		}
		if err := w.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got, want := w.line(office), []string{"", "off", "on"}; !slices.Equal(got, want) {
			t.Errorf("the office's line = %q, want %q", got, want)
		}
		w.must(func(tx *store.Tx) error { return tx.Organization(w.contoso.ID).SetContact("somebody else") })
		if got := w.now(branch).Contact; got != "IT" {
			t.Errorf("the branch's contact is %q, want what it was", got)
		}
	})
}

package store_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"doorlist/store"

	"github.com/google/uuid"
)

func (w *world) createRole(r store.Role) (got store.Role, err error) {
	err = w.inContoso(func(o *store.OrganizationTx) error { got, err = o.CreateRole(r); return err })
	return got, err
}

func TestCreateRole_SaysWhatToGiveInstead(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		for _, c := range []struct {
			what  string
			role  store.Role
			field string
			words string
		}{
			{"no name", store.Role{Rank: 15}, "name", "1 to 64 characters"},
			{"a name of blanks", store.Role{Name: " \t ", Rank: 15}, "name", "1 to 64 characters"},
			{"a long name", store.Role{Name: strings.Repeat("é", 65), Rank: 15}, "name", "1 to 64 characters"},
			{"a name that would split a header's list", store.Role{Name: "a,b", Rank: 15}, "name", "without commas"},
			{"a name that would split a header", store.Role{Name: "a\r\nX: y", Rank: 15}, "name", "line breaks"},
			{"a rank below all", store.Role{Name: "x", Rank: 0}, "rank", "between 1 and 1000000; higher is more privileged"},
			{"a rank above all", store.Role{Name: "x", Rank: 1_000_001}, "rank", "between 1 and 1000000"},
			{"an unknown console right", store.Role{Name: "x", Rank: 15, Console: "write"}, "console", "none, read, manage or own"},
		} {
			_, err := w.createRole(c.role)
			refusedFor(t, c.what, err, c.field, c.words)
		}
		_, err := w.createRole(store.Role{Name: "OWNER", Rank: 15})
		conflictOf(t, "a name that is taken", err, "role name")
		_, err = w.createRole(store.Role{Name: "auditor", Rank: 50})
		conflictOf(t, "a rank that is taken", err, "rank")
		got, err := w.createRole(store.Role{Name: " " + strings.Repeat("é", 64), Rank: 15, Console: store.ConsoleRead})
		if want := (store.Role{ID: got.ID, Name: strings.Repeat("é", 64), Rank: 15, Console: store.ConsoleRead}); err != nil || got != want {
			t.Errorf("a role of 64 letters = %+v, %v", got, err)
		}
	})
}

func TestUpdateRole_ChangesTheLadder(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		update := func(r store.Role) (got store.Role, err error) {
			err = w.inContoso(func(o *store.OrganizationTx) error { got, err = o.UpdateRole(r); return err })
			return got, err
		}
		reader := w.role(w.contoso, "reader")
		reader.Rank, reader.Name = 35, "Reader"
		if got, err := update(reader); err != nil || got != reader {
			t.Errorf("UpdateRole = %+v, %v; want %+v", got, err, reader)
		}
		if got, err := update(reader); err != nil || got != reader {
			t.Errorf("UpdateRole to what is there = %+v, %v", got, err)
		}
		if got, want := w.actions(w.contoso, reader.ID), []string{"role.created", "role.updated"}; !slices.Equal(got, want) {
			t.Errorf("events = %v, want %v", got, want)
		}
		roles, err := w.Organization(w.contoso.ID).Roles(t.Context())
		if names := roleNames(roles); err != nil || names != "contributor writer Reader admin owner" {
			t.Errorf("ladder = %s, %v", names, err)
		}
		reader.Rank = 50
		_, err = update(reader)
		conflictOf(t, "a rank that is taken", err, "rank")
		reader.ID = uuid.NewString()
		if _, err := update(reader); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("an unknown role = %v, want ErrNotFound", err)
		}
	})
}

func roleNames(roles []store.Role) string {
	var names []string
	for _, r := range roles {
		names = append(names, r.Name)
	}
	return strings.Join(names, " ")
}

func TestRemoveRole_WaitsForWhatRestsOnIt(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID))
		reader, writer := w.role(w.contoso, "reader"), w.role(w.contoso, "writer")
		remove := func(r store.Role) error {
			return w.inContoso(func(o *store.OrganizationTx) error { return o.RemoveRole(r.ID) })
		}
		var m store.Mapping
		w.must(func(tx *store.Tx) (err error) {
			o := tx.Organization(w.contoso.ID)
			if m, err = o.CreateMapping(store.Mapping{ConnectionID: w.entra.ID, RoleID: reader.ID, AppRole: "r"}); err != nil {
				return err
			}
			return o.AssignRole(w.entra.DirectoryID, alice.ID, writer.ID)
		})
		inUse(t, "a mapped role", remove(reader), "reader", "1 mapping", "remove")
		inUse(t, "an assigned role", remove(writer), "writer", "1 assignment", "remove")
		w.must(func(tx *store.Tx) error {
			o := tx.Organization(w.contoso.ID)
			return errors.Join(o.RemoveMapping(m.ID), o.UnassignRole(w.entra.DirectoryID, alice.ID, writer.ID))
		})
		if err := errors.Join(remove(reader), remove(writer)); err != nil {
			t.Error(err)
		}
		if err := remove(reader); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("removing it again = %v, want ErrNotFound", err)
		}
	})
}

func TestRemoveRole_NothingComesToRestOnItMeanwhile(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID))
		for round := range 10 {
			r, err := w.createRole(store.Role{Name: "temporary", Rank: 100 + round})
			if err != nil {
				t.Fatal(err)
			}
			errs := together(3, func(i int) error {
				return w.inContoso(func(o *store.OrganizationTx) (err error) {
					switch i {
					case 0:
						_, err = o.CreateMapping(store.Mapping{ConnectionID: w.entra.ID, RoleID: r.ID, AppRole: r.ID})
					case 1:
						err = o.AssignRole(w.entra.DirectoryID, alice.ID, r.ID)
					case 2:
						err = o.RemoveRole(r.ID)
					}
					return err
				})
			})
			gone := len(w.rows("SELECT 1 FROM roles WHERE id = ?", r.ID)) == 0
			resting := len(w.rows("SELECT 1 FROM mappings WHERE role_id = ?", r.ID)) + len(w.rows("SELECT 1 FROM role_assignments WHERE role_id = ?", r.ID))
			if gone != (errs[2] == nil) || gone && resting > 0 {
				t.Fatalf("round %d: removed %t (%v), and %d things rest on the role", round, gone, errs, resting)
			}
			if !gone {
				w.must(func(tx *store.Tx) error {
					err := store.Execute(tx, "DELETE FROM mappings")
					if err == nil {
						err = store.Execute(tx, "DELETE FROM role_assignments")
					}
					return errors.Join(err, tx.Organization(w.contoso.ID).RemoveRole(r.ID))
				})
			}
		}
	})
}

func TestAssignRole_IsASet(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID))
		writer := w.role(w.contoso, "writer").ID
		assign := func() error {
			return w.inContoso(func(o *store.OrganizationTx) error { return o.AssignRole(w.entra.DirectoryID, alice.ID, writer) })
		}
		unassign := func() error {
			return w.inContoso(func(o *store.OrganizationTx) error { return o.UnassignRole(w.entra.DirectoryID, alice.ID, writer) })
		}
		if err := errors.Join(assign(), assign(), unassign()); err != nil {
			t.Fatal(err)
		}
		if err := unassign(); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("taking back what was not given = %v, want ErrNotFound", err)
		}
		want := []string{"user.created", "user.role_assigned", "user.role_unassigned"}
		if got := w.actions(w.contoso, alice.ID); !slices.Equal(got, want) {
			t.Errorf("events = %v, want %v", got, want)
		}
	})
}

func TestAssignRole_ToAUserDeletedMeanwhileLeavesNothing(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		people, writer := w.addUsers(10), w.role(w.contoso, "writer").ID
		errs := together(2*len(people), func(i int) error {
			return w.write(func(tx *store.Tx) error {
				if i%2 == 0 {
					return tx.Directory(w.entra.Directory()).DeleteUser(people[i/2], 0)
				}
				return tx.Organization(w.contoso.ID).AssignRole(w.entra.DirectoryID, people[i/2], writer)
			})
		})
		for _, err := range errs {
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				t.Error(err)
			}
		}
		if left := w.rows("SELECT * FROM role_assignments"); len(left) > 0 {
			t.Errorf("%d assignments of deleted users", len(left))
		}
	})
}

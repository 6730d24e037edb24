package store_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"doorlist/store"
	"doorlist/store/storetest"
)

// undoRules make records as the fixtures do, and allow everything.
var undoRules = store.UndoRules{
	User: func(document string) (store.UserRecord, error) {
		var doc struct {
			UserName, DisplayName, ExternalID string
			Active                            bool
			Emails                            []store.Email
			Roles                             []string
		}
		if err := json.Unmarshal([]byte(document), &doc); err != nil {
			return store.UserRecord{}, err
		}
		if doc.UserName == "" {
			return store.UserRecord{}, errors.New("userName is missing")
		}
		r := store.UserRecord{UserName: doc.UserName, ExternalID: doc.ExternalID, DisplayName: doc.DisplayName, Active: doc.Active, Emails: doc.Emails, AppRoles: doc.Roles}
		return documented(r), nil
	},
	Group: func(document string) (store.GroupRecord, error) {
		var doc struct{ DisplayName, ExternalID string }
		err := json.Unmarshal([]byte(document), &doc)
		return groupRecord(doc.DisplayName, doc.ExternalID), err
	},
	MayGrant: func(string, store.Role) bool { return true },
}

// state is all that an undo must bring back, a row a line.
func (w *world) state() (lines []string) {
	w.t.Helper()
	for _, sql := range []string{
		"SELECT id, user_name, user_name_key, external_key, display_name, active, origin, quarantined, held, document, keys FROM users",
		"SELECT user_id, ordinal, value, type_key, is_primary FROM user_emails", "SELECT user_id, value_key, value FROM user_app_roles",
		"SELECT id, display_name, external_key, document, keys FROM groups", "SELECT group_id, member_id, kind, display FROM members",
		// A mapping outlives its group, gives nothing then, and does not come back without it.
		"SELECT id, connection_id, role_id, group_id, external_key, app_role, target FROM mappings m WHERE group_id IS NULL OR EXISTS (SELECT 1 FROM groups g WHERE g.id = m.group_id)",
		"SELECT user_id, role_id FROM role_assignments", "SELECT id, name, rank, console, shared_only FROM roles",
		"SELECT t.id FROM tombstones t JOIN users u ON u.id = t.id", // nobody is both; whose creation was undone has one
		"SELECT id, sso_mode, ambiguous_roles, contact FROM organizations", "SELECT organization_id, setting FROM own_settings",
	} {
		rows, err := store.Rows(w.t.Context(), w.Store, sql)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, row := range rows {
			lines = append(lines, rowText(sql[:len("SELECT id, user")], row))
		}
	}
	slices.Sort(lines)
	return lines
}

// mess makes random changes, each in a transaction of its own.
type mess struct {
	*world
	*rand.Rand
	n     int
	users []string
	group []string
	mapID []string
}

func anyOf(r *rand.Rand, ids []string) string {
	if len(ids) == 0 {
		return uuid.NewString()
	}
	return ids[r.IntN(len(ids))]
}

// change makes one change and returns the id of its last event; "" where the change was refused or changed nothing.
func (m *mess) change() string {
	m.t.Helper()
	m.n++
	storetest.ClockOf(m.t, m.Store).Advance(time.Second)
	actor := tester
	actor.RequestID = fmt.Sprintf("r-%d", m.n)
	before := m.latest()
	err := m.Write(m.t.Context(), actor, func(tx *store.Tx) error {
		return m.random(tx.Organization(m.contoso.ID), tx.Directory(m.entra.Directory()), rand.New(rand.NewPCG(uint64(m.n), m.Uint64())))
	})
	refused, conflict := &store.RefusedError{}, &store.ConflictError{}
	if err != nil && !errors.Is(err, store.ErrNotFound) && !errors.As(err, &refused) && !errors.As(err, &conflict) {
		m.t.Fatal(err)
	}
	if after := m.latest(); after != before {
		return after
	}
	return ""
}

// latest is the id of contoso's latest event.
func (w *world) latest() string {
	w.t.Helper()
	rows, err := store.Rows(w.t.Context(), w.Store, "SELECT max(CAST(id AS text)) AS id FROM events WHERE organization_id = ?", w.contoso.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	return fmt.Sprint(rows[0]["id"])
}

func (m *mess) random(o *store.OrganizationTx, d *store.DirectoryTx, r *rand.Rand) error {
	user, group, role := anyOf(r, m.users), anyOf(r, m.group), m.role(m.contoso, []string{"reader", "writer", "contributor"}[r.IntN(3)])
	switch r.IntN(12) {
	case 0, 1:
		u, err := d.CreateUser(person(fmt.Sprintf("user%d@contoso.com", m.n), uuid.NewString(), "a@contoso.com"))
		m.users = append(m.users, u.ID)
		return err
	case 2, 3:
		u, err := m.Directory(m.entra.Directory()).User(m.t.Context(), user)
		if err != nil {
			return err
		}
		after := edited(u, func(rec *store.UserRecord) {
			switch r.IntN(4) {
			case 0:
				rec.UserName = fmt.Sprintf("user%d@contoso.com", r.IntN(m.n))
			case 1:
				rec.Active = !rec.Active
			case 2:
				rec.DisplayName = fmt.Sprint("Name <&> \u2028", r.IntN(3))
			case 3:
				rec.AppRoles = []string{fmt.Sprint("Task.", r.IntN(3))}
			}
		})
		if after.Document == u.Document {
			return nil
		}
		_, err = d.UpdateUser(u, after)
		return err
	case 4:
		return d.DeleteUser(user, 0)
	case 5:
		g, err := d.CreateGroup(groupRecord(fmt.Sprint("Group ", m.n), uuid.NewString()), adding(user, anyOf(r, m.users), anyOf(r, m.group)).Add)
		m.group = append(m.group, g.ID)
		return err
	case 6, 7:
		g, err := m.Directory(m.entra.Directory()).Group(m.t.Context(), group)
		if err != nil {
			return err
		}
		record := groupRecord(fmt.Sprint("Group ", r.IntN(m.n)), g.ExternalID)
		change := []store.MemberChange{{Add: []store.NewMember{{ID: user, Display: "Sent"}}}, {Remove: []string{user}}, {Clear: true}, adding(m.users...), {}}[r.IntN(5)]
		if r.IntN(2) == 0 {
			_, err = d.UpdateGroup(g, &record, change)
		} else {
			_, err = d.UpdateGroup(g, nil, change)
		}
		return err
	case 8:
		return d.DeleteGroup(group, 0)
	case 9:
		mapping := store.Mapping{ConnectionID: m.entra.ID, RoleID: role.ID, GroupID: group}
		if r.IntN(2) == 0 {
			mapping = store.Mapping{ConnectionID: m.entra.ID, RoleID: role.ID, AppRole: fmt.Sprint("Task.", r.IntN(3))}
		}
		made, err := o.CreateMapping(mapping)
		m.mapID = append(m.mapID, made.ID)
		return err
	case 10:
		if r.IntN(2) == 0 {
			return o.RemoveMapping(anyOf(r, m.mapID))
		}
		_, err := o.UpdateMapping(anyOf(r, m.mapID), role.ID)
		return err
	}
	if r.IntN(2) == 0 {
		return o.UnassignRole(m.entra.DirectoryID, user, role.ID)
	}
	return o.AssignRole(m.entra.DirectoryID, user, role.ID)
}

// TestUndo_BringsBackWhatWas: the last changes are undone in a random order, each when the preview says that all of it comes back. The
// preview changes nothing, and in the end all is as it was before them.
func TestUndo_BringsBackWhatWas(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		seed := rand.Uint64()
		m := &mess{world: w, Rand: rand.New(rand.NewPCG(seed, 1))}
		undone := 0
		for range 8 {
			for range m.IntN(12) {
				m.change()
			}
			want := m.state()
			var changes []string
			for range 1 + m.IntN(8) {
				if id := m.change(); id != "" {
					changes = append(changes, id)
				}
			}
			for len(changes) > 0 {
				i := m.undoable(changes)
				whole := i >= 0
				if !whole { // who was made and then put into a deleted group may be gone by an undo already
					i = len(changes) - 1
				}
				storetest.ClockOf(t, w.Store).Advance(time.Second)
				result, err := w.Undo(t.Context(), tester, m.plan(changes[i]), 0, time.Now().Add(time.Minute), undoRules)
				if err != nil || whole && result.Skipped > 0 {
					t.Fatalf("seed %d: %+v, %v", seed, result, err)
				}
				changes = slices.Delete(changes, i, i+1)
				undone++
			}
			if diff := cmp.Diff(want, m.state()); diff != "" {
				t.Fatalf("seed %d (-want +got):\n%s", seed, diff)
			}
		}
		t.Logf("%d changes undone", undone)
	})
}

func (m *mess) plan(eventID string) store.UndoPlan {
	m.t.Helper()
	p, err := m.Organization(m.contoso.ID).PlanUndoOf(m.t.Context(), eventID)
	if err != nil {
		m.t.Fatal(err)
	}
	return p
}

func (m *mess) previewOf(eventID string) store.UndoResult {
	m.t.Helper()
	result, err := m.PreviewUndo(m.t.Context(), tester, m.plan(eventID), undoRules)
	if err != nil {
		m.t.Fatal(err)
	}
	return result
}

// undoable finds a random change that the preview lets undo whole; -1 for none.
func (m *mess) undoable(changes []string) int {
	m.t.Helper()
	for _, i := range m.Perm(len(changes)) {
		before := m.state()
		result := m.previewOf(changes[i])
		if diff := cmp.Diff(before, m.state()); diff != "" {
			m.t.Fatalf("the preview changed something:\n%s", diff)
		}
		whole := func(s store.UndoStep) bool { return s.Does != "" && s.Not == "" }
		if !slices.ContainsFunc(result.Steps, func(s store.UndoStep) bool { return !whole(s) }) {
			return i
		}
	}
	return -1
}

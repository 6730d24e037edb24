package store_test

import (
	"encoding/json"
	"slices"
	"testing"

	"doorlist/store"
)

// told gathers the ids that the events of an action tell about a subject, and how many each event tells.
func (w *world) told(o store.Organization, subjectID, action, list string) (ids []string, counts []int) {
	w.t.Helper()
	events, err := w.Organization(o.ID).Events(w.t.Context(), store.EventQuery{SubjectID: subjectID})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, e := range events {
		if e.Action != action {
			continue
		}
		var detail map[string]json.RawMessage
		var some []string
		if err := json.Unmarshal([]byte(e.Detail), &detail); err != nil {
			w.t.Fatal(err)
		}
		if err := json.Unmarshal(detail[list], &some); err != nil {
			w.t.Fatalf("%s: %v", e.Detail, err)
		}
		ids, counts = append(ids, some...), append(counts, len(some))
	}
	slices.Sort(ids)
	return ids, counts
}

func TestEvents_TellEveryMember(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		people := w.addUsers(2001)
		slices.Sort(people)
		g := w.addGroup(w.entra, groupRecord("Everybody", ""), people...)
		w.changeGroup(g, nil, store.MemberChange{Remove: people})
		w.changeGroup(g, nil, adding(people...))
		w.changeGroup(g, nil, store.MemberChange{Clear: true})
		for action, want := range map[string][]int{"group.members_added": {1000, 1000, 1, 1000, 1000, 1},
			"group.members_removed": {1000, 1000, 1}, "group.members_cleared": {1000, 1000, 1}} {
			ids, counts := w.told(w.contoso, g.ID, action, "members")
			if !slices.Equal(counts, want) || !slices.Equal(slices.Compact(ids), people) {
				t.Errorf("%s tells %v ids, %d in all; want %v", action, counts, len(ids), want)
			}
		}
		w.changeGroup(g, nil, adding(people[:2]...))
		w.must(func(tx *store.Tx) error { return tx.Directory(w.entra.Directory()).DeleteGroup(g.ID, 0) })
		if got := w.actions(w.contoso, g.ID); !slices.Equal(got[len(got)-2:], []string{"group.members_cleared", "group.deleted"}) {
			t.Errorf("the deletion of a group is told as %v", got)
		}
	})
}

func TestEvents_TellWhatADeletedUserHad(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID))
		groups := []string{w.addGroup(w.entra, groupRecord("Writers", ""), alice.ID).ID, w.addGroup(w.entra, groupRecord("Readers", ""), alice.ID).ID}
		slices.Sort(groups)
		give := func(o *store.OrganizationTx) error {
			return o.AssignRole(w.entra.DirectoryID, alice.ID, w.role(w.contoso, "writer").ID)
		}
		if err := w.inContoso(give); err != nil {
			t.Fatal(err)
		}
		w.must(func(tx *store.Tx) error { return tx.Directory(w.entra.Directory()).DeleteUser(alice.ID, 0) })
		if ids, _ := w.told(w.contoso, alice.ID, "user.groups_left", "groups"); !slices.Equal(ids, groups) {
			t.Errorf("the groups told are %v, want %v", ids, groups)
		}
		want := []string{"user.created", "user.role_assigned", "user.groups_left", "user.role_unassigned", "user.deleted"}
		if got := w.actions(w.contoso, alice.ID); !slices.Equal(got, want) {
			t.Errorf("events = %v, want %v", got, want)
		}
	})
}

func TestRemoveConnection_TellsWhatEndsInOtherOrganizations(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		var branch store.Organization
		var m store.Mapping
		w.must(func(tx *store.Tx) (err error) {
			branch, err = tx.CreateOrganization("branch", "", w.contoso.ID)
			return err
		})
		w.must(func(tx *store.Tx) (err error) {
			if err := tx.Organization(branch.ID).SayAttachment(w.entra.ID, "off"); err != nil {
				return err
			}
			m, err = tx.Organization(branch.ID).CreateMapping(store.Mapping{ConnectionID: w.entra.ID, RoleID: w.role(branch, "reader").ID, AppRole: "Task.Read"})
			return err
		})
		w.must(func(tx *store.Tx) error { return tx.Organization(w.contoso.ID).RemoveConnection(w.entra.ID) })
		if got := w.actions(branch, m.ID); !slices.Equal(got, []string{"mapping.created", "mapping.removed"}) {
			t.Errorf("events of the mapping = %v", got)
		}
		if got := w.actions(branch, w.entra.ID); !slices.Equal(got, []string{"connection.attachment_changed", "connection.attachment_changed"}) {
			t.Errorf("events of the attachment = %v", got)
		}
	})
}

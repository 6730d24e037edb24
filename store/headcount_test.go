package store_test

import (
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"

	"github.com/google/go-cmp/cmp"
)

// headcount counts anew, and takes away what differs from run to run.
func (w *world) headcount() store.Headcount {
	w.t.Helper()
	storetest.ClockOf(w.t, w.Store).Advance(time.Hour)
	if err := w.CountPeople(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	list, err := w.Organization(w.contoso.ID).Headcounts(w.t.Context())
	if err != nil || len(list) != 2 {
		w.t.Fatalf("Headcounts = %+v, %v", list, err)
	}
	for _, h := range list {
		if h.ConnectionID == w.entra.ID {
			if !h.At.Equal(w.Now()) {
				w.t.Errorf("counted at %v, want %v", h.At, w.Now())
			}
			h.ConnectionID, h.At = "", time.Time{}
			return h
		}
	}
	w.t.Fatal("the connection is not counted")
	return store.Headcount{}
}

func (w *world) wantHeadcount(when string, want store.Headcount) {
	w.t.Helper()
	if diff := cmp.Diff(want, w.headcount()); diff != "" {
		w.t.Errorf("%s (-want +got):\n%s", when, diff)
	}
}

func TestCountPeople_CountsWhatIsMissingFirst(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.wantHeadcount("nobody", store.Headcount{})
		ann := w.addUser(w.entra, person("ann@contoso.com", newGUID("ann")))
		bob := w.addUser(w.entra, person("bob@contoso.com", newGUID("bob")))
		off := w.addUser(w.entra, person("off@contoso.com", newGUID("off")))
		loose := w.addUser(w.entra, person("loose@contoso.com", "loose"))
		other := w.addUser(w.entra, person("other@contoso.com", newGUID("other")))
		lonely := w.addUser(w.entra, person("lonely@contoso.com", newGUID("lonely")))
		w.update(off.ID, func(r *store.UserRecord) { r.Active = false })
		w.update(other.ID, func(r *store.UserRecord) { r.ExternalID = newGUID("another") })
		w.wantHeadcount("without roles", store.Headcount{People: 6, SwitchedOff: 1, InReview: 1, Unlinked: 1, WithoutRole: 3})
		g := w.addGroup(w.entra, groupRecord("Writers", writersOID), ann.ID, off.ID, loose.ID, other.ID)
		mapping, err := w.createMapping(store.Mapping{ConnectionID: w.entra.ID, RoleID: w.role(w.contoso, "writer").ID, GroupID: g.ID})
		if err != nil {
			t.Fatal(err)
		}
		w.mapAppRole("Task.Read", "reader")
		w.update(bob.ID, func(r *store.UserRecord) {
			r.AppRoles, r.Document = []string{"task.read"}, `{"roles":[{"value":"task.read"}]}`
		})
		w.wantHeadcount("with a group and an app role", store.Headcount{People: 6, SwitchedOff: 1, InReview: 1, Unlinked: 1, WithoutRole: 1})
		w.must(func(tx *store.Tx) error {
			return tx.Organization(w.contoso.ID).AssignRole(w.entra.DirectoryID, lonely.ID, w.role(w.contoso, "reader").ID)
		})
		w.wantHeadcount("a role by hand does not count for this connection", store.Headcount{People: 6, SwitchedOff: 1, InReview: 1, Unlinked: 1, WithoutRole: 1})
		w.must(func(tx *store.Tx) error {
			_, err := tx.Organization(w.contoso.ID).UpdateConnection(changed(w.entra, func(c *store.Connection) { c.Roles = "hybrid" }))
			return err
		})
		w.wantHeadcount("now it does", store.Headcount{People: 6, SwitchedOff: 1, InReview: 1, Unlinked: 1})
		w.must(func(tx *store.Tx) error {
			o := tx.Organization(w.contoso.ID)
			if err := o.SetSSOChoice(w.entra.DirectoryID, ann.ID, "off"); err != nil {
				return err
			}
			return o.RemoveMapping(mapping.ID)
		})
		w.wantHeadcount("without the mapping", store.Headcount{People: 6, SwitchedOff: 1, InReview: 1, Unlinked: 1, WithoutRole: 1})
		w.must(func(tx *store.Tx) error {
			return tx.Organization(w.contoso.ID).SetDefaultRole(w.role(w.contoso, "reader").ID)
		})
		w.wantHeadcount("with a default role, a password is missing", store.Headcount{People: 6, SwitchedOff: 1, InReview: 1, Unlinked: 1, WithoutMethod: 1})
		w.must(func(tx *store.Tx) error { return tx.Organization(w.contoso.ID).SetSSOMode("per_user") })
		w.wantHeadcount("nobody is chosen", store.Headcount{People: 6, SwitchedOff: 1, InReview: 1, Unlinked: 1, WithoutMethod: 3})
		before := w.rows("SELECT * FROM headcounts")
		w.addUser(w.entra, person("late@contoso.com", newGUID("late")))
		storetest.ClockOf(t, w.Store).Advance(30 * time.Second)
		if err := w.CountPeople(t.Context()); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(before, w.rows("SELECT * FROM headcounts")); diff != "" {
			t.Errorf("half a minute later it is counted again:\n%s", diff)
		}
	})
}

func changed(c store.Connection, change func(c *store.Connection)) store.Connection {
	change(&c)
	return c
}

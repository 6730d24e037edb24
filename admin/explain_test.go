package admin_test

import (
	"net/http"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

func TestExplain_SaysWhyAndWhatHasNoEffect(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		p := w.places["contoso"]
		var alice store.User
		w.write(func(tx *store.Tx) (err error) {
			o, d := tx.Organization(p.org.ID), tx.Directory(p.conn.Directory())
			if _, err = o.UpdateConnection(hybrid(p.conn)); err != nil {
				return err
			}
			alice, err = d.CreateUser(store.UserRecord{UserName: "alice@contoso.example", ExternalID: newGUID("alice"), Active: true, Document: "{}", Keys: "{}"})
			if err != nil {
				return err
			}
			group, err := d.CreateGroup(store.GroupRecord{DisplayName: "Writers", ExternalID: newGUID("writers"), Document: "{}", Keys: "{}"}, []store.NewMember{{ID: alice.ID}})
			if err != nil {
				return err
			}
			if _, err = o.CreateMapping(store.Mapping{ConnectionID: p.conn.ID, RoleID: p.roles["writer"].ID, GroupID: group.ID}); err != nil {
				return err
			}
			return o.AssignRole(p.conn.DirectoryID, alice.ID, p.roles["admin"].ID)
		})
		auditor, at := w.signIn("contoso", "auditor", w.clock.Now()), "/admin/organizations/contoso/explain"
		auditor.lacks(auditor.get(at), "sign in, as")
		auditor.want(auditor.get(at+"?who=alice@contoso.example"), http.StatusOK, "Can sign in, as writer", "Writers", "Given by hand, and without effect", "<li>admin</li>")
		auditor.want(auditor.get(at+"?who=nobody%3Cscript%3E"), http.StatusOK, "Nobody by that name is on the list", "nobody&lt;script&gt;")
	})
}

// hybrid lets roles come from the provider and from hands.
func hybrid(c store.Connection) store.Connection {
	c.Roles = "hybrid"
	return c
}

func TestAlerts_Outages(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	p := w.places["contoso"]
	w.write(func(tx *store.Tx) error {
		alice, err := tx.Directory(p.conn.Directory()).CreateUser(store.UserRecord{UserName: "alice@contoso.example", ExternalID: newGUID("alice"), Active: true, Document: "{}", Keys: "{}"})
		if err != nil {
			return err
		}
		_, err = tx.Organization(p.org.ID).StartOutage("Microsoft is down", "root", time.Hour, []store.OutagePerson{{DirectoryID: p.conn.DirectoryID, UserID: alice.ID}})
		return err
	})
	auditor := w.signIn("contoso", "auditor", w.clock.Now())
	auditor.want(auditor.get("/admin"), http.StatusOK, "An outage is declared until", "one person may use a password")
	w.clock.Advance(time.Hour)
	auditor = w.signIn("contoso", "auditor", w.clock.Now())
	auditor.lacks(auditor.get("/admin"), "An outage is declared")
}

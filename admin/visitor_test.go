package admin_test

import (
	"net/http"
	"testing"

	"doorlist/store"
	"doorlist/store/storetest"
)

// Whoever sees an attempt of somebody from above can go on from there, whatever they may see of the organization above.
func TestVisitor_HasAPageThatLeadsOn(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		p, alice := w.places["contoso"], w.addStaff()["alice"]
		const below = "/admin/organizations/contoso-test/"
		var seen store.Decision
		w.write(func(tx *store.Tx) (err error) {
			seen, err = tx.Organization(w.places["contoso-test"].org.ID).RecordDecision(store.Decision{
				UserID: alice.ID, UserName: alice.UserName, ConnectionID: p.conn.ID, DirectoryID: p.conn.DirectoryID, Method: "sso", Reason: "no_role"})
			return err
		})
		auditor, owner := w.signIn("contoso-test", "auditor", w.clock.Now()), w.contosoOwner()
		attempt := auditor.want(auditor.get(below+"sign-ins/"+seen.ID), http.StatusOK, `href="`+below+"users/"+alice.ID+`"`, "Entra of contoso")
		auditor.lacks(attempt, entraPath)
		page := auditor.want(auditor.get(below+"users/"+alice.ID), http.StatusOK, "of an organization above", "Ask an administrator there", "explain?who="+alice.ID, "sign-ins?person="+alice.ID)
		auditor.lacks(page, "Engineer")
		auditor.lacks(page, usersPath)
		auditor.want(auditor.get(below+"explain?who="+alice.ID), http.StatusOK, "Cannot sign in")
		auditor.want(auditor.get(below+"sign-ins?person="+alice.ID), http.StatusOK, alice.UserName)
		owner.want(owner.get(below+"users/"+alice.ID), http.StatusOK, usersPath+"/"+alice.ID)
		owner.want(owner.get(below+"sign-ins/"+seen.ID), http.StatusOK, `href="`+entraPath+`"`)

		w.write(func(tx *store.Tx) error { return tx.Directory(p.conn.Directory()).DeleteUser(alice.ID, alice.Version) })
		auditor.lacks(auditor.get(below+"sign-ins/"+seen.ID), "users/"+alice.ID)
		auditor.want(auditor.get(below+"users/"+alice.ID), http.StatusNotFound)
	})
}

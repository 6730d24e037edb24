package admin_test

import (
	"net/http"
	"testing"

	"doorlist/store"
	"doorlist/store/storetest"
)

func (w *world) waiting(organization string) []store.Review {
	w.t.Helper()
	list, err := w.store.Organization(w.places[organization].org.ID).Reviews(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return list
}

func TestReviews_AreDecided(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		owner, auditor := w.contosoOwner(), w.signIn("contoso", "auditor", w.clock.Now())
		const name = "waiting@contoso.example"
		list := "/admin/organizations/contoso/reviews"
		auditor.want(auditor.get("/admin"), http.StatusOK, "One person is held back", list)
		page := auditor.want(auditor.get(list), http.StatusOK, name, newGUID("before "+name), newGUID("after "+name), "An owner of the organization decides")
		auditor.lacks(page, "same-person")
		at := list + "/" + w.places["contoso"].waiting
		owner.want(owner.get(at+"/same-person"), http.StatusOK, newGUID("before "+name), "Ask whoever manages the accounts")
		owner.want(owner.post(at+"/same-person"), http.StatusSeeOther, "reviews?done=released")
		if left := w.waiting("contoso"); len(left) > 0 {
			t.Errorf("there wait %+v", left)
		}
		owner.want(owner.post(at+"/new-person"), http.StatusNotFound)
		owner.want(owner.get(list), http.StatusOK, "Nobody is held back")

		p := w.places["contoso-test"]
		at = "/admin/organizations/contoso-test/reviews/" + p.waiting
		owner.want(owner.get(at+"/new-person"), http.StatusOK, "deleted, for good")
		owner.want(owner.post(at+"/new-person"), http.StatusSeeOther, "done=replaced")
		if _, err := s.Directory(p.conn.Directory()).User(t.Context(), p.waiting); err == nil {
			t.Error("the person before is there")
		}
	})
}

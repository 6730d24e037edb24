package admin_test

import (
	"net/http"
	"testing"

	"doorlist/store"
	"doorlist/store/storetest"
)

func TestEvents_NameASingleMemberAndWhoHasAnException(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.joinFree("ann@contoso.example")
		staff, p, owner := w.addStaff(), w.places["contoso"], w.contosoOwner()
		const joined, excepted = "<bdi>ann@contoso.example</bdi> was added to <bdi>Others of contoso</bdi>", "How <bdi>dave@contoso.example</bdi> signs in was changed"
		trail := owner.want(owner.get("/admin/organizations/contoso/audit"), http.StatusOK, joined, excepted)
		owner.lacks(trail, "the sso")
		owner.want(owner.get(groupsPath+"/"+p.free.ID), http.StatusOK, joined)
		owner.want(owner.get("/admin/organizations/contoso/audit?action=sso&subject="+staff["dave"].ID), http.StatusOK, excepted, "Single sign-on: choice changed")
		w.joinFree("bea@contoso.example", "cat@contoso.example")
		owner.want(owner.get(groupsPath+"/"+p.free.ID), http.StatusOK, "<bdi>2 members were</bdi> added to")
	})
}

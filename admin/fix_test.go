package admin_test

import (
	"net/http"
	"strings"
	"testing"

	"doorlist/auth"
	"doorlist/store"
	"doorlist/store/storetest"
)

func TestFix_NamesPagesInThePlaceOfCommands(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		staff, owner := w.addStaff(), w.contosoOwner()
		attempts := []store.Decision{
			{Reason: "wrong_tenant", Detail: "asked to an application of another organization"},
			{Reason: "role_too_low", Detail: "asked to an application that demands a second factor"},
			{Reason: "connection_off", Detail: "the connection is not attached to the organization, or to any"},
			{Reason: "mapping_unsafe", Detail: "the grants point to different roles: reader, writer"},
		}
		for _, reason := range auth.Reasons() {
			if reason != "admitted" {
				attempts = append(attempts, store.Decision{Reason: reason})
			}
		}
		for _, d := range attempts {
			shown := owner.want(owner.get("/admin/organizations/contoso/sign-ins/"+w.decide(d).ID), http.StatusOK, "What to do")
			if strings.Contains(shown.body, "“doorlist ") {
				t.Errorf("%s, %q: the page sends to a terminal:\n%s", d.Reason, d.Detail, shown.body)
			}
		}
		w.decide(store.Decision{UserID: staff["carol"].ID, UserName: "carol@contoso.example", Reason: "no_role"})
		carol := owner.want(owner.get(usersPath+"/"+staff["carol"].ID), http.StatusOK, "give one of their groups a role")
		owner.lacks(carol, "no_role")
	})
}

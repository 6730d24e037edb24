package admin_test

import (
	"net/http"
	"testing"

	"doorlist/store/storetest"
)

func TestNav_LeadsThroughTheSections(t *testing.T) {
	t.Parallel()
	owner := newWorld(t, storetest.New(t)).contosoOwner()
	const settings = `<a href="/admin/organizations/contoso/settings"`
	owner.want(owner.get("/admin/organizations/contoso"), http.StatusOK, `<a href="/admin/organizations/contoso" aria-current="true">Overview`, settings+">")
	owner.want(owner.get("/admin/organizations/contoso/settings/second_factor"), http.StatusOK, settings+` aria-current="true">`)
	owner.want(owner.get(entraPath+"/tokens"), http.StatusOK, settings+">", `aria-current="true">Overview`)
	owner.lacks(owner.get("/admin"), `class="sections"`)
	nowhere := owner.want(owner.get("/admin/no/such/page"), http.StatusNotFound, "There is nothing here", `<a href="/admin">Console</a>`)
	owner.lacks(nowhere, `class="sections"`)
	owner.want(owner.get("/admin/organizations/contoso/groups/nobodys"), http.StatusNotFound, `<a href="/admin/organizations/contoso/groups" aria-current="true">`, "There is no such page")
	owner.want(owner.get(entraPath+"/tokens/nobodys/revoke"), http.StatusNotFound, `<a href="`+entraPath+`">Entra of contoso</a>`)
	owner.lacks(owner.want(owner.get("/admin/connections/fabrikam-entra/tokens"), http.StatusNotFound), "Entra of fabrikam")
	a := owner.get("/admin")
	owner.want(a, http.StatusOK, `<script src="/admin/assets/console-`, `rel="icon" href="/auth/assets/icon-`)
}

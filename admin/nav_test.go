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
	a := owner.get("/admin")
	owner.want(a, http.StatusOK, `<script src="/admin/assets/console-`, `rel="icon" href="/auth/assets/icon-`)
}

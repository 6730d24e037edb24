package admin_test

import (
	"net/http"
	"testing"

	"doorlist/store/storetest"
)

func TestConnection_Ceiling(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	p, owner := w.places["contoso"], w.contosoOwner()
	owner.want(owner.get(entraPath), http.StatusOK, "no limit")
	owner.want(owner.save(entraPath+"/ceiling", "ceiling", w.places["fabrikam"].roles["admin"].ID), http.StatusUnprocessableEntity, "Choose one")
	owner.want(owner.save(entraPath+"/ceiling", "ceiling", p.roles["writer"].ID), http.StatusSeeOther)
	owner.want(owner.get(entraPath), http.StatusOK, `<strong class="role">writer</strong>`)
	owner.want(owner.save(entraPath+"/mappings/add?group="+p.free.ID, "role", p.roles["admin"].ID), http.StatusUnprocessableEntity, "above the ceiling")
	owner.want(owner.save(entraPath+"/ceiling", "ceiling", "none"), http.StatusSeeOther)
	if ceilings, err := w.store.Organization(p.org.ID).Ceilings(t.Context()); err != nil || len(ceilings) > 0 {
		t.Errorf("the ceilings are %+v, %v", ceilings, err)
	}
}

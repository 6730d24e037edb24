package admin_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"doorlist/store/storetest"
)

func TestAlerts_CredentialsThatEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	owner, list := w.contosoOwner(), entraPath+"/credentials"
	owner.want(owner.post(list+"/add-secret", "client-secret", "new", "expires", w.clock.Now().AddDate(0, 0, 31).Format(time.DateOnly)), http.StatusSeeOther)
	owner.lacks(owner.get("/admin"), "No good credential")
	owner.want(owner.post(list+"/"+w.places["contoso"].credential+"/remove"), http.StatusSeeOther)
	page := owner.want(owner.get("/admin"), http.StatusOK, "No good credential of Entra of contoso is left: expires in 30 days.")
	if n := strings.Count(page.body, "No good credential"); n != 1 {
		t.Errorf("%d connections are warned of", n)
	}
}

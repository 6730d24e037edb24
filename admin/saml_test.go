package admin_test

import (
	"net/http"
	"testing"

	"doorlist/store"
	"doorlist/store/storetest"
)

func TestConnection_OfSAMLHasNoClient(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	w.write(func(tx *store.Tx) error {
		_, err := tx.Organization(w.places["contoso"].org.ID).CreateConnection(store.Connection{Slug: "code", Name: "Code", Kind: store.SAMLConnection, TenantID: tenantID}, "")
		return err
	})
	owner, base := w.contosoOwner(), w.server.URL
	page := owner.want(owner.get("/admin/connections/code"), http.StatusOK, "What comes next: Make a SCIM token", tenantID)
	owner.lacks(page, "lient secret")
	owner.want(owner.get("/admin/connections/code/credentials"), http.StatusNotFound)
	owner.want(owner.get("/admin/connections/code/guide"), http.StatusOK, base+"/saml/code<", base+"/saml/code/acs", base+"/saml/code/metadata", base+"/login/code")
	owner.lacks(owner.get("/admin/connections/code/edit"), "client-id")
	owner.want(owner.post("/admin/connections/code/edit", "display", "Code for all", "admit", "provisioned", "roles", "entra", "enabled", "on"), http.StatusSeeOther)
	owner.want(owner.get("/admin/connections/code?done=saved"), http.StatusOK, "Code for all", "Saved.")
	owner.want(owner.get("/admin"), http.StatusOK, "Code for all")
}

package admin_test

import (
	"net/http"
	"testing"

	"doorlist/store"
	"doorlist/store/storetest"
)

func TestApplications_FromTheFirstToTheLast(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	const all = "/admin/organizations/contoso/applications"
	owner, reader := w.contosoOwner(), w.places["contoso"].roles["reader"].ID
	wiki := []string{"slug", "wiki", "role", reader, "host", "Wiki.contoso.com", "path", "/"}
	owner.want(owner.post(all+"/add", wiki...), http.StatusUnprocessableEntity, "Prove its domain first")
	w.write(func(tx *store.Tx) error {
		return tx.Organization(w.places["contoso"].org.ID).StateDomain(w.places["contoso"].conn.ID, "contoso.com")
	})
	owner.want(owner.post(all+"/add", append(wiki, "host", "evilcontoso.com")[2:]...), http.StatusUnprocessableEntity)
	owner.want(owner.post(all+"/add", "slug", "wiki", "role", reader, "host", "evilcontoso.com", "path", "/"), http.StatusUnprocessableEntity, "Prove its domain first")
	owner.want(owner.post(all+"/add", wiki...), http.StatusSeeOther)
	owner.want(owner.get(all), http.StatusOK, "wiki.contoso.com/", "Opens to")
	owner.want(owner.post(all+"/wiki/edit", "slug", "handbook", "role", w.places["contoso"].roles["admin"].ID, "second-factor", "on"), http.StatusSeeOther)
	owner.want(owner.post(all+"/handbook/paths/add", "host", "wiki.contoso.com", "path", "/shared", "role", reader), http.StatusSeeOther)
	owner.want(owner.post(all+"/handbook/paths/add", "host", "wiki.contoso.com", "path", "relative", "role", "application"), http.StatusUnprocessableEntity, "Must begin with")
	owner.want(owner.get(all), http.StatusOK, "handbook", "wiki.contoso.com/shared", "second factor")
	owner.want(owner.get(all+"/handbook/paths/remove?host=wiki.contoso.com&path=/none"), http.StatusNotFound)
	owner.want(owner.post(all+"/handbook/paths/remove?host=wiki.contoso.com&path=/shared"), http.StatusSeeOther)
	owner.lacks(owner.get(all), "wiki.contoso.com/shared")
	owner.want(owner.post(all+"/handbook/remove", "confirm", "wiki"), http.StatusUnprocessableEntity, "not the application")
	owner.want(owner.post(all+"/handbook/remove", "confirm", "handbook"), http.StatusSeeOther)
	owner.lacks(owner.get(all), "handbook")
}

func TestSchemas_FromTheFirstToTheLast(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	const all = "/admin/organizations/contoso/schemas"
	owner := w.contosoOwner()
	owner.want(owner.post(all+"/add", "document", "[]", "resource-type", "by-urn"), http.StatusUnprocessableEntity, "The file has no schema.", "[]")
	owner.want(owner.upload(all+"/add", "document-file", `{"id":"urn:new"}`, "resource-type", "Group"), http.StatusSeeOther)
	owner.want(owner.get(all), http.StatusOK, "urn:new", "Group")
	owner.want(owner.get(all+"/show?urn=URN:NEW"), http.StatusOK, "&#34;id&#34;: &#34;urn:new&#34;")
	owner.want(owner.get(all+"/show?urn=urn:other"), http.StatusNotFound)
	owner.want(owner.post(all+"/remove?urn=urn:new"), http.StatusSeeOther)
	owner.lacks(owner.get(all), "urn:new")
}

func TestOrganization_IsRenamedAndRemoved(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	owner := w.contosoOwner()
	owner.want(owner.post("/admin/organizations/contoso-test/edit", "display", "Trials", "slug", "trials"), http.StatusSeeOther, "/admin/organizations/trials")
	owner.want(owner.post("/admin/organizations/trials/edit", "display", "Trials", "slug", "fabrikam"), http.StatusUnprocessableEntity, "taken")
	owner.want(owner.post("/admin/organizations/trials/remove", "confirm", "contoso-test"), http.StatusUnprocessableEntity, "short name")
	owner.want(owner.post("/admin/organizations/trials/remove", "confirm", "trials"), http.StatusSeeOther)
	owner.want(owner.get("/admin/organizations/trials"), http.StatusNotFound)
	owner.want(owner.post("/admin/organizations/contoso/remove", "confirm", "contoso"), http.StatusUnprocessableEntity, "doorlist org remove")
	owner.want(owner.get("/admin/organizations/contoso"), http.StatusOK)
}

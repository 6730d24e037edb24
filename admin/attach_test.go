package admin_test

import (
	"net/http"
	"testing"

	"doorlist/auth"
	"doorlist/store"
	"doorlist/store/storetest"
)

// attached says where people of contoso's connection may sign in.
func (w *world) attached(organization string) bool {
	w.t.Helper()
	all, err := w.store.Destinations(w.t.Context(), w.places["contoso"].conn, organization)
	if err != nil || len(all) != 1 {
		w.t.Fatalf("the destinations are %+v, %v", all, err)
	}
	return auth.Attached(all[0].Line)
}

func TestAttachments_FirstToATestOrganization(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		const contoso, trial = "/admin/organizations/contoso/connections/contoso-entra/", "/admin/organizations/contoso-test/connections/contoso-entra/"
		colleague := w.signIn("contoso", "admin", w.clock.Now())
		// An owner who does not come by the connection, and stays.
		w.places["others"] = &place{org: w.places["contoso"].org, conn: w.places["contoso"].spare, roles: w.places["contoso"].roles}
		owner := w.signIn("others", "owner", w.clock.Now())
		owner.want(owner.get("/admin/organizations/contoso-test"), http.StatusOK, "How people sign in here", "attached, like The contoso", trial+"detach")
		owner.want(owner.get(contoso+"detach?from=connection"), http.StatusOK, "The contoso: one session ends", "The contoso-test: no session ends", "attached nowhere")
		owner.want(owner.save(contoso+"detach?from=connection"), http.StatusSeeOther, "/admin/connections/contoso-entra?done=detached")
		colleague.want(colleague.get("/admin"), http.StatusForbidden, "connection_off")
		owner.want(owner.get(trial+"attach"), http.StatusOK, "Where they can sign in", "<li><bdi>The contoso-test</bdi></li>")
		owner.want(owner.save(trial+"attach"), http.StatusSeeOther, "/admin/organizations/contoso-test?done=attached")
		if w.attached("contoso") || !w.attached("contoso-test") {
			t.Error("it is not attached to the test organization alone")
		}
		owner.want(owner.get(entraPath), http.StatusOK, "not attached<", ">attached<", contoso+"attach?from=connection")
		owner.want(owner.save(contoso+"attach"), http.StatusSeeOther)
		owner.want(owner.get(contoso+"attach"), http.StatusOK, "attached already")
		owner.want(owner.get(trial+"detach"), http.StatusOK, "Where they can still sign in", "<li><bdi>The contoso</bdi></li>")
		owner.want(owner.save(trial+"detach"), http.StatusSeeOther)
		owner.want(owner.get("/admin/organizations/contoso-test"), http.StatusOK, "opted out")
		if !w.attached("contoso") || w.attached("contoso-test") {
			t.Error("the test organization has not opted out alone")
		}
	})
}

// An owner below says what holds for their own organization, and learns no more of the one above than that.
func TestAttachments_BelongToTheOrganization(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	below := w.signIn("contoso-test", "owner", w.clock.Now())
	page := below.want(below.get("/admin/organizations/contoso-test"), http.StatusOK, "Entra of contoso", "attached, like an organization above")
	below.lacks(page, "/admin/connections/contoso-entra")
	below.want(below.get("/admin/organizations/contoso-test/connections/contoso-entra/detach?from=connection"), http.StatusOK)
	below.want(below.save("/admin/organizations/contoso-test/connections/contoso-entra/detach?from=connection"), http.StatusSeeOther, "/admin/organizations/contoso-test?done=detached")
	if w.attached("contoso-test") || !w.attached("contoso") {
		t.Error("the organization below has not opted out for itself alone")
	}
}

func TestAttachments_WhoDetachesThemselvesIsWarned(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	owner := w.contosoOwner()
	const contoso = "/admin/organizations/contoso/connections/contoso-entra/"
	owner.want(owner.get(contoso+"detach"), http.StatusOK, "You came in this way yourself")
	owner.want(owner.save(contoso+"detach"), http.StatusSeeOther)
	owner.want(owner.get("/admin"), http.StatusForbidden, "connection_off")
}

func TestConnection_CanBeAddedForNobodyYet(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	owner := w.contosoOwner()
	for _, when := range []string{"now", "later"} {
		owner.want(owner.post("/admin/organizations/contoso/add-connection?kind=oidc", "display", "Okta "+when, "slug", "okta-"+when,
			"issuer", "https://example.okta.com", "client-id", "an app", "client-secret", "hush", "subject-claim", "sub", "attach", when), http.StatusSeeOther)
		c, err := w.store.FindConnection(t.Context(), "okta-"+when)
		if err != nil {
			t.Fatal(err)
		}
		at, err := w.store.Destinations(t.Context(), c, "contoso")
		if err != nil || auth.Attached(at[0].Line) != (when == "now") {
			t.Errorf("%s: it is %+v, %v", when, at, err)
		}
	}
}

func TestOrganization_WithoutConnectionsOfItsOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	owner := w.contosoOwner()
	owner.want(owner.post("/admin/organizations/contoso/add-organization", "display", "New", "slug", "contoso-new"), http.StatusSeeOther)
	page := owner.want(owner.get("/admin/organizations/contoso-new"), http.StatusOK, "None of its own", "attached, like The contoso")
	owner.lacks(page, "No identity provider is connected yet")
}

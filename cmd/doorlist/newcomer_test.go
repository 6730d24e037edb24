package main

import (
	"strings"
	"testing"

	"doorlist/entra"
	"doorlist/store/storetest"
)

// admitAssigned maps an app role to owner, gives it to Uma, whom the tenant does not push, and lets her in by it.
func (w *tenantWorld) admitAssigned() *visitor {
	w.t.Helper()
	err := w.tenant.UpdatePerson(w.person("uma.unassigned").ObjectID, func(p *entra.Person) { p.AppRoles = []string{"Task.Own"} })
	if err != nil {
		w.t.Fatal(err)
	}
	w.terminal.do("mapping", "add", "--org", "contoso", "--connection", "entra", "--app-role", "Task.Own", "--role", "owner")
	uma := w.visitor("uma.unassigned")
	if reason := uma.signIn(w.nodes[0]); reason != "not_provisioned" {
		w.t.Fatalf("where only provisioned people come in, Uma was answered %q", reason)
	}
	if got := execute(w.t, w.terminal.environ, "connection", "set", "entra", "--admit", "role_assigned"); got.code != exitDone || !strings.Contains(got.stderr, "No push ends") {
		w.t.Fatalf("connection set: %+v", got)
	}
	if list := w.terminal.do("connection", "list"); !strings.Contains(list, "role_assigned") {
		w.t.Errorf("connection list does not tell who is admitted:\n%s", list)
	}
	if reason := uma.signIn(w.nodes[0]); reason != "" {
		w.t.Fatalf("Uma was refused: %s", reason)
	}
	expect(w.t, "made by the sign-in", uma, w.nodes[0], true, "owner")
	return uma
}

// assignUma puts Uma into scope and into the readers.
func (w *tenantWorld) assignUma() {
	w.t.Helper()
	readers, _ := w.tenant.FindGroup("Doorlist Readers")
	if err := w.tenant.AddMember(readers.ObjectID, w.person("uma.unassigned").ObjectID); err != nil {
		w.t.Fatal(err)
	}
}

// TestE2E_RoleAssignedThenProvisioned: the provider finds the user that a sign-in has made, by the name, and changes it.
func TestE2E_RoleAssignedThenProvisioned(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		w := newTenantWorld(t, url, 1)
		uma, door := w.admitAssigned(), w.nodes[0]
		w.assignUma()
		w.push()
		expect(t, "provisioned, by her groups alone", uma, door, true, "reader")
		w.wantOneUma()
		if err := w.tenant.Disable(w.person("uma.unassigned").ObjectID); err != nil {
			t.Fatal(err)
		}
		w.push()
		expect(t, "disabled by a push", uma, door, false, "inactive")
	})
}

// TestE2E_RoleAssignedThenPushedUnderAnotherName: the provider does not find the user, because its user names are not those
// of its tokens, and sends a new one with the same object id.
func TestE2E_RoleAssignedThenPushedUnderAnotherName(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		w := newTenantWorld(t, url, 1)
		uma, door := w.admitAssigned(), w.nodes[0]
		mappings := entra.DefaultMappings(entra.ExternalIDObjectID)
		mappings[0].Source, mappings[0].Value = "employeeId", func(p entra.Person) string { return p.ObjectID + "@staff" }
		engine, err := entra.NewProvisioner(entra.ProvisionerOptions{
			Endpoint: door.url + "/scim/v2", Token: w.token, Tenant: w.tenant, Mappings: mappings, Seed: 7,
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.tenant.Assign(w.person("uma.unassigned").ObjectID); err != nil {
			t.Fatal(err)
		}
		report, err := engine.OnDemand(t.Context(), w.person("uma.unassigned").ObjectID)
		if err != nil {
			t.Fatalf("provision on demand: %v, %+v", err, report)
		}
		expect(t, "sent as a new user, on demand and so without roles", uma, door, false, "no_role")
		w.wantOneUma()
		if reason := w.visitor("uma.unassigned").signIn(door); reason != "no_role" {
			t.Errorf("the token's role still counts: the answer was %q", reason)
		}
	})
}

// wantOneUma demands that the directory has one user with Uma's object id, and that explain speaks of provisioning no more.
func (w *tenantWorld) wantOneUma() {
	w.t.Helper()
	var e struct {
		Person struct{ UserName string }
		Others []any
		Detail string
	}
	w.terminal.read(&e, "explain", w.person("uma.unassigned").ObjectID, "--org", "contoso")
	if len(e.Others) != 0 || strings.Contains(e.Detail, "a sign-in has made") {
		w.t.Errorf("explain says %+v", e)
	}
}

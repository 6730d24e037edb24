package entra_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"doorlist/entra"
)

func TestVerify_FindsWhatTheServerLostOrInvented(t *testing.T) {
	t.Parallel()
	j := newJob(t, nil)
	wantClean(t, j.initial(t))
	j.fake.mu.Lock()
	j.fake.resources["/Users/u1"]["title"] = "Boss"
	must(t, applyManager(j.fake.resources["/Users/u2"], "remove", nil))
	removeMember(j.fake.resources["/Groups/g3"], "u2")
	must(t, applyMembers(j.fake.resources["/Groups/g3"], "add", []any{doc{"value": "ghost"}}))
	j.fake.mu.Unlock()
	report, err := j.Verify(t.Context())
	must(t, err)
	var got []string
	for _, d := range report.Differences {
		got = append(got, d.Name+" "+d.What)
	}
	want := "alice@contoso.com title, bob@contoso.com " + enterprise + ":manager, Staff (all) members, Staff (all) members"
	if strings.Join(got, ", ") != want {
		t.Errorf("differences %v, want %s", report.Differences, want)
	}
}

func TestVerify_FindsWhatWasNotDeleted(t *testing.T) {
	t.Parallel()
	j := newJob(t, nil)
	wantClean(t, j.initial(t))
	j.fake.intercept = func(w http.ResponseWriter, r *http.Request, _ string) bool {
		if r.Method != http.MethodDelete {
			return false
		}
		w.WriteHeader(http.StatusNoContent)
		return true
	}
	must(t, j.tenant.HardDelete(bobID))
	must(t, j.tenant.DeleteGroup(j.group()))
	wantClean(t, j.incremental(t))
	report, err := j.Verify(t.Context())
	must(t, err)
	want := []entra.Difference{
		{Name: "Staff (all)", What: "existence", Want: "absent", Got: "present as /Groups/g3"},
		{Name: "bob@contoso.com", What: "existence", Want: "absent", Got: "present as /Users/u2"},
	}
	if diff := cmp.Diff(want, report.Differences); diff != "" {
		t.Errorf("differences (-want +got):\n%s", diff)
	}
}

func TestVerify_ComplainsOfPages(t *testing.T) {
	t.Parallel()
	j := newJob(t, nil)
	wantClean(t, j.initial(t))
	j.fake.intercept = func(w http.ResponseWriter, r *http.Request, _ string) bool {
		if r.URL.Path != "/Users" {
			return false
		}
		respond(w, http.StatusOK, doc{"schemas": []string{listURN}, "totalResults": 2, "Resources": []doc{j.fake.resources["/Users/u1"]}})
		return true
	}
	report, err := j.Verify(t.Context())
	must(t, err)
	var details []string
	for _, c := range report.Complaints {
		details = append(details, c.Detail)
	}
	for _, want := range []string{"startIndex is \"\"", "holds 1 resources instead of 2", "returned one user on two pages"} {
		if !strings.Contains(strings.Join(details, "; "), want) {
			t.Errorf("no complaint that %s: %q", want, details)
		}
	}
}

func TestTestConnection(t *testing.T) {
	t.Parallel()
	j := newJob(t, nil)
	report, err := j.TestConnection(t.Context())
	must(t, err)
	if !report.Clean() || report.Total() != 2 {
		t.Errorf("report = %+v", report)
	}
}

func TestNewProvisioner_RefusesNonsense(t *testing.T) {
	t.Parallel()
	tenant := entra.NewTenant(entra.TenantOptions{})
	for name, o := range map[string]entra.ProvisionerOptions{
		"no tenant":       {Endpoint: "http://x"},
		"no scheme":       {Endpoint: "x/scim", Tenant: tenant},
		"unknown dialect": {Endpoint: "http://x", Tenant: tenant, Dialect: "polite"},
		"unknown scope":   {Endpoint: "http://x", Tenant: tenant, Scope: "some"},
		"unknown roles":   {Endpoint: "http://x", Tenant: tenant, Roles: "every"},
		"unknown match":   {Endpoint: "http://x", Tenant: tenant, GroupMatch: "id"},
	} {
		if _, err := entra.NewProvisioner(o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

package entra_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"doorlist/entra"
)

// job is a provisioner, its directory and the server that it pushes to.
type job struct {
	*entra.Provisioner
	tenant *entra.Tenant
	fake   *scimFake
	names  *strings.Replacer // {name} to ids
}

const (
	aliceID = "11111111-1111-4111-8111-111111111111"
	bobID   = "22222222-2222-4222-8222-222222222222"
	carolID = "33333333-3333-4333-8333-333333333333"
)

// newJob has alice (complete), bob (sparse, managed by alice) and the group Staff with both.
func newJob(t *testing.T, change func(*entra.ProvisionerOptions)) *job {
	tenant := entra.NewTenant(entra.TenantOptions{Seed: 1})
	add(t, tenant, entra.Person{
		ObjectID: aliceID, UserPrincipalName: "alice@contoso.com", DisplayName: "Alice Ng", GivenName: "Alice", Surname: "Ng",
		Mail: "alice@contoso.com", JobTitle: "R&D <lead>", Department: "Research", EmployeeID: "7", PhysicalDeliveryOffice: "B1",
		City: "Oslo", TelephoneNumber: "+1 555 1", Mobile: "+1 555 2", Assigned: true,
	})
	add(t, tenant, entra.Person{
		ObjectID: bobID, UserPrincipalName: "bob@contoso.com", DisplayName: "Bob", ManagerID: aliceID, Assigned: true,
	})
	staff, err := tenant.AddGroup("Staff (all)", aliceID, bobID)
	must(t, err)
	fake := newSCIMFake(t)
	o := entra.ProvisionerOptions{Endpoint: fake.URL, Token: "secret", Tenant: tenant, Seed: 1}
	if change != nil {
		change(&o)
	}
	p, err := entra.NewProvisioner(o)
	must(t, err)
	return &job{p, tenant, fake, strings.NewReplacer("{staff}", staff.ObjectID, "{enterprise}", enterprise)}
}

func (j *job) group() string { return j.names.Replace("{staff}") }

func add(t *testing.T, tenant *entra.Tenant, p entra.Person) {
	t.Helper()
	_, err := tenant.AddPerson(p)
	must(t, err)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (j *job) initial(t *testing.T) entra.Report {
	t.Helper()
	report, err := j.Initial(t.Context())
	must(t, err)
	return report
}

func (j *job) incremental(t *testing.T) entra.Report {
	t.Helper()
	report, err := j.Incremental(t.Context())
	must(t, err)
	return report
}

func wantClean(t *testing.T, report entra.Report) {
	t.Helper()
	if !report.Clean() {
		t.Fatalf("failures %+v\ncomplaints %+v\ndifferences %+v", report.Failures, report.Complaints, report.Differences)
	}
}

func (j *job) wantVerified(t *testing.T) {
	t.Helper()
	report, err := j.Verify(t.Context())
	must(t, err)
	wantClean(t, report)
}

const patchHead = `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[`

// wires are situations after an initial cycle, with the writes that the next cycle sends. "~" in front of an
// operation stands for the head of a PATCH body.
var wires = []struct {
	name               string
	change             func(*entra.Tenant, string) error
	classic, compliant []string
}{
	{
		name:   "one attribute that has a value is replaced",
		change: func(t *entra.Tenant, _ string) error { return t.Rename(aliceID, "al@contoso.com", "") },
		classic: []string{`PATCH /Users/u1 ~{"op":"Replace","path":"userName","value":"al@contoso.com"},` +
			`{"op":"Replace","path":"emails[type eq \"work\"].value","value":"al@contoso.com"}]}`},
		compliant: []string{`PATCH /Users/u1 ~{"op":"replace","path":"emails[type eq \"work\"].value","value":"al@contoso.com"},` +
			`{"op":"replace","path":"userName","value":"al@contoso.com"}]}`},
	},
	{
		name: "several attributes: multi-valued targets by path, the others in one operation with flat keys",
		change: func(t *entra.Tenant, _ string) error {
			return t.UpdatePerson(aliceID, func(p *entra.Person) {
				p.DisplayName, p.GivenName, p.Mail, p.Department = "Al", "Al", "al@x.com", "Sales"
			})
		},
		classic: []string{`PATCH /Users/u1 ~{"op":"Replace","path":"displayName","value":"Al"},` +
			`{"op":"Replace","path":"emails[type eq \"work\"].value","value":"al@x.com"},` +
			`{"op":"Replace","path":"name.givenName","value":"Al"},{"op":"Replace","path":"name.formatted","value":"Al Ng"},` +
			`{"op":"Replace","path":"{enterprise}:department","value":"Sales"}]}`},
		compliant: []string{`PATCH /Users/u1 ~{"op":"replace","path":"emails[type eq \"work\"].value","value":"al@x.com"},` +
			`{"op":"replace","value":{"displayName":"Al","name.givenName":"Al","name.formatted":"Al Ng","{enterprise}:department":"Sales"}}]}`},
	},
	{
		name: "attributes that are empty at the server are added",
		change: func(t *entra.Tenant, _ string) error {
			return t.UpdatePerson(bobID, func(p *entra.Person) { p.City, p.Country, p.EmployeeID = "Rome", "IT", "8" })
		},
		classic: []string{`PATCH /Users/u2 ~{"op":"Add","path":"addresses[type eq \"work\"].locality","value":"Rome"},` +
			`{"op":"Add","path":"addresses[type eq \"work\"].country","value":"IT"},{"op":"Add","path":"{enterprise}:employeeNumber","value":"8"}]}`},
		compliant: []string{`PATCH /Users/u2 ~{"op":"add","path":"addresses[type eq \"work\"].locality","value":"Rome"},` +
			`{"op":"add","path":"addresses[type eq \"work\"].country","value":"IT"},{"op":"add","path":"{enterprise}:employeeNumber","value":"8"}]}`},
	},
	{
		name: "clearing an attribute in Entra sends nothing",
		change: func(t *entra.Tenant, _ string) error {
			return t.UpdatePerson(aliceID, func(p *entra.Person) { p.JobTitle = "" })
		},
		classic: []string{}, compliant: []string{},
	},
	{
		name:      "disable",
		change:    func(t *entra.Tenant, _ string) error { return t.Disable(aliceID) },
		classic:   []string{`PATCH /Users/u1 ~{"op":"Replace","path":"active","value":"False"}]}`},
		compliant: []string{`PATCH /Users/u1 ~{"op":"replace","path":"active","value":false}]}`},
	},
	{
		name:      "soft delete disables and keeps memberships",
		change:    func(t *entra.Tenant, _ string) error { return t.SoftDelete(aliceID) },
		classic:   []string{`PATCH /Users/u1 ~{"op":"Replace","path":"active","value":"False"}]}`},
		compliant: []string{`PATCH /Users/u1 ~{"op":"replace","path":"active","value":false}]}`},
	},
	{
		name: "unassigned by leaving the only group in scope: disabled, then removed from the group",
		change: func(t *entra.Tenant, group string) error {
			if err := t.Unassign(bobID); err != nil {
				return err
			}
			return t.RemoveMember(group, bobID)
		},
		classic: []string{`PATCH /Users/u2 ~{"op":"Replace","path":"active","value":"False"}]}`,
			`PATCH /Groups/g3 ~{"op":"Remove","path":"members","value":[{"$ref":null,"value":"u2"}]}]}`},
		compliant: []string{`PATCH /Users/u2 ~{"op":"replace","path":"active","value":false}]}`,
			`PATCH /Groups/g3 ~{"op":"remove","path":"members[value eq \"u2\"]"}]}`},
	},
	{
		name:      "hard delete; the membership goes with the user",
		change:    func(t *entra.Tenant, _ string) error { return t.HardDelete(bobID) },
		classic:   []string{`DELETE /Users/u2`},
		compliant: []string{`DELETE /Users/u2`},
	},
	{
		name: "manager removed",
		change: func(t *entra.Tenant, _ string) error {
			return t.UpdatePerson(bobID, func(p *entra.Person) { p.ManagerID = "" })
		},
		classic:   []string{`PATCH /Users/u2 ~{"op":"Remove","path":"{enterprise}:manager"}]}`},
		compliant: []string{`PATCH /Users/u2 ~{"op":"remove","path":"{enterprise}:manager"}]}`},
	},
	{
		name:      "group renamed",
		change:    func(t *entra.Tenant, group string) error { return t.RenameGroup(group, "Crew") },
		classic:   []string{`PATCH /Groups/g3 ~{"op":"Replace","path":"displayName","value":"Crew"}]}`},
		compliant: []string{`PATCH /Groups/g3 ~{"op":"replace","path":"displayName","value":"Crew"}]}`},
	},
	{
		name:      "group deleted",
		change:    func(t *entra.Tenant, group string) error { return t.DeleteGroup(group) },
		classic:   []string{`DELETE /Groups/g3`},
		compliant: []string{`DELETE /Groups/g3`},
	},
	{
		name:      "group unassigned",
		change:    func(t *entra.Tenant, group string) error { return t.Unassign(group) },
		classic:   []string{`DELETE /Groups/g3`},
		compliant: []string{`DELETE /Groups/g3`},
	},
}

func TestIncremental_Writes(t *testing.T) {
	t.Parallel()
	for _, wire := range wires {
		for dialect, want := range map[entra.Dialect][]string{
			entra.DialectClassic: wire.classic, entra.DialectCompliant: wire.compliant,
		} {
			t.Run(wire.name+", "+string(dialect), func(t *testing.T) {
				t.Parallel()
				j := newJob(t, func(o *entra.ProvisionerOptions) { o.Dialect = dialect })
				wantClean(t, j.initial(t))
				j.fake.take()
				must(t, wire.change(j.tenant, j.group()))
				wantClean(t, j.incremental(t))
				if diff := cmp.Diff(j.expand(want), j.fake.writes()); diff != "" {
					t.Errorf("writes (-want +got):\n%s", diff)
				}
				j.wantVerified(t)
			})
		}
	}
}

func (j *job) expand(lines []string) []string {
	out := make([]string, len(lines))
	for i, line := range lines {
		out[i] = j.names.Replace(strings.Replace(line, "~", patchHead, 1))
	}
	return out
}

package entra_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"doorlist/entra"
)

func roleUUID(value string) string {
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte("urn:entrasim:app-role:"+value)).String()
}

func TestRoles_Shapes(t *testing.T) {
	t.Parallel()
	text := func(value string) string {
		return fmt.Sprintf(`{"value":"{\"id\":\"%s\",\"value\":\"%s\",\"displayName\":\"%s\"}"}`, roleUUID(value), value, value)
	}
	element := func(primary, label, value string) string {
		return `{"primary":` + primary + `,"type":"WindowsAzureActiveDirectoryRole","` + label + `":"` + value + `","value":"` + value + `"}`
	}
	for _, c := range []struct {
		roles          entra.RoleExpression
		dialect        entra.Dialect
		create, update string
	}{
		{entra.RolesNone, entra.DialectClassic, ``, ``},
		{entra.RolesSingle, entra.DialectClassic, element("true", "display", "Admin"), ``},
		{entra.RolesComplex, entra.DialectClassic, element("false", "displayName", "Admin"),
			`{"op":"Add","path":"roles","value":[` + text("Writer") + `]}`},
		{entra.RolesAssertive, entra.DialectClassic, element("false", "display", "Admin"),
			`{"op":"Replace","path":"roles","value":[` + text("Admin") + `,` + text("Writer") + `]}`},
		{entra.RolesComplex, entra.DialectCompliant, element("false", "displayName", "Admin"),
			`{"op":"add","path":"roles","value":[` + element("false", "displayName", "Writer") + `]}`},
		{entra.RolesAssertive, entra.DialectCompliant, element("false", "display", "Admin"),
			`{"op":"replace","path":"roles","value":[` + element("false", "display", "Admin") + `,` + element("false", "display", "Writer") + `]}`},
	} {
		t.Run(fmt.Sprintf("%q %s", c.roles, c.dialect), func(t *testing.T) {
			t.Parallel()
			j := newJob(t, func(o *entra.ProvisionerOptions) { o.Roles, o.Dialect = c.roles, c.dialect })
			must(t, j.tenant.UpdatePerson(bobID, func(p *entra.Person) { p.AppRoles = []string{"Admin"} }))
			wantClean(t, j.initial(t))
			post := j.fake.take("POST /Users")[1]
			if want := `"roles":[` + c.create + `]`; !strings.Contains(post, want) {
				t.Errorf("POST has no %s: %s", want, post)
			}
			must(t, j.tenant.UpdatePerson(bobID, func(p *entra.Person) { p.AppRoles = []string{"Admin", "Writer"} }))
			wantClean(t, j.incremental(t))
			want := []string{}
			if c.update != "" {
				want = j.expand([]string{`PATCH /Users/u2 ~` + c.update + `]}`})
			}
			if diff := cmp.Diff(want, j.fake.writes()); diff != "" {
				t.Errorf("writes (-want +got):\n%s", diff)
			}
			j.wantVerified(t)
		})
	}
}

func TestRoles_OnlyTheAssertiveExpressionTakesAway(t *testing.T) {
	t.Parallel()
	for roles, want := range map[entra.RoleExpression]int{entra.RolesComplex: 0, entra.RolesAssertive: 1} {
		j := newJob(t, func(o *entra.ProvisionerOptions) { o.Roles = roles })
		must(t, j.tenant.UpdatePerson(bobID, func(p *entra.Person) { p.AppRoles = []string{"Admin"} }))
		wantClean(t, j.initial(t))
		j.fake.take()
		must(t, j.tenant.UpdatePerson(bobID, func(p *entra.Person) { p.AppRoles = nil }))
		wantClean(t, j.incremental(t))
		if got := j.fake.writes(); len(got) != want {
			t.Errorf("%s: writes %q, want %d", roles, got, want)
		}
	}
}

func TestRoles_NotOnDemand(t *testing.T) {
	t.Parallel()
	j := newJob(t, func(o *entra.ProvisionerOptions) { o.Roles = entra.RolesAssertive })
	must(t, j.tenant.UpdatePerson(bobID, func(p *entra.Person) { p.AppRoles = []string{"Admin"} }))
	_, err := j.OnDemand(t.Context(), bobID)
	must(t, err)
	if posts := j.fake.take("POST /Users"); len(posts) != 1 || !strings.Contains(posts[0], `"roles":[]`) {
		t.Errorf("posts = %q, want one with an empty list of roles", posts)
	}
}

func TestMembers_SeveralInOnePatch(t *testing.T) {
	t.Parallel()
	for dialect, want := range map[entra.Dialect][]string{
		entra.DialectClassic: {
			`PATCH /Groups/g3 ~{"op":"Add","path":"members","value":[{"$ref":null,"value":"u1"},{"$ref":null,"value":"u2"}]}]}`,
			`PATCH /Groups/g3 ~{"op":"Remove","path":"members","value":[{"$ref":null,"value":"u1"},{"$ref":null,"value":"u2"}]}]}`,
		},
		entra.DialectCompliant: {
			`PATCH /Groups/g3 ~{"op":"add","path":"members","value":[{"value":"u1"},{"value":"u2"}]}]}`,
			`PATCH /Groups/g3 ~{"op":"remove","path":"members[value eq \"u1\"]"},{"op":"remove","path":"members[value eq \"u2\"]"}]}`,
		},
	} {
		j := newJob(t, func(o *entra.ProvisionerOptions) { o.MembersPerPatch, o.Dialect = 10, dialect })
		wantClean(t, j.initial(t))
		must(t, j.tenant.RemoveMember(j.group(), aliceID))
		must(t, j.tenant.RemoveMember(j.group(), bobID))
		wantClean(t, j.incremental(t))
		if diff := cmp.Diff(j.expand(want), j.fake.take("PATCH /Groups")); diff != "" {
			t.Errorf("%s writes (-want +got):\n%s", dialect, diff)
		}
		j.wantVerified(t)
	}
}

func TestReferenceChecks_AskInEitherOrder(t *testing.T) {
	t.Parallel()
	orders := map[bool]bool{}
	for seed := range uint64(8) {
		j := newJob(t, func(o *entra.ProvisionerOptions) { o.ReferenceChecks, o.Seed = true, seed })
		wantClean(t, j.initial(t))
		for _, line := range j.fake.take("GET /Users?filter=id+", "GET /Users?filter=manager+") {
			orders[strings.HasPrefix(line, "GET /Users?filter=id+")] = true
			if !strings.HasSuffix(line, "&attributes=id") {
				t.Errorf("no attributes=id in %s", line)
			}
		}
	}
	if len(orders) != 2 {
		t.Errorf("orders seen: %v, want both", orders)
	}
}

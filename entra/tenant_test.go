package entra_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorlist/entra"
)

// now is the moment at which the tests play.
var now = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func fixedNow() time.Time { return now }

func TestTenant_IncrementalCyclesSeeEveryChange(t *testing.T) {
	t.Parallel()
	tenant := entra.NewTenant(entra.TenantOptions{Seed: 1, Now: fixedNow})
	alice := addPerson(t, tenant, "alice")
	bob := addPerson(t, tenant, "bob")
	group := addGroup(t, tenant, "Writers", alice)
	_, start := tenant.ChangesSince(0)

	steps := []struct {
		name string
		do   func() error
		want []string
	}{
		{"nothing", func() error { return nil }, nil},
		{"disable", func() error { return tenant.Disable(alice) }, []string{alice}},
		{"enable", func() error { return tenant.Enable(alice) }, []string{alice}},
		{"rename", func() error { return tenant.Rename(bob, "robert@contoso.com", "Robert") }, []string{bob}},
		{"add a member: the member may come into scope", func() error { return tenant.AddMember(group, bob) }, []string{bob, group}},
		{"add a member twice", func() error { return tenant.AddMember(group, bob) }, nil},
		{"remove a member", func() error { return tenant.RemoveMember(group, bob) }, []string{bob, group}},
		{"remove a member twice", func() error { return tenant.RemoveMember(group, bob) }, nil},
		{"unassign the group: its members may leave the scope", func() error { return tenant.Unassign(group) }, []string{group, alice}},
		{"assign a person", func() error { return tenant.Assign(bob) }, []string{bob}},
		{"rename a group", func() error { return tenant.RenameGroup(group, "Authors") }, []string{group}},
		{"soft-delete", func() error { return tenant.SoftDelete(alice) }, []string{alice}},
		{"restore", func() error { return tenant.Restore(alice) }, []string{alice}},
		{"hard-delete: the group loses a member", func() error { return tenant.HardDelete(alice) }, []string{alice, group}},
		{"delete a group", func() error { return tenant.DeleteGroup(group) }, []string{group}},
	}
	for _, step := range steps {
		if err := step.do(); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		got, watermark := tenant.ChangesSince(start)
		if diff := cmp.Diff(step.want, got); diff != "" {
			t.Errorf("%s: changed objects (-want +got):\n%s", step.name, diff)
		}
		start = watermark
	}
}

func TestTenant_RefusesWhatEntraRefuses(t *testing.T) {
	t.Parallel()
	tenant := entra.NewTenant(entra.TenantOptions{Seed: 1})
	alice := addPerson(t, tenant, "alice")
	bob := addPerson(t, tenant, "bob")
	group := addGroup(t, tenant, "Writers")

	for name, test := range map[string]struct {
		err  error
		want error
	}{
		"a taken name, in another case":  {second(tenant.AddPerson(entra.Person{UserPrincipalName: "ALICE@contoso.com"})), entra.ErrConflict},
		"a rename to a taken name":       {tenant.Rename(bob, "alice@contoso.com", ""), entra.ErrConflict},
		"a taken object id":              {second(tenant.AddPerson(entra.Person{ObjectID: alice, UserPrincipalName: "x@contoso.com"})), entra.ErrConflict},
		"a name without a domain":        {second(tenant.AddPerson(entra.Person{UserPrincipalName: "x"})), entra.ErrInvalid},
		"a manager who does not exist":   {tenant.UpdatePerson(bob, func(p *entra.Person) { p.ManagerID = "nobody" }), entra.ErrNotFound},
		"an unknown person":              {tenant.Disable("nobody"), entra.ErrNotFound},
		"an unknown member":              {tenant.AddMember(group, "nobody"), entra.ErrNotFound},
		"a group in itself":              {tenant.AddMember(group, group), entra.ErrNotFound},
		"a group without a name":         {tenant.RenameGroup(group, ""), entra.ErrInvalid},
		"an unknown object to assign":    {tenant.Assign("nobody"), entra.ErrNotFound},
		"a new group of unknown members": {second(tenant.AddGroup("X", "nobody")), entra.ErrNotFound},
	} {
		if !errors.Is(test.err, test.want) {
			t.Errorf("%s: got error %v, want %v", name, test.err, test.want)
		}
	}
}

func TestTenant_DeletedNameIsFreeUntilRestore(t *testing.T) {
	t.Parallel()
	tenant := entra.NewTenant(entra.TenantOptions{Seed: 1, Now: fixedNow})
	first := addPerson(t, tenant, "alice")
	if err := tenant.SoftDelete(first); err != nil {
		t.Fatal(err)
	}
	second := addPerson(t, tenant, "alice")
	if first == second {
		t.Error("the second Alice has the object id of the first; ids are never reused")
	}
	if err := tenant.Restore(first); !errors.Is(err, entra.ErrConflict) {
		t.Errorf("restore over a taken name: got %v, want ErrConflict", err)
	}
	p, _ := tenant.Person(first)
	if !p.DeletedAt.Equal(now) {
		t.Errorf("deleted at %v, want %v", p.DeletedAt, now)
	}
	if err := tenant.HardDelete(second); err != nil {
		t.Fatal(err)
	}
	if err := tenant.Restore(first); err != nil {
		t.Errorf("restore after the name became free: %v", err)
	}
}

func TestTenant_ScopeAndNesting(t *testing.T) {
	t.Parallel()
	tenant := entra.NewTenant(entra.TenantOptions{Seed: 1})
	direct, nested := addPerson(t, tenant, "direct"), addPerson(t, tenant, "nested")
	inner := addGroup(t, tenant, "Inner", nested)
	outer := addGroup(t, tenant, "Outer", direct, inner)
	if err := tenant.Unassign(inner); err != nil {
		t.Fatal(err)
	}
	if err := tenant.AddMember(inner, outer); err != nil { // circular, which Entra permits
		t.Fatal(err)
	}
	if !tenant.InScope(direct) || tenant.InScope(nested) || tenant.InScope(inner) || !tenant.InScope(outer) {
		t.Error("scope is the direct members of assigned groups and those groups themselves, nothing nested")
	}
	if got := tenant.GroupsOf(nested, false); len(got) != 1 || got[0].ObjectID != inner {
		t.Errorf("direct groups of the nested person: got %v", got)
	}
	if got := tenant.GroupsOf(nested, true); len(got) != 2 {
		t.Errorf("transitive groups of the nested person: got %d, want 2", len(got))
	}
}

func TestTenant_ReturnsCopies(t *testing.T) {
	t.Parallel()
	tenant := entra.NewTenant(entra.TenantOptions{Seed: 1})
	alice := addPerson(t, tenant, "alice")
	group := addGroup(t, tenant, "Writers", alice)
	tenant.People()[0].DisplayName = "changed"
	tenant.Groups()[0].Members[0] = "changed"
	p, _ := tenant.Person(alice)
	g, _ := tenant.Group(group)
	if p.DisplayName == "changed" || !g.Has(alice) {
		t.Error("a change to a returned value reached the directory")
	}
}

func TestSample_SameSeedSameTenant(t *testing.T) {
	t.Parallel()
	build := func(seed uint64) *entra.Tenant {
		tenant, err := entra.Sample(entra.TenantOptions{Seed: seed}, 80, 9)
		if err != nil {
			t.Fatal(err)
		}
		return tenant
	}
	a, b, other := build(7), build(7), build(8)
	if diff := cmp.Diff(a.People(), b.People()) + cmp.Diff(a.Groups(), b.Groups()); diff != "" || a.ID != b.ID {
		t.Errorf("two samples of one seed differ:\n%s", diff)
	}
	if a.ID == other.ID || cmp.Equal(a.Groups(), other.Groups()) {
		t.Error("samples of two seeds are equal")
	}
}

func TestSample_HasWhatRealTenantsHave(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{0, 0}, {1, 1}, {3, 2}, {40, 6}, {400, 30}} {
		tenant, err := entra.Sample(entra.TenantOptions{Seed: 3}, size[0], size[1])
		if err != nil {
			t.Fatal(err)
		}
		people, groups := tenant.People(), tenant.Groups()
		if len(people) != size[0] || len(groups) != size[1] {
			t.Fatalf("sample of %v has %d people and %d groups", size, len(people), len(groups))
		}
		if size[0] < 40 {
			continue
		}
		for what, is := range map[string]func(entra.Person) bool{
			"a guest":               func(p entra.Person) bool { return p.Guest },
			"a disabled person":     func(p entra.Person) bool { return !p.AccountEnabled },
			"one without mail":      func(p entra.Person) bool { return p.Mail == "" },
			"one in no group":       func(p entra.Person) bool { return len(tenant.GroupsOf(p.ObjectID, false)) == 0 },
			"one with a manager":    func(p entra.Person) bool { return p.ManagerID != "" },
			"an O'Neil":             func(p entra.Person) bool { return p.Surname == "O'Neil" },
			"one in another script": func(p entra.Person) bool { return p.Surname == "高橋" },
		} {
			if !slices.ContainsFunc(people, is) {
				t.Errorf("sample of %v has no %s", size, what)
			}
		}
		if !slices.ContainsFunc(groups, func(g entra.Group) bool {
			return slices.ContainsFunc(groups, func(h entra.Group) bool { return g.Has(h.ObjectID) })
		}) {
			t.Errorf("sample of %v has no nested group", size)
		}
	}
}

func TestDemo_CastAndGroups(t *testing.T) {
	t.Parallel()
	tenant := demoTenant(t)
	if p, g := len(tenant.People()), len(tenant.Groups()); p != entra.DemoPeople || g != entra.DemoGroups {
		t.Fatalf("demo has %d people and %d groups, want %d and %d", p, g, entra.DemoPeople, entra.DemoGroups)
	}
	for alias, group := range map[string]string{
		"olivia.owner": "Doorlist Owners", "adam.admin": "Doorlist Admins", "wendy.writer": "Doorlist Writers",
		"rita.reader": "Doorlist Readers", "carl.contributor": "Doorlist Contributors", "nora.norole": "Everyone",
	} {
		p := person(t, tenant, alias)
		g, ok := tenant.FindGroup(group)
		if !ok || !g.Has(p.ObjectID) || !tenant.InScope(p.ObjectID) {
			t.Errorf("%s is not an assigned member of %s", alias, group)
		}
	}
	if tenant.InScope(person(t, tenant, "uma.unassigned").ObjectID) {
		t.Error("uma.unassigned is in scope")
	}
	if person(t, tenant, "dora.disabled").CanSignIn() {
		t.Error("dora.disabled can sign in")
	}
	guest, ok := tenant.FindPerson("gwen.guest_fabrikam.com#EXT#@contoso.com")
	if !ok || !guest.Guest || guest.Mail != "gwen.guest@fabrikam.com" {
		t.Errorf("the guest is %+v", guest)
	}
}

func demoTenant(t *testing.T) *entra.Tenant {
	t.Helper()
	tenant, err := entra.Demo(entra.TenantOptions{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	return tenant
}

func person(t *testing.T, tenant *entra.Tenant, alias string) entra.Person {
	t.Helper()
	p, ok := tenant.FindPerson(alias + "@" + tenant.Domain)
	if !ok {
		t.Fatalf("no %s in %s", alias, tenant.Name)
	}
	return p
}

func addPerson(t *testing.T, tenant *entra.Tenant, alias string) (id string) {
	t.Helper()
	p, err := tenant.AddPerson(entra.Person{MailNickname: alias, DisplayName: alias})
	if err != nil {
		t.Fatal(err)
	}
	return p.ObjectID
}

func addGroup(t *testing.T, tenant *entra.Tenant, name string, members ...string) (id string) {
	t.Helper()
	g, err := tenant.AddGroup(name, members...)
	if err != nil {
		t.Fatal(err)
	}
	return g.ObjectID
}

func second[T any](_ T, err error) error { return err }

package entra

// DemoPeople and DemoGroups are the size of the tenant that Demo makes.
const (
	DemoPeople = 50
	DemoGroups = 8
)

// demoCast are the people after whom the demonstration tells its story, with the role groups that each is in.
var demoCast = []struct {
	alias, given, surname, department, title string
	groups                                   []string
}{
	{"olivia.owner", "Olivia", "Owner", "People & Culture", "Director", []string{"Doorlist Owners"}},
	{"adam.admin", "Adam", "Admin", "Support", "Manager", []string{"Doorlist Admins"}},
	{"wendy.writer", "Wendy", "Writer", "Engineering", "Engineer", []string{"Doorlist Writers", "Doorlist Readers"}},
	{"rita.reader", "Rita", "Reader", "Finance", "Analyst", []string{"Doorlist Readers"}},
	{"carl.contributor", "Carl", "Contributor", "Sales", "Account Executive", []string{"Doorlist Contributors"}},
	{"nora.norole", "Nora", "Norole", "Sales", "Assistant", nil},
	{"uma.unassigned", "Uma", "Unassigned", "Finance", "Specialist", nil},
	{"dora.disabled", "Dora", "Disabled", "Engineering", "Engineer", []string{"Doorlist Writers"}},
}

// demoShare says how many of the other people join each role group.
var demoShare = []struct {
	group string
	more  int
}{
	{"Doorlist Owners", 1}, {"Doorlist Admins", 2}, {"Doorlist Writers", 8}, {"Doorlist Readers", 14}, {"Doorlist Contributors", 6},
}

// Demo makes the tenant of the demonstration. Five of its groups are named after roles; olivia.owner, adam.admin,
// wendy.writer, rita.reader and carl.contributor are in the one of their name, and Wendy is a reader as well.
// nora.norole is in scope without a role group, uma.unassigned is out of scope, dora.disabled is disabled, and the
// last person is a guest.
func Demo(o TenantOptions) (*Tenant, error) {
	t := NewTenant(o)
	s := newSampler(t, o.Seed)
	members := map[string][]string{}
	if err := s.demoCast(members); err != nil {
		return nil, err
	}
	if err := s.people(DemoPeople - len(demoCast) - 1); err != nil {
		return nil, err
	}
	guest, err := t.AddGuest("gwen.guest@fabrikam.com", "Gwen Guest")
	if err != nil {
		return nil, err
	}
	s.ids = append(s.ids, guest.ObjectID)
	return t, s.demoGroups(members)
}

func (s *sampler) demoCast(members map[string][]string) error {
	for _, c := range demoCast {
		p, err := s.tenant.AddPerson(Person{
			MailNickname: c.alias, Mail: c.alias + "@" + s.tenant.Domain, GivenName: c.given, Surname: c.surname,
			Department: c.department, JobTitle: c.title, PreferredLanguage: "en-US", Country: "US",
		})
		if err != nil {
			return err
		}
		s.ids = append(s.ids, p.ObjectID)
		for _, group := range c.groups {
			members[group] = append(members[group], p.ObjectID)
		}
	}
	dora := s.ids[len(s.ids)-1]
	return s.tenant.Disable(dora)
}

func (s *sampler) demoGroups(members map[string][]string) error {
	next := len(demoCast)
	for _, share := range demoShare {
		ids := append(members[share.group], s.ids[next:next+share.more]...)
		next += share.more
		if _, err := s.tenant.AddGroup(share.group, ids...); err != nil {
			return err
		}
	}
	for _, department := range []string{"Sales", "Engineering"} {
		members := s.whose(func(p Person) bool { return p.Department == department })
		if _, err := s.tenant.AddGroup(department, members...); err != nil {
			return err
		}
	}
	everyone := s.whose(func(p Person) bool { return p.MailNickname != "uma.unassigned" })
	_, err := s.tenant.AddGroup("Everyone", everyone...)
	return err
}

func (s *sampler) whose(is func(Person) bool) []string {
	var ids []string
	for _, p := range s.tenant.People() {
		if is(p) {
			ids = append(ids, p.ObjectID)
		}
	}
	return ids
}

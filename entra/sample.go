package entra

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

// Sample makes a believable tenant with that many people and groups: departments, managers, names that break careless
// programs, and, as far as the numbers allow, a nested group, a guest, a disabled person and a person in no group.
// Everybody and every group is assigned to the enterprise application.
func Sample(o TenantOptions, users, groups int) (*Tenant, error) {
	t := NewTenant(o)
	s := newSampler(t, o.Seed)
	if err := s.people(users); err != nil {
		return nil, err
	}
	for _, id := range s.ids {
		if err := t.Assign(id); err != nil {
			return nil, err
		}
	}
	if err := s.groups(groups); err != nil {
		return nil, err
	}
	return t, s.oddities()
}

type sampler struct {
	tenant *Tenant
	rng    *rand.Rand
	ids    []string // of the people, in order of creation
	taken  map[string]bool
}

func newSampler(t *Tenant, seed uint64) *sampler {
	return &sampler{tenant: t, rng: rand.New(rand.NewPCG(seed, uint64(streamSample))), taken: map[string]bool{}}
}

func (s *sampler) people(n int) error {
	first := len(s.ids)
	for i := range n {
		given, surname := sampleName(s.rng, i)
		if err := s.add(s.person(i, first, given, surname)); err != nil {
			return err
		}
	}
	return nil
}

// sampleName takes the difficult names first, so that even a small sample has them.
func sampleName(rng *rand.Rand, i int) (given, surname string) {
	if i < len(difficultNames) {
		return difficultNames[i][0], difficultNames[i][1]
	}
	return givenNames[rng.IntN(len(givenNames))], surnames[rng.IntN(len(surnames))]
}

func (s *sampler) person(i, first int, given, surname string) Person {
	p := describe(s.rng, i, given, surname)
	p.MailNickname = s.alias(given, surname)
	p.address(i, s.tenant.Domain)
	if i >= len(departments) { // the first person of each department leads it
		p.ManagerID = s.ids[first+i%len(departments)]
	}
	return p
}

// describe makes what is known of the i-th person beside identifiers and manager.
func describe(rng *rand.Rand, i int, given, surname string) Person {
	office := offices[rng.IntN(len(offices))]
	p := Person{
		GivenName: given, Surname: surname, DisplayName: given + " " + surname,
		JobTitle:   jobTitles[rng.IntN(len(jobTitles))],
		Department: departments[i%len(departments)],
		EmployeeID: fmt.Sprintf("E%05d", i+1), PhysicalDeliveryOffice: office.name, StreetAddress: office.street,
		City: office.city, State: office.state, PostalCode: office.postalCode, Country: office.country,
		PreferredLanguage: office.language,
	}
	if i%3 == 0 {
		p.TelephoneNumber = fmt.Sprintf("+1 555 %07d", 100000+i)
		p.Mobile = fmt.Sprintf("+1 555 %07d", 200000+i)
	}
	return p
}

// address derives userPrincipalName and mail from the alias.
func (p *Person) address(i int, domain string) {
	p.UserPrincipalName = p.MailNickname + "@" + domain
	if i%10 != 9 { // one in ten has no mailbox: Entra then sends no e-mail at all
		p.Mail = p.UserPrincipalName
	}
}

func (s *sampler) add(p Person) error {
	added, err := s.tenant.AddPerson(p)
	if err != nil {
		return err
	}
	s.ids = append(s.ids, added.ObjectID)
	return nil
}

func (s *sampler) alias(given, surname string) string {
	base := asciiAlias(given + "." + surname)
	alias := base
	for n := 2; s.taken[alias]; n++ {
		alias = base + strconv.Itoa(n)
	}
	s.taken[alias] = true
	return alias
}

// groups spreads the people over n groups, about a tenth of everybody in each and at least one person.
func (s *sampler) groups(n int) error {
	for i := range n {
		var members []string
		for _, id := range s.ids {
			if s.rng.IntN(10) == 0 {
				members = append(members, id)
			}
		}
		if len(members) == 0 && len(s.ids) > 0 {
			members = append(members, s.ids[s.rng.IntN(len(s.ids))])
		}
		if _, err := s.tenant.AddGroup(sampleGroupName(i), members...); err != nil {
			return err
		}
	}
	return nil
}

func sampleGroupName(i int) string {
	name := groupNames[i%len(groupNames)]
	if i < len(groupNames) {
		return name
	}
	return fmt.Sprintf("%s %d", name, i/len(groupNames)+1)
}

// oddities adds what every real tenant has and every demo forgets, without changing the number of people.
func (s *sampler) oddities() error {
	groups, n := s.tenant.Groups(), len(s.ids)
	if len(groups) >= 2 {
		if err := s.tenant.AddMember(groups[0].ObjectID, groups[1].ObjectID); err != nil {
			return err
		}
	}
	if n < 4 {
		return nil
	}
	if err := s.tenant.Disable(s.ids[n-1]); err != nil {
		return err
	}
	for _, g := range groups {
		if err := s.tenant.RemoveMember(g.ObjectID, s.ids[n-2]); err != nil {
			return err
		}
	}
	return s.tenant.UpdatePerson(s.ids[n-3], func(p *Person) {
		p.Mail = strings.ToLower(p.MailNickname) + "@fabrikam.com"
		p.UserPrincipalName = guestUPN(p.Mail, s.tenant.Domain)
		p.Guest = true
	})
}

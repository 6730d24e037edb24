package entra

import (
	"fmt"
	"math/rand/v2"
	"strconv"
)

// population is a tenant of any size that is computed instead of kept: person i, group g and the members of g follow
// from the seed. Its names carry the seed, so that two runs on one server do not meet.
type population struct {
	seed     uint64
	domain   string
	mappings []Mapping
}

func newPopulation(seed uint64) population {
	return population{seed: seed, domain: "contoso.com", mappings: DefaultMappings(ExternalIDObjectID)}
}

// tag begins every name of this population.
func (p population) tag() string { return "load-" + strconv.FormatUint(p.seed, 36) + "-" }

// userPrefix begins the userNames of the person and of the rest of a block of ten.
func (p population) userPrefix(i int) string { return p.tag() + fmt.Sprintf("%07d", i)[:6] }

func (p population) random(s stream, i int) *rand.Rand {
	return rand.New(rand.NewPCG(p.seed, uint64(s)<<32|uint64(i)))
}

// person is the i-th of the tenant, from 0.
func (p population) person(i int) Person {
	rng := p.random(streamPerson, i)
	id := (&random{rng: rng}).GUID()
	given, surname := sampleName(rng, i)
	person := describe(rng, i, given, surname)
	person.ObjectID, person.AccountEnabled = id, true
	person.MailNickname = fmt.Sprintf("%s%07d.%s", p.tag(), i, asciiAlias(given+"."+surname))
	person.address(i, p.domain)
	return person
}

// attributes are what the POST of person i carries.
func (p population) attributes(i int) []attribute { return mapped(p.mappings, p.person(i)) }

// userName is the userPrincipalName of person i.
func (p population) userName(i int) string { return p.person(i).UserPrincipalName }

// nobody is a userPrincipalName that no person has.
func (p population) nobody(i int64) string {
	return fmt.Sprintf("%snobody-%d@%s", p.tag(), i, p.domain)
}

// groupName is the displayName of group g, from 0.
func (p population) groupName(g int) string {
	return fmt.Sprintf("%s%06d %s", p.tag(), g, sampleGroupName(g))
}

func (p population) groupAttributes(g int) []attribute {
	id := (&random{rng: p.random(streamGroup, g)}).GUID()
	return []attribute{{"displayName", p.groupName(g)}, {"externalId", id}}
}

// spread says who is in which group, without a list: the first group has a tenth of all memberships (everybody, in a
// large tenant), the others share the rest evenly.
type spread struct {
	seed                       uint64
	users, groups, memberships int
}

func (s spread) size(g int) int {
	first := s.first()
	if g == 0 {
		return first
	}
	rest, among := s.memberships-first, s.groups-1
	size := rest / among
	if g <= rest%among {
		size++
	}
	return size
}

func (s spread) first() int {
	if s.groups == 1 {
		return s.memberships
	}
	// The rest has to fit into the other groups.
	return max(min(s.users, s.memberships/10), s.memberships-(s.groups-1)*s.users)
}

// fits says whether there are enough pairs of a person and a group.
func (s spread) fits() bool {
	return s.memberships == 0 || s.groups > 0 && s.users > 0 && s.memberships <= s.users*s.groups
}

// members returns a function that gives the j-th member of group g, all different for j below size(g).
func (s spread) members(g int) func(j int) int {
	rng := rand.New(rand.NewPCG(s.seed, uint64(streamSpread)<<32|uint64(g)))
	start, step := rng.IntN(s.users), 1+rng.IntN(s.users)
	for gcd(step, s.users) != 1 {
		step++
	}
	return func(j int) int { return (start + j*step) % s.users }
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

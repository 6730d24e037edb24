package entra

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

// RandomChanges makes n changes to the directory, chosen by the seed among everything that happens in a real one, and
// describes each in a sentence. The same directory and seed give the same changes.
func RandomChanges(t *Tenant, seed uint64, n int) ([]string, error) {
	c := changer{tenant: t, rng: rand.New(rand.NewPCG(seed, 2))}
	done := make([]string, 0, n)
	for i := range n {
		what, err := c.change(i)
		if err != nil {
			return done, fmt.Errorf("change %d of %d: %w", i+1, n, err)
		}
		done = append(done, what)
	}
	return done, nil
}

type changer struct {
	tenant *Tenant
	rng    *rand.Rand
}

// personChanges act on somebody who is not in the recycle bin; common ones stand several times.
var personChanges = []func(*changer, Person, int) (string, error){
	(*changer).promote, (*changer).promote, (*changer).promote, (*changer).rename, (*changer).rename,
	(*changer).toggle, (*changer).toggle, (*changer).softDelete, (*changer).hardDelete, (*changer).assign,
	(*changer).newManager, (*changer).newManager,
}

var groupChanges = []func(*changer, Group, int) (string, error){
	(*changer).join, (*changer).join, (*changer).join, (*changer).leave, (*changer).leave, (*changer).leave,
	(*changer).renameGroup, (*changer).deleteGroup,
}

// change picks what kind of object changes; the first change of all is always somebody new.
func (c *changer) change(i int) (string, error) {
	live, binned := c.people()
	groups := c.tenant.Groups()
	switch roll := c.rng.IntN(20); {
	case i == 0 || roll == 0 || len(live) == 0:
		return c.hire(i)
	case roll == 1:
		return c.found(i)
	case roll == 2 && len(binned) > 0:
		return c.empty(pick(c.rng, binned))
	case roll < 10 && len(groups) > 0:
		return pick(c.rng, groupChanges)(c, pick(c.rng, groups), i)
	}
	return pick(c.rng, personChanges)(c, pick(c.rng, live), i)
}

func (c *changer) people() (live, binned []Person) {
	for _, p := range c.tenant.People() {
		if p.SoftDeleted() {
			binned = append(binned, p)
			continue
		}
		live = append(live, p)
	}
	return live, binned
}

func pick[T any](rng *rand.Rand, from []T) T { return from[rng.IntN(len(from))] }

func (c *changer) hire(i int) (string, error) {
	p, err := c.tenant.AddPerson(Person{
		MailNickname: fmt.Sprintf("newcomer.%d.%d", i, c.rng.IntN(1e6)), GivenName: "New", Surname: fmt.Sprint("Comer ", i),
		Department: "Sales", Assigned: true,
	})
	return "hired " + p.UserPrincipalName, err
}

func (c *changer) found(i int) (string, error) {
	live, _ := c.people()
	g, err := c.tenant.AddGroup(fmt.Sprintf("Project %d-%d", i, c.rng.IntN(1e6)), pick(c.rng, live).ObjectID)
	return fmt.Sprintf("founded the group %q", g.DisplayName), err
}

// empty brings somebody back from the recycle bin, or ends their stay there for good. A name that was taken meanwhile
// forbids coming back.
func (c *changer) empty(p Person) (string, error) {
	holder, taken := c.tenant.FindPerson(p.UserPrincipalName)
	if c.rng.IntN(2) == 0 || taken && holder.ObjectID != p.ObjectID {
		return "purged " + p.UserPrincipalName, c.tenant.HardDelete(p.ObjectID)
	}
	return "restored " + p.UserPrincipalName, c.tenant.Restore(p.ObjectID)
}

func (c *changer) promote(p Person, i int) (string, error) {
	return "promoted " + p.UserPrincipalName, c.tenant.UpdatePerson(p.ObjectID, func(p *Person) {
		p.JobTitle, p.Department, p.TelephoneNumber = fmt.Sprint("Principal ", i), "Research", fmt.Sprintf("+1 555 3%06d", i)
	})
}

func (c *changer) rename(p Person, i int) (string, error) {
	upn := fmt.Sprintf("r%d.%s", i, p.UserPrincipalName)
	return "renamed " + p.UserPrincipalName + " to " + upn, c.tenant.Rename(p.ObjectID, upn, p.DisplayName+" (renamed)")
}

func (c *changer) toggle(p Person, _ int) (string, error) {
	if p.AccountEnabled {
		return "disabled " + p.UserPrincipalName, c.tenant.Disable(p.ObjectID)
	}
	return "enabled " + p.UserPrincipalName, c.tenant.Enable(p.ObjectID)
}

func (c *changer) softDelete(p Person, _ int) (string, error) {
	return "soft-deleted " + p.UserPrincipalName, c.tenant.SoftDelete(p.ObjectID)
}

func (c *changer) hardDelete(p Person, _ int) (string, error) {
	return "hard-deleted " + p.UserPrincipalName, c.tenant.HardDelete(p.ObjectID)
}

func (c *changer) assign(p Person, _ int) (string, error) {
	if p.Assigned {
		return "unassigned " + p.UserPrincipalName, c.tenant.Unassign(p.ObjectID)
	}
	return "assigned " + p.UserPrincipalName, c.tenant.Assign(p.ObjectID)
}

func (c *changer) newManager(p Person, _ int) (string, error) {
	live, _ := c.people()
	manager := pick(c.rng, live)
	if manager.ObjectID == p.ObjectID || p.ManagerID == manager.ObjectID {
		return "took the manager of " + p.UserPrincipalName + " away", c.tenant.UpdatePerson(p.ObjectID, func(p *Person) { p.ManagerID = "" })
	}
	return p.UserPrincipalName + " now reports to " + manager.UserPrincipalName,
		c.tenant.UpdatePerson(p.ObjectID, func(p *Person) { p.ManagerID = manager.ObjectID })
}

func (c *changer) join(g Group, _ int) (string, error) {
	live, _ := c.people()
	live = slices.DeleteFunc(live, func(p Person) bool { return g.Has(p.ObjectID) })
	if len(live) == 0 {
		return fmt.Sprintf("nobody is left to join %q", g.DisplayName), nil
	}
	p := pick(c.rng, live)
	return fmt.Sprintf("%s joined %q", p.UserPrincipalName, g.DisplayName), c.tenant.AddMember(g.ObjectID, p.ObjectID)
}

func (c *changer) leave(g Group, _ int) (string, error) {
	if len(g.Members) == 0 {
		return fmt.Sprintf("nobody is left to leave %q", g.DisplayName), nil
	}
	id := pick(c.rng, g.Members)
	name := id
	if p, ok := c.tenant.Person(id); ok {
		name = p.UserPrincipalName
	} else if inner, ok := c.tenant.Group(id); ok {
		name = inner.DisplayName
	}
	return fmt.Sprintf("%s left %q", name, g.DisplayName), c.tenant.RemoveMember(g.ObjectID, id)
}

func (c *changer) renameGroup(g Group, i int) (string, error) {
	name := fmt.Sprintf("%s (%d)", g.DisplayName, i)
	return fmt.Sprintf("renamed the group %q to %q", g.DisplayName, name), c.tenant.RenameGroup(g.ObjectID, name)
}

func (c *changer) deleteGroup(g Group, _ int) (string, error) {
	return fmt.Sprintf("deleted the group %q", g.DisplayName), c.tenant.DeleteGroup(g.ObjectID)
}

package entra

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// AddPerson adds p as given and returns it with its object id. Missing ObjectID, UserPrincipalName and MailNickname
// are filled in; a new person is enabled, as in Entra's own form.
func (t *Tenant) AddPerson(p Person) (Person, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	id, err := t.newID(p.ObjectID)
	if err != nil {
		return Person{}, err
	}
	p.ObjectID, p.AccountEnabled = id, true
	fillNames(&p, t.Domain)
	if err := t.checkPerson(&p); err != nil {
		return Person{}, err
	}
	stored := p.clone()
	t.putPerson(&stored)
	t.order = append(t.order, id)
	return p, nil
}

// AddGuest invites address (of another organization); its userPrincipalName becomes alias_home.com#EXT#@tenant.
func (t *Tenant) AddGuest(address, displayName string) (Person, error) {
	return t.AddPerson(Person{
		UserPrincipalName: guestUPN(address, t.Domain), Mail: address, DisplayName: displayName, Guest: true,
	})
}

// UpdatePerson lets change alter a copy of the person and stores it. ObjectID cannot change.
func (t *Tenant) UpdatePerson(id string, change func(*Person)) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	old, ok := t.people[id]
	if !ok {
		return fmt.Errorf("%w: person %s", ErrNotFound, id)
	}
	p := old.clone()
	change(&p)
	p.ObjectID = id
	if err := t.checkPerson(&p); err != nil {
		return err
	}
	t.putPerson(&p)
	return nil
}

// Rename gives a person another userPrincipalName and, where not empty, another displayName. Mail and MailNickname
// follow the userPrincipalName where they were derived from it.
func (t *Tenant) Rename(id, userPrincipalName, displayName string) error {
	return t.UpdatePerson(id, func(p *Person) {
		if strings.EqualFold(p.Mail, p.UserPrincipalName) {
			p.Mail = userPrincipalName
		}
		if p.MailNickname == localPart(p.UserPrincipalName) {
			p.MailNickname = localPart(userPrincipalName)
		}
		p.UserPrincipalName = userPrincipalName
		if displayName != "" {
			p.DisplayName = displayName
		}
	})
}

// Disable blocks the person's sign-in.
func (t *Tenant) Disable(id string) error {
	return t.UpdatePerson(id, func(p *Person) { p.AccountEnabled = false })
}

// Enable ends Disable.
func (t *Tenant) Enable(id string) error {
	return t.UpdatePerson(id, func(p *Person) { p.AccountEnabled = true })
}

// SoftDelete puts the person into the recycle bin. Memberships stay, as in Entra.
func (t *Tenant) SoftDelete(id string) error {
	return t.UpdatePerson(id, func(p *Person) { p.DeletedAt = t.now() })
}

// Restore takes the person out of the recycle bin, with the same object id.
func (t *Tenant) Restore(id string) error {
	return t.UpdatePerson(id, func(p *Person) { p.DeletedAt = time.Time{} })
}

// HardDelete removes the person for good, from every group and as a manager too.
func (t *Tenant) HardDelete(id string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, ok := t.people[id]; !ok {
		return fmt.Errorf("%w: person %s", ErrNotFound, id)
	}
	t.freeName(id)
	delete(t.people, id)
	t.touch(id)
	t.forget(id)
	return nil
}

// Assign puts a person or a group into the scope of the enterprise application.
func (t *Tenant) Assign(id string) error { return t.setAssigned(id, true) }

// Unassign ends Assign. A person who is also covered through an assigned group stays in scope.
func (t *Tenant) Unassign(id string) error { return t.setAssigned(id, false) }

func (t *Tenant) setAssigned(id string, assigned bool) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if p, ok := t.people[id]; ok {
		p.Assigned = assigned
		t.touch(id)
		return nil
	}
	g, ok := t.groups[id]
	if !ok {
		return fmt.Errorf("%w: %s", ErrNotFound, id)
	}
	g.Assigned = assigned
	t.touch(id)
	t.touch(g.Members...)
	return nil
}

// forget removes every reference to an object that is gone, in order of creation so that a run replays.
func (t *Tenant) forget(id string) {
	for _, other := range t.order {
		if g, ok := t.groups[other]; ok && g.Has(id) {
			g.Members = slices.DeleteFunc(g.Members, func(m string) bool { return m == id })
			t.touch(other)
		}
		if p, ok := t.people[other]; ok && p.ManagerID == id {
			p.ManagerID = ""
			t.touch(other)
		}
	}
	t.order = slices.DeleteFunc(t.order, func(o string) bool { return o == id })
}

// checkPerson holds the rules that Entra itself holds. A userPrincipalName in the recycle bin is free to be reused.
func (t *Tenant) checkPerson(p *Person) error {
	if !strings.Contains(p.UserPrincipalName, "@") {
		return fmt.Errorf("%w: userPrincipalName %q needs the form name@domain", ErrInvalid, p.UserPrincipalName)
	}
	if p.ManagerID != "" && t.people[p.ManagerID] == nil {
		return fmt.Errorf("%w: manager %s", ErrNotFound, p.ManagerID)
	}
	if p.SoftDeleted() {
		return nil
	}
	holder, taken := t.names[strings.ToLower(p.UserPrincipalName)]
	if taken && holder != p.ObjectID {
		return fmt.Errorf("%w: %s", ErrConflict, p.UserPrincipalName)
	}
	return nil
}

// putPerson stores p and frees the userPrincipalName that the person had before.
func (t *Tenant) putPerson(p *Person) {
	t.freeName(p.ObjectID)
	t.people[p.ObjectID] = p
	if !p.SoftDeleted() {
		t.names[strings.ToLower(p.UserPrincipalName)] = p.ObjectID
	}
	t.touch(p.ObjectID)
}

func (t *Tenant) freeName(id string) {
	p, ok := t.people[id]
	if ok && !p.SoftDeleted() {
		delete(t.names, strings.ToLower(p.UserPrincipalName))
	}
}

func fillNames(p *Person, domain string) {
	if p.UserPrincipalName == "" && p.MailNickname != "" {
		p.UserPrincipalName = p.MailNickname + "@" + domain
	}
	if p.MailNickname == "" {
		p.MailNickname = localPart(p.UserPrincipalName)
	}
	if p.DisplayName == "" {
		p.DisplayName = strings.TrimSpace(p.GivenName + " " + p.Surname)
	}
	if p.DisplayName == "" {
		p.DisplayName = p.MailNickname
	}
}

func localPart(address string) string {
	local, _, _ := strings.Cut(address, "@")
	return local
}

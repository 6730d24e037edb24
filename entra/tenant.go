package entra

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// Errors of the directory.
var (
	ErrNotFound = errors.New("no such object in this tenant")
	ErrConflict = errors.New("another object already has that userPrincipalName or object id")
	ErrInvalid  = errors.New("invalid value")
)

// TenantOptions configure NewTenant. Each empty field is filled from the seed.
type TenantOptions struct {
	ID     string           // GUID
	Domain string           // default contoso.com
	Name   string           // default Contoso
	Seed   uint64           // same seed and same calls: same ids
	Now    func() time.Time // default time.Now; stamps soft deletion
}

// Tenant is a directory in memory, safe for concurrent use. What its methods return are copies.
type Tenant struct {
	ID, Domain, Name string

	now    func() time.Time
	random *random

	mu      sync.RWMutex
	people  map[string]*Person
	groups  map[string]*Group
	names   map[string]string // userPrincipalName in lower case to object id, of those not in the recycle bin
	order   []string          // object ids in order of creation
	apps    []Application     // in order of registration
	seq     uint64            // of the latest change
	changed map[string]uint64 // object id to the sequence number of its latest change
}

// NewTenant makes an empty tenant.
func NewTenant(o TenantOptions) *Tenant {
	t := &Tenant{
		ID: strings.ToLower(o.ID), Domain: o.Domain, Name: o.Name, now: o.Now, random: newRandom(o.Seed, streamTenant),
		people: map[string]*Person{}, groups: map[string]*Group{}, names: map[string]string{}, changed: map[string]uint64{},
	}
	if t.ID == "" {
		t.ID = t.random.GUID()
	}
	if t.Domain == "" {
		t.Domain = "contoso.com"
	}
	if t.Name == "" {
		t.Name = "Contoso"
	}
	if t.now == nil {
		t.now = time.Now
	}
	return t
}

// People returns everybody, the soft-deleted too, in order of creation.
func (t *Tenant) People() []Person {
	t.mu.RLock()
	defer t.mu.RUnlock()
	out := make([]Person, 0, len(t.people))
	for _, id := range t.order {
		if p, ok := t.people[id]; ok {
			out = append(out, p.clone())
		}
	}
	return out
}

// Groups returns all groups in order of creation.
func (t *Tenant) Groups() []Group {
	t.mu.RLock()
	defer t.mu.RUnlock()
	out := make([]Group, 0, len(t.groups))
	for _, id := range t.order {
		if g, ok := t.groups[id]; ok {
			out = append(out, g.clone())
		}
	}
	return out
}

// Person returns one person by object id; false if there is none (any more).
func (t *Tenant) Person(id string) (Person, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	p, ok := t.people[id]
	if !ok {
		return Person{}, false
	}
	return p.clone(), true
}

// Group returns one group by object id; false if there is none (any more).
func (t *Tenant) Group(id string) (Group, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	g, ok := t.groups[id]
	if !ok {
		return Group{}, false
	}
	return g.clone(), true
}

// FindPerson looks a person up by object id or userPrincipalName, whatever the case.
func (t *Tenant) FindPerson(who string) (Person, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	for _, p := range t.people {
		if strings.EqualFold(p.ObjectID, who) || strings.EqualFold(p.UserPrincipalName, who) {
			return p.clone(), true
		}
	}
	return Person{}, false
}

// FindGroup looks a group up by object id or displayName. Names need not be unique: the oldest group wins.
func (t *Tenant) FindGroup(which string) (Group, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	for _, id := range t.order {
		g, ok := t.groups[id]
		if ok && (strings.EqualFold(id, which) || strings.EqualFold(g.DisplayName, which)) {
			return g.clone(), true
		}
	}
	return Group{}, false
}

// ChangesSince returns the ids of the objects that changed after the watermark seq, in the order of their latest
// change, and the new watermark. An id that Person and Group no longer know was deleted for good. A person counts as
// changed when they enter or leave a group too, because that can bring them into scope or out of it.
func (t *Tenant) ChangesSince(seq uint64) (objectIDs []string, watermark uint64) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	for id, at := range t.changed {
		if at > seq {
			objectIDs = append(objectIDs, id)
		}
	}
	slices.SortFunc(objectIDs, func(a, b string) int { return int(t.changed[a]) - int(t.changed[b]) })
	return objectIDs, t.seq
}

// InScope says whether the enterprise application covers the object: assigned itself or, for a person, a direct
// member of an assigned group. Nesting is not followed, exactly as Entra's provisioning does not follow it.
func (t *Tenant) InScope(id string) bool {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if g, ok := t.groups[id]; ok {
		return g.Assigned
	}
	p, ok := t.people[id]
	if !ok {
		return false
	}
	if p.Assigned {
		return true
	}
	for _, g := range t.groups {
		if g.Assigned && g.Has(id) {
			return true
		}
	}
	return false
}

// GroupsOf returns the groups that hold id (a person or a group), in order of creation; with transitive also those
// that hold it through other groups.
func (t *Tenant) GroupsOf(id string, transitive bool) []Group {
	t.mu.RLock()
	defer t.mu.RUnlock()
	held := map[string]bool{}
	t.collectHolders(id, transitive, held)
	var out []Group
	for _, gid := range t.order {
		if held[gid] {
			out = append(out, t.groups[gid].clone())
		}
	}
	return out
}

// collectHolders visits each group once, so circular nesting, which Entra permits, ends.
func (t *Tenant) collectHolders(id string, transitive bool, held map[string]bool) {
	for gid, g := range t.groups {
		if held[gid] || !g.Has(id) {
			continue
		}
		held[gid] = true
		if transitive {
			t.collectHolders(gid, true, held)
		}
	}
}

// touch notes changes under the write lock.
func (t *Tenant) touch(ids ...string) {
	for _, id := range ids {
		t.seq++
		t.changed[id] = t.seq
	}
}

func (t *Tenant) newID(wanted string) (string, error) {
	if wanted == "" {
		return t.random.GUID(), nil
	}
	if _, taken := t.changed[wanted]; taken {
		return "", fmt.Errorf("%w: %s", ErrConflict, wanted)
	}
	return wanted, nil
}

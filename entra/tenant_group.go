package entra

import (
	"fmt"
	"slices"
)

// AddGroup adds a group that is assigned to the enterprise application. Two groups may have one name, as in Entra.
func (t *Tenant) AddGroup(displayName string, members ...string) (Group, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if displayName == "" {
		return Group{}, fmt.Errorf("%w: a group needs a displayName", ErrInvalid)
	}
	for _, m := range members {
		if !t.knows(m) {
			return Group{}, fmt.Errorf("%w: member %s", ErrNotFound, m)
		}
	}
	id, err := t.newID("")
	if err != nil {
		return Group{}, err
	}
	g := Group{ObjectID: id, DisplayName: displayName, Members: slices.Clone(members), Assigned: true}
	t.groups[id] = &g
	t.order = append(t.order, id)
	t.touch(members...)
	t.touch(id)
	return g.clone(), nil
}

// RenameGroup changes the displayName; the object id, on which roles should hang, stays.
func (t *Tenant) RenameGroup(id, displayName string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	g, ok := t.groups[id]
	if !ok {
		return fmt.Errorf("%w: group %s", ErrNotFound, id)
	}
	if displayName == "" {
		return fmt.Errorf("%w: a group needs a displayName", ErrInvalid)
	}
	g.DisplayName = displayName
	t.touch(id)
	return nil
}

// DeleteGroup removes the group for good; its members may thereby leave the scope.
func (t *Tenant) DeleteGroup(id string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	g, ok := t.groups[id]
	if !ok {
		return fmt.Errorf("%w: group %s", ErrNotFound, id)
	}
	delete(t.groups, id)
	t.touch(id)
	t.touch(g.Members...)
	t.forget(id)
	return nil
}

// AddMember puts a person or a group into a group. Adding twice changes nothing.
func (t *Tenant) AddMember(groupID, memberID string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	g, ok := t.groups[groupID]
	if !ok {
		return fmt.Errorf("%w: group %s", ErrNotFound, groupID)
	}
	if !t.knows(memberID) || memberID == groupID {
		return fmt.Errorf("%w: member %s", ErrNotFound, memberID)
	}
	if g.Has(memberID) {
		return nil
	}
	g.Members = append(g.Members, memberID)
	t.touch(memberID, groupID)
	return nil
}

// RemoveMember takes a person or a group out of a group. Removing twice changes nothing.
func (t *Tenant) RemoveMember(groupID, memberID string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	g, ok := t.groups[groupID]
	if !ok {
		return fmt.Errorf("%w: group %s", ErrNotFound, groupID)
	}
	i := slices.Index(g.Members, memberID)
	if i < 0 {
		return nil
	}
	g.Members = slices.Delete(g.Members, i, i+1)
	t.touch(memberID, groupID)
	return nil
}

// knows says whether id is a person or a group of this tenant.
func (t *Tenant) knows(id string) bool {
	return t.people[id] != nil || t.groups[id] != nil
}

package scim

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"doorlist/store"

	filter "github.com/scim2/filter-parser/v2"
)

// maxMembers bounds the members that one request names. A larger group is filled by several requests.
const maxMembers = 5000

// memberEdit collects what the operations of one request do to the members of a group. Only the outcome counts: it is
// one change of a set, whatever the size of the group, and the members are not read unless a filter asks for more than
// ids.
type memberEdit struct {
	// each calls fn for every member that the group has now.
	each func(fn func(store.Member) error) error

	sent    bool // some operation named members
	clear   bool
	order   []string
	wanted  map[string]store.NewMember // by id: to be added
	dropped map[string]bool            // by id: to be removed
	named   int
}

func newMemberEdit(each func(fn func(store.Member) error) error) *memberEdit {
	return &memberEdit{each: each, wanted: make(map[string]store.NewMember), dropped: make(map[string]bool)}
}

// change is the outcome for package store.
func (m *memberEdit) change() store.MemberChange {
	c := store.MemberChange{Clear: m.clear}
	for _, id := range m.order {
		if n, ok := m.wanted[id]; ok {
			c.Add = append(c.Add, n)
		}
	}
	c.Remove = slices.Sorted(maps.Keys(m.dropped))
	return c
}

// set handles add and replace.
func (m *memberEdit) set(op opKind, t target, v any) error {
	m.sent = true
	if t.sub != nil && (t.filter != nil || t.sub.key != valueKey) {
		return &mutabilityError{membersAttribute.name + "." + t.sub.name, "cannot be changed. Remove the member and add another."}
	}
	if t.filter != nil {
		return &pathError{t.path, `members are added as a whole; send the path "members" and a list of objects with a "value"`}
	}
	members, err := m.list(v)
	if err != nil {
		return err
	}
	if op == opReplace {
		m.removeAll()
	}
	for _, n := range members {
		m.add(n)
	}
	return nil
}

// remove takes out the members that the filter chooses, or those listed, or all. "All" needs that neither is given:
// {"op":"Remove","path":"members","value":[{"value":"ID"}]} means that one member (apache/directory-scimple#436), and an
// empty list means nobody.
func (m *memberEdit) remove(t target, v any, given bool) error {
	m.sent = true
	if t.sub != nil && t.sub.key != valueKey {
		return &mutabilityError{membersAttribute.name + "." + t.sub.name, "cannot be removed. Remove the member."}
	}
	if t.filter != nil {
		return m.removeMatching(t)
	}
	if !given {
		m.removeAll()
		return nil
	}
	members, err := m.list(v)
	for _, n := range members {
		m.drop(n.ID)
	}
	return err
}

func (m *memberEdit) removeAll() {
	m.sent, m.clear = true, true
	clear(m.wanted)
	clear(m.dropped)
	m.order = nil
}

func (m *memberEdit) add(n store.NewMember) {
	delete(m.dropped, n.ID)
	if _, ok := m.wanted[n.ID]; !ok {
		m.order = append(slices.DeleteFunc(m.order, func(id string) bool { return id == n.ID }), n.ID)
	}
	m.wanted[n.ID] = n
}

func (m *memberEdit) drop(id string) {
	delete(m.wanted, id)
	if !m.clear {
		m.dropped[id] = true
	}
}

// removeMatching handles members[...]. Filters that name ids, which is all that Entra sends, need no read.
func (m *memberEdit) removeMatching(t target) error {
	if ids, ok := idsOf(t.filter, nil); ok {
		for _, id := range ids {
			m.drop(id)
		}
		return m.count(len(ids))
	}
	if _, err := t.selects(map[string]any{}); err != nil {
		return err
	}
	for _, n := range m.pending() {
		if err := m.dropIf(t, store.Member{ID: n.ID, Display: n.Display}); err != nil {
			return err
		}
	}
	if m.clear {
		return nil
	}
	return m.each(func(member store.Member) error { return m.dropIf(t, member) })
}

func (m *memberEdit) pending() []store.NewMember {
	var pending []store.NewMember
	for _, n := range m.wanted {
		pending = append(pending, n)
	}
	return pending
}

func (m *memberEdit) dropIf(t target, member store.Member) error {
	element := map[string]any{valueKey: member.ID, displayKey: member.Display}
	if member.Kind != "" {
		element[typeKey] = string(member.Kind)
	}
	ok, err := t.selects(element)
	if ok {
		m.drop(member.ID)
	}
	return err
}

// idsOf reads the ids from value eq "x" or value eq "y" ...; ok is false for any other filter.
func idsOf(expr filter.Expression, ids []string) ([]string, bool) {
	switch e := expr.(type) {
	case *filter.LogicalExpression:
		left, ok := idsOf(e.Left, ids)
		if !ok || e.Operator != filter.OR {
			return nil, false
		}
		return idsOf(e.Right, left)
	case *filter.AttributeExpression:
		id, isText := e.CompareValue.(string)
		isValue := strings.EqualFold(e.AttributePath.AttributeName, valueKey) && e.AttributePath.SubAttribute == nil
		return append(ids, id), isText && isValue && e.Operator == filter.EQ
	}
	return nil, false
}

// list reads members as sent: objects with a "value", bare ids, one or many. $ref is not read: Entra sends it as null.
func (m *memberEdit) list(v any) ([]store.NewMember, error) {
	if v == nil || v == "" {
		return nil, nil
	}
	sent, ok := v.([]any)
	if !ok {
		sent = []any{v}
	}
	if err := m.count(len(sent)); err != nil {
		return nil, err
	}
	members := make([]store.NewMember, 0, len(sent))
	for _, item := range sent {
		value, err := coerceOne(membersAttribute, tolerate(membersAttribute, item))
		if err != nil {
			return nil, err
		}
		object, _ := value.(map[string]any)
		id, _ := object[valueKey].(string)
		if id == "" {
			return nil, &valueError{membersAttribute.name, `has an element without an id. Send the id of a user or group as "value" in each.`}
		}
		display, _ := object[displayKey].(string)
		members = append(members, store.NewMember{ID: id, Display: display})
	}
	return members, nil
}

func (m *memberEdit) count(n int) error {
	if m.named += n; m.named > maxMembers {
		return &limitError{fmt.Sprintf("The request names more than %d members. Send them in several requests.", maxMembers)}
	}
	return nil
}

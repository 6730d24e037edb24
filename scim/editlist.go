package scim

import (
	"maps"
	"slices"
)

// setList sets a multi-valued attribute, or one sub-attribute of all its elements.
func (e *editor) setList(op opKind, t target, v any) error {
	if t.sub != nil {
		return e.setEvery(t, v)
	}
	value, err := coerce(t.attr, v)
	if err != nil {
		return err
	}
	sent, _ := value.([]any)
	if op == opAdd {
		return e.keepList(t, appendNew(t.attr, e.list(t), sent))
	}
	return e.keepList(t, sent)
}

// setEvery sets a sub-attribute of every element; without elements it makes one, as an Add to an attribute without a
// value does.
func (e *editor) setEvery(t target, v any) error {
	value, err := coerce(t.sub, v)
	if err != nil {
		return inside(t.attr, err)
	}
	list := e.list(t)
	if len(list) == 0 && value != nil {
		list = append(list, map[string]any{})
	}
	for _, element := range list {
		assign(element.(map[string]any), t.sub, value)
	}
	keepOnePrimary(list)
	if value == nil {
		list = withoutHollow(list, all(list))
	}
	return e.keepList(t, list)
}

// setElements sets the elements that the value filter chooses, or a sub-attribute of them. Without any it makes one
// (see elementFor). The other elements stay as they are (Captain-P-Goldfish/SCIM-SDK#668).
func (e *editor) setElements(op opKind, t target, v any) error {
	part, err := t.part(v)
	if err != nil {
		return err
	}
	list := e.list(t)
	chosen, err := e.choose(t, list)
	if err != nil {
		return err
	}
	base, describes := elementFor(t.attr, t.filter)
	clears := len(part) == 0 || t.sub != nil && part[t.sub.name] == nil
	if len(chosen) == 0 {
		if clears {
			return nil
		}
		if !describes {
			return &targetError{"The filter in " + quote(t.path) + ` matches no value. Use a filter such as [type eq "work"] to create one.`}
		}
		element := overlay(maps.Clone(base), part)
		if slices.ContainsFunc(list, func(present any) bool { return says(present.(map[string]any), element) }) {
			return nil // the operation changed what its filter asks for, and is repeated
		}
		list = append(list, element)
		chosen = []int{len(list) - 1}
	}
	for _, i := range chosen {
		element := list[i].(map[string]any)
		if t.sub == nil && op == opReplace {
			clear(element)
			overlay(element, base)
		}
		if overlay(element, part); isPrimary(element) {
			demoteOthers(list, i)
		}
	}
	if clears {
		list = withoutHollow(list, chosen)
	}
	return e.keepList(t, list)
}

// part is the value of an operation with a value filter as an object: one sub-attribute (nil to clear it), or several.
func (t target) part(v any) (map[string]any, error) {
	if whole, ok := t.unwrapped(v); ok {
		t.sub, v = nil, whole
	}
	if t.sub != nil {
		value, err := coerce(t.sub, v)
		return map[string]any{t.sub.name: value}, inside(t.attr, err)
	}
	if _, ok := v.(string); ok && t.attr.subByKey[valueKey] != nil {
		v = map[string]any{valueKey: v}
	}
	value, err := coerce(t.attr, v)
	if err != nil || value == nil {
		return nil, err
	}
	list := value.([]any)
	if len(list) > 1 {
		return nil, &valueError{t.path, "chooses single elements. Send one object."}
	}
	return list[0].(map[string]any), nil
}

// unwrapped says whether the value of a sub-attribute is in truth a whole element, as with the JSON in a role's value.
func (t target) unwrapped(v any) (any, bool) {
	if t.sub == nil {
		return nil, false
	}
	whole, ok := tolerate(t.attr, map[string]any{t.sub.name: v}).(map[string]any)
	return whole, ok && len(whole) > 1
}

// overlay writes the members of part into the element; nil removes.
func overlay(element, part map[string]any) map[string]any {
	for name, v := range part {
		put(element, spelling(element, name), v)
	}
	return element
}

// removeElements removes the elements that the value filter chooses, or a sub-attribute of them. That there is none is
// no error: the client has what it asked for, and would repeat the request for ever.
func (e *editor) removeElements(t target) error {
	list := e.list(t)
	chosen, err := e.choose(t, list)
	if err != nil {
		return err
	}
	if t.attr.isSimpleList() {
		return e.keepList(t, without(list, chosen))
	}
	for _, i := range chosen {
		element := list[i].(map[string]any)
		if t.sub == nil {
			clear(element)
			continue
		}
		assign(element, t.sub, nil)
	}
	return e.keepList(t, withoutHollow(list, chosen))
}

// removeFromList removes the listed elements, or a sub-attribute of all elements. A listed element that is not there is
// passed over. A list without elements removes nothing, because Entra's "Remove these" must never become "remove all"
// (simpleidserver/SimpleIdServer#164).
func (e *editor) removeFromList(t target, v any) error {
	list := e.list(t)
	if t.sub != nil {
		return e.setEvery(t, nil)
	}
	value, err := coerce(t.attr, asElements(t.attr, v))
	if err != nil {
		return err
	}
	listed, _ := value.([]any)
	var kept []any
	for _, element := range list {
		if !containsElement(t.attr, listed, element) {
			kept = append(kept, element)
		}
	}
	return e.keepList(t, kept)
}

// asElements writes the bare values of a Remove as elements.
func asElements(a *attribute, v any) any {
	if _, ok := v.(string); ok {
		v = []any{v}
	}
	sent, ok := v.([]any)
	if !ok || a.subByKey[valueKey] == nil {
		return v
	}
	elements := make([]any, len(sent))
	for i, item := range sent {
		if s, ok := item.(string); ok {
			item = map[string]any{valueKey: s}
		}
		elements[i] = item
	}
	return elements
}

// all is the indices of a list.
func all(list []any) []int {
	indices := make([]int, len(list))
	for i := range list {
		indices[i] = i
	}
	return indices
}

func (e *editor) list(t target) []any {
	v := e.holder(t, false)[t.attr.name]
	if t.attr.declared {
		return asListOf(t.attr, v)
	}
	list, _ := v.([]any)
	return list
}

func (e *editor) keepList(t target, list []any) error {
	if len(list) == 0 {
		return e.unset(t)
	}
	if len(list) > maxElements {
		return &limitError{t.attr.label + " would have too many values. Remove some first."}
	}
	e.holder(t, true)[t.attr.name] = list
	return nil
}

// choose finds the elements that satisfy the value filter. A filter that makes no sense is an error even if there are no
// elements.
func (e *editor) choose(t target, list []any) ([]int, error) {
	if _, err := t.selects(map[string]any{}); err != nil {
		return nil, err
	}
	var chosen []int
	for i, element := range list {
		ok, err := t.selects(element)
		if err != nil {
			return nil, err
		}
		if ok {
			chosen = append(chosen, i)
		}
	}
	return chosen, nil
}

package scim

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"time"

	"doorlist/store"
)

// appendNew adds the elements that are new. One that is there already takes over what else is sent of it: adding a value
// twice changes nothing (RFC 7644 section 3.5.2.1), and Entra adds a role again in every cycle.
func appendNew(a *attribute, list, sent []any) []any {
	for _, item := range sent {
		at := slices.IndexFunc(list, func(element any) bool { return sameElement(a, element, item) })
		if at < 0 {
			at = len(list)
			list = append(list, item)
		} else if element, ok := list[at].(map[string]any); ok {
			supplement(element, item.(map[string]any))
		}
		if isPrimary(list[at]) {
			demoteOthers(list, at)
		}
	}
	return list
}

// supplement takes over what is said of the same element, but not another spelling of its value and type.
func supplement(element, item map[string]any) {
	for name, v := range item {
		if name = spelling(element, name); name != typeKey && name != valueKey {
			element[name] = v
		}
	}
}

// once leaves one element of each pair of type and value, which should not be returned twice (RFC 7643 section 2.4).
func once(a *attribute, list []any) []any {
	type pair struct{ kind, value string }
	seen := make(map[pair]map[string]any, len(list))
	kept := make([]any, 0, len(list))
	for _, item := range list {
		element, _ := item.(map[string]any)
		value, isText := element[valueKey].(string)
		kind, _ := element[typeKey].(string)
		if !isText {
			kept = append(kept, item)
			continue
		}
		p := pair{foldPart(a, typeKey, kind), foldPart(a, valueKey, value)}
		if same := seen[p]; same != nil {
			supplement(same, element)
			continue
		}
		seen[p] = element
		kept = append(kept, item)
	}
	return kept
}

// foldPart is the text of a sub-attribute as it is compared.
func foldPart(a *attribute, name, text string) string {
	if part := a.part(name); part != nil {
		return foldFor(part, text)
	}
	return text
}

func containsElement(a *attribute, listed []any, element any) bool {
	return slices.ContainsFunc(listed, func(item any) bool { return isMeant(a, element, item) })
}

// sameElement says that y is the element x: by value and type, and without a value (an address) by everything it says.
func sameElement(a *attribute, x, y any) bool {
	element, ok := x.(map[string]any)
	item, isObject := y.(map[string]any)
	switch {
	case !ok || !isObject:
		return sameValue(a, x, y)
	case item[valueKey] == nil:
		return agrees(a, element, item)
	case a == rolesAttribute && item[typeKey] == nil: // Entra does not repeat the type
		return sameValue(a.part(valueKey), element[valueKey], item[valueKey])
	}
	return sameValue(a.part(valueKey), element[valueKey], item[valueKey]) && sameValue(a.part(typeKey), element[typeKey], item[typeKey])
}

// isMeant says that y, which is to be removed, means the element x: by everything it says, except for what does not tell
// which value it is, unless it says nothing else.
func isMeant(a *attribute, x, y any) bool {
	element, ok := x.(map[string]any)
	item, isObject := y.(map[string]any)
	if !ok || !isObject {
		return sameValue(a, x, y)
	}
	telling := maps.Clone(item)
	for _, name := range []string{displayKey, refKey, primaryKey} {
		delete(telling, name)
	}
	if len(telling) == 0 {
		telling = item
	}
	return agrees(a, element, telling)
}

// agrees says that an element has everything that item says, as a filter would compare it.
func agrees(a *attribute, element, item map[string]any) bool {
	for name, v := range item {
		if !sameValue(a.part(name), element[spelling(element, name)], v) {
			return false
		}
	}
	return true
}

// says reports whether an element has everything that part has.
func says(element, part map[string]any) bool {
	for name, v := range part {
		if !reflect.DeepEqual(element[name], v) {
			return false
		}
	}
	return true
}

// sameValue compares as a filter would.
func sameValue(a *attribute, x, y any) bool {
	var want any
	switch y := y.(type) {
	case string:
		want = foldFor(a, y)
		if at, ok := parseTime(y); ok && a.typ == typeDateTime {
			want = at.Truncate(time.Microsecond)
		}
	case json.Number:
		want, _ = asNumber(y)
	default:
		return reflect.DeepEqual(x, y)
	}
	return compares(store.Compare{Op: store.Equal, Value: want}, a, x)
}

// withoutHollow drops those of the chosen elements that say nothing any more: what is left of an e-mail address whose
// value was cleared is a type without an address.
func withoutHollow(list []any, chosen []int) []any {
	kept := make([]any, 0, len(list))
	for i, element := range list {
		if !slices.Contains(chosen, i) || !isLabel(element.(map[string]any)) {
			kept = append(kept, element)
		}
	}
	return kept
}

// without leaves the chosen elements out.
func without(list []any, chosen []int) []any {
	kept := make([]any, 0, len(list))
	for i, element := range list {
		if !slices.Contains(chosen, i) {
			kept = append(kept, element)
		}
	}
	return kept
}

// isLabel says that an element has no sub-attributes but type and primary.
func isLabel(element map[string]any) bool {
	for name := range element {
		if name != typeKey && name != primaryKey {
			return false
		}
	}
	return true
}

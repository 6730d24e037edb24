package scim

import (
	"encoding/json"
	"reflect"
	"slices"
	"time"

	"doorlist/store"
)

// appendNew adds the elements that are new, and completes those that are there already: adding a value twice changes
// nothing (RFC 7644 section 3.5.2.1), and Entra adds a role again in every cycle.
func appendNew(a *attribute, list, sent []any) []any {
	for _, item := range sent {
		at := slices.IndexFunc(list, func(element any) bool { return sameElement(a, element, item) })
		if at < 0 {
			at = len(list)
			list = append(list, item)
		} else if object, ok := item.(map[string]any); ok {
			overlay(list[at].(map[string]any), object)
		}
		if isPrimary(list[at]) {
			demoteOthers(list, at)
		}
	}
	return list
}

func containsElement(a *attribute, listed []any, element any) bool {
	return slices.ContainsFunc(listed, func(item any) bool { return sameElement(a, element, item) })
}

// sameElement says that item, which may be incomplete, means the element: by value and, where both have one, type; an
// item without a value (an address) by everything it says.
func sameElement(a *attribute, x, y any) bool {
	element, ok := x.(map[string]any)
	item, isObject := y.(map[string]any)
	if !ok || !isObject {
		return sameValue(a, x, y)
	}
	if item[valueKey] == nil {
		for name, v := range item {
			if !sameValue(a.part(name), element[spelling(element, name)], v) {
				return false
			}
		}
		return true
	}
	if !sameValue(a.part(valueKey), element[valueKey], item[valueKey]) {
		return false
	}
	return element[typeKey] == nil || item[typeKey] == nil || sameValue(a.part(typeKey), element[typeKey], item[typeKey])
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

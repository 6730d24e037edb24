package scim

import (
	"reflect"
	"slices"
	"strings"

	"doorlist/store"
)

// appendNew adds the elements that are new, and completes those that are there already: adding a value twice changes
// nothing (RFC 7644 section 3.5.2.1), and Entra adds a role again in every cycle.
func appendNew(a *attribute, list, sent []any) []any {
	for _, item := range sent {
		object := item.(map[string]any)
		at := len(list)
		for i, element := range list {
			if sameElement(a, element.(map[string]any), object) {
				at = i
				break
			}
		}
		if at == len(list) {
			list = append(list, object)
		} else {
			overlay(list[at].(map[string]any), object)
		}
		if isPrimary(list[at]) {
			demoteOthers(list, at)
		}
	}
	return list
}

func containsElement(a *attribute, listed []any, element any) bool {
	for _, item := range listed {
		if sameElement(a, element.(map[string]any), item.(map[string]any)) {
			return true
		}
	}
	return false
}

// sameElement says that item, which may be incomplete, means the element: by value and, where both have one, type; an
// item without a value (an address) by everything it says.
func sameElement(a *attribute, element, item map[string]any) bool {
	if item[valueKey] == nil {
		for name, v := range item {
			if !sameText(a.subByKey[strings.ToLower(name)], element[name], v) {
				return false
			}
		}
		return true
	}
	if !sameText(a.subByKey[valueKey], element[valueKey], item[valueKey]) {
		return false
	}
	return element[typeKey] == nil || item[typeKey] == nil || sameText(a.subByKey[typeKey], element[typeKey], item[typeKey])
}

// says reports whether an element has everything that part has.
func says(element, part map[string]any) bool {
	for name, v := range part {
		if element[name] != v {
			return false
		}
	}
	return true
}

func sameText(a *attribute, x, y any) bool {
	xs, okX := x.(string)
	ys, okY := y.(string)
	if okX && okY && !a.caseExact {
		return store.Fold(xs) == store.Fold(ys)
	}
	return reflect.DeepEqual(x, y)
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

// isLabel says that an element has no sub-attributes but type and primary.
func isLabel(element map[string]any) bool {
	for name := range element {
		if name != typeKey && name != primaryKey {
			return false
		}
	}
	return true
}

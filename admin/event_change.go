package admin

import (
	"maps"
	"slices"
	"strings"
)

// change is an attribute before and after an event; "" where there was none.
type change struct{ Attribute, Before, After string }

// changes lists what an event with a detail changed, by attribute. Objects are taken apart, so that what stayed the same is not shown.
func changes(t told) []change {
	before, after := map[string]string{}, map[string]string{}
	flatten(before, "", t["before"])
	flatten(after, "", t["after"])
	names := map[string]bool{}
	for _, side := range []map[string]string{before, after} {
		for name := range side {
			names[name] = true
		}
	}
	var list []change
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if before[name] != after[name] {
			list = append(list, change{attribute(name), before[name], after[name]})
		}
	}
	return list
}

// flatten puts the values of an object, as people read them, under the paths by which SCIM names them.
func flatten(into map[string]string, path string, value any) {
	values := map[string]any{}
	takeApart(values, path, value)
	for name, v := range values {
		into[name] = shown(v)
	}
}

// takeApart puts the values of an object under the paths by which SCIM names them (RFC 7644 section 3.10).
func takeApart(into map[string]any, path string, value any) {
	object, ok := value.(map[string]any)
	if _, single := object["value"]; !ok || single {
		if value != nil {
			into[path] = value
		}
		return
	}
	for name, inner := range object {
		extension, isExtension := inner.(map[string]any)
		switch {
		case path != "":
			takeApart(into, path+"."+name, inner)
		case isExtension && strings.Contains(name, ":"):
			for attribute, deep := range extension {
				takeApart(into, name+":"+attribute, deep)
			}
		default:
			takeApart(into, name, inner)
		}
	}
}

// attribute is how people read a name: SCIM's own stay as they are.
func attribute(name string) string {
	if name == "" {
		return "Value"
	}
	return strings.ReplaceAll(name, "_", " ")
}

// facts are what a detail tells besides what the event changed.
func facts(t told) []Value {
	var list []Value
	for _, name := range slices.Sorted(maps.Keys(t)) {
		if slices.Contains([]string{"before", "after", "changed"}, name) {
			continue
		}
		if text := shown(t[name]); text != "" {
			list = append(list, Value{Label: attribute(name), Value: text})
		}
	}
	return list
}

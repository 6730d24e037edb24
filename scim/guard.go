package scim

import (
	"maps"
	"reflect"
	"slices"
)

// What the characteristics of declared attributes (RFC 7643 section 2.2) ask of an extension as a whole. Only an extension
// that a request says something of is looked at: what was stored before the declaration must not keep a user from being
// disabled.

// touch remembers that the request says something of a declared extension.
func (e *editor) touch(t target) {
	if t.urn == "" || e.touched[t.urn] || !e.rt.extension(t.urn).isDeclared() {
		return
	}
	if e.touched == nil {
		e.touched = map[string]bool{}
	}
	e.touched[t.urn] = true
}

// remember keeps the declared extensions of a resource that is going to be changed.
func (e *editor) remember(doc map[string]any) {
	for _, t := range e.rt.extensions {
		if object, ok := doc[t.urn].(map[string]any); ok && t.declared {
			if e.before == nil {
				e.before = map[string]any{}
			}
			e.before[t.urn] = cloned(object)
		}
	}
}

func cloned(v any) any {
	switch v := v.(type) {
	case map[string]any:
		copied := maps.Clone(v)
		for name, inner := range copied {
			copied[name] = cloned(inner)
		}
		return copied
	case []any:
		copied := slices.Clone(v)
		for i, inner := range copied {
			copied[i] = cloned(inner)
		}
		return copied
	}
	return v
}

// replaces ends a POST or PUT; previous is nil for a POST.
func (e *editor) replaces(previous map[string]any) error {
	e.remember(previous)
	e.inherit()
	return e.complete()
}

// inherit gives a resource that replaces another what a PUT cannot take away by leaving it out.
func (e *editor) inherit() {
	for _, t := range e.rt.extensions {
		before, ok := e.before[t.urn].(map[string]any)
		if !ok {
			continue
		}
		after, _ := e.doc[t.urn].(map[string]any)
		if after = inherited(t.attributes, before, after); len(after) > 0 {
			e.doc[t.urn] = after
		}
	}
}

// inherited completes after by what of before a client cannot write, change or read.
func inherited(rows []*attribute, before, after map[string]any) map[string]any {
	if after == nil {
		after = map[string]any{}
	}
	for _, a := range rows {
		was, had := before[a.name]
		is, has := after[a.name]
		if had && !has && (a.mutability == readOnly || a.mutability == immutable || a.mutability == writeOnly) {
			after[a.name] = was
			continue
		}
		wasObject, _ := was.(map[string]any)
		if isObject, ok := is.(map[string]any); ok && wasObject != nil {
			after[a.name] = inherited(a.sub, wasObject, isObject)
		}
	}
	return after
}

// complete checks the extensions that the request says something of.
func (e *editor) complete() error {
	for _, t := range e.rt.extensions {
		if !e.touched[t.urn] {
			continue
		}
		before, _ := e.before[t.urn].(map[string]any)
		after, _ := e.doc[t.urn].(map[string]any)
		if err := checkImmutable(t.attributes, before, after); err != nil {
			return err
		}
		if len(after) > 0 {
			if err := checkRequired(t.attributes, after); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkImmutable(rows []*attribute, before, after map[string]any) error {
	for _, a := range rows {
		was, is := before[a.name], after[a.name]
		if a.mutability == immutable && was != nil && !stays(a, was, is) {
			return &mutabilityError{a.label, "can be set once and has a value. Leave it as it is."}
		}
		wasObject, _ := was.(map[string]any)
		if isObject, ok := is.(map[string]any); ok {
			if err := checkImmutable(a.sub, wasObject, isObject); err != nil {
				return inside(a, err)
			}
		}
	}
	return nil
}

// stays says that a value is what it was, or what a value from before the declaration means.
func stays(a *attribute, was, is any) bool {
	meant, err := coerce(a, was)
	return reflect.DeepEqual(was, is) || err == nil && reflect.DeepEqual(meant, is)
}

// checkRequired demands the required attributes of an object that has values, and of the objects in it.
func checkRequired(rows []*attribute, object map[string]any) error {
	for _, a := range rows {
		v, ok := object[a.name]
		if !ok && a.required {
			return missing(a)
		}
		list, isList := v.([]any)
		if !isList {
			list = []any{v}
		}
		for _, item := range list {
			part, _ := item.(map[string]any)
			if part == nil {
				continue
			}
			if err := checkRequired(a.sub, part); err != nil {
				return inside(a, err)
			}
		}
	}
	return nil
}

package scim

import "strings"

// Extensions that this server has no definition of are kept and returned as sent. Entra sends them nested under their
// URN in a POST, by full path in a PATCH, and never lists the URN in "schemas".

func (e *editor) setFreeSchema(t target, object map[string]any) error {
	for _, name := range plainFirst(object) {
		if !isName(name) {
			return badMember(t.path, name)
		}
		inner := target{path: t.urn + ":" + name, urn: t.urn, name: name}
		if err := e.setFree(inner, object[name]); err != nil {
			return err
		}
	}
	return nil
}

func (e *editor) setFree(t target, v any) error {
	value, err := coerceFree(t.name, v)
	if err != nil {
		return err
	}
	if value == nil || value == "" {
		return e.removeFree(t)
	}
	holder, name := e.freeSlot(t, true)
	holder[name] = value
	return nil
}

func (e *editor) removeFree(t target) error {
	if holder, name := e.freeSlot(t, false); holder != nil {
		delete(holder, name)
	}
	e.tidy(t)
	return nil
}

// freeSlot is the object and the member name that hold an attribute without definition; names that differ in case are
// the same attribute, under the spelling that came first.
func (e *editor) freeSlot(t target, create bool) (map[string]any, string) {
	holder := e.holder(t, create)
	name := spelling(holder, t.name)
	if t.subName == "" {
		return holder, name
	}
	object, _ := holder[name].(map[string]any)
	if object == nil && create {
		object = make(map[string]any)
		holder[name] = object
	}
	return object, spelling(object, t.subName)
}

func spelling(object map[string]any, name string) string {
	if _, ok := object[name]; ok {
		return name
	}
	for key := range object {
		if strings.EqualFold(key, name) {
			return key
		}
	}
	return name
}

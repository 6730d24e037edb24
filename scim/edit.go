package scim

import (
	"errors"
	"reflect"
	"sort"
	"strings"
)

// opKind is what an operation of a PATCH does (RFC 7644 section 3.5.2).
type opKind string

const (
	opAdd     opKind = "add"
	opReplace opKind = "replace"
	opRemove  opKind = "remove"
)

// editor changes one resource. POST, PUT and PATCH all go through it, so that a value has one meaning however it is
// written: a body is a replace without a path on an empty resource.
type editor struct {
	rt       *resourceType
	doc      map[string]any  // canonical names; extensions under their URN; without id, meta, schemas and members
	members  *memberEdit     // nil for users
	password *passwordEdit   // nil for groups
	before   map[string]any  // the declared extensions as they were, by URN
	touched  map[string]bool // declared extensions that the request says something of
}

// merge sets what a value object says. Its member names may be paths: Entra sends {"name.givenName":"g"},
// {"urn:...:User:department":"d"} and {"emails[type eq \"work\"].value":"x"} (thomaspoignant/scim-patch#132, #207).
// Attributes that are unknown or the server's own are passed over, because one of them must not lose the others
// (fleetdm/fleet#42678).
func (e *editor) merge(op opKind, object map[string]any) error {
	for _, name := range plainFirst(object) {
		t, err := e.resolveMember(name, object[name])
		if errors.As(err, new(*unknownError)) || err == nil && t.readOnly() {
			continue
		}
		var malformed *pathError
		if errors.As(err, &malformed) {
			return &protocolError{quote(name) + " cannot be the name of an attribute: " + malformed.message + "."}
		}
		if err != nil {
			return err
		}
		if err := e.set(op, t, object[name]); err != nil {
			return err
		}
	}
	return nil
}

// knowsNoneOf says that an object has members, none of which the resource type has.
func (e *editor) knowsNoneOf(object map[string]any) bool {
	for name, v := range object {
		if _, err := e.resolveMember(name, v); !errors.As(err, new(*unknownError)) {
			return false
		}
	}
	return len(object) > 0
}

// resolveMember is resolve, where a name with an object may also be an extension that the resource does not have yet.
func (e *editor) resolveMember(name string, v any) (target, error) {
	name = e.rt.withColon(name)
	if _, ok := v.(map[string]any); ok && isURN(name) && !belongsToKnown(name) && !e.rt.isDeclared(name) {
		return target{path: name, urn: e.extensionName(name)}, nil
	}
	return e.resolve(name)
}

// plainFirst orders the members of a value object: whole attributes, then parts of attributes, then list elements, so
// that a part is never overwritten by its whole. Among equals the order is alphabetical, hence the same every time.
func plainFirst(object map[string]any) []string {
	names := make([]string, 0, len(object))
	for name := range object {
		names = append(names, name)
	}
	depth := func(name string) int {
		switch {
		case strings.Contains(name, "["):
			return 2
		case strings.Contains(name, "."):
			return 1
		}
		return 0
	}
	sort.Slice(names, func(i, j int) bool {
		if di, dj := depth(names[i]), depth(names[j]); di != dj {
			return di < dj
		}
		return names[i] < names[j]
	})
	return names
}

// set adds or replaces a value. A value that means "unassigned" removes.
func (e *editor) set(op opKind, t target, v any) error {
	e.touch(t)
	switch {
	case t.wholeSchema():
		return e.setSchema(op, t, v)
	case t.free():
		return e.setFree(t, v)
	case t.attr == schemasAttribute:
		return checkSchemas(v)
	case t.readOnly():
		return readOnlyError(t)
	case t.attr == membersAttribute:
		return e.members.set(op, t, v)
	case t.attr == passwordAttribute:
		return e.password.set(v)
	}
	defer e.tidy(t)
	switch {
	case t.filter != nil && t.attr.isSimpleList():
		return e.setValues(t, v)
	case t.filter != nil:
		return e.setElements(op, t, v)
	case t.attr.multi:
		return e.setList(op, t, v)
	case t.sub != nil:
		return e.setPart(t, v)
	case t.attr.typ == typeComplex:
		return e.setComplex(t, v)
	}
	return e.setSimple(t, v)
}

// checkSchemas looks at the type alone: which schemas a resource has follows from its content, and Entra lists some that
// the server does not know and leaves out others (RFC 7643 section 3 notwithstanding).
func checkSchemas(v any) error {
	list, ok := v.([]any)
	for _, urn := range list {
		_, isText := urn.(string)
		ok = ok && isText
	}
	if !ok && v != nil {
		return wrongType(schemasAttribute, "a list of schema URNs")
	}
	return nil
}

func (e *editor) setSchema(op opKind, t target, v any) error {
	if v == nil || v == "" {
		return e.removeSchema(t)
	}
	object, ok := v.(map[string]any)
	if !ok {
		return &valueError{t.path, "must be an object with the attributes of the schema"}
	}
	table := e.rt.table(t.path)
	if table == nil {
		return e.setFreeSchema(t, object)
	}
	for _, name := range plainFirst(object) {
		if strings.Contains(name, ":") {
			if table.declared {
				return badMember(t.path, name)
			}
			continue // no attribute of this schema
		}
		inner, err := e.resolve(table.urn + ":" + name)
		if errors.As(err, new(*unknownError)) || err == nil && inner.readOnly() {
			continue
		}
		if err != nil {
			return err
		}
		if err := e.set(op, inner, object[name]); err != nil {
			return err
		}
	}
	return nil
}

func (e *editor) setSimple(t target, v any) error {
	value, err := coerce(t.attr, v)
	if err != nil {
		return err
	}
	if value == nil {
		return e.unset(t)
	}
	e.holder(t, true)[t.attr.name] = value
	return nil
}

// setComplex sets the sub-attributes that are sent and leaves the others (RFC 7644 section 3.5.2.3), except for a
// reference: the $ref of the manager before would belie the new value.
func (e *editor) setComplex(t target, v any) error {
	value, err := coerce(t.attr, v)
	if err != nil {
		return err
	}
	_, isReference := t.attr.subByKey[refKey]
	object, isObject := tolerate(t.attr, v).(map[string]any)
	if isReference || !isObject {
		if value == nil {
			return e.unset(t)
		}
		e.holder(t, true)[t.attr.name] = value
		return nil
	}
	for name, v := range object {
		sub := t.attr.part(name)
		if sub == nil || sub.mutability == readOnly {
			continue
		}
		part := t
		part.sub = sub
		if err := e.setPart(part, v); err != nil {
			return err
		}
	}
	return nil
}

// setPart sets a sub-attribute of an attribute with one value.
func (e *editor) setPart(t target, v any) error {
	value, err := coerce(t.sub, v)
	if err != nil {
		return inside(t.attr, err)
	}
	holder := e.holder(t, value != nil)
	object, _ := holder[t.attr.name].(map[string]any)
	if object == nil {
		if value == nil {
			return nil
		}
		object = make(map[string]any)
		holder[t.attr.name] = object
	}
	if t.sub.key == valueKey && !reflect.DeepEqual(object[valueKey], value) {
		delete(object, refKey)
	}
	assign(object, t.sub, value)
	if len(object) == 0 {
		delete(holder, t.attr.name)
	}
	return nil
}

func assign(object map[string]any, sub *attribute, value any) {
	put(object, spelling(object, sub.name), value)
}

// unset removes an attribute with one value, or the whole of a list.
func (e *editor) unset(t target) error {
	if t.attr.required {
		return &valueError{t.attr.label, "is required and cannot be empty. Send a value."}
	}
	if t.attr == activeAttribute {
		e.doc[t.attr.name] = false // no value is no right to enter
		return nil
	}
	delete(e.holder(t, false), t.attr.name)
	return nil
}

// remove takes a value away. given says that the operation has a "value": then only what it lists goes.
func (e *editor) remove(t target, v any, given bool) error {
	e.touch(t)
	switch {
	case t.wholeSchema():
		return e.removeSchema(t)
	case t.free():
		return e.removeFree(t)
	case t.attr == schemasAttribute:
		return nil
	case t.readOnly():
		return readOnlyError(t)
	case t.attr == membersAttribute:
		return e.members.remove(t, v, given)
	case t.attr == passwordAttribute:
		return e.password.set(nil)
	case t.sub == nil && t.attr.required:
		return &mutabilityError{t.attr.label, "is required and cannot be removed. Replace it by another value."}
	}
	defer e.tidy(t)
	switch {
	case t.filter != nil:
		return e.removeElements(t)
	case t.attr.multi && (t.sub != nil || given):
		return e.removeFromList(t, v)
	case t.sub != nil:
		return e.setPart(t, nil)
	}
	return e.unset(t)
}

func (e *editor) removeSchema(t target) error {
	if t.urn == "" {
		return &mutabilityError{t.path, "is the core schema and cannot be removed. Name one attribute."}
	}
	delete(e.doc, t.urn)
	return nil
}

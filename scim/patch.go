package scim

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// maxOperations bounds one PATCH.
const maxOperations = 1000

// operation is one step of a PATCH as sent.
type operation struct {
	op    opKind
	path  string // "" for none
	value any
	given bool // "value" was sent, be it null
}

// parsePatch reads a PatchOp message (RFC 7644 section 3.5.2). Members that it does not know are passed over: clients
// send "id" beside the operations and "name" inside them. No operations are no error: Entra's validator has sent that
// (scimmyjs/scimmy#59).
func parsePatch(body map[string]any) ([]operation, error) {
	sent, ok := member(body, "Operations").([]any)
	if !ok {
		return nil, &protocolError{`The body has no "Operations". Send a PatchOp message with a list of operations.`}
	}
	if len(sent) > maxOperations {
		return nil, &limitError{fmt.Sprintf("The request has more than %d operations. Send them in several requests.", maxOperations)}
	}
	operations := make([]operation, len(sent))
	for i, item := range sent {
		var err error
		if operations[i], err = parseOperation(item); err != nil {
			return nil, &operationError{i, err}
		}
	}
	return operations, nil
}

func parseOperation(item any) (operation, error) {
	object, ok := item.(map[string]any)
	if !ok {
		return operation{}, &protocolError{`An operation must be an object with "op", "path" and "value".`}
	}
	var o operation
	for name, v := range object {
		switch strings.ToLower(name) {
		case "op":
			s, _ := v.(string)
			o.op = opKind(strings.ToLower(s)) // Entra writes Add, Replace, Remove (langwatch/langwatch#6972)
		case "path":
			if o.path, ok = v.(string); !ok && v != nil {
				return operation{}, &pathError{fmt.Sprint(v), "it is not a string"}
			}
		case "value":
			o.value, o.given = v, true
		}
	}
	return o, o.check()
}

func (o operation) check() error {
	switch o.op {
	case opAdd, opReplace:
		if !o.given {
			return &valueError{"value", `is missing. Send the value to ` + string(o.op) + `.`}
		}
		if _, ok := o.value.(map[string]any); o.path == "" && !ok {
			return &valueError{"value", "must be an object with attributes, because the operation has no path."}
		}
		return nil
	case opRemove:
		if o.path == "" {
			return &targetError{"A remove needs a path. Name the attribute to remove."} // RFC 7644 section 3.5.2.2
		}
		return nil
	}
	return &protocolError{`"op" must be "add", "replace" or "remove".`}
}

// apply performs the operations in order on the editor's resource. After an error the resource is worthless: the
// caller drops it, so that a PATCH happens as a whole or not at all.
func (e *editor) apply(operations []operation) error {
	e.remember(e.doc)
	for i, o := range operations {
		if err := e.applyOne(o); err != nil {
			return &operationError{i, err}
		}
	}
	return e.complete()
}

func (e *editor) applyOne(o operation) error {
	if o.path == "" {
		object := o.value.(map[string]any)
		if e.knowsNoneOf(object) {
			// A misspelt "active" alone must not look like a deactivation that was done.
			return &pathError{strings.Join(slices.Sorted(maps.Keys(object)), ", "), "no member of the value is an attribute of " + e.rt.name}
		}
		return e.merge(o.op, object)
	}
	t, err := e.resolveFor(o)
	if err != nil {
		return err
	}
	if o.op == opRemove {
		return e.remove(t, o.value, o.given)
	}
	return e.set(o.op, t, o.value)
}

// resolveFor is resolve for the path of an operation, which may name an extension that is only now coming.
func (e *editor) resolveFor(o operation) (target, error) {
	o.path = e.rt.withColon(o.path)
	if o.op == opRemove || e.isInside(o.path) {
		return e.resolve(o.path)
	}
	return e.resolveMember(o.path, o.value)
}

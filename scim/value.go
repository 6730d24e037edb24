package scim

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Limits of what one resource may hold. They are far above what a directory holds and keep a row readable.
const (
	maxString   = 4 << 10   // bytes of a string, unless the attribute has its own limit
	maxElements = 1000      // values of one multi-valued attribute; members of groups aside
	maxURN      = 512       // bytes of the name of a schema
	maxDocument = 256 << 10 // bytes of a stored resource
)

// coerce turns a value as sent into the value to keep: canonical names, checked types, unassigned members dropped. It
// returns nil for a value that means "unassigned": null, an empty string, an empty list, an object of such values
// (RFC 7643 section 2.5). It checks structure and type, never the format: Entra writes any string anywhere.
func coerce(a *attribute, v any) (any, error) {
	v = tolerate(a, v)
	if v == nil || v == "" && a != activeAttribute { // an empty "active" says nothing about a right to enter: refuse it
		return nil, nil
	}
	if a.multi {
		return coerceList(a, v)
	}
	return coerceOne(a, v)
}

func coerceList(a *attribute, v any) (any, error) {
	var sent []any
	switch v := v.(type) {
	case []any:
		sent = v
	case map[string]any:
		sent = []any{v}
	default:
		if !a.isSimpleList() {
			return nil, wrongType(a, "a list of objects")
		}
		sent = []any{v}
	}
	if len(sent) > maxElements {
		return nil, &limitError{fmt.Sprintf("%s has more than %d values. Send fewer.", a.label, maxElements)}
	}
	var kept []any
	for _, item := range sent {
		if knowsNone(a, item) {
			return nil, &valueError{a.label, "has an element with no sub-attribute that /Schemas lists. Send a value."}
		}
		element, err := coerceOne(a, tolerate(a, item))
		if err != nil {
			return nil, err
		}
		if element != nil && element != "" {
			kept = append(kept, element)
		}
	}
	if kept == nil {
		return nil, nil
	}
	if !a.declared { // there an element can be told apart by more
		kept = once(a, kept)
	}
	keepOnePrimary(kept)
	return kept, nil
}

// knowsNone says that an element has members, none of which the attribute has: then it is a slip, and must not count as
// an empty element, which would clear the list.
func knowsNone(a *attribute, element any) bool {
	object, ok := element.(map[string]any)
	if a.isSimpleList() {
		return false
	}
	for key := range object {
		if a.part(key) != nil || strings.EqualFold(key, "displayName") {
			return false
		}
	}
	return ok && len(object) > 0
}

// coerceOne handles a single value, or one element of a list.
func coerceOne(a *attribute, v any) (any, error) {
	if v == nil {
		return nil, nil
	}
	switch a.typ {
	case typeComplex:
		return coerceComplex(a, v)
	case typeBoolean:
		if b, ok := v.(bool); ok {
			return b, nil
		}
		return nil, wrongType(a, "true or false")
	case typeInteger:
		if n, ok := v.(json.Number); ok && isInteger(n) {
			return n, nil
		}
		return nil, wrongType(a, "a whole number")
	case typeDecimal:
		if n, ok := v.(json.Number); ok && isOrdinary(n) {
			return n, nil
		}
		return nil, wrongType(a, "a number")
	case typeAny:
		return coerceFree(a.name, v)
	}
	return coerceText(a, v)
}

func coerceText(a *attribute, v any) (any, error) {
	s, ok := v.(string)
	if !ok {
		return nil, wrongType(a, "a string")
	}
	limit := a.limit
	if limit == 0 {
		limit = maxString
	}
	if len(s) > limit {
		return nil, &valueError{a.label, fmt.Sprintf("is %d bytes long. Send at most %d.", len(s), limit)}
	}
	if a.required && !a.declared && strings.TrimSpace(s) == "" {
		return nil, missing(a) // nobody could tell such a name from another
	}
	if strings.ContainsRune(s, 0) {
		return nil, &valueError{a.label, "contains a NUL character. Send text without it."}
	}
	if a.typ == typeDateTime {
		if _, ok := parseTime(s); !ok {
			return nil, wrongType(a, `a date and time such as "2026-01-31T08:00:00Z"`)
		}
	}
	return s, nil
}

func coerceComplex(a *attribute, v any) (any, error) {
	sent, ok := v.(map[string]any)
	if !ok {
		return nil, wrongType(a, "an object")
	}
	kept := make(map[string]any, len(sent))
	for key, v := range sent {
		sub := a.part(key)
		if sub == nil && a.declared {
			return nil, badMember(a.label, key)
		}
		if sub == nil || sub.mutability == readOnly {
			continue
		}
		value, err := coerce(sub, v)
		if err != nil {
			return nil, inside(a, err)
		}
		if value != nil {
			kept[sub.name] = value
		}
	}
	if len(kept) == 0 {
		return nil, nil
	}
	return kept, nil
}

// coerceFree checks a value of an extension that this server has no definition of. Such a value is kept as sent.
func coerceFree(name string, v any) (any, error) {
	switch v := v.(type) {
	case string:
		return coerceText(&attribute{label: name}, v)
	case json.Number:
		if !isOrdinary(v) {
			return nil, &valueError{name, "is a number of an extraordinary size. Send it as a string."}
		}
		return v, nil
	case []any:
		return coerceFreeList(name, v)
	case map[string]any:
		kept := make(map[string]any, len(v))
		for key, item := range v {
			value, err := coerceFree(name+"."+key, item)
			if err != nil {
				return nil, err
			}
			if !isName(key) {
				return nil, badMember(name, key)
			}
			if value != nil {
				kept[key] = value
			}
		}
		return kept, nil
	}
	return v, nil
}

func coerceFreeList(name string, sent []any) (any, error) {
	if len(sent) > maxElements {
		return nil, &limitError{fmt.Sprintf("%s has more than %d values. Send fewer.", name, maxElements)}
	}
	kept := make([]any, 0, len(sent))
	for _, item := range sent {
		value, err := coerceFree(name, item)
		if err != nil {
			return nil, err
		}
		if value != nil {
			kept = append(kept, value)
		}
	}
	return kept, nil
}

// isOrdinary reports whether a number is neither too large nor too small for a double: PostgreSQL cannot read JSON with
// 1e200000 in it, and then no filter of the directory would be answered any more.
func isOrdinary(n json.Number) bool {
	f, err := n.Float64()
	digits, _, _ := strings.Cut(strings.ToLower(n.String()), "e")
	return err == nil && (f != 0 || !strings.ContainsAny(digits, "123456789"))
}

// isInteger says that a number has no fraction and fits into 64 bits (RFC 7643 section 2.3.4).
func isInteger(n json.Number) bool {
	_, err := n.Int64()
	return err == nil
}

// badMember refuses a name that no attribute can have.
func badMember(attribute, name string) error {
	return &valueError{attribute, "has a member " + quote(name) + ". Use letters, digits, _, - and $ in names."}
}

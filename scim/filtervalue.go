package scim

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"doorlist/store"

	"github.com/scim2/filter-parser/v2"
)

// condition compares the operand with a value of a filter, brought to the operand's type.
func (o operand) condition(operator filter.CompareOperator, value any) (store.Where, error) {
	op := store.Op(operator)
	switch {
	case operator == filter.PR:
		return store.Present{Path: o.path}, nil
	case isEmpty(value):
		return o.compareEmpty(op, value)
	case o.attribute == undeclared:
		return o.compareUndeclared(op, value)
	}
	switch o.attribute.typ {
	case typeComplex:
		return nil, refuse("%q is made of parts; compare one of them, such as %q", shorten(o.name), o.name+"."+o.attribute.sub[0].name)
	case typeBoolean:
		return o.compareBoolean(op, value)
	case typeDateTime:
		return o.compareTime(op, value)
	case typeDecimal, typeInteger:
		return o.compareNumber(op, value)
	}
	return o.compareText(op, value)
}

// compare compares the operand in the form of its type.
func (o operand) compare(op store.Op, value any) store.Where {
	return store.Compare{Path: o.attribute.formed(o.path), Op: op, Value: value}
}

// compareEmpty treats null and empty text as no value at all (RFC 7643 section 2.5).
func (o operand) compareEmpty(op store.Op, value any) (store.Where, error) {
	present := store.Present{Path: o.path}
	switch {
	case op == store.Equal:
		return store.Not{Where: present}, nil
	case op == store.NotEqual:
		return present, nil
	case value == nil:
		return nil, refuse("%q can be compared with null by eq and ne alone", shorten(o.name))
	case op == store.Less || op == store.LessEqual:
		return store.Or{}, nil
	}
	return present, nil
}

func (o operand) compareBoolean(op store.Op, value any) (store.Where, error) {
	if op != store.Equal && op != store.NotEqual {
		return nil, refuse("%q is true or false; compare it with eq or ne", shorten(o.name))
	}
	b, ok := asBoolean(value)
	if !ok {
		return o.mismatch(op, "true or false")
	}
	if !o.attribute.assumed {
		return o.compare(op, b), nil
	}
	isTrue := o.compare(store.Equal, true)
	if b == (op == store.Equal) {
		return isTrue, nil
	}
	return store.Not{Where: isTrue}, nil
}

func (o operand) compareTime(op store.Op, value any) (store.Where, error) {
	if isSubstring(op) {
		return nil, refuse("%q is a time; compare it with eq, ne, gt, ge, lt or le", shorten(o.name))
	}
	at, ok := asTime(value)
	if !ok {
		return o.mismatch(op, "a time such as 2026-01-31T12:00:00Z")
	}
	return o.compare(op, at), nil
}

func (o operand) compareNumber(op store.Op, value any) (store.Where, error) {
	if isSubstring(op) {
		return nil, refuse("%q is a number; compare it with eq, ne, gt, ge, lt or le", shorten(o.name))
	}
	number, ok := asNumber(value)
	if !ok {
		return o.mismatch(op, "a number")
	}
	return o.compare(op, number), nil
}

func (o operand) compareText(op store.Op, value any) (store.Where, error) {
	if o.attribute.typ == typeBinary && !isSubstring(op) && op != store.Equal && op != store.NotEqual {
		return nil, refuse("%q is binary and has no order (RFC 7644 section 3.4.2.2); compare it with eq or ne", shorten(o.name))
	}
	text, _ := asText(value)
	return o.compare(op, foldFor(o.attribute, text)), nil
}

// compareUndeclared tries the value as text, boolean and number, since nothing says which of them is stored: Entra
// sends the booleans and numbers of custom attributes as strings in one dialect and as they are in the other.
func (o operand) compareUndeclared(op store.Op, value any) (store.Where, error) {
	text, err := o.compareText(op, value)
	if err != nil || isSubstring(op) {
		return text, err
	}
	some := store.Or{text}
	if b, ok := asBoolean(value); ok && (op == store.Equal || op == store.NotEqual) {
		some = append(some, o.compare(op, b))
	}
	if number, ok := asNumber(value); ok {
		some = append(some, o.compare(op, number))
	}
	if len(some) == 1 {
		return text, nil
	}
	if op == store.NotEqual {
		return store.And(some), nil
	}
	return some, nil
}

// mismatch answers a value that the attribute can never have: nothing equals it. Entra probes whatever attribute is
// mapped for matching with a random GUID and takes an error for a broken server.
func (o operand) mismatch(op store.Op, expected string) (store.Where, error) {
	if op == store.Equal {
		return store.Or{}, nil
	}
	return nil, refuse("%q must be compared with %s", shorten(o.name), expected)
}

func isSubstring(op store.Op) bool {
	return op == store.Contains || op == store.StartsWith || op == store.EndsWith
}

// foldFor brings text to the form in which the attribute is compared.
func foldFor(a *attribute, text string) string {
	if a.caseExact {
		return text
	}
	return store.Fold(text)
}

// asBoolean reads a boolean as JSON or, in any case, as text: Entra writes roles[primary eq "True"].
func asBoolean(value any) (b, ok bool) {
	switch value := value.(type) {
	case bool:
		return value, true
	case string:
		isTrue := strings.EqualFold(value, "true")
		return isTrue, isTrue || strings.EqualFold(value, "false")
	}
	return false, false
}

// asTime reads an RFC 3339 time of any zone, cut to the microseconds that are stored. Without a zone it is UTC.
func asTime(value any) (time.Time, bool) {
	text, isText := value.(string)
	if !isText {
		return time.Time{}, false
	}
	text = strings.ToUpper(text)
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		at, err = time.Parse("2006-01-02T15:04:05", text)
	}
	return at.UTC().Truncate(time.Microsecond), err == nil
}

func asNumber(value any) (float64, bool) {
	text, isText := value.(string)
	if number, isNumeric := value.(json.Number); isNumeric {
		text, isText = string(number), true
	}
	if !isText || !isNumber(text) {
		return 0, false
	}
	number, err := strconv.ParseFloat(text, 64)
	return number, err == nil
}

// asText reads a value as the text that it would be if it had been quoted.
func asText(value any) (string, bool) {
	switch value := value.(type) {
	case string:
		return value, true
	case json.Number:
		return string(value), true
	case bool:
		return strconv.FormatBool(value), true
	}
	return "", false
}

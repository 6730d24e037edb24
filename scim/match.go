package scim

import (
	"cmp"
	"strings"
	"time"

	"doorlist/store"

	"github.com/scim2/filter-parser/v2"
)

// matches says whether one element of a multi-valued attribute satisfies the condition in brackets of a PATCH path,
// such as type eq "work". It reads the condition by the rules of compileFilter and the element as it is in the
// resource. A scalar element stands for its "value"; a nil attribute for one of an extension that the server does not
// know. Errors are of type *FilterError.
func matches(a *attribute, element any, condition filter.Expression) (bool, error) {
	if a == nil {
		a = undeclared
	}
	where, err := scope{holder: a}.compile(condition)
	if err != nil {
		return false, err
	}
	return holds(where, a, element), nil
}

// holds evaluates a condition on one element of a. Brackets do not nest, so no store.Element in it has anything to hold
// for.
func holds(where store.Where, a *attribute, element any) bool {
	switch w := where.(type) {
	case store.And:
		for _, each := range w {
			if !holds(each, a, element) {
				return false
			}
		}
		return true
	case store.Or:
		for _, each := range w {
			if holds(each, a, element) {
				return true
			}
		}
		return false
	case store.Not:
		return !holds(w.Where, a, element)
	case store.Present:
		_, value := memberAt(a, element, w.Path)
		return !isEmpty(value)
	case store.Compare:
		sub, value := memberAt(a, element, w.Path)
		return compares(w, sub, value)
	}
	return false
}

// memberAt finds the value at a path of at most one name, and the attribute that says how to compare it.
func memberAt(a *attribute, element any, path []string) (*attribute, any) {
	if len(path) == 0 {
		return a, element
	}
	key := withoutForm(path[len(path)-1])
	sub := a.subByKey[key]
	if sub == nil {
		sub = a
	}
	object, isObject := element.(map[string]any)
	if !isObject && key == "value" {
		return sub, element
	}
	for name, value := range object {
		if strings.EqualFold(name, key) {
			return sub, value
		}
	}
	return sub, nil
}

// isEmpty follows RFC 7643 section 2.5: null, empty text and empty lists are no value.
func isEmpty(value any) bool {
	switch value := value.(type) {
	case nil:
		return true
	case string:
		return value == ""
	case []any:
		return len(value) == 0
	case map[string]any:
		return len(value) == 0
	}
	return false
}

func compares(w store.Compare, a *attribute, value any) bool {
	order, comparable := 0, false
	switch want := w.Value.(type) {
	case bool:
		var got bool
		if got, comparable = asBoolean(value); got != want {
			order = 1
		}
	case float64:
		var got float64
		got, comparable = asNumber(value)
		order = cmp.Compare(got, want)
	case time.Time:
		var got time.Time
		got, comparable = asTime(value)
		order = got.Compare(want)
	case string:
		var got string
		got, comparable = asText(value)
		got = foldFor(a, got)
		if comparable && isSubstring(w.Op) {
			return hasSubstring(w.Op, got, want)
		}
		order = cmp.Compare(got, want)
	}
	if !comparable || isEmpty(value) {
		return w.Op == store.NotEqual
	}
	return orderSatisfies(w.Op, order)
}

func hasSubstring(op store.Op, got, want string) bool {
	switch op {
	case store.StartsWith:
		return strings.HasPrefix(got, want)
	case store.EndsWith:
		return strings.HasSuffix(got, want)
	}
	return strings.Contains(got, want)
}

func orderSatisfies(op store.Op, order int) bool {
	switch op {
	case store.Equal:
		return order == 0
	case store.NotEqual:
		return order != 0
	case store.Greater:
		return order > 0
	case store.GreaterEqual:
		return order >= 0
	case store.Less:
		return order < 0
	case store.LessEqual:
		return order <= 0
	}
	return false
}

package scim

import (
	"slices"

	filter "github.com/scim2/filter-parser/v2"
)

// setValues replaces the values of a simple list that the filter chooses, such as skills[value eq "go"], by the one that is
// sent. If there are none it adds it where the filter names a value, as elementFor does for objects.
func (e *editor) setValues(t target, v any) error {
	value, err := coerceOne(t.attr, tolerate(t.attr, v))
	if err != nil {
		return err
	}
	list := e.list(t)
	chosen, err := e.choose(t, list)
	if err != nil {
		return err
	}
	rest := without(list, chosen)
	switch {
	case value == nil || value == "":
		return e.keepList(t, rest)
	case len(chosen) == 0 && !namesValue(t.filter):
		return &targetError{"The filter in " + quote(t.path) + ` matches no value. Use a filter such as [value eq "x"] to add one.`}
	case containsElement(t.attr, rest, value):
		return e.keepList(t, rest)
	case len(chosen) == 0:
		return e.keepList(t, append(rest, value))
	}
	return e.keepList(t, slices.Insert(rest, chosen[0], value))
}

// asListOf reads what is stored for a declared list. A value from before the declaration can have another shape: one value,
// or bare values where there are objects, or objects where there are none.
func asListOf(a *attribute, v any) []any {
	if v == nil {
		return nil
	}
	stored, ok := v.([]any)
	if !ok {
		stored = []any{v}
	}
	list := make([]any, 0, len(stored))
	for _, item := range stored {
		object, isObject := item.(map[string]any)
		switch {
		case item == nil:
			continue
		case isObject && a.isSimpleList():
			item = member(object, valueKey)
		case !isObject && !a.isSimpleList():
			item = map[string]any{valueKey: item}
		}
		if item != nil {
			list = append(list, item)
		}
	}
	return list
}

// namesValue says that a condition on the values of a simple list names one exactly.
func namesValue(condition filter.Expression) bool {
	e, ok := condition.(*filter.AttributeExpression)
	return ok && e.Operator == filter.EQ
}

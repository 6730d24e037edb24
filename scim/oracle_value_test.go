package scim

import (
	"cmp"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"doorlist/store"

	"github.com/scim2/filter-parser/v2"
)

// holds compares one value with what the filter asks for. No value is unequal to everything else and comes in no order.
func (d definition) holds(operator filter.CompareOperator, value, want any) bool {
	if value == nil && d.assumed && operator != filter.PR && isAssigned(want) {
		value = false
	}
	switch {
	case operator == filter.PR:
		return isAssigned(value)
	case isUnassigned(want):
		return holdsForNothing(operator, value)
	case isUnassigned(value):
		return operator == filter.NE
	case isBoolean(value) && operator != filter.EQ && operator != filter.NE:
		return false // booleans have no order and no parts
	}
	if text, isText := value.(string); isText && d.Type != "dateTime" {
		if found, asked := contains(operator, d.fold(text), d.fold(textOf(want))); asked {
			return found
		}
	}
	order, comparable := d.order(value, want)
	return comparable && inOrder(operator, order) || !comparable && operator == filter.NE
}

func isBoolean(value any) bool { _, is := value.(bool); return is }

// holdsForNothing compares with null or "", which every text contains and comes after.
func holdsForNothing(operator filter.CompareOperator, value any) bool {
	switch operator {
	case filter.EQ:
		return isUnassigned(value)
	case filter.LT, filter.LE:
		return false
	}
	return isAssigned(value)
}

func contains(operator filter.CompareOperator, text, part string) (found, asked bool) {
	switch operator {
	case filter.CO:
		return strings.Contains(text, part), true
	case filter.SW:
		return strings.HasPrefix(text, part), true
	case filter.EW:
		return strings.HasSuffix(text, part), true
	}
	return false, false
}

func inOrder(operator filter.CompareOperator, order int) bool {
	switch operator {
	case filter.EQ:
		return order == 0
	case filter.NE:
		return order != 0
	case filter.GT:
		return order > 0
	case filter.GE:
		return order >= 0
	case filter.LT:
		return order < 0
	case filter.LE:
		return order <= 0
	}
	return false
}

// order puts a value and what is asked for in order: texts by code point, times by the instant, numbers by size. It is
// not comparable if they are not of one type.
func (d definition) order(value, want any) (order int, comparable bool) {
	switch value := value.(type) {
	case bool:
		asked, err := strconv.ParseBool(strings.ToLower(textOf(want)))
		return strings.Compare(strconv.FormatBool(value), strconv.FormatBool(asked)), err == nil && len(textOf(want)) > 1
	case float64:
		asked, err := strconv.ParseFloat(textOf(want), 64)
		return cmp.Compare(value, asked), err == nil
	case string:
		if d.Type == "dateTime" {
			asked, isTime := instant(textOf(want))
			held, _ := instant(value)
			return held.Compare(asked), isTime
		}
		return strings.Compare(d.fold(value), d.fold(textOf(want))), true
	}
	return 0, false
}

// fold is for attributes that are not case-exact; what is in no schema is not.
func (d definition) fold(text string) string {
	if d.CaseExact {
		return text
	}
	return store.Fold(text)
}

// instant reads a time, which counts to the microsecond; without a zone it is UTC.
func instant(text string) (time.Time, bool) {
	text = strings.ToUpper(text)
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999"} {
		if at, err := time.Parse(layout, text); err == nil {
			return at.Truncate(time.Microsecond), true
		}
	}
	return time.Time{}, false
}

// textOf is a value of a filter as text.
func textOf(want any) string {
	switch want := want.(type) {
	case json.Number:
		return want.String()
	case bool:
		return strconv.FormatBool(want)
	}
	text, _ := want.(string)
	return text
}

func isAssigned(value any) bool { return !isUnassigned(value) }

// isUnassigned is RFC 7643 section 2.5: null, empty text and an empty list are no value.
func isUnassigned(value any) bool {
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

// operatorOf is the operator of a comparison, which a filter may write in any case.
func operatorOf(e *filter.AttributeExpression) filter.CompareOperator {
	return filter.CompareOperator(strings.ToLower(string(e.Operator)))
}

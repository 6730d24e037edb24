package scim

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// The values of extensions stand in the comparison document in every form in which they could be compared, each under the
// name and a mark that no attribute has in its name. So a schema can be declared for values that are stored already, and
// a node that does not know it yet writes what the others need. Without mark stands folded text.
const (
	exactForm = "=" // the text itself, for what is case-exact
	boolForm  = "?" // a boolean, also one that is written as text
	timeForm  = "@" // the microseconds of a dateTime
)

const formMarks = exactForm + boolForm + timeForm

// exact writes text as it is.
var exact = &attribute{caseExact: true}

// forms writes the other forms of a value that stands under the name.
func (w *writer) forms(name string, v any) {
	for _, mark := range []string{exactForm, boolForm, timeForm} {
		if formed := inForm(mark, v); formed != nil {
			w.name(name + mark)
			w.value(exact, formed)
		}
	}
}

// inForm is the value in a form, nil if it has none. A list has a null for each element without.
func inForm(mark string, v any) any {
	list, isList := v.([]any)
	if !isList {
		return scalarInForm(mark, v)
	}
	formed, some := make([]any, len(list)), false
	for i, item := range list {
		formed[i] = scalarInForm(mark, item)
		some = some || formed[i] != nil
	}
	if !some {
		return nil
	}
	return formed
}

func scalarInForm(mark string, v any) any {
	text, isText := v.(string)
	switch mark {
	case exactForm:
		if isText {
			return text
		}
	case boolForm:
		if b, ok := mendBoolean(v).(bool); ok {
			return b
		}
	case timeForm:
		if at, ok := parseTime(text); ok {
			return json.Number(strconv.FormatInt(at.UnixMicro(), 10))
		}
	}
	return nil
}

// form is the mark of the form in which the values of an attribute are compared.
func (a *attribute) form() string {
	switch {
	case !a.declared:
		return ""
	case a.typ == typeBoolean:
		return boolForm
	case a.typ == typeDateTime:
		return timeForm
	case a.caseExact:
		return exactForm
	}
	return ""
}

// formed is the place of the attribute's values in that form.
func (a *attribute) formed(path []string) []string {
	mark, last := a.form(), len(path)-1
	if mark == "" || last < 0 {
		return path
	}
	return join(path[:last], path[last]+mark)
}

// withoutForm is the name without the mark.
func withoutForm(key string) string { return strings.TrimRight(key, formMarks) }

// parseTime reads a dateTime (RFC 7643 section 2.3.5).
func parseTime(text string) (time.Time, bool) {
	t, err := time.Parse(time.RFC3339Nano, text)
	return t, err == nil
}

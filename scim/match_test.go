package scim

import (
	"encoding/json"
	"errors"
	"testing"

	"doorlist/store"

	"github.com/scim2/filter-parser/v2"
)

func TestMatches(t *testing.T) {
	t.Parallel()
	emails, _, _ := userType.find("", "emails")
	roles, _, _ := userType.find("", "roles")
	members, _, _ := groupType.find("", "members")
	work := map[string]any{"type": "Work", "value": "Alice@Contoso.com", "primary": true}
	bare := map[string]any{"value": "x"}
	tests := []struct {
		a         *attribute
		element   any
		condition string
		want      bool
	}{
		{emails, work, `type eq "work"`, true},
		{emails, work, `TYPE EQ work`, true},
		{emails, work, `type eq "home"`, false},
		{emails, work, `type ne "home"`, true},
		{emails, work, `type eq "work" and primary eq true`, true},
		{emails, work, `type eq "home" or value co "CONTOSO"`, true},
		{emails, work, `not (type eq "work")`, false},
		{emails, work, `not (type eq "home" or primary eq "False")`, true},
		{emails, work, `value sw "alice"`, true},
		{emails, work, `value ew ".com"`, true},
		{emails, work, `value ew ".org"`, false},
		{emails, work, `value gt "alice"`, true},
		{emails, work, `value ge "alice@contoso.com"`, true},
		{emails, work, `value lt "alice"`, false},
		{emails, work, `value le "b"`, true},
		{emails, work, `display pr`, false},
		{emails, work, `display eq null`, true},
		{emails, work, `display ne "x"`, true},
		{emails, work, `display co "x"`, false},
		{emails, work, `display lt "x"`, false},
		{emails, map[string]any{"display": ""}, `display eq ""`, true},
		{emails, map[string]any{"display": ""}, `display le "x"`, false},
		{emails, map[string]any{"Type": "work"}, `type eq "work"`, true},
		// Booleans, however they are written (roles[primary eq "True"] is what Entra's mappings name).
		{roles, work, `primary eq "True"`, true},
		{roles, work, `primary eq True`, true},
		{roles, work, `primary ne "true"`, false},
		{roles, work, `primary eq "maybe"`, false},
		{roles, map[string]any{"primary": "True"}, `primary eq true`, true},
		// Without "primary" an element is not primary, and yet has none (RFC 7643 section 2.4).
		{roles, bare, `primary eq false`, true},
		{roles, bare, `primary ne true`, true},
		{roles, bare, `primary ne false`, false},
		{roles, bare, `primary eq null`, true},
		{roles, bare, `primary pr`, false},
		// Members: an object, or the id alone.
		{members, bare, `value eq "x"`, true},
		{members, "X", `value eq "x"`, true},
		{members, "X", `value eq "y" or value eq "x"`, true},
		{members, "X", `type eq "User"`, false},
		{members, "X", `type ne "User"`, true},
		{members, nil, `value eq "x"`, false},
		// Extensions that the server does not know.
		{nil, map[string]any{"Kind": "A"}, `kind eq "a"`, true},
		{nil, map[string]any{"flag": true}, `flag eq "True"`, true},
		{nil, map[string]any{"n": json.Number("7.0")}, `n eq 7`, true},
		{nil, map[string]any{"n": json.Number("7")}, `n gt 6.5`, true},
		{nil, "A", `value eq "a"`, true},
		// Simple lists.
		{commonAttributes.byKey["schemas"], userSchema, `value eq "` + userSchema + `"`, true},
		{commonAttributes.byKey["schemas"], userSchema, `value eq "` + groupSchema + `"`, false},
	}
	for _, test := range tests {
		got, err := matchText(t, test.a, test.element, test.condition)
		if err != nil || got != test.want {
			t.Errorf("%v[%s]: got %v, %v", test.element, test.condition, got, err)
		}
	}
}

func TestMatches_Refuses(t *testing.T) {
	t.Parallel()
	emails, _, _ := userType.find("", "emails")
	for _, condition := range []string{`foo eq "x"`, `type.value eq "x"`, `primary gt true`, `type eq "work" or foo pr`, userSchema + `:type pr`} {
		_, err := matchText(t, emails, map[string]any{"type": "work"}, condition)
		if !errors.As(err, new(*FilterError)) {
			t.Errorf("%s: got %v, want a FilterError", condition, err)
		}
	}
}

func TestHolds_TimesAndNumbers(t *testing.T) {
	t.Parallel()
	when := &attribute{name: "when", typ: typeDateTime}
	level := &attribute{name: "level", typ: typeInteger}
	a := &attribute{name: "things", typ: typeComplex, sub: []*attribute{when, level}, subByKey: map[string]*attribute{"when": when, "level": level}}
	element := map[string]any{"when": "2026-01-31T13:00:00.0000009+01:00", "level": json.Number("3")}
	for condition, want := range map[string]bool{
		`when eq "2026-01-31T12:00:00Z"`: true,
		`when gt "2026-01-31T11:59:59Z"`: true,
		`when lt 2026-01-31T12:00:00Z`:   false,
		`when eq "` + aGUID + `"`:        false,
		`level ge 3.0`:                   true,
		`level lt 3`:                     false,
		`level ne 4`:                     true,
		`level eq "3"`:                   true,
	} {
		if got, err := matchText(t, a, element, condition); err != nil || got != want {
			t.Errorf("%s: got %v, %v", condition, got, err)
		}
	}
}

func TestHolds_EmptyConditions(t *testing.T) {
	t.Parallel()
	if !holds(store.And{}, undeclared, nil) || holds(store.Or{}, undeclared, nil) {
		t.Error("an empty And always holds and an empty Or never")
	}
}

// matchText parses the condition as a client would send it: inside the brackets of a path.
func matchText(t *testing.T, a *attribute, element any, condition string) (bool, error) {
	t.Helper()
	var parsed filter.Path
	parsed, err := parsePath("x[" + condition + "]")
	if err != nil {
		t.Fatalf("%s: %v", condition, err)
	}
	return matches(a, element, parsed.ValueExpression)
}

package scim

import (
	"strings"
	"testing"

	"doorlist/store"

	"github.com/scim2/filter-parser/v2"
)

// Entra tests a connection by asking for a random GUID in whatever attribute is mapped for matching, and takes any
// answer but an empty list for a broken server (AzureAD/SCIMReferenceCode#63).
func TestCompileFilter_GUIDProbeOfEveryAttribute(t *testing.T) {
	t.Parallel()
	for _, rt := range []*resourceType{userType, groupType} {
		for _, table := range append(rt.extensions, rt.core) {
			for _, a := range table.attributes {
				probe(t, rt, table.urn+":"+a.name, a)
				probe(t, rt, a.name, a)
			}
		}
		for _, name := range []string{"id", "externalId", "meta.created", "meta.lastModified", "meta.resourceType"} {
			probe(t, rt, name, commonAttributes.byKey["id"])
		}
	}
}

func probe(t *testing.T, rt *resourceType, name string, a *attribute) {
	t.Helper()
	if a.returned == never {
		return
	}
	for _, sub := range a.sub {
		if isMadeReference(a, sub) {
			continue // nobody is matched by it
		}
		probe(t, rt, name+"."+sub.name, sub)
		if a.multi {
			probe(t, rt, name+`[type eq "work"].`+sub.name, sub)
		}
	}
	if a.typ == typeComplex && a.subByKey["value"] == nil {
		return
	}
	for _, value := range []string{`"` + aGUID + `"`, aGUID} {
		where, err := compileText(rt, name+" eq "+value)
		if err != nil {
			t.Errorf("%s eq %s: %v", name, value, err)
		} else if strings.Contains(describe(where), "always") {
			t.Errorf("%s eq %s matches everything: %s", name, value, describe(where))
		}
	}
}

// The table has no numbers today; a row that adds one is compared as one.
func TestCondition_Numbers(t *testing.T) {
	t.Parallel()
	number := operand{name: "level", attribute: &attribute{name: "level", typ: typeInteger}, path: []string{"level"}}
	for text, want := range map[string]string{
		`level eq 7`:      `level eq 7`,
		`level gt "-1.5"`: `level gt -1.5`,
		`level eq 007`:    `never`,
		`level eq NaN`:    `never`,
		`level eq 1e999`:  `never`,
		`level pr`:        `present level`,
	} {
		got, err := conditionOf(t, number, text)
		if err != nil || describe(got) != want {
			t.Errorf("%s: got %v, %v, want %s", text, got, err, want)
		}
	}
	for _, text := range []string{`level sw 1`, `level ne "x"`, `level gt true`} {
		if got, err := conditionOf(t, number, text); err == nil {
			t.Errorf("%s: got %s, want an error", text, describe(got))
		}
	}
}

func conditionOf(t *testing.T, o operand, text string) (store.Where, error) {
	t.Helper()
	e, err := parseFilter(text)
	if err != nil {
		t.Fatal(err)
	}
	comparison := e.(*filter.AttributeExpression)
	return o.condition(comparison.Operator, comparison.CompareValue)
}

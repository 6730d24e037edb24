package scim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/scim2/filter-parser/v2"
)

// oracle says which resources a filter selects, by the words of RFC 7644 section 3.4.2.2 and from nothing but what a
// client sees: the definitions at /Schemas and the resource as it is answered. Of the code under test it knows
// store.Fold alone. What has to be refused is not its business.
type oracle struct {
	core       string // URN of the core schema
	attributes []definition
}

// definition is an attribute as /Schemas describes it. One that is not described there has no type.
type definition struct {
	Name, Type, Mutability string
	MultiValued, CaseExact bool
	CanonicalValues        []string
	SubAttributes          []definition
	urn                    string // of the extension that holds it; "" for core and common attributes
	assumed                bool   // to be false where a value does not have it (RFC 7643 section 2.4, "primary")
}

// commonDefinitions are in no schema (RFC 7643 section 3.1).
var commonDefinitions = []definition{
	{Name: "schemas", Type: "reference", Mutability: "readOnly", MultiValued: true, CaseExact: true},
	{Name: "id", Type: "string", Mutability: "readOnly", CaseExact: true},
	{Name: "meta", Type: "complex", Mutability: "readOnly", SubAttributes: []definition{
		{Name: "resourceType", Type: "string", CaseExact: true}, {Name: "created", Type: "dateTime"}, {Name: "lastModified", Type: "dateTime"},
	}},
}

// newOracle reads the schemas of a resource type from the server.
func newOracle(d *door, core string, extensions ...string) oracle {
	d.t.Helper()
	o := oracle{core: core, attributes: slices.Clone(commonDefinitions)}
	for _, urn := range append([]string{core}, extensions...) {
		var schema struct{ Attributes []definition }
		if err := json.Unmarshal([]byte(d.must(http.StatusOK, http.MethodGet, "/Schemas/"+urn, "").text), &schema); err != nil {
			d.t.Fatal(err)
		}
		for _, a := range schema.Attributes {
			if urn != core {
				a.urn = urn
			}
			o.attributes = append(o.attributes, a)
		}
	}
	return o
}

// selects says whether a resource matches.
func (o oracle) selects(e filter.Expression, resource any) bool {
	switch e := e.(type) {
	case *filter.LogicalExpression:
		if e.Operator == filter.AND {
			return o.selects(e.Left, resource) && o.selects(e.Right, resource)
		}
		return o.selects(e.Left, resource) || o.selects(e.Right, resource)
	case *filter.NotExpression:
		return !o.selects(e.Expression, resource)
	case *filter.ValuePath:
		d := o.find(e.AttributePath)
		return slices.ContainsFunc(valuesOf(d.in(resource)), func(value any) bool { return d.accepts(e.ValueFilter, value) })
	case *filter.AttributeExpression:
		d := o.find(e.AttributePath)
		return d.compare(e, d.in(resource))
	}
	panic(fmt.Sprintf("no expression: %T", e))
}

// find resolves a name in any case, alone or behind a URN in any case.
func (o oracle) find(p filter.AttributePath) definition {
	for _, d := range o.attributes {
		home := d.urn
		if home == "" {
			home = o.core
		}
		if strings.EqualFold(d.Name, p.AttributeName) && (p.URI() == "" || strings.EqualFold(p.URI(), home)) {
			return d
		}
	}
	return definition{Name: p.AttributeName, urn: p.URI()}
}

// in is what a resource has under the attribute.
func (d definition) in(resource any) any {
	if d.urn != "" {
		resource = named(resource, d.urn)
	}
	return named(resource, d.Name)
}

// accepts says whether one value of the attribute satisfies all that stands in brackets.
func (d definition) accepts(e filter.Expression, value any) bool {
	switch e := e.(type) {
	case *filter.LogicalExpression:
		if e.Operator == filter.AND {
			return d.accepts(e.Left, value) && d.accepts(e.Right, value)
		}
		return d.accepts(e.Left, value) || d.accepts(e.Right, value)
	case *filter.NotExpression:
		return !d.accepts(e.Expression, value)
	case *filter.AttributeExpression:
		sub, part := d.part(e.AttributePath.AttributeName, value)
		return sub.holds(operatorOf(e), part, e.CompareValue)
	}
	panic(fmt.Sprintf("no condition: %T", e))
}

// compare asks whether some value of the attribute, or of one of its sub-attributes, satisfies a comparison. Having no
// value, or being unequal to one, is also true of an attribute without values.
func (d definition) compare(e *filter.AttributeExpression, held any) bool {
	operator, sub, values := operatorOf(e), e.AttributePath.SubAttributeName(), []any{held}
	if d.MultiValued {
		values = valuesOf(held)
	}
	if sub == "" && operator != filter.PR && d.has("value") {
		sub = "value"
	}
	if sub != "" {
		whole := d
		values = slices.Clone(values)
		for i, value := range values {
			d, values[i] = whole.part(sub, value)
		}
	}
	some := func(operator filter.CompareOperator, want any) bool {
		return slices.ContainsFunc(values, func(value any) bool { return d.holds(operator, value, want) })
	}
	switch {
	case operator == filter.EQ && isUnassigned(e.CompareValue):
		return !some(filter.PR, nil)
	case operator == filter.NE && !some(filter.PR, nil) && !(d.assumed && len(values) > 0):
		return isAssigned(e.CompareValue)
	}
	return some(operator, e.CompareValue)
}

func (d definition) has(name string) bool {
	return slices.ContainsFunc(d.SubAttributes, func(sub definition) bool { return sub.Name == name })
}

// part is a sub-attribute and its value. The values of a simple list have the one name "value" (RFC 7643 section 2.4).
func (d definition) part(name string, value any) (definition, any) {
	for _, sub := range d.SubAttributes {
		if strings.EqualFold(sub.Name, name) {
			sub.assumed = d.MultiValued && sub.Name == "primary"
			return sub, named(value, sub.Name)
		}
	}
	if d.Type != "" {
		return d, value
	}
	return definition{Name: name}, named(value, name)
}

// named is a member of an object by its name in any case.
func named(object any, name string) any {
	members, _ := object.(map[string]any)
	for key, value := range members {
		if strings.EqualFold(key, name) {
			return value
		}
	}
	return nil
}

// valuesOf is the values of an attribute: a single value is a list of one, no value a list of none.
func valuesOf(value any) []any {
	if list, isList := value.([]any); isList {
		return list
	}
	if isUnassigned(value) {
		return nil
	}
	return []any{value}
}

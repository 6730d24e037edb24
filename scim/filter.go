package scim

import (
	"fmt"
	"strings"

	"doorlist/store"

	"github.com/scim2/filter-parser/v2"
)

// compileFilter turns a filter into a condition on the users or groups of a directory: names are resolved against the
// attribute table, values are brought to the attribute's type. A name that does not exist is a *FilterError, never a
// condition that holds: an unfiltered answer would let a client match the wrong person.
//
// beside are the other types of a query over several: their attributes are known, and resources of rt have no value
// for them (RFC 7644 section 3.4.2.1).
func compileFilter(rt *resourceType, e filter.Expression, beside ...*resourceType) (store.Where, error) {
	return scope{resource: rt, beside: beside}.compile(e)
}

// scope says what the names in an expression mean: attributes of a resource or, inside brackets, the sub-attributes of
// one attribute.
type scope struct {
	resource *resourceType
	beside   []*resourceType // the other types of the query; nil inside brackets
	holder   *attribute      // the attribute before the brackets; nil outside brackets
	base     []string        // its path when it is single-valued; an element of a list begins a path of its own
}

// undeclared stands for every attribute of an extension that the server does not know. Its values are compared as
// text, and as what the text can mean besides (custom attributes of Entra: RFC 7643 section 3.3, unlisted in "schemas").
var undeclared = &attribute{name: "undeclared"}

// operand is what a name in a comparison means.
type operand struct {
	name      string // as the client wrote it
	attribute *attribute
	list      []string // path of the multi-valued attribute around it; nil if there is none
	path      []string // within the list's elements, or else within the document
}

func (s scope) compile(e filter.Expression) (store.Where, error) {
	switch e := e.(type) {
	case *filter.LogicalExpression:
		return s.logical(e)
	case *filter.NotExpression:
		where, err := s.compile(e.Expression)
		return store.Not{Where: where}, err
	case *filter.ValuePath:
		if other := s.owner(e.AttributePath); other != nil {
			return absent(scope{resource: other}.valuePath(e))
		}
		return s.valuePath(e)
	case *filter.AttributeExpression:
		if other := s.owner(e.AttributePath); other != nil {
			return absent(scope{resource: other}.comparison(e))
		}
		return s.comparison(e)
	}
	return nil, refuse("the filter holds an expression of type %T", e)
}

// owner is the type beside the resource's own that alone has the attribute; nil if there is none.
func (s scope) owner(p filter.AttributePath) *resourceType {
	for _, other := range s.beside {
		_, _, own := s.resource.find(p.URI(), p.AttributeName)
		if _, _, ok := other.find(p.URI(), p.AttributeName); ok && !own {
			return other
		}
	}
	return nil
}

// absent is what a condition on an attribute comes to where the attribute has no value.
func absent(where store.Where, err error) (store.Where, error) {
	if err == nil && holds(where, undeclared, nil) {
		return store.And{}, nil
	}
	return store.Or{}, err
}

func (s scope) logical(e *filter.LogicalExpression) (store.Where, error) {
	left, err := s.compile(e.Left)
	if err != nil {
		return nil, err
	}
	right, err := s.compile(e.Right)
	if err != nil {
		return nil, err
	}
	if e.Operator == filter.AND {
		return store.And{left, right}, nil
	}
	return store.Or{left, right}, nil
}

func (s scope) valuePath(e *filter.ValuePath) (store.Where, error) {
	name := e.AttributePath.String()
	a, path, err := s.find(e.AttributePath)
	if err != nil {
		return nil, err
	}
	if e.AttributePath.SubAttribute != nil || s.holder != nil {
		return nil, refuse("%q cannot stand before brackets; only an attribute such as emails can", shorten(name))
	}
	if a.multi || a == undeclared {
		where, err := scope{holder: a}.compile(e.ValueFilter)
		if a.isSimpleList() {
			path = a.formed(path)
		}
		return store.Element{Path: path, Where: where}, err
	}
	if a.typ != typeComplex {
		return nil, refuse("%q has no sub-attributes; compare it without brackets", shorten(name))
	}
	where, err := scope{resource: s.resource, holder: a, base: path}.compile(e.ValueFilter)
	if a == metaAttribute {
		return where, err
	}
	return store.And{store.Present{Path: path}, where}, err // no value satisfies no condition, not even a negative one
}

func (s scope) comparison(e *filter.AttributeExpression) (store.Where, error) {
	if e.Operator == filter.PR && e.AttributePath.SubAttribute == nil && s.holder == nil {
		return s.presence(e.AttributePath)
	}
	o, err := s.resolve(e.AttributePath)
	if err != nil {
		return nil, err
	}
	if o.isMeta() {
		return s.metaCondition(o, e)
	}
	where, err := o.condition(e.Operator, e.CompareValue)
	if err != nil || o.list == nil {
		return where, err
	}
	return o.inList(where, e), nil
}

// presence asks for a value of any kind: an e-mail address without "value" is one too.
func (s scope) presence(p filter.AttributePath) (store.Where, error) {
	a, path, err := s.find(p)
	if a == metaAttribute {
		return store.And{}, nil // no stored document has it, and every answer
	}
	return store.Present{Path: path}, err
}

// inList asks for the condition of some element. That an attribute has no value, or is unequal to one, holds for an
// empty list as it does for an absent attribute.
func (o operand) inList(where store.Where, e *filter.AttributeExpression) store.Where {
	some := store.Element{Path: o.list, Where: where}
	if e.Operator != filter.PR && len(o.path) == 0 {
		some.Path = o.attribute.formed(o.list)
	}
	present := store.Element{Path: o.list, Where: store.Present{Path: o.path}}
	switch {
	case e.Operator == filter.EQ && isEmpty(e.CompareValue):
		return store.Not{Where: present}
	case e.Operator == filter.NE && isEmpty(e.CompareValue):
		return present
	case e.Operator == filter.NE && o.attribute.assumed:
		return store.Or{some, store.Not{Where: store.Present{Path: o.list}}} // every element has it
	case e.Operator == filter.NE:
		return store.Or{some, store.Not{Where: present}}
	}
	return some
}

// isMeta says whether the operand is "meta" or a part of it, which no stored document holds: it is made for each answer.
func (o operand) isMeta() bool {
	return o.attribute == metaAttribute || o.attribute == metaAttribute.subByKey[o.attribute.key]
}

func (s scope) metaCondition(o operand, e *filter.AttributeExpression) (store.Where, error) {
	switch o.attribute.key {
	case "created", "lastmodified":
		return o.condition(e.Operator, e.CompareValue)
	case "meta", "resourcetype":
		o.path = o.path[1:]
		where, err := o.condition(e.Operator, e.CompareValue)
		if err == nil && holds(where, metaAttribute, map[string]any{"resourceType": s.resource.name}) {
			return store.And{}, nil
		}
		return store.Or{}, err
	}
	return nil, refuse("%q cannot be used in a filter; use meta.created or meta.lastModified", shorten(o.name))
}

// resolve finds what a comparison is about. A complex attribute stands for its "value" where it has one: Entra asks
// for manager eq "id" and members eq "id".
func (s scope) resolve(p filter.AttributePath) (operand, error) {
	a, path, err := s.find(p)
	if err != nil {
		return operand{}, err
	}
	o := operand{name: p.String(), attribute: a, path: path}
	sub := p.SubAttributeName()
	if a.isSimpleList() && strings.EqualFold(sub, valueKey) {
		sub = ""
	}
	if sub == "" && a.subByKey["value"] != nil {
		sub = "value"
	}
	if sub == "" && a.typ == typeComplex {
		return o, nil // as a whole it can only be there or not
	}
	if a.multi && s.holder == nil {
		o.list, o.path = path, nil
	}
	if sub == "" {
		return o, nil
	}
	if o.attribute, err = subAttribute(a, sub); err != nil {
		return operand{}, err
	}
	o.path = join(o.path, strings.ToLower(sub))
	return o, nil
}

// find looks up the attribute that a path begins with, and its place.
func (s scope) find(p filter.AttributePath) (*attribute, []string, error) {
	if s.holder != nil {
		return s.findInBrackets(p)
	}
	a, path, ok := s.resource.find(p.URI(), p.AttributeName)
	if ok && a.returned != never {
		return a, path, nil
	}
	if ok {
		return nil, nil, refuse("%q cannot be used in a filter: the server does not answer with it", shorten(p.String()))
	}
	if s.isUndeclared(p.URI()) {
		return undeclared, []string{strings.ToLower(p.URI()), strings.ToLower(p.AttributeName)}, nil
	}
	return nil, nil, refuse("%s has no attribute %q; the attributes are listed at /Schemas", s.resource.name, shorten(p.String()))
}

func (s scope) findInBrackets(p filter.AttributePath) (*attribute, []string, error) {
	if p.URIPrefix != nil || p.SubAttribute != nil {
		return nil, nil, refuse("inside brackets name a sub-attribute alone, not %q", shorten(p.String()))
	}
	// The values of a simple list have one name: value (RFC 7643 section 2.4).
	if s.holder.isSimpleList() && strings.EqualFold(p.AttributeName, "value") {
		return s.holder, s.base, nil
	}
	sub, err := subAttribute(s.holder, p.AttributeName)
	return sub, join(s.base, strings.ToLower(p.AttributeName)), err
}

// isUndeclared says whether the URN can be that of an extension, or of a part of one, which nothing describes. A misspelt
// core URN cannot: it should be noticed.
func (s scope) isUndeclared(urn string) bool {
	const urnPrefix, corePrefix = "urn:", "urn:ietf:params:scim:schemas:core:"
	lower := strings.ToLower(urn)
	table := s.resource.table(urn)
	return strings.HasPrefix(lower, urnPrefix) && !strings.HasPrefix(lower, corePrefix) && (table == nil || table.declared)
}

func subAttribute(a *attribute, name string) (*attribute, error) {
	if a == undeclared {
		return undeclared, nil
	}
	switch sub := a.part(name); {
	case sub != nil && sub.typ == typeAny:
		return undeclared, nil
	case sub != nil && sub.returned == never:
		return nil, refuse("%q cannot be used in a filter: the server does not answer with it", a.name+"."+sub.name)
	case sub != nil && isMadeReference(a, sub):
		return nil, refuse("%s.$ref is made for each answer and cannot be compared; compare %[1]s.value with the id", a.name)
	case sub != nil:
		return sub, nil
	}
	return nil, refuse("%s has no sub-attribute %q; its sub-attributes are listed at /Schemas", a.name, shorten(name))
}

// isMadeReference says that a sub-attribute is an address that the server makes for each answer, as the client reached it.
func isMadeReference(a, sub *attribute) bool {
	return sub.name == refKey && (a == membersAttribute || a == groupsAttribute)
}

// join appends without touching the array behind path.
func join(path []string, key string) []string {
	return append(path[:len(path):len(path)], key)
}

func refuse(format string, arguments ...any) error {
	return &FilterError{-1, fmt.Sprintf(format, arguments...)}
}

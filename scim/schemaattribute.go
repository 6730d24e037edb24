package scim

import (
	"fmt"
	"strings"
)

// attributes reads a list of attribute definitions; holder is the attribute whose parts they are, nil for none.
func (r *definitionReader) attributes(object map[string]any, name string, holder *attribute) []*attribute {
	list, ok := member(object, name).([]any)
	r.checkf(ok && len(list) > 0, "needs a list of definitions as %q, with one at least", name)
	path := r.path
	defer func() { r.path = path }()
	var rows []*attribute
	seen := map[string]bool{}
	for i, item := range list {
		definition, ok := item.(map[string]any)
		r.path = fmt.Sprintf("%s %s[%d]", path, name, i)
		r.checkf(ok, "must be a definition, an object")
		r.count++
		r.checkf(r.count <= maxSchemaAttributes, "is one attribute more than the %d that a schema can have; make several schemas", maxSchemaAttributes)
		if r.err != nil {
			return nil
		}
		a := r.attribute(definition, path, holder)
		key := strings.ToLower(a.name)
		r.checkf(!seen[key], "is defined twice; names that differ in case alone are the same")
		seen[key] = true
		rows = append(rows, a)
	}
	return rows
}

func (r *definitionReader) attribute(definition map[string]any, path string, holder *attribute) *attribute {
	a := &attribute{name: r.text(definition, "name"), description: r.text(definition, "description")}
	r.checkf(isName(a.name) && (!strings.HasPrefix(a.name, "$") || holder != nil && a.name == refKey),
		"needs a \"name\" of letters, digits, _ and - that begins with a letter; got %s", quote(a.name))
	separator := ":"
	if holder != nil {
		separator = "."
	}
	if r.err == nil {
		r.path = path + separator + a.name
	}
	r.known(definition, "name", "type", "multiValued", "description", "required", "canonicalValues", "caseExact", "mutability", "returned",
		"uniqueness", "referenceTypes", "subAttributes")
	a.typ = attrType(r.choice(definition, "type", "string", "string", "boolean", "decimal", "integer", "dateTime", "binary", "reference", "complex"))
	a.multi, a.required = r.flag(definition, "multiValued"), r.flag(definition, "required")
	r.characteristics(definition, a)
	r.values(definition, a)
	r.parts(definition, a, holder)
	return a
}

func (r *definitionReader) characteristics(definition map[string]any, a *attribute) {
	a.mutability = r.choice(definition, "mutability", "readWrite", "readOnly", "readWrite", "immutable", "writeOnly")
	standard := "default"
	if a.mutability == writeOnly {
		standard = never
	}
	a.returned = r.choice(definition, "returned", standard, "always", "never", "default", "request")
	r.checkf(a.mutability != writeOnly || a.returned == never, `is writeOnly, so "returned" must be "never" (RFC 7643 section 7)`)
	r.checkf(a.mutability != readOnly || !a.required, "is readOnly and required, but there is nobody who could give it a value")
	unique := r.choice(definition, "uniqueness", "none", "none", "server", "global")
	r.checkf(unique == "none", `has uniqueness %q; declare "none", because the server does not keep the values of declared attributes unique`, unique)
	if a.mutability == "readWrite" {
		a.mutability = ""
	}
	if a.returned == "default" {
		a.returned = ""
	}
}

// values reads what only some types have.
func (r *definitionReader) values(definition map[string]any, a *attribute) {
	a.canonical, a.references = r.texts(definition, "canonicalValues"), r.texts(definition, "referenceTypes")
	exact := r.flag(definition, "caseExact")
	switch a.typ {
	case "string":
		a.typ, a.caseExact = typeString, exact
	case typeReference:
		if a.references == nil {
			a.references = []string{"uri"}
		}
	}
	r.checkf(a.typ == typeString || a.canonical == nil, `is no string, so it cannot have "canonicalValues"`)
	r.checkf(a.typ == typeReference || a.references == nil, `is no reference, so it cannot have "referenceTypes"`)
	r.checkf(a.name != refKey || a.typ == typeReference, `must be of type "reference"`)
}

func (r *definitionReader) parts(definition map[string]any, a, holder *attribute) {
	r.checkf(holder == nil || a.typ != typeComplex, "is complex, but parts of a complex attribute cannot have parts (RFC 7643 section 2.3.8)")
	r.checkf(holder == nil || !a.multi, "has many values, but a part of a complex attribute can have one only")
	sent, _ := member(definition, "subAttributes").([]any)
	if a.typ != typeComplex {
		r.checkf(len(sent) == 0, `is not complex, so it cannot have "subAttributes"`)
		return
	}
	if r.err == nil {
		a.sub = r.attributes(definition, "subAttributes", a)
	}
}

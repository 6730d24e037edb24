package scim

import (
	"slices"
	"strings"
)

// attrType is a data type of RFC 7643 section 2.3. The zero value is string, the default of RFC 7643 section 2.2.
type attrType string

const (
	typeString    attrType = ""
	typeBoolean   attrType = "boolean"
	typeDecimal   attrType = "decimal"
	typeInteger   attrType = "integer"
	typeDateTime  attrType = "dateTime"
	typeBinary    attrType = "binary"
	typeReference attrType = "reference"
	typeComplex   attrType = "complex"
	typeAny       attrType = "any" // of a value that nothing describes
)

// The characteristics of RFC 7643 section 7 that differ from the default. Empty strings stand for the defaults
// readWrite, default and none.
const (
	readOnly     = "readOnly"
	immutable    = "immutable"
	writeOnly    = "writeOnly"
	always       = "always"
	never        = "never"
	onRequest    = "request"
	serverUnique = "server"
)

// attribute is one row of the table in attributes.go, with the look-ups that compile adds.
type attribute struct {
	name        string // canonical spelling
	key         string // name in lower case
	label       string // the name in messages, with the URN before it if the attribute is declared
	description string
	typ         attrType
	multi       bool
	caseExact   bool
	required    bool
	mutability  string
	returned    string
	uniqueness  string
	canonical   []string // suggestions, never enforced: Entra writes any type
	references  []string
	limit       int    // bytes of a string; 0 means maxString
	schema      string // URN; "" for the common attributes
	declared    bool   // by the organization: values may have more than the definition says
	sub         []*attribute
	subByKey    map[string]*attribute
	assumed     bool // to be false where an element does not have it: the "primary" of a list (RFC 7643 section 2.4)
}

// schemaTable is the attributes of one schema URN, in the order of answers.
type schemaTable struct {
	urn, name, description string
	attributes             []*attribute
	byKey                  map[string]*attribute
	reserved               bool // some attribute is not returned by default
	declared               bool // by the organization, for one of its types
}

// resourceType is a kind of resource: its core schema and the extensions that it knows.
type resourceType struct {
	name, endpoint, description string
	schema                      string // URN of the core schema
	core                        *schemaTable
	extensions                  []*schemaTable
}

// find looks an attribute up by its name in any case. An empty urn means a bare name: core, then common, then the
// extensions of the RFC, so that a bare "department" finds its home. path is the place of the attribute in the comparison
// document (store.UserRecord.Keys).
func (rt *resourceType) find(urn, name string) (a *attribute, path []string, ok bool) {
	key := strings.ToLower(name)
	if urn != "" && !strings.EqualFold(urn, rt.schema) {
		return rt.findIn(rt.extension(urn), key)
	}
	if a, path, ok = rt.findIn(rt.core, key); ok {
		return a, path, true
	}
	if a, ok = commonAttributes.byKey[key]; ok {
		return a, []string{key}, true
	}
	if urn != "" {
		return nil, nil, false
	}
	for _, extension := range rt.extensions {
		if a, path, ok = rt.findIn(extension, key); ok && !extension.declared {
			return a, path, true
		}
	}
	return nil, nil, false
}

func (rt *resourceType) findIn(t *schemaTable, key string) (*attribute, []string, bool) {
	if t == nil {
		return nil, nil, false
	}
	a, ok := t.byKey[key]
	if !ok {
		return nil, nil, false
	}
	if t == rt.core {
		return a, []string{key}, true
	}
	return a, []string{strings.ToLower(t.urn), key}, true
}

// table finds one of the type's schemas by its URN in any case; nil if the type does not know it.
func (rt *resourceType) table(urn string) *schemaTable {
	if strings.EqualFold(urn, rt.core.urn) {
		return rt.core
	}
	return rt.extension(urn)
}

// extension finds a known extension by its URN in any case; nil if there is none.
func (rt *resourceType) extension(urn string) *schemaTable {
	for _, t := range rt.extensions {
		if strings.EqualFold(urn, t.urn) {
			return t
		}
	}
	return nil
}

// compile fills in what follows from the rows: keys, owning schemas and look-up tables.
func compile(t *schemaTable) *schemaTable {
	t.byKey = index(t.attributes, t)
	if t.declared {
		for _, a := range t.attributes {
			a.label = t.urn + ":" + a.name
		}
	}
	t.reserved = hasReserved(t.attributes)
	return t
}

func hasReserved(rows []*attribute) bool {
	return slices.ContainsFunc(rows, func(a *attribute) bool {
		return a.returned == never || a.returned == onRequest || hasReserved(a.sub)
	})
}

// reserved says that some attribute is not returned by default.
func (rt *resourceType) reserved() bool {
	return rt.core.reserved || slices.ContainsFunc(rt.extensions, func(t *schemaTable) bool { return t.reserved })
}

func index(rows []*attribute, t *schemaTable) map[string]*attribute {
	byKey := make(map[string]*attribute, len(rows))
	for _, a := range rows {
		a.key, a.label = strings.ToLower(a.name), a.name
		a.schema, a.declared = t.urn, t.declared
		a.caseExact = a.caseExact || a.typ == typeReference || a.typ == typeBinary // RFC 7643 sections 2.3.6, 2.3.7
		a.subByKey = index(a.sub, t)
		if primary := a.subByKey[primaryKey]; primary != nil {
			primary.assumed = a.multi && primary.typ == typeBoolean
		}
		byKey[a.key] = a
	}
	return byKey
}

// isSimpleList says that the attribute has many values, none of which has parts. Their one name is "value" (RFC 7643
// section 2.4).
func (a *attribute) isSimpleList() bool { return a.multi && a.typ != typeComplex }

// part finds a sub-attribute by its name in any case. A declared attribute can have any: what was sent before the
// declaration must not get lost by it.
func (a *attribute) part(name string) *attribute {
	sub := a.subByKey[strings.ToLower(name)]
	if sub == nil && a.declared && a.typ == typeComplex && isName(name) {
		return &attribute{name: name, key: strings.ToLower(name), label: name, typ: typeAny, declared: true}
	}
	return sub
}

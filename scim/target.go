package scim

import (
	"cmp"
	"slices"
	"strings"

	filter "github.com/scim2/filter-parser/v2"
)

// target is what a PATCH path, or a member name of a value object, names.
type target struct {
	path string // as sent, for messages

	urn  string     // extension that holds the attribute, in its stored spelling; "" for core and common
	attr *attribute // nil for a whole extension and for attributes of an extension without definition
	name string     // of an attribute without definition; "" for a whole schema

	filter  filter.Expression // value filter; nil without
	sub     *attribute        // nil without
	subName string            // sub-attribute of an attribute without definition
}

// wholeSchema says that the target is everything that an extension, or the core schema, says of the resource.
func (t target) wholeSchema() bool { return t.attr == nil && t.name == "" }

// free says that the target is an attribute of an extension without definition. It has no type to check.
func (t target) free() bool { return t.attr == nil && t.name != "" }

// readOnly says that clients cannot write the target.
func (t target) readOnly() bool {
	return t.attr != nil && t.attr.mutability == readOnly || t.sub != nil && t.sub.mutability == readOnly
}

// selects says whether an element satisfies the value filter.
func (t target) selects(element any) (bool, error) {
	ok, err := matches(t.attr, element, t.filter)
	if err != nil {
		return false, &pathError{t.path, err.Error()}
	}
	return ok, nil
}

// resolve finds what a path names. It fails with *pathError if the path is malformed, and with *unknownError if it is
// well formed but names nothing.
func (e *editor) resolve(path string) (target, error) {
	if t, ok := e.resolveSchema(path); ok {
		return t, nil
	}
	parsed, err := parsePath(path)
	if err != nil {
		return target{}, &pathError{path, err.Error()}
	}
	if parsed.ValueExpression != nil && parsed.AttributePath.SubAttribute != nil {
		return target{}, &pathError{path, `a sub-attribute cannot stand before the brackets; write it behind them, as in emails[type eq "work"].value`}
	}
	urn, name := parsed.AttributePath.URI(), parsed.AttributePath.AttributeName
	t := target{path: path, filter: parsed.ValueExpression}
	sub := cmp.Or(parsed.SubAttributeName(), parsed.AttributePath.SubAttributeName())
	a, _, ok := e.rt.find(urn, name)
	if ok {
		return t.within(e.rt, a, sub)
	}
	if belongsToKnown(urn) || !isURN(urn) || !isName(name) {
		return target{}, &unknownError{path, e.rt.name}
	}
	if t.filter != nil {
		return target{}, &pathError{path, "filters work on attributes that /Schemas describes only; write the whole attribute"}
	}
	t.urn, t.name, t.subName = e.extensionName(urn), name, sub
	return t, nil
}

// resolveSchema handles a path that is a schema URN: a known one, or one that the resource has already.
func (e *editor) resolveSchema(path string) (target, bool) {
	if !strings.Contains(path, ":") || strings.Contains(path, "[") {
		return target{}, false
	}
	table := e.rt.table(path)
	if table == e.rt.core {
		return target{path: path}, true
	}
	if table != nil {
		return target{path: path, urn: table.urn}, true
	}
	urn := e.extensionName(path)
	if _, ok := e.doc[urn]; ok {
		return target{path: path, urn: urn}, true
	}
	return target{}, false
}

// belongsToKnown says that the name is a schema that this server defines, or something inside one.
func belongsToKnown(name string) bool {
	for _, urn := range knownSchemas {
		if strings.EqualFold(name, urn) || hasURN(name, urn) {
			return true
		}
	}
	return false
}

// withColon writes URN.attribute as URN:attribute, where the server knows the URN (pingidentity/scim2#104,
// wso2/charon#242, thomaspoignant/scim-patch#697). Any other name may have a dot of its own.
func (rt *resourceType) withColon(name string) string {
	if !strings.Contains(name, ":") {
		return name
	}
	for _, urn := range knownSchemas {
		if hasPrefixFold(name, urn+".") {
			return name[:len(urn)] + ":" + name[len(urn)+1:]
		}
	}
	for _, t := range rt.extensions {
		if t.declared && hasPrefixFold(name, t.urn+".") {
			rest := name[len(t.urn)+1:]
			if end := strings.IndexAny(rest+".", ".["); t.byKey[strings.ToLower(rest[:end])] != nil {
				return name[:len(t.urn)] + ":" + rest
			}
		}
	}
	return name
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// isInside says that the name is an attribute of an extension that the resource has: then an object is its value, and
// not another extension whose name happens to continue the first one's.
func (e *editor) isInside(name string) bool {
	for key := range e.doc {
		if isURN(key) && hasURN(name, key) && !strings.Contains(name[len(key)+1:], ":") {
			return true
		}
	}
	return false
}

// hasURN says that the name is the URN, in any case, with more behind it.
func hasURN(name, urn string) bool {
	return len(name) > len(urn) && name[len(urn)] == ':' && strings.EqualFold(name[:len(urn)], urn)
}

// isDeclared says that the name is an attribute of an extension that the organization declares, known or not.
func (rt *resourceType) isDeclared(name string) bool {
	return slices.ContainsFunc(rt.extensions, func(t *schemaTable) bool {
		return t.declared && hasURN(name, t.urn) && !strings.Contains(name[len(t.urn)+1:], ":")
	})
}

// extensionName is the spelling under which the resource keeps an extension: the declared one, or else the first that a
// client used.
func (e *editor) extensionName(urn string) string {
	if table := e.rt.extension(urn); table != nil {
		return table.urn
	}
	return spelling(e.doc, urn)
}

// within completes a target with a defined attribute.
func (t target) within(rt *resourceType, a *attribute, sub string) (target, error) {
	t.attr = a
	if a.schema != "" && a.schema != rt.schema {
		t.urn = a.schema
	}
	if t.filter != nil && !a.multi {
		return target{}, &pathError{t.path, a.name + " has one value; leave the filter out"}
	}
	if sub == "" {
		return t, nil
	}
	if a.isSimpleList() && strings.EqualFold(sub, valueKey) {
		return t, nil
	}
	if t.sub = a.part(sub); t.sub == nil {
		return target{}, &unknownError{t.path, rt.name}
	}
	return t, nil
}

// holder is the object that holds the target's attribute: the resource, or one of its extensions. It is nil if the
// extension is missing and not to be created.
func (e *editor) holder(t target, create bool) map[string]any {
	if t.urn == "" {
		return e.doc
	}
	extension, _ := e.doc[t.urn].(map[string]any)
	if extension == nil && create {
		extension = make(map[string]any)
		e.doc[t.urn] = extension
	}
	return extension
}

// tidy drops an extension that became empty, so that "schemas" names only what has a value.
func (e *editor) tidy(t target) {
	if extension, ok := e.doc[t.urn].(map[string]any); ok && len(extension) == 0 {
		delete(e.doc, t.urn)
	}
}

// isURN reports whether s can name a schema. The colon keeps it apart from the names of core attributes.
func isURN(s string) bool {
	const marks = ":./_-#"
	for i := 0; i < len(s); i++ {
		if !isLetter(s[i]) && !isDigit(s[i]) && !strings.Contains(marks, s[i:i+1]) {
			return false
		}
	}
	return strings.Contains(s, ":") && len(s) <= maxURN
}

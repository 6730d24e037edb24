package scim

import (
	"net/url"
	"strings"
)

// projection is what of a resource, or of a part of one, is to be returned: what "attributes" and "excludedAttributes" ask
// for (RFC 7644 section 3.9), and what the characteristic "returned" (RFC 7643 section 7) makes of that. The zero
// projection asks for nothing in particular.
type projection struct {
	only    selection // nil: everything that is returned by default
	without selection
}

// selection names attributes: lower-case names, one level an extension, attribute or sub-attribute. An empty selection
// below a name means all of it.
type selection map[string]selection

func newProjection(rt *resourceType, q url.Values) projection {
	return projection{newSelection(rt, parameters(q, "attributes")), newSelection(rt, parameters(q, "excludedAttributes"))}
}

// parameters joins all values of a parameter: some clients repeat it for each attribute.
func parameters(q url.Values, name string) string {
	var all []string
	for key, values := range q {
		if strings.EqualFold(key, name) {
			all = append(all, values...)
		}
	}
	return strings.Join(all, ",")
}

// newSelection reads a list of attribute names. Unknown names are passed over; nil means that the list is empty, which
// is no choice. A filter in brackets is passed over too: AzureAD/SCIMReferenceCode's Postman collection sends
// attributes=emails[type eq "work"].
func newSelection(rt *resourceType, list string) selection {
	if strings.TrimSpace(list) == "" {
		return nil
	}
	s := selection{}
	for name := range strings.SplitSeq(withoutBrackets(list), ",") {
		s.add(rt, strings.TrimSpace(name))
	}
	return s
}

func withoutBrackets(list string) string {
	for {
		before, rest, open := strings.Cut(list, "[")
		_, after, shut := strings.Cut(rest, "]")
		if !open || !shut {
			return before
		}
		list = before + after
	}
}

func (s selection) add(rt *resourceType, name string) {
	switch table := rt.table(name); {
	case table == rt.core:
		for key := range table.byKey {
			s.addPath([]string{key})
		}
		return
	case table != nil:
		s.addPath([]string{strings.ToLower(name)})
		return
	}
	parsed, err := parsePath(name)
	if err != nil {
		return
	}
	urn, sub := parsed.AttributePath.URI(), parsed.AttributePath.SubAttributeName()
	_, path, ok := rt.find(urn, parsed.AttributePath.AttributeName)
	if !ok {
		if urn == "" {
			return
		}
		// Without a definition the name may be an extension as well as an attribute of one.
		path = []string{strings.ToLower(urn), strings.ToLower(parsed.AttributePath.AttributeName)}
		s.addPath([]string{strings.ToLower(name)})
	}
	if sub != "" {
		path = append(path, strings.ToLower(sub))
	}
	s.addPath(path)
}

func (s selection) addPath(path []string) {
	for i, key := range path {
		inner, known := s[key]
		if known && len(inner) == 0 {
			return // all of it is chosen already
		}
		if !known || i == len(path)-1 {
			inner = selection{}
			s[key] = inner
		}
		s = inner
	}
}

// nothing is the projection of what was not asked for: of that, only what is always returned.
var nothing = projection{only: selection{}}

// within is the projection inside an attribute; returned is the attribute's characteristic.
func (p projection) within(key, returned string) projection {
	only, chosen := p.only[key]
	without, excluded := p.without[key]
	switch {
	case returned == always:
		return projection{}
	case returned == never, excluded && len(without) == 0, p.only != nil && !chosen, returned == onRequest && !chosen:
		return nothing
	case len(only) == 0:
		only = nil
	}
	return projection{only, without}
}

// wants says whether an attribute, or some part of it, is to be returned.
func (p projection) wants(a *attribute) bool {
	inner := p.within(a.key, a.returned)
	return inner.only == nil || len(inner.only) > 0
}

// selects says that not all of a resource of the type is to be returned.
func (p projection) selects(rt *resourceType) bool {
	return p.only != nil || p.without != nil || rt.reserved()
}

// document is what is wanted of a stored document, with the schemas of that alone.
func (p projection) document(r stored) (string, error) {
	doc, err := decodeDocument(r.rt, r.document)
	if err != nil {
		return "", err
	}
	for name, v := range doc {
		var kept any
		if table := r.rt.extension(name); table != nil {
			kept = p.within(strings.ToLower(table.urn), "").part(v, table.byKey)
		} else {
			a, _, _ := r.rt.find(r.rt.schema, name)
			kept = p.value(name, v, a)
		}
		put(doc, name, kept)
	}
	return encodeDocument(r.rt, doc), nil
}

// value is what is wanted of a value of the attribute a, which is nil for one without definition; nil for nothing.
func (p projection) value(name string, v any, a *attribute) any {
	if a == nil {
		a = undeclared
	}
	if a.returned == never {
		return nil
	}
	return p.within(strings.ToLower(name), a.returned).part(v, a.subByKey)
}

// part is what is wanted of the inside of a value; rows describe it as far as it is defined. What has nothing left goes.
func (p projection) part(v any, rows map[string]*attribute) any {
	if isEmpty(v) && p.only == nil {
		return v
	}
	switch v := v.(type) {
	case map[string]any:
		for name, inner := range v {
			put(v, name, p.value(name, inner, rows[strings.ToLower(name)]))
		}
		if len(v) > 0 {
			return v
		}
	case []any:
		kept := make([]any, 0, len(v))
		for _, item := range v {
			if item = p.part(item, rows); item != nil {
				kept = append(kept, item)
			}
		}
		if len(kept) > 0 {
			return kept
		}
	default:
		if p.only == nil {
			return v
		}
	}
	return nil
}

// put replaces a member of an object, or removes it if there is nothing to put.
func put(object map[string]any, name string, v any) {
	if v == nil {
		delete(object, name)
		return
	}
	object[name] = v
}

package scim

import (
	"net/url"
	"strings"
)

// projection is what "attributes" and "excludedAttributes" ask for (RFC 7644 section 3.9). The zero projection wants
// everything.
type projection struct {
	only, without selection
}

// selection names attributes: lower-case names, one level an extension, attribute or sub-attribute. An empty selection
// below a name means all of it.
type selection map[string]selection

func newProjection(rt *resourceType, q url.Values) projection {
	only, _ := parameter(q, "attributes")
	without, _ := parameter(q, "excludedAttributes")
	return projection{newSelection(rt, only), newSelection(rt, without)}
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
	if table := rt.table(name); table != nil && table != rt.core {
		s[strings.ToLower(name)] = selection{}
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
		s[strings.ToLower(name)] = selection{}
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

// selects says that not everything is wanted.
func (p projection) selects() bool { return p.only != nil || p.without != nil }

// wants says whether an attribute, or some part of it, is to be returned.
func (p projection) wants(a *attribute) bool {
	if _, ok := p.only[a.key]; p.only != nil && !ok {
		return false
	}
	inner, ok := p.without[a.key]
	return !ok || len(inner) > 0
}

// parts says which sub-attributes of an attribute are wanted.
func (p projection) parts(a *attribute) func(sub *attribute) bool {
	only, without := p.only[a.key], p.without[a.key]
	return func(sub *attribute) bool {
		_, chosen := only[sub.key]
		_, excluded := without[sub.key]
		return (len(only) == 0 || chosen) && !excluded
	}
}

// document is what is wanted of a stored document, without "schemas" and the closing brace.
func (p projection) document(r stored) (string, error) {
	doc, err := decodeDocument(r.document)
	if err != nil {
		return "", err
	}
	if p.only != nil {
		keep(doc, p.only)
	}
	if p.without != nil {
		drop(doc, p.without)
	}
	_, rest := cutSchemas(encodeDocument(r.rt, doc))
	return rest, nil
}

// keep removes what is not selected, and what has nothing left then.
func keep(object map[string]any, s selection) {
	for name, v := range object {
		inner, ok := s[strings.ToLower(name)]
		if ok && len(inner) > 0 {
			ok = within(v, func(part map[string]any) { keep(part, inner) })
		}
		if !ok {
			delete(object, name)
		}
	}
}

// drop removes what is selected, and what has nothing left then.
func drop(object map[string]any, s selection) {
	for name, v := range object {
		inner, ok := s[strings.ToLower(name)]
		if !ok {
			continue
		}
		if len(inner) == 0 || !within(v, func(part map[string]any) { drop(part, inner) }) {
			delete(object, name)
		}
	}
}

// within calls fn for an object, or for every object of a list, and says whether anything is left of them.
func within(v any, fn func(map[string]any)) bool {
	switch v := v.(type) {
	case map[string]any:
		fn(v)
		return len(v) > 0
	case []any:
		left := false
		for _, item := range v {
			left = within(item, fn) || left
		}
		return left
	}
	return true
}

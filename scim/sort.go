package scim

import (
	"net/url"
	"strings"

	"doorlist/store"
)

// sortOf reads sortBy and sortOrder (RFC 7644 section 3.4.2.3). nil is the order of creation. What cannot be sorted by
// is invalidValue, as section 3.12 has it for queries; invalidPath is for the paths of a PATCH.
func sortOf(rt *resourceType, q url.Values) (*store.Sort, error) {
	order, _ := parameter(q, "sortOrder")
	descending := strings.EqualFold(order, "descending")
	if order != "" && !descending && !strings.EqualFold(order, "ascending") {
		return nil, &valueError{"sortOrder", `must be "ascending" or "descending".`}
	}
	by, _ := parameter(q, "sortBy")
	if by == "" {
		return nil, nil
	}
	s, err := sortBy(rt, by)
	if err != nil {
		return nil, &valueError{"sortBy", "cannot be used: " + err.Error() + "."}
	}
	if s != nil {
		s.Descending = descending
	}
	return s, nil
}

// sortBy finds what an attribute path orders by. Its errors are of type *FilterError.
func sortBy(rt *resourceType, path string) (*store.Sort, error) {
	parsed, err := parsePath(path)
	if err != nil {
		return nil, err
	}
	if parsed.ValueExpression != nil {
		return nil, refuse("name an attribute without brackets; of a list the primary element counts, or else the first")
	}
	if a, _, ok := rt.find(parsed.AttributePath.URI(), parsed.AttributePath.AttributeName); ok && (a.returned == never || a == groupsAttribute) {
		return nil, refuse("users are not ordered by %q", shorten(path))
	}
	o, err := scope{resource: rt}.resolve(parsed.AttributePath)
	if err != nil {
		return nil, err
	}
	if o.isMeta() && o.attribute.key == "resourcetype" {
		return nil, nil // all the same
	}
	as, err := o.sortType()
	if len(o.path) == 0 {
		o.list = o.attribute.formed(o.list)
	}
	return &store.Sort{Path: o.attribute.formed(o.path), List: o.list, As: as}, err
}

func (o operand) sortType() (store.SortType, error) {
	switch o.attribute.typ {
	case typeComplex:
		return 0, refuse("%q is made of parts; sort by one of them, such as %q", shorten(o.name), shorten(o.name)+"."+o.attribute.sub[0].name)
	case typeBinary:
		return 0, refuse("%q is binary and has no order", shorten(o.name))
	case typeBoolean:
		return store.SortBool, nil
	case typeDateTime, typeDecimal, typeInteger:
		return store.SortNumber, nil
	}
	if o.isMeta() { // made for each answer and kept nowhere
		return 0, refuse("resources are not ordered by %q; use another attribute", shorten(o.name))
	}
	return store.SortText, nil
}

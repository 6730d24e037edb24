package entra

import (
	"slices"
	"strings"
)

// createUser writes the POST body of a person with these attributes. The
// enterprise URN is always among the schemas, also without an extension object,
// the URN of a custom extension never is, and manager comes later in a PATCH.
func (d Dialect) createUser(attributes []attribute) object {
	body := object{
		{"schemas", []string{userSchema, enterpriseSchema}},
		{"meta", object{{"resourceType", "User"}}},
		{rolesPath, []object{}},
	}
	for _, a := range attributes {
		body = d.place(body, a)
	}
	body = markPrimary(body, "emails")
	return captureOrder(body)
}

// createGroup writes the POST body of a group. Documentation shows Microsoft's own URN and no members; the capture in
// jelhub/scimgateway#116 shows an empty list of members and no such URN. Each dialect has one of the two, so that both
// reach a server.
func (d Dialect) createGroup(attributes []attribute) object {
	body := object{{"schemas", []string{groupSchema, adscimGroupSchema}}}
	if d == DialectCompliant {
		body = object{{"schemas", []string{groupSchema}}, {"members", []object{}}}
	}
	body = append(body, member{"meta", object{{"resourceType", "Group"}}})
	for _, a := range attributes {
		body = d.place(body, a)
	}
	return captureOrder(body)
}

// place puts an attribute where its path says, making what is on the way.
func (d Dialect) place(body object, a attribute) object {
	if roles, ok := a.value.([]appRole); ok {
		return body.with(rolesPath, createRoles(roles))
	}
	value := a.value
	if b, ok := value.(bool); ok {
		value = d.boolean(b)
	}
	p := parsePath(a.path)
	if p.urn == "" {
		return placeIn(body, p, value)
	}
	extension, _ := body.lookup(p.urn).(object)
	return body.with(p.urn, placeIn(extension, p, value))
}

func placeIn(o object, p attributePath, value any) object {
	switch {
	case p.filterValue != "":
		list, _ := o.lookup(p.name).([]object)
		return o.with(p.name, placeInElement(list, p, value))
	case p.sub != "":
		complexValue, _ := o.lookup(p.name).(object)
		return o.with(p.name, complexValue.with(p.sub, value))
	}
	return o.with(p.name, value)
}

func placeInElement(list []object, p attributePath, value any) []object {
	selects := func(o object) bool { return o.lookup(p.filterName) == any(p.filterValue) }
	i := slices.IndexFunc(list, selects)
	if i < 0 {
		return append(list, object{{p.filterName, p.filterValue}, {p.sub, value}})
	}
	list[i] = list[i].with(p.sub, value)
	return list
}

func markPrimary(body object, name string) object {
	list, _ := body.lookup(name).([]object)
	if len(list) == 0 {
		return body
	}
	list[0] = append(object{{"primary", true}}, list[0]...)
	return body.with(name, list)
}

// captureOrder sorts the members as captures show them: schemas and the two
// identifiers first, extensions last, everything else by name.
func captureOrder(body object) object {
	rank := func(name string) int {
		if i := slices.Index([]string{"schemas", "externalId", "userName"}, name); i >= 0 {
			return i
		}
		if strings.HasPrefix(name, "urn:") {
			return 4
		}
		return 3
	}
	slices.SortStableFunc(body, func(a, b member) int {
		if r := rank(a.name) - rank(b.name); r != 0 {
			return r
		}
		return strings.Compare(a.name, b.name)
	})
	return body
}

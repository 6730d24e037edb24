package entra

import (
	"fmt"
	"strings"
)

// Dialect is the way in which PATCH requests and booleans are written. Entra
// has two, and one tenant may send both: on-demand provisioning ignores the flag
// that selects the second.
type Dialect string

const (
	// DialectClassic is what Entra sends without a flag: capitalized verbs, one
	// operation an attribute, booleans as strings.
	DialectClassic Dialect = "classic"
	// DialectCompliant is what the tenant URL flag aadOptscim062020 selects.
	DialectCompliant Dialect = "compliant"
	// DialectBoth picks one of the two for each request, by the seed.
	DialectBoth Dialect = "both"
)

// ParseDialect reads the name of a dialect; the empty name is classic.
func ParseDialect(name string) (Dialect, error) {
	switch d := Dialect(strings.ToLower(name)); d {
	case "":
		return DialectClassic, nil
	case DialectClassic, DialectCompliant, DialectBoth:
		return d, nil
	}
	return "", fmt.Errorf("dialect %q is unknown: use classic, compliant or both", name)
}

const (
	userSchema       = "urn:ietf:params:scim:schemas:core:2.0:User"
	groupSchema      = "urn:ietf:params:scim:schemas:core:2.0:Group"
	enterpriseSchema = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
	listSchema       = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
	patchSchema      = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
	errorSchema      = "urn:ietf:params:scim:api:messages:2.0:Error"
	// adscimGroupSchema is Microsoft's own and means nothing to anybody else.
	adscimGroupSchema = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"

	managerPath = enterpriseSchema + ":manager"
)

// verb is the intent of a change; a dialect decides how it is spelled.
type verb string

const (
	verbAdd     verb = "add"
	verbReplace verb = "replace"
	verbRemove  verb = "remove"
)

// change is one attribute that differs. Value is a string, a bool, or a list of
// appRole values; nil for a removal.
type change struct {
	verb  verb
	path  string
	value any
}

type patchRequest struct {
	Schemas    []string    `json:"schemas"`
	Operations []operation `json:"Operations"`
}

type operation struct {
	Op    string `json:"op"`
	Path  string `json:"path,omitempty"`
	Value any    `json:"value,omitempty"`
}

func newPatch(ops ...operation) patchRequest {
	return patchRequest{Schemas: []string{patchSchema}, Operations: ops}
}

// patchAttributes writes changes of one resource as a PATCH body.
func (d Dialect) patchAttributes(changes []change) patchRequest {
	if d == DialectCompliant {
		return newPatch(compliantOperations(changes)...)
	}
	ops := make([]operation, 0, len(changes))
	for _, c := range changes {
		ops = append(ops, operation{Op: d.spell(c.verb), Path: c.path, Value: d.patchValue(c.value)})
	}
	return newPatch(ops...)
}

// compliantOperations puts targets inside multi-valued attributes first, each
// by its path, and then all other attributes in one operation a verb.
func compliantOperations(changes []change) []operation {
	var ops []operation
	single := map[verb][]change{}
	for _, c := range changes {
		if c.verb == verbRemove || multiValued(c.path) {
			ops = append(ops, operation{Op: string(c.verb), Path: c.path, Value: DialectCompliant.patchValue(c.value)})
			continue
		}
		single[c.verb] = append(single[c.verb], c)
	}
	for _, v := range []verb{verbAdd, verbReplace} {
		if len(single[v]) > 0 {
			ops = append(ops, grouped(v, single[v]))
		}
	}
	return ops
}

// grouped writes one change by its path and several as a path-less operation
// whose keys are flat: "name.givenName" and "urn:...:User:department".
func grouped(v verb, changes []change) operation {
	if len(changes) == 1 {
		return operation{Op: string(v), Path: changes[0].path, Value: changes[0].value}
	}
	var value object
	for _, c := range changes {
		value = append(value, member{c.path, c.value})
	}
	return operation{Op: string(v), Value: value}
}

func multiValued(path string) bool {
	return path == rolesPath || strings.Contains(path, "[")
}

// spell gives the verb its letter case.
func (d Dialect) spell(v verb) string {
	if d == DialectCompliant {
		return string(v)
	}
	return strings.ToUpper(string(v[:1])) + string(v[1:])
}

// boolean is a JSON boolean only in the compliant dialect. The classic strings
// come from the default mapping of active: Switch([IsSoftDeleted], , "False",
// "True", "True", "False").
func (d Dialect) boolean(b bool) any {
	if d == DialectCompliant {
		return b
	}
	if b {
		return "True"
	}
	return "False"
}

func (d Dialect) patchValue(v any) any {
	switch v := v.(type) {
	case bool:
		return d.boolean(v)
	case []appRole:
		return d.patchRoles(v)
	}
	return v
}

// patchManager points a user at a manager: always a bare string, never the
// complex value that RFC 7643 section 4.3 defines. An empty id removes it.
func (d Dialect) patchManager(v verb, id string) patchRequest {
	op := operation{Op: d.spell(v), Path: managerPath}
	if v != verbRemove {
		op.Value = id
	}
	return newPatch(op)
}

// patchMembers adds or removes members by their SCIM ids.
func (d Dialect) patchMembers(v verb, ids []string) patchRequest {
	if d == DialectCompliant && v == verbRemove {
		ops := make([]operation, len(ids))
		for i, id := range ids {
			ops[i] = operation{Op: string(v), Path: `members[value eq ` + quoteFilter(id) + `]`}
		}
		return newPatch(ops...)
	}
	values := make([]object, len(ids))
	for i, id := range ids {
		// Seen in the field with "$ref": null and without $ref; each dialect
		// has one of the two, so that both reach a server.
		if d != DialectCompliant {
			values[i] = append(values[i], member{"$ref", nil})
		}
		values[i] = append(values[i], member{"value", id})
	}
	return newPatch(operation{Op: d.spell(v), Path: "members", Value: values})
}

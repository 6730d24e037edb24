package scim

// types are the resource types of an organization: everything that reads a name or value of a request asks them.
type types struct{ user, group *resourceType }

// builtIn are the types of the RFC, as every organization has them.
var builtIn = &types{user: userType, group: groupType}

// all lists the types in the order of answers.
func (t *types) all() []*resourceType { return []*resourceType{t.user, t.group} }

// schemas are the schemas of all types.
func (t *types) schemas() []*schemaTable {
	var tables []*schemaTable
	for _, rt := range t.all() {
		tables = append(append(tables, rt.core), rt.extensions...)
	}
	return tables
}

func (rt *resourceType) isUser() bool { return rt.schema == userSchema }

// isCore says that the schema is the core schema of a type.
func (t *schemaTable) isCore() bool { return t.urn == userSchema || t.urn == groupSchema }

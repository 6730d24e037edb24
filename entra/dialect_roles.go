package entra

const rolesPath = "roles"

// appRoleType is written over whatever a mapping gives for a role's type
// (seen in the field: MicrosoftDocs/entra-docs#391).
const appRoleType = "WindowsAzureActiveDirectoryRole"

// appRole is one app role of a person, as the role expressions emit it.
type appRole struct {
	id      string
	value   string
	display string
	// primary is true only for SingleAppRoleAssignment.
	primary bool
	// label names the sub-attribute that carries display: "displayName" for
	// AppRoleAssignmentsComplex, which is not a SCIM name, "display" elsewhere.
	label string
}

// createRoles is the shape in POST, and in PATCH of the compliant dialect.
func createRoles(roles []appRole) []object {
	list := make([]object, len(roles))
	for i, r := range roles {
		list[i] = object{{"primary", r.primary}, {"type", appRoleType}, {r.label, r.display}, {"value", r.value}}
	}
	return list
}

// patchRoles differs from createRoles without the flag: each role is a JSON
// text inside a JSON string, with an id that POST does not have.
func (d Dialect) patchRoles(roles []appRole) []object {
	if d == DialectCompliant {
		return createRoles(roles)
	}
	list := make([]object, len(roles))
	for i, r := range roles {
		list[i] = object{{"value", r.text()}}
	}
	return list
}

func (r appRole) text() string {
	text, err := encode(struct {
		ID          string `json:"id"`
		Value       string `json:"value"`
		DisplayName string `json:"displayName"`
	}{r.id, r.value, r.display})
	if err != nil {
		panic(err) // three strings always marshal
	}
	return string(text)
}

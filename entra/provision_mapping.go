package entra

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// Mapping sends one attribute of a person to one SCIM attribute.
type Mapping struct {
	Source string // name in Entra, for people who read the mapping
	Target string // SCIM path: "title", "name.givenName", `emails[type eq "work"].value`, URN:attribute
	Value  func(Person) string
	// Matching is the precedence of the target as a matching attribute: 1 is tried first, 0 means never.
	Matching int
}

// ExternalIDSource names the attribute that externalId is mapped to.
type ExternalIDSource string

const (
	// ExternalIDObjectID is what a careful administrator configures: immutable and unique.
	ExternalIDObjectID ExternalIDSource = "objectId"
	// ExternalIDMailNickname is Entra's default: mutable, may be missing, may not be unique.
	ExternalIDMailNickname ExternalIDSource = "mailNickname"
)

// DefaultMappings are those of a new non-gallery application, with externalId as given (objectId if empty). active
// and manager are not in the list: the engine derives them.
func DefaultMappings(externalID ExternalIDSource) []Mapping {
	id := Mapping{Source: "objectId", Target: "externalId", Value: func(p Person) string { return p.ObjectID }}
	if externalID == ExternalIDMailNickname {
		id = Mapping{Source: "mailNickname", Target: "externalId", Value: func(p Person) string { return p.MailNickname }}
	}
	const work = `addresses[type eq "work"].`
	return []Mapping{
		{Source: "userPrincipalName", Target: "userName", Value: sourceUPN, Matching: 1},
		{Source: "displayName", Target: "displayName", Value: func(p Person) string { return p.DisplayName }},
		{Source: "jobTitle", Target: "title", Value: func(p Person) string { return p.JobTitle }},
		{Source: "mail", Target: `emails[type eq "work"].value`, Value: func(p Person) string { return p.Mail }},
		{Source: "preferredLanguage", Target: "preferredLanguage", Value: func(p Person) string { return p.PreferredLanguage }},
		{Source: "givenName", Target: "name.givenName", Value: func(p Person) string { return p.GivenName }},
		{Source: "surname", Target: "name.familyName", Value: func(p Person) string { return p.Surname }},
		{Source: `Join(" ", [givenName], [surname])`, Target: "name.formatted", Value: joinedName},
		{Source: "physicalDeliveryOfficeName", Target: work + "formatted", Value: func(p Person) string { return p.PhysicalDeliveryOffice }},
		{Source: "streetAddress", Target: work + "streetAddress", Value: func(p Person) string { return p.StreetAddress }},
		{Source: "city", Target: work + "locality", Value: func(p Person) string { return p.City }},
		{Source: "state", Target: work + "region", Value: func(p Person) string { return p.State }},
		{Source: "postalCode", Target: work + "postalCode", Value: func(p Person) string { return p.PostalCode }},
		{Source: "country", Target: work + "country", Value: func(p Person) string { return p.Country }},
		{Source: "telephoneNumber", Target: `phoneNumbers[type eq "work"].value`, Value: func(p Person) string { return p.TelephoneNumber }},
		{Source: "mobile", Target: `phoneNumbers[type eq "mobile"].value`, Value: func(p Person) string { return p.Mobile }},
		{Source: "facsimileTelephoneNumber", Target: `phoneNumbers[type eq "fax"].value`, Value: func(p Person) string { return p.Fax }},
		id,
		{Source: "employeeId", Target: enterpriseSchema + ":employeeNumber", Value: func(p Person) string { return p.EmployeeID }},
		{Source: "department", Target: enterpriseSchema + ":department", Value: func(p Person) string { return p.Department }},
	}
}

// sourceUPN is what Entra sends for userPrincipalName: a guest's alias_home.com#EXT#@tenant becomes alias@home.com.
func sourceUPN(p Person) string {
	alias, _, guest := strings.Cut(p.UserPrincipalName, "#EXT#")
	i := strings.LastIndexByte(alias, '_')
	if !guest || i < 0 {
		return p.UserPrincipalName
	}
	return alias[:i] + "@" + alias[i+1:]
}

func joinedName(p Person) string {
	return strings.TrimSpace(p.GivenName + " " + p.Surname)
}

// RoleExpression is the expression that maps app roles to the roles attribute.
type RoleExpression string

const (
	// RolesNone maps no roles; a POST then carries an empty list.
	RolesNone RoleExpression = ""
	// RolesSingle is SingleAppRoleAssignment: one role, with no promise which.
	RolesSingle RoleExpression = "single"
	// RolesComplex is AppRoleAssignmentsComplex: roles are only ever added, so privilege never shrinks.
	RolesComplex RoleExpression = "complex"
	// RolesAssertive is AssertiveAppRoleAssignmentsComplex: the whole list is replaced.
	RolesAssertive RoleExpression = "assertive"
)

// ParseRoleExpression reads the name of a role expression; none and the empty name map no roles.
func ParseRoleExpression(name string) (RoleExpression, error) {
	switch e := RoleExpression(strings.ToLower(name)); e {
	case "none":
		return RolesNone, nil
	case RolesNone, RolesSingle, RolesComplex, RolesAssertive:
		return e, nil
	}
	return "", fmt.Errorf("role expression %q is unknown: use none, single, complex or assertive", name)
}

func (e RoleExpression) roles(p Person) []appRole {
	var roles []appRole
	for _, value := range p.AppRoles {
		r := appRole{id: roleID(value), value: value, display: value, label: "display"}
		switch e {
		case RolesSingle:
			r.primary = true
			return []appRole{r}
		case RolesComplex:
			r.label = "displayName"
		}
		roles = append(roles, r)
	}
	return roles
}

// roleID stands for the id that an app registration gives to a role.
func roleID(value string) string {
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte("urn:entrasim:app-role:"+value)).String()
}

// attribute is one target with the value that it should have: a string, a bool or []appRole.
type attribute struct {
	path  string
	value any
}

// mapped evaluates the mappings. Empty values are left out: Entra never sends a null, so clearing an attribute in
// the directory does not clear it in the application.
func mapped(mappings []Mapping, person Person) []attribute {
	out := make([]attribute, 0, len(mappings)+1)
	out = append(out, attribute{"active", person.CanSignIn()})
	for _, m := range mappings {
		if v := m.Value(person); v != "" {
			out = append(out, attribute{m.Target, v})
		}
	}
	return out
}

// attributes is mapped with the app roles.
func (p *Provisioner) attributes(person Person, expression RoleExpression) []attribute {
	out := mapped(p.mappings, person)
	if expression == RolesNone {
		return out
	}
	if roles := expression.roles(person); len(roles) > 0 || expression == RolesAssertive {
		out = append(out, attribute{rolesPath, roles})
	}
	return out
}

// matching lists the attributes to match by, in precedence order. Entra tries one after another and never combines
// two in one query.
func (p *Provisioner) matching(person Person) []attribute {
	ordered := slices.DeleteFunc(slices.Clone(p.mappings), func(m Mapping) bool {
		return m.Matching == 0 || m.Value(person) == ""
	})
	slices.SortStableFunc(ordered, func(a, b Mapping) int { return a.Matching - b.Matching })
	out := make([]attribute, len(ordered))
	for i, m := range ordered {
		out[i] = attribute{m.Target, m.Value(person)}
	}
	return out
}

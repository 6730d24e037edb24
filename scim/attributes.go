package scim

import "slices"

// Schema URNs that this server defines (RFC 7643 sections 4.1 to 4.3).
const (
	userSchema       = "urn:ietf:params:scim:schemas:core:2.0:User"
	groupSchema      = "urn:ietf:params:scim:schemas:core:2.0:Group"
	enterpriseSchema = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
)

// knownSchemas are the URNs that a path or filter is matched against before it is cut at a colon or a dot.
var knownSchemas = []string{userSchema, groupSchema, enterpriseSchema}

// Canonical values of "type". Entra writes an attribute as name[type eq "work"] only if its type suggests values, and as
// name[primary eq "True"] otherwise; roles and entitlements must stay without.
var (
	homeOrWork   = []string{"work", "home", "other"}
	phoneTypes   = []string{"work", "home", "mobile", "fax", "pager", "other"}
	messengers   = []string{"aim", "gtalk", "icq", "xmpp", "msn", "skype", "qq", "yahoo"}
	pictureTypes = []string{"photo", "thumbnail"}
)

// commonAttributes belong to every resource (RFC 7643 section 3.1).
var commonAttributes = compile(&schemaTable{attributes: []*attribute{
	{name: "schemas", typ: typeReference, multi: true, returned: always, description: "The schemas that the resource uses."},
	{name: "id", caseExact: true, mutability: readOnly, returned: always, uniqueness: serverUnique, description: "The server's own identifier; it never changes and is never used again."},
	{name: "externalId", caseExact: true, limit: 1024, description: "The client's identifier, kept byte for byte. For Entra it should be the object id."},
	{name: "meta", typ: typeComplex, mutability: readOnly, description: "What the server knows of the resource itself.", sub: []*attribute{
		{name: "resourceType", caseExact: true, mutability: readOnly, description: "User or Group."},
		{name: "created", typ: typeDateTime, mutability: readOnly, description: "When the resource was created."},
		{name: "lastModified", typ: typeDateTime, mutability: readOnly, description: "When its content last changed."},
		{name: "location", typ: typeReference, mutability: readOnly, references: []string{"uri"}, description: "The address of the resource."},
		{name: "version", caseExact: true, mutability: readOnly, description: "The entity tag of the content."},
	}},
}})

// userType is RFC 7643 section 4.1 with the enterprise extension. The "password" of section 4.1.1 is only in
// userTypeWithPassword: most people sign in at their provider, so a pushed password is dropped like any attribute that is
// not defined here.
var userType = &resourceType{
	name: "User", endpoint: "/Users", description: "User Account", schema: userSchema,
	core: compile(&schemaTable{urn: userSchema, name: "User", description: "User Account", attributes: []*attribute{
		{name: "userName", required: true, uniqueness: serverUnique, limit: 320, description: "The name that the user signs in with; compared without regard to case."},
		{name: "name", typ: typeComplex, description: "The parts of the user's name.", sub: []*attribute{
			{name: "formatted", description: "The full name, ready for display."},
			{name: "familyName", description: "The last name."},
			{name: "givenName", description: "The first name."},
			{name: "middleName", description: "The middle names."},
			{name: "honorificPrefix", description: "A title before the name, such as Dr."},
			{name: "honorificSuffix", description: "A title after the name, such as III."},
		}},
		{name: "displayName", limit: 1024, description: "The name to show for the user."},
		{name: "nickName", description: "The casual name."},
		{name: "profileUrl", typ: typeReference, references: []string{"external"}, description: "The user's page."},
		{name: "title", description: "The job title."},
		{name: "userType", description: "The relation to the organization, such as Contractor."},
		{name: "preferredLanguage", description: "The preferred languages, as in Accept-Language."},
		{name: "locale", description: "The language tag for dates, numbers and currency."},
		{name: "timezone", description: "The time zone, such as Europe/Rome."},
		{name: "active", typ: typeBoolean, description: "Whether the user may sign in. Missing at creation means true."},
		list("emails", "E-mail addresses.", homeOrWork),
		list("phoneNumbers", "Phone numbers, as sent.", phoneTypes),
		list("ims", "Instant messaging addresses.", messengers),
		listOf("photos", "Pictures.", pictureTypes, &attribute{name: "value", typ: typeReference, references: []string{"external"}, description: "The address of the picture."}),
		{name: "addresses", typ: typeComplex, multi: true, description: "Postal addresses.", sub: []*attribute{
			{name: "formatted", description: "The full address, ready for display."},
			{name: "streetAddress", description: "Street and house number; may have several lines."},
			{name: "locality", description: "The city."},
			{name: "region", description: "The state or region."},
			{name: "postalCode", description: "The postal code."},
			{name: "country", description: "The country, as in ISO 3166-1 alpha-2."},
			{name: "type", canonical: homeOrWork, description: "What the address is for."},
			{name: "primary", typ: typeBoolean, description: "Whether it is the preferred address."},
		}},
		{name: "groups", typ: typeComplex, multi: true, mutability: readOnly, description: "The groups that the user belongs to. To change them, change the groups' members.", sub: []*attribute{
			{name: "value", mutability: readOnly, description: "The id of the group."},
			{name: "$ref", typ: typeReference, mutability: readOnly, references: []string{"Group"}, description: "The address of the group."},
			{name: "display", mutability: readOnly, description: "The name of the group."},
			{name: "type", mutability: readOnly, canonical: []string{directGroup, indirectGroup}, description: "Direct or through another group."},
		}},
		list("entitlements", "Rights, as the client names them.", nil),
		list("roles", "App roles, as the client names them.", nil),
		listOf("x509Certificates", "Certificates.", nil, &attribute{name: "value", typ: typeBinary, limit: 16 << 10, description: "The certificate in base64-encoded DER."}),
	}}),
	extensions: []*schemaTable{compile(&schemaTable{urn: enterpriseSchema, name: "EnterpriseUser", description: "Enterprise User", attributes: []*attribute{
		{name: "employeeNumber", description: "The organization's number for the person."},
		{name: "costCenter", description: "The cost center."},
		{name: "organization", description: "The organization."},
		{name: "division", description: "The division."},
		{name: "department", description: "The department."},
		{name: "manager", typ: typeComplex, description: "The person's manager.", sub: []*attribute{
			{name: "value", description: "The id of the manager's User."},
			{name: "displayName", mutability: readOnly, description: "The manager's name."},
		}},
	}})},
}

// passwordAttribute is in no document: it is kept as a hash, apart (see passwordEdit).
var passwordAttribute = &attribute{name: "password", caseExact: true, limit: 1024, mutability: writeOnly, returned: never, description: "A new password. The server never answers with it."}

// userTypeWithPassword is the userType of organizations that let SCIM set passwords.
var userTypeWithPassword = withPassword(*userType)

func withPassword(rt resourceType) *resourceType {
	core := *rt.core
	core.attributes = slices.Insert(slices.Clone(core.attributes), slices.Index(core.attributes, core.byKey["active"])+1, passwordAttribute)
	rt.core = compile(&core)
	rt.core.reserved = userType.core.reserved // no document has a password to hold back
	return &rt
}

// groupType is RFC 7643 section 4.2.
var groupType = &resourceType{
	name: "Group", endpoint: "/Groups", description: "Group", schema: groupSchema,
	core: compile(&schemaTable{urn: groupSchema, name: "Group", description: "Group", attributes: []*attribute{
		{name: "displayName", required: true, uniqueness: serverUnique, limit: 1024, description: "The name of the group; compared without regard to case."},
		{name: "members", typ: typeComplex, multi: true, description: "The users and groups that belong to the group.", sub: []*attribute{
			{name: "value", mutability: immutable, description: "The id of the user or group."},
			{name: "$ref", typ: typeReference, mutability: immutable, references: []string{"User", "Group"}, description: "The address of the user or group."},
			{name: "type", mutability: immutable, canonical: []string{"User", "Group"}, description: "What the member is."},
			{name: "display", mutability: immutable, description: "The name of the member."},
		}},
	}}),
}

// Attributes that the server itself reads or treats in a way of their own.
var (
	schemasAttribute     = commonAttributes.byKey["schemas"]
	metaAttribute        = commonAttributes.byKey["meta"]
	externalIDAttribute  = commonAttributes.byKey["externalid"]
	userNameAttribute    = userType.core.byKey["username"]
	displayNameAttribute = userType.core.byKey["displayname"]
	activeAttribute      = userType.core.byKey["active"]
	emailsAttribute      = userType.core.byKey["emails"]
	groupsAttribute      = userType.core.byKey["groups"]
	rolesAttribute       = userType.core.byKey["roles"]
	managerAttribute     = userType.extensions[0].byKey["manager"]
	groupNameAttribute   = groupType.core.byKey["displayname"]
	membersAttribute     = groupType.core.byKey["members"]
)

// Sub-attributes of RFC 7643 section 2.4.
const (
	valueKey   = "value"
	displayKey = "display"
	typeKey    = "type"
	primaryKey = "primary"
	refKey     = "$ref"
)

// list is a multi-valued attribute of strings with the sub-attributes of RFC 7643 section 2.4.
func list(name, description string, types []string) *attribute {
	return listOf(name, description, types, &attribute{name: "value", description: "The value itself."})
}

// listOf is list with another kind of value.
func listOf(name, description string, types []string, value *attribute) *attribute {
	return &attribute{name: name, typ: typeComplex, multi: true, description: description, sub: []*attribute{
		value,
		{name: "display", description: "The value, ready for display."},
		{name: "type", canonical: types, description: "What the value is for."},
		{name: "primary", typ: typeBoolean, description: "Whether it is the preferred value."},
	}}
}

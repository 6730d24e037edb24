package scim

// serverSchemas describe the documents of the server itself (RFC 7643 section 8.7.2), as far as it fills them.
var serverSchemas = []*schemaTable{
	compile(&schemaTable{urn: providerConfigSchema, name: "ServiceProviderConfig", description: "What the server can do", attributes: []*attribute{
		served("patch", typeComplex, "Changes by PATCH.", supported()),
		served("bulk", typeComplex, "Many operations in one request.", supported(),
			served("maxOperations", typeInteger, "The most operations in a request."), served("maxPayloadSize", typeInteger, "The most bytes in a request.")),
		served("filter", typeComplex, "Lists of what satisfies a filter.", supported(), served("maxResults", typeInteger, "The most resources in an answer.")),
		served("changePassword", typeComplex, "Passwords that are set by SCIM.", supported()),
		served("sort", typeComplex, "Lists in an order.", supported()),
		served("etag", typeComplex, "Versions of resources.", supported()),
		served("pagination", typeComplex, "Pages of a list (RFC 9865).",
			served("cursor", typeBoolean, "Whether pages go by cursor."), served("index", typeBoolean, "Whether pages go by index."),
			served("defaultPaginationMethod", typeString, "How pages go if the client does not say."),
			served("defaultPageSize", typeInteger, "The resources on a page if the client does not say."), served("maxPageSize", typeInteger, "The most resources on a page."),
			served("cursorTimeout", typeInteger, "How many seconds a cursor is good for.")),
		many(served("authenticationSchemes", typeComplex, "How clients authenticate.",
			served("type", typeString, "The kind of scheme."), served("name", typeString, "The name of the scheme."), served("description", typeString, "What to send."),
			served("specUri", typeReference, "The address of its specification."), served("primary", typeBoolean, "Whether it is the preferred scheme."))),
	}}),
	compile(&schemaTable{urn: resourceTypeSchema, name: "ResourceType", description: "A kind of resource", attributes: []*attribute{
		served("id", typeString, "The name of the type."), served("name", typeString, "The name of the type."), served("description", typeString, "What it is."),
		served("endpoint", typeReference, "The address of its resources, below the root."), served("schema", typeReference, "The URN of its core schema."),
		many(served("schemaExtensions", typeComplex, "Its extensions.",
			served("schema", typeReference, "The URN of the extension."), served("required", typeBoolean, "Whether every resource has it."))),
	}}),
	compile(&schemaTable{urn: schemaSchema, name: "Schema", description: "The attributes of a schema", attributes: []*attribute{
		served("id", typeString, "The URN of the schema."), served("name", typeString, "Its name."), served("description", typeString, "What it describes."),
		many(served("attributes", typeComplex, "Its attributes.", append(characteristics(),
			many(served("subAttributes", typeComplex, "The parts of a complex attribute.", characteristics()...)))...)),
	}}),
}

// characteristics are what a schema tells of an attribute (RFC 7643 section 7).
func characteristics() []*attribute {
	return []*attribute{
		served("name", typeString, "Its name."), served("type", typeString, "The type of its values."), served("multiValued", typeBoolean, "Whether it can have many values."),
		served("description", typeString, "What it is."), served("required", typeBoolean, "Whether it must have a value."),
		many(served("canonicalValues", typeString, "Values that it usually has.")), served("caseExact", typeBoolean, "Whether case matters in its values."),
		served("mutability", typeString, "Who can write it, and when."), served("returned", typeString, "When it is in an answer."),
		served("uniqueness", typeString, "Among what its values are unique."), many(served("referenceTypes", typeString, "What it can refer to.")),
	}
}

func supported() *attribute { return served("supported", typeBoolean, "Whether the server has it.") }

// served is an attribute that the server alone writes.
func served(name string, typ attrType, description string, sub ...*attribute) *attribute {
	a := &attribute{name: name, typ: typ, description: description, mutability: readOnly, caseExact: typ == typeString, sub: sub}
	if typ == typeReference {
		a.references = []string{"uri"}
	}
	return a
}

func many(a *attribute) *attribute {
	a.multi = true
	return a
}

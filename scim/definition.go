package scim

import (
	"cmp"

	"github.com/elimity-com/scim/optional"
	elimity "github.com/elimity-com/scim/schema"
)

// define makes the document of a schema (RFC 7643 section 7) through the library's definitions.
func define(t *schemaTable) jsonObject {
	rows := t.attributes
	if t.isCore() {
		// A common attribute, hence in no schema of the RFC; but Entra maps only what it finds here.
		rows = append([]*attribute{externalIDAttribute}, rows...)
	}
	definition := elimity.Schema{ID: t.urn, Name: optional.NewString(t.name), Description: optional.NewString(t.description)}
	for _, a := range rows {
		definition.Attributes = append(definition.Attributes, defineAttribute(a))
	}
	document := definition.ToMap()
	for i, row := range document["attributes"].([]map[string]any) {
		complete(rows[i], row)
	}
	return document
}

func defineAttribute(a *attribute) elimity.CoreAttribute {
	if a.typ != typeComplex {
		return elimity.SimpleCoreAttribute(defineSimple(a))
	}
	params := elimity.ComplexParams{
		Name: a.name, Description: optional.NewString(a.description), MultiValued: a.multi, Required: a.required,
		Mutability: mutabilityOf(a), Returned: returnedOf(a), Uniqueness: uniquenessOf(a),
	}
	for _, sub := range a.sub {
		if sub.name != refKey && sub.typ != typeComplex {
			params.SubAttributes = append(params.SubAttributes, defineSimple(sub))
		}
	}
	return elimity.ComplexCoreAttribute(params)
}

func defineSimple(a *attribute) elimity.SimpleParams {
	description := optional.NewString(a.description)
	switch a.typ {
	case typeBoolean:
		return elimity.SimpleBooleanParams(elimity.BooleanParams{
			Name: a.name, Description: description, MultiValued: a.multi, Required: a.required,
			Mutability: mutabilityOf(a), Returned: returnedOf(a),
		})
	case typeBinary:
		return elimity.SimpleBinaryParams(elimity.BinaryParams{
			Name: a.name, Description: description, MultiValued: a.multi, Required: a.required,
			Mutability: mutabilityOf(a), Returned: returnedOf(a),
		})
	case typeDateTime:
		return elimity.SimpleDateTimeParams(elimity.DateTimeParams{
			Name: a.name, Description: description, MultiValued: a.multi, Required: a.required,
			Mutability: mutabilityOf(a), Returned: returnedOf(a),
		})
	case typeInteger, typeDecimal:
		return elimity.SimpleNumberParams(elimity.NumberParams{
			Name: a.name, Description: description, MultiValued: a.multi, Required: a.required, Type: numberOf(a),
			Mutability: mutabilityOf(a), Returned: returnedOf(a), Uniqueness: uniquenessOf(a),
		})
	case typeReference:
		return elimity.SimpleReferenceParams(elimity.ReferenceParams{
			Name: a.name, Description: description, MultiValued: a.multi, Required: a.required, ReferenceTypes: references(a),
			Mutability: mutabilityOf(a), Returned: returnedOf(a), Uniqueness: uniquenessOf(a),
		})
	}
	return elimity.SimpleStringParams(elimity.StringParams{
		Name: a.name, Description: description, MultiValued: a.multi, Required: a.required, CaseExact: a.caseExact,
		CanonicalValues: a.canonical, Mutability: mutabilityOf(a), Returned: returnedOf(a), Uniqueness: uniquenessOf(a),
	})
}

// complete adds the sub-attributes that the library refuses: those named $ref, and those of a schema that have parts.
func complete(a *attribute, document map[string]any) {
	subs, _ := document["subAttributes"].([]map[string]any) // none if $ref is the only one
	for _, sub := range a.sub {
		switch {
		case sub.name == refKey:
			subs = append(subs, defineReference(sub))
		case sub.typ == typeComplex:
			inner := elimity.Schema{Attributes: []elimity.CoreAttribute{defineAttribute(sub)}}
			subs = append(subs, inner.ToMap()["attributes"].([]map[string]any)...)
		}
	}
	if subs != nil {
		document["subAttributes"] = subs
	}
}

func defineReference(ref *attribute) jsonObject {
	return jsonObject{
		"name": refKey, "type": string(typeReference), "description": ref.description, "multiValued": false, "required": ref.required,
		"caseExact": true, "mutability": cmp.Or(ref.mutability, "readWrite"), "returned": cmp.Or(ref.returned, "default"), "uniqueness": "none", "referenceTypes": ref.references,
	}
}

func references(a *attribute) []elimity.AttributeReferenceType {
	var types []elimity.AttributeReferenceType
	for _, r := range a.references {
		types = append(types, elimity.AttributeReferenceType(r))
	}
	return types
}

func numberOf(a *attribute) elimity.AttributeDataType {
	if a.typ == typeInteger {
		return elimity.AttributeTypeInteger()
	}
	return elimity.AttributeTypeDecimal()
}

func mutabilityOf(a *attribute) elimity.AttributeMutability {
	switch a.mutability {
	case readOnly:
		return elimity.AttributeMutabilityReadOnly()
	case immutable:
		return elimity.AttributeMutabilityImmutable()
	case writeOnly:
		return elimity.AttributeMutabilityWriteOnly()
	}
	return elimity.AttributeMutabilityReadWrite()
}

func returnedOf(a *attribute) elimity.AttributeReturned {
	switch a.returned {
	case always:
		return elimity.AttributeReturnedAlways()
	case never:
		return elimity.AttributeReturnedNever()
	case onRequest:
		return elimity.AttributeReturnedRequest()
	}
	return elimity.AttributeReturnedDefault()
}

func uniquenessOf(a *attribute) elimity.AttributeUniqueness {
	if a.uniqueness == serverUnique {
		return elimity.AttributeUniquenessServer()
	}
	return elimity.AttributeUniquenessNone()
}

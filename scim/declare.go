package scim

import (
	"strings"

	"doorlist/store"
)

// ResourceType is the resource type that the URN of a schema suggests: that of its last part, or else User.
func (s Schema) ResourceType() string {
	if strings.HasSuffix(strings.ToLower(s.URN), ":group") {
		return groupType.name
	}
	return userType.name
}

// DeclareSchema adds a schema to the resources of a type, or replaces the one of the same URN. unfit is how many resources
// have values that do not fit it; they stay as they are.
func DeclareSchema(o *store.OrganizationTx, s Schema, resourceType string) (unfit int, err error) {
	declared := store.Schema{URN: s.URN, ResourceType: resourceType, Document: s.Document}
	if err := o.DeclareSchema(declared); err != nil {
		return 0, err
	}
	rt := userType
	if resourceType == groupType.name {
		rt = groupType
	}
	rt = rt.with(s.table)
	err = o.RenewKeys(declared, func(document string) (string, error) {
		doc, err := decodeDocument(rt, document)
		if err != nil {
			return "", err
		}
		if !s.table.fits(doc) {
			unfit++
		}
		return encodeKeys(rt, doc), nil
	})
	return unfit, err
}

// fits says that the values of a resource are what the schema demands.
func (t *schemaTable) fits(doc map[string]any) bool {
	object, _ := doc[t.urn].(map[string]any)
	if len(object) == 0 {
		return true
	}
	for _, a := range t.attributes {
		if _, err := coerce(a, object[a.name]); err != nil {
			return false
		}
	}
	return checkRequired(t.attributes, object) == nil
}

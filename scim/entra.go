package scim

import (
	"strings"

	filter "github.com/scim2/filter-parser/v2"
)

// This file is the list of what Microsoft Entra ID sends and RFC 7644 does not foresee. Each entry shows the request as
// seen. All entries hold for every client and every request: a tenant sends both of its dialects at the same time.
//
// Values are mended by the entries of oddities. These shapes are read where the RFC's own shapes are read:
//
//	{"op":"Replace",...}                                    parseOperation   langwatch/langwatch#6972
//	{"Operations":[]}                                       parsePatch       scimmyjs/scimmy#59
//	{"op":"replace","value":{"name.givenName":"g"}}         editor.merge     thomaspoignant/scim-patch#132
//	{"op":"replace","value":{"urn:...:User:department":""}} editor.merge     Captain-P-Goldfish/SCIM-SDK#193
//	{"op":"Replace","path":"title","value":""}              coerce           Entra's validation, SCIM_Null_Update
//	{"op":"Remove","path":"members","value":[{...}]}        memberEdit       simpleidserver/SimpleIdServer#164
//	{"op":"Remove","path":"emails","value":[{...}]}         removeFromList   apache/directory-scimple#436
//	filter=externalId eq jyoung                             parseFilter      langwatch/langwatch#6973
//	filter=id eq "I" and manager eq "M"                     compileFilter    Entra's documentation
//	GET /users                                              endpoint         AzureAD/SCIMReferenceCode, PostmanCollection.json
//	GET /serviceConfiguration                               collection       AzureAD/SCIMReferenceCode, PostmanCollection.json

// staleConfigPath is what Microsoft's own tests call the ServiceProviderConfig, in lower case.
const staleConfigPath = "serviceconfiguration"

// oddity rewrites a value of an attribute, before its type is checked, into the form of RFC 7643.
type oddity struct {
	seen    string // the request, or the part of it that matters
	from    string // where it was reported
	applies func(a *attribute) bool
	mend    func(v any) any
}

var oddities = []oddity{
	{
		seen:    `{"op":"Replace","path":"active","value":"False"}; POST {"active":"True"}; roles[primary eq "True"]`,
		from:    "scimmyjs/scimmy#86, AzureAD/SCIMReferenceCode#21",
		applies: func(a *attribute) bool { return a.typ == typeBoolean },
		mend:    mendBoolean,
	},
	{
		seen:    `{"op":"Add","path":"urn:...:enterprise:2.0:User:manager","value":"ID"}; POST {"manager":"ID"}; "manager":[{"value":"ID"}]`,
		from:    "Captain-P-Goldfish/SCIM-SDK#541, apache/directory-scimple#1242",
		applies: func(a *attribute) bool { return a == managerAttribute },
		mend:    mendManager,
	},
	{
		seen:    `{"op":"Add","path":"roles","value":[{"value":"{\"id\":\"GUID\",\"value\":\"Admin\",\"displayName\":\"Admin\"}"}]}`,
		from:    "MicrosoftDocs/azure-docs#50772, MicrosoftDocs/entra-docs#215",
		applies: func(a *attribute) bool { return a == rolesAttribute },
		mend:    mendRole,
	},
	{
		seen:    `{"op":"add","path":"members","value":"ID"}; {"op":"add","path":"members","value":[{"value":"ID","displayName":"N"}]}`,
		from:    "AzureAD/SCIMReferenceCode, PostmanCollection.json",
		applies: func(a *attribute) bool { return a == membersAttribute },
		mend:    mendMember,
	},
}

// tolerate applies every oddity that concerns the attribute. Applying it again changes nothing.
func tolerate(a *attribute, v any) any {
	for _, o := range oddities {
		if o.applies(a) {
			v = o.mend(v)
		}
	}
	return v
}

func mendBoolean(v any) any {
	s, ok := v.(string)
	switch {
	case ok && strings.EqualFold(s, "true"):
		return true
	case ok && strings.EqualFold(s, "false"):
		return false
	}
	return v
}

func mendManager(v any) any {
	if many, ok := v.([]any); ok {
		if len(many) == 0 {
			return nil
		}
		if len(many) == 1 {
			v = many[0]
		}
	}
	if id, ok := v.(string); ok && id != "" {
		return map[string]any{valueKey: id}
	}
	return v
}

// mendRole unwraps the JSON that stands in a role's value, and gives the sub-attribute "displayName" its RFC name.
func mendRole(v any) any {
	role, ok := v.(map[string]any)
	if !ok {
		return v
	}
	mended := rename(role, "displayname", displayKey)
	text, _ := member(mended, valueKey).(string)
	if !strings.HasPrefix(text, "{") {
		return mended
	}
	inner, err := decodeObject([]byte(text))
	if err != nil || member(inner, valueKey) == nil {
		return mended
	}
	for key, v := range rename(inner, "displayname", displayKey) {
		for old := range mended {
			if strings.EqualFold(old, key) {
				delete(mended, old)
			}
		}
		mended[key] = v
	}
	return mendRole(mended) // the inner value may be wrapped as well; then what is stored must not be mended again
}

func mendMember(v any) any {
	switch v := v.(type) {
	case string:
		return map[string]any{valueKey: v}
	case map[string]any:
		return rename(v, "displayname", displayKey)
	}
	return v
}

// rename copies an object with one member renamed, unless the new name is taken.
func rename(object map[string]any, key, name string) map[string]any {
	renamed := make(map[string]any, len(object))
	taken := member(object, name) != nil
	for k, v := range object {
		if !taken && strings.EqualFold(k, key) {
			k = name
		}
		renamed[k] = v
	}
	return renamed
}

// member reads a member of an object by its name in any case.
func member(object map[string]any, name string) any {
	for key, v := range object {
		if strings.EqualFold(key, name) {
			return v
		}
	}
	return nil
}

// elementFor makes the list element that a value filter asks for, because Entra writes sub-attributes of elements that
// do not exist yet, with Add and with Replace, where RFC 7644 section 3.5.2.3 wants noTarget:
//
//	{"op":"Replace","path":"emails[type eq \"work\"].value","value":"x"}   sourcegraph/sourcegraph-public-snapshot#49200
//	{"op":"Add","path":"addresses[type eq \"work\"].locality","value":"x"} simpleidserver/SimpleIdServer#808
//
// Only a filter that names exact values describes an element; ok is false for any other.
func elementFor(a *attribute, expr filter.Expression) (element map[string]any, ok bool) {
	element = make(map[string]any)
	if !fillElement(a, expr, element) {
		return nil, false
	}
	return element, true
}

func fillElement(a *attribute, expr filter.Expression, element map[string]any) bool {
	switch e := expr.(type) {
	case *filter.LogicalExpression:
		return e.Operator == filter.AND && fillElement(a, e.Left, element) && fillElement(a, e.Right, element)
	case *filter.AttributeExpression:
		sub, ok := a.subByKey[strings.ToLower(e.AttributePath.AttributeName)]
		if !ok || e.Operator != filter.EQ || sub.mutability == readOnly {
			return false
		}
		// The quoted "True" of roles[primary eq "True"] becomes a boolean here, as any boolean does.
		value, err := coerce(sub, e.CompareValue)
		if err != nil || value == nil {
			return false
		}
		element[sub.name] = value
		return true
	}
	return false
}

// keepOnePrimary makes the last primary element the only one: Entra's validator sets emails[type eq "home"].primary
// while the work address is primary too (sourcegraph/sourcegraph-public-snapshot#49119), and RFC 7643 section 2.4
// allows one.
func keepOnePrimary(list []any) {
	for i := len(list) - 1; i >= 0; i-- {
		if isPrimary(list[i]) {
			demoteOthers(list, i)
			return
		}
	}
}

func demoteOthers(list []any, winner int) {
	for i, element := range list {
		if i != winner && isPrimary(element) {
			element.(map[string]any)[primaryKey] = false
		}
	}
}

func isPrimary(element any) bool {
	object, _ := element.(map[string]any)
	return object[primaryKey] == true
}

package admin

import (
	"fmt"
	"strings"

	"doorlist/store"
)

// entraDocuments are what can be pasted into a manifest or sent to Microsoft Graph instead of clicking.
func entraDocuments(ladder []store.Role) []Document {
	return []Document{
		{"optional_claims", "Optional claims", "the first application's manifest: optionalClaims and groupMembershipClaims", manifestClaims},
		{"attribute_mapping", "Attribute mapping of users",
			"Graph, synchronization schema of the second application: in the object mapping of User, these take the place of those with the same targetAttributeName", attributeMappings()},
		{"app_roles", "App roles, one for each role of the ladder", "the first application's manifest: appRoles", appRoles(ladder)},
	}
}

// manifestClaims are the parts of an application's manifest that say what an ID token tells.
var manifestClaims = map[string]any{
	"groupMembershipClaims": "None",
	"optionalClaims": map[string]any{
		"accessToken": []any{}, "saml2Token": []any{},
		"idToken": []optionalClaim{claim("acct"), claim("auth_time"), claim("email"), claim("login_hint"), claim("sid")},
	},
}

type optionalClaim struct {
	Name       string   `json:"name"`
	Source     *string  `json:"source"`
	Essential  bool     `json:"essential"`
	Properties []string `json:"additionalProperties"`
}

func claim(name string) optionalClaim { return optionalClaim{Name: name, Properties: []string{}} }

// attributeMapping is Graph's resource type of that name, for a source that is an attribute.
type attributeMapping struct {
	Target       string        `json:"targetAttributeName"`
	Source       mappingSource `json:"source"`
	Matching     int           `json:"matchingPriority"` // 0: not matched by
	FlowType     string        `json:"flowType"`
	FlowBehavior string        `json:"flowBehavior"`
	Default      string        `json:"defaultValue"`
	Missing      bool          `json:"exportMissingReferences"`
}

type mappingSource struct {
	Expression string   `json:"expression"`
	Name       string   `json:"name"`
	Type       string   `json:"type"`
	Parameters []string `json:"parameters"`
}

// directMappings are the sources and targets of attributes that go over as they are. The object id comes first, and is matched by first:
// a user name can pass to another person, who would then be taken for the one before.
var directMappings = [][2]string{
	{"objectId", "externalId"},
	{"userPrincipalName", "userName"},
	{"displayName", "displayName"},
	{"givenName", "name.givenName"},
	{"surname", "name.familyName"},
	{"mail", `emails[type eq "work"].value`},
	{"jobTitle", "title"},
	{"department", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department"},
}

func attributeMappings() []attributeMapping {
	list := make([]attributeMapping, len(directMappings))
	for i, m := range directMappings {
		list[i] = attributeMapping{
			Target: m[1], FlowType: "Always", FlowBehavior: "FlowWhenChanged",
			Source: mappingSource{Expression: "[" + m[0] + "]", Name: m[0], Type: "Attribute", Parameters: []string{}},
		}
	}
	list[0].Matching, list[1].Matching = 1, 2
	return list
}

type appRole struct {
	ID          string   `json:"id"`
	Value       string   `json:"value"`
	DisplayName string   `json:"displayName"`
	Description string   `json:"description"`
	Members     []string `json:"allowedMemberTypes"`
	Enabled     bool     `json:"isEnabled"`
}

// appRoles makes an app role of each role. Its id is the role's, so that it is the same whenever it is made.
func appRoles(ladder []store.Role) []appRole {
	list, taken := make([]appRole, len(ladder)), map[string]bool{}
	for i, r := range ladder {
		value := appRoleValue(r.Name)
		if value == "" || taken[strings.ToLower(value)] {
			value = fmt.Sprintf("role-%d", r.Rank)
		}
		taken[strings.ToLower(value)] = true
		list[i] = appRole{r.ID, value, r.Name, "The role " + r.Name + " of Doorlist", []string{"User"}, true}
	}
	return list
}

// appRoleValue is a role's name without what Entra refuses in values, which is blanks above all; "" where nothing is left.
func appRoleValue(name string) string {
	return strings.Trim(strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', r == '-', r == '_', r == '.':
			return r
		}
		return '-'
	}, name), "-.")
}

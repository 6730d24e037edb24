package scim

import "net/http"

// Values in forms that RFC 7643 does not have: booleans, the manager, app roles, case.
var fieldValues = []fieldFailure{
	{"disable with a text leaves access", "scimmyjs/scimmy#86", func(f *field) {
		got := f.patched(f.user(), `[{"op":"Replace","path":"active","value":"False"}]`)
		f.want(got["active"], false)
	}},
	{"POST with active as text is rejected", "AzureAD/SCIMReferenceCode#21", func(f *field) {
		f.want(f.read(f.user(`"active":"True"`))["active"], true)
	}},
	{"manager as text is rejected", "Captain-P-Goldfish/SCIM-SDK#541", func(f *field) {
		got := f.patched(f.user(), `[{"op":"Add","path":`+enterprise+`:manager","value":"m1"}]`)
		f.want(at(got, enterpriseSchema, "manager"), map[string]any{"value": "m1"})
	}},
	{"manager returned as text breaks the client", "Budibase/budibase#15369", func(f *field) {
		got := f.read(f.user(`"manager":"m1"`))
		f.want(at(got, enterpriseSchema, "manager", "value"), "m1")
		f.want(got["manager"], nil)
	}},
	{"manager is sent again in each cycle", "MicrosoftDocs/azure-docs#11784", func(f *field) {
		path := f.user()
		operation := `[{"op":"Replace","path":` + enterprise + `:manager","value":"m1"}]`
		first := f.patch(path, operation)
		second := f.patch(path, operation)
		f.want(second.header.Get("ETag"), first.header.Get("ETag"))
		f.want(at(second.json, enterpriseSchema, "manager", "value"), "m1")
	}},
	{"externalId is dropped", "langwatch/langwatch#6974", func(f *field) {
		path := f.user(`"externalId":"Ab-1"`)
		f.want(f.read(path)["externalId"], "Ab-1")
		f.want(f.patched(path, `[{"op":"Replace","path":"externalId","value":"cD-2"}]`)["externalId"], "cD-2")
	}},
	{"app roles arrive as JSON in a string", "MicrosoftDocs/azure-docs#50772", func(f *field) {
		got := f.patched(f.user(), `[{"op":"Add","path":"roles","value":[{"value":"{\"id\":\"18d1\",\"value\":\"Admin\",\"displayName\":\"Administrator\"}"}]}]`)
		f.want(got["roles"], []any{map[string]any{"value": "Admin", "display": "Administrator"}})
	}},
	{"the type of a role is always the same", "MicrosoftDocs/entra-docs#391", func(f *field) {
		got := f.read(f.user(`"roles":[{"primary":true,"type":"WindowsAzureActiveDirectoryRole","value":"Admin"}]`))
		f.want(at(got, "roles", 0, "value"), "Admin")
		f.want(f.total("/Users", `roles[value eq "admin"] and userName eq "`+f.name+`"`), 1)
	}},
	{"several roles, none of them primary", "buildbuddy-io/buildbuddy#10578", func(f *field) {
		got := f.read(f.user(`"roles":[{"primary":false,"value":"A"},{"primary":false,"value":"B"}]`))
		f.want(got["roles"], []any{map[string]any{"primary": false, "value": "A"}, map[string]any{"primary": false, "value": "B"}})
	}},
	{"capitalized attribute names are rejected", "python-scim/scim2-models#39", func(f *field) {
		got := f.read(f.user(`"Emails":[{"Type":"work","Primary":true,"Value":"v"}],"Department":"d","Active":false`))
		f.want(got["emails"], []any{map[string]any{"type": "work", "primary": true, "value": "v"}})
		f.want(at(got, enterpriseSchema, "department"), "d")
		f.want(got["active"], false)
	}},
	{"primary is not recognized on create", "simpleidserver/SimpleIdServer#733", func(f *field) {
		got := f.read(f.user(`"addresses":[{"type":"work","primary":true,"locality":"l"}],"phoneNumbers":[{"type":"mobile","primary":"True","value":"1"}]`))
		f.want(at(got, "addresses", 0, "primary"), true)
		f.want(at(got, "phoneNumbers", 0, "primary"), true)
	}},
	{"one unsupported default attribute rejects everybody", "kortix-ai/suna#7302", func(f *field) {
		path := f.user()
		operations := ""
		for _, target := range defaultMapping {
			operations += `,{"op":"Add","path":` + quote(target) + `,"value":"v"}`
		}
		got := f.patched(path, "["+operations[1:]+"]")
		f.want(got["preferredLanguage"], "v")
		f.want(got["addresses"], []any{map[string]any{
			"type": "work", "formatted": "v", "streetAddress": "v", "locality": "v", "region": "v", "postalCode": "v", "country": "v"}})
	}},
	{"the requested state is not what is reported", "kortix-ai/suna#4244", func(f *field) {
		f.want(f.read(f.user(`"active":true`))["active"], true)
	}},
	{"upper and lower case of a user name do not match", "thomaspoignant/scim2-parse-filter#115", func(f *field) {
		f.user()
		f.want(f.total("/Users", `userName eq "F`+f.name[1:]+`"`), 1)
	}},
	{"a disabled user is hidden", "sourcegraph/sourcegraph-public-snapshot#49325", func(f *field) {
		path := f.user()
		f.patched(path, `[{"op":"Replace","path":"active","value":"False"}]`)
		f.want(f.read(path)["active"], false)
		f.want(f.total("/Users", `userName eq "`+f.name+`"`), 1)
	}},
	{"a delete arrives as a disable", "jelhub/scimgateway#47", func(f *field) {
		path := f.user()
		f.want(f.patched(path, `[{"op":"replace","value":{"active":false}}]`)["active"], false)
		f.must(http.StatusNoContent, http.MethodDelete, path, "")
		f.must(http.StatusNotFound, http.MethodGet, path, "")
	}},
}

// defaultMapping is the targets of the default mapping of a non-gallery application, userName and active aside.
var defaultMapping = []string{
	"displayName", "title", `emails[type eq "work"].value`, "preferredLanguage", "name.givenName", "name.familyName", "name.formatted",
	`addresses[type eq "work"].formatted`, `addresses[type eq "work"].streetAddress`, `addresses[type eq "work"].locality`,
	`addresses[type eq "work"].region`, `addresses[type eq "work"].postalCode`, `addresses[type eq "work"].country`,
	`phoneNumbers[type eq "work"].value`, `phoneNumbers[type eq "mobile"].value`, `phoneNumbers[type eq "fax"].value`, "externalId",
	enterpriseSchema + ":employeeNumber", enterpriseSchema + ":department", enterpriseSchema + ":manager",
}

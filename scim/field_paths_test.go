package scim

import "net/http"

// Paths and keys that point at parts of a user.
var fieldPaths = []fieldFailure{
	{"replace with a filter that matches nothing is noTarget", "Captain-P-Goldfish/scim-for-keycloak#73", func(f *field) {
		got := f.patched(f.user(), `[{"op":"Replace","path":"emails[type eq \"work\"].value","value":"w"}]`)
		f.want(got["emails"], []any{map[string]any{"type": "work", "value": "w"}})
	}},
	{"add with a filter creates no typed element", "Captain-P-Goldfish/SCIM-SDK#416", func(f *field) {
		got := f.patched(f.user(), `[{"op":"add","path":"phoneNumbers[type eq \"mobile\"].value","value":"1"}]`)
		f.want(got["phoneNumbers"], []any{map[string]any{"type": "mobile", "value": "1"}})
	}},
	{"setting one e-mail address deletes the others", "Captain-P-Goldfish/SCIM-SDK#668", func(f *field) {
		got := f.patched(f.user(`"emails":[{"type":"home","value":"h"},{"type":"work","value":"w"}]`), `[{"op":"Replace","path":"emails[type eq \"work\"].value","value":"x"}]`)
		f.want(got["emails"], []any{map[string]any{"type": "home", "value": "h"}, map[string]any{"type": "work", "value": "x"}})
	}},
	{"five adds on one address give five addresses", "simpleidserver/SimpleIdServer#808", func(f *field) {
		got := f.patched(f.user(), `[{"op":"Add","path":"addresses[type eq \"work\"].locality","value":"l"},{"op":"Add","path":"addresses[type eq \"work\"].region","value":"r"},
			{"op":"Add","path":"addresses[type eq \"work\"].country","value":"c"},{"op":"Add","path":"addresses[type eq \"work\"].postalCode","value":"p"},
			{"op":"Add","path":"addresses[type eq \"work\"].streetAddress","value":"s"}]`)
		f.want(got["addresses"], []any{map[string]any{"type": "work", "locality": "l", "region": "r", "country": "c", "postalCode": "p", "streetAddress": "s"}})
	}},
	{"replace is not implemented for an e-mail address", "limosa-io/laravel-scim-server#34", func(f *field) {
		got := f.patched(f.user(`"emails":[{"type":"work","value":"w","primary":true}]`), `[{"op":"Replace","path":"emails[type eq \"work\"].value","value":"x"}]`)
		f.want(got["emails"], []any{map[string]any{"type": "work", "value": "x", "primary": true}})
	}},
	{"only a path of the server's own is known", "Metatavu/keycloak-scim-server#35", func(f *field) {
		got := f.patched(f.user(), `[{"op":"Add","path":"emails[type eq \"work\"].value","value":"w"},{"op":"Replace","path":"name.familyName","value":"n"}]`)
		f.want(at(got, "emails", 0, "value"), "w")
		f.want(at(got, "name", "familyName"), "n")
	}},
	{"a dotted key is stored as it stands", "thomaspoignant/scim-patch#132", func(f *field) {
		got := f.patched(f.user(), `[{"op":"add","value":{"name.givenName":"g","name.familyName":"f"}}]`)
		f.want(got["name"], map[string]any{"givenName": "g", "familyName": "f"})
		f.want(got["name.givenName"], nil)
	}},
	{"a key with a URN is stored at the root", "Captain-P-Goldfish/SCIM-SDK#193", func(f *field) {
		got := f.patched(f.user(), `[{"op":"replace","value":{`+enterprise+`:employeeNumber":"1"}}]`)
		f.want(got[enterpriseSchema], map[string]any{"employeeNumber": "1"})
		f.want(got[enterpriseSchema+":employeeNumber"], nil)
	}},
	{"a URN is cut at the dot of its version", "pingidentity/scim2#104", func(f *field) {
		got := f.patched(f.user(), `[{"op":"Add","path":"urn:ietf:params:scim:schemas:extension:Acme:2.0:User:tag","value":"t"},{"op":"Add","path":`+enterprise+`:department","value":"d"}]`)
		f.want(got["urn:ietf:params:scim:schemas:extension:Acme:2.0:User"], map[string]any{"tag": "t"})
		f.want(got[enterpriseSchema], map[string]any{"department": "d"})
	}},
	{"an extension attribute on a user without extension is an error", "FusionAuth/fusionauth-issues#2667", func(f *field) {
		got := f.patched(f.user(), `[{"op":"Add","path":`+enterprise+`:costCenter","value":"c"}]`)
		f.want(got["schemas"], []any{userSchema, enterpriseSchema})
	}},
	{"Replace with a capital is rejected", "langwatch/langwatch#6972", func(f *field) {
		f.want(f.patched(f.user(), `[{"op":"Replace","path":"active","value":false}]`)["active"], false)
	}},
	{"add is no choice on update", "getsentry/sentry#84941", func(f *field) {
		f.want(f.patched(f.user(), `[{"op":"Add","path":"displayName","value":"d"}]`)["displayName"], "d")
	}},
	{"a PATCH without operations is rejected", "scimmyjs/scimmy#59", func(f *field) {
		r := f.patch(f.user(), `[]`)
		f.want(r.status, http.StatusOK)
		f.want(r.header.Get("ETag"), `W/"1"`)
	}},
	{"remove with another value sets that value", "AzureAD/SCIMReferenceCode#87", func(f *field) {
		got := f.patched(f.user(`"emails":[{"type":"work","value":"w"}]`), `[{"op":"Remove","path":"emails[type eq \"work\"].value","value":"old"}]`)
		f.want(got["emails"], nil)
	}},
	{"a boolean in a path is stored as a junk key", "pranems/SCIMServer", func(f *field) {
		got := f.patched(f.user(`"emails":[{"type":"work","value":"w","primary":true}]`), `[{"op":"replace","path":"emails[primary eq true].value","value":"x"}]`)
		f.want(got["emails"], []any{map[string]any{"type": "work", "value": "x", "primary": true}})
	}},
}

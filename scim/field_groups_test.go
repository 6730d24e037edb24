package scim

import (
	"fmt"
	"net/http"
)

// Groups and their members.
var fieldGroups = []fieldFailure{
	{"removing one member empties the group", "simpleidserver/SimpleIdServer#164", func(f *field) {
		p := f.people(2)
		path := f.group(`"members":` + memberList(p...))
		f.want(f.change(path, `[{"op":"Remove","path":"members","value":[{"$ref":null,"value":"`+p[0]+`"}]}]`), ids(p[1]))
	}},
	{"a value in a remove is a parser error", "pingidentity/scim2#174", func(f *field) {
		p := f.people(1)
		f.want(f.change(f.group(`"members":`+memberList(p...)), `[{"op":"remove","path":"members","value":[{"value":"`+p[0]+`"}]}]`), []string(nil))
	}},
	{"remove of a member with an empty reference does nothing", "pond/scimitar#43", func(f *field) {
		p := f.people(1)
		f.want(f.change(f.group(`"members":`+memberList(p...)), `[{"op":"Remove","path":"members","value":[{"$ref":null,"value":"`+p[0]+`"}]}]`), []string(nil))
	}},
	{"the group filter is ignored and all groups come back", "Metatavu/keycloak-scim-server#46", func(f *field) {
		f.group()
		f.want(f.total("/Groups", `displayName eq "`+f.name+`"`), 1)
		f.want(f.must(http.StatusBadRequest, http.MethodGet, "/Groups?filter=shoeSize+eq+1", "").json["scimType"], "invalidFilter")
	}},
	{"members come back in spite of excludedAttributes", "simpleidserver/SimpleIdServer#490", func(f *field) {
		p := f.people(1)
		path := f.group(`"members":` + memberList(p...))
		f.want(f.read(path + "?excludedAttributes=members")["members"], nil)
		list := f.read("/Groups?excludedAttributes=members&filter=" + escape(`displayName eq "`+f.name+`"`))
		f.want(at(list, "Resources", 0, "members"), nil)
	}},
	{"members of a large group are cut off", "FusionAuth/fusionauth-issues#2784", func(f *field) {
		p := f.people(120)
		path := f.group(`"members":` + memberList(p[:119]...))
		f.want(len(f.change(path, `[{"op":"Add","path":"members","value":`+memberList(p[119])+`}]`)), 120)
	}},
	{"every PATCH answers with all members", "grokability/snipe-it#19115", func(f *field) {
		p := f.people(1)
		r := f.patch(f.group(), `[{"op":"Add","path":"members","value":`+memberList(p...)+`}]`)
		f.want(r.status, http.StatusNoContent)
		f.want(r.text, "")
	}},
	{"adding a member again is a conflict", "simpleidserver/SimpleIdServer#245", func(f *field) {
		p := f.people(1)
		path := f.group(`"members":` + memberList(p...))
		f.want(f.change(path, `[{"op":"Add","path":"members","value":`+memberList(p[0], p[0])+`}]`), p)
	}},
	{"one unknown member rejects all", "fleetdm/fleet#52600", func(f *field) {
		p := f.people(1)
		f.want(f.change(f.group(), `[{"op":"Add","path":"members","value":`+memberList("018f5b1e-0000-7000-8000-000000000000", p[0])+`}]`), p)
	}},
	{"a group with an empty list of members is rejected", "jelhub/scimgateway#116", func(f *field) {
		f.want(f.members(f.group(`"externalId":"e"`, `"members":[]`, `"meta":{"resourceType":"Group"}`)), []string(nil))
	}},
	{"a nested group becomes a user", "BerriAI/litellm#34997", func(f *field) {
		inner := f.create("/Groups", `{"displayName":"`+f.name+`-inner"}`)
		path := f.group()
		f.change(path, `[{"op":"Add","path":"members","value":`+memberList(inner)+`}]`)
		f.want(at(f.read(path), "members", 0, "type"), "Group")
		f.must(http.StatusNotFound, http.MethodGet, "/Users/"+inner, "")
	}},
	{"a member is a user and a group at once", "Captain-P-Goldfish/scim-for-keycloak#16", func(f *field) {
		p := f.people(1)
		path := f.group(`"members":` + memberList(p...))
		f.want(at(f.read(path), "members", 0, "type"), "User")
		f.must(http.StatusNotFound, http.MethodGet, "/Groups/"+p[0], "")
	}},
	{"groups cannot be filtered by name", "ssoready/ssoready#232", func(f *field) {
		f.create("/Groups", fmt.Sprintf(`{"displayName":"%s (a|b)"}`, f.name))
		f.want(f.total("/Groups", `displayName eq "`+f.name+` (A|B)"`), 1)
	}},
}

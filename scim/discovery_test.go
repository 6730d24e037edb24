package scim

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"doorlist/store/storetest"
)

// TestSchemas_EntraFindsItsTargets flattens the schemas as Entra's validation does: a list becomes name[type eq "..."]
// if its type suggests values, and name[primary eq "True"] otherwise. Every target of the default mapping has to be there.
func TestSchemas_EntraFindsItsTargets(t *testing.T) {
	t.Parallel()
	d := newDoor(t, storetest.New(t))
	r := d.must(http.StatusOK, http.MethodGet, "/Schemas", "")
	if strings.Contains(r.text, "null") {
		t.Error("/Schemas has a null")
	}
	var targets []string
	for _, schema := range r.json["Resources"].([]any) {
		targets = append(targets, flatten(schema.(map[string]any))...)
	}
	wanted := append([]string{"userName", "active", `roles[primary eq "True"].value`, `roles[primary eq "True"].display`, "members", enterpriseSchema + ":costCenter"}, defaultMapping...)
	for _, want := range wanted {
		if !slices.ContainsFunc(targets, func(got string) bool { return strings.EqualFold(got, want) }) {
			t.Errorf("%s is missing in %v", want, targets)
		}
	}
}

func flatten(schema map[string]any) []string {
	prefix := ""
	if urn := schema["id"].(string); strings.Contains(urn, ":extension:") {
		prefix = urn + ":"
	}
	var targets []string
	for _, row := range schema["attributes"].([]any) {
		a := row.(map[string]any)
		name := prefix + a["name"].(string)
		subs, _ := a["subAttributes"].([]any)
		if len(subs) == 0 || strings.HasSuffix(name, "manager") || name == "members" {
			targets = append(targets, name)
			continue
		}
		for _, choice := range choices(a, subs) {
			for _, sub := range subs {
				targets = append(targets, name+choice+"."+sub.(map[string]any)["name"].(string))
			}
		}
	}
	return targets
}

func choices(a map[string]any, subs []any) []string {
	if a["multiValued"] != true {
		return []string{""}
	}
	for _, sub := range subs {
		s := sub.(map[string]any)
		if canonical, ok := s["canonicalValues"].([]any); ok && s["name"] == "type" {
			var list []string
			for _, value := range canonical {
				list = append(list, `[type eq "`+value.(string)+`"]`)
			}
			return list
		}
	}
	return []string{`[primary eq "True"]`}
}

func TestDiscovery_EachDocumentIsFoundWhereItSays(t *testing.T) {
	t.Parallel()
	d := newDoor(t, storetest.New(t))
	for _, path := range []string{"/Schemas", "/ResourceTypes"} {
		list := d.must(http.StatusOK, http.MethodGet, path, "")
		resources := list.json["Resources"].([]any)
		if list.json["totalResults"] != float64(len(resources)) || len(resources) == 0 {
			t.Errorf("%s: %s", path, list.text)
		}
		for _, resource := range resources {
			location := at(resource, "meta", "location").(string)
			own, ok := strings.CutPrefix(location, "https://door.example/scim/v2")
			if !ok {
				t.Fatalf("location %s", location)
			}
			if got := d.must(http.StatusOK, http.MethodGet, own, ""); got.json["id"] != at(resource, "id") {
				t.Errorf("%s is %v, want %v", location, got.json["id"], at(resource, "id"))
			}
		}
	}
	if first := at(d.must(200, "GET", "/ResourceTypes", "").json, "Resources", 0, "endpoint"); first != "/Users" {
		t.Errorf("the first resource type is %v, want /Users", first)
	}
	d.must(http.StatusOK, http.MethodGet, "/Schemas/"+strings.ToUpper(userSchema), "")
}

// TestServiceProviderConfig_IsTrue compares the promises with what the server does.
func TestServiceProviderConfig_IsTrue(t *testing.T) {
	t.Parallel()
	d := newDoor(t, storetest.New(t))
	config := d.must(http.StatusOK, http.MethodGet, "/ServiceProviderConfig", "").json
	path := "/Users/" + d.create("/Users", `{"userName":"u"}`)
	d.create("/Users", `{"userName":"a"}`)
	supported := func(name string) bool { return at(config, name, "supported") == true }
	answers := map[string]bool{
		"patch":  d.patch(path, `[]`).status == http.StatusOK,
		"bulk":   d.do(http.MethodPost, "/Bulk", `{"Operations":[]}`).status == http.StatusOK,
		"filter": d.total("/Users", `userName eq "u"`) == 1,
		"sort":   at(d.must(http.StatusOK, http.MethodGet, "/Users?sortBy=userName", "").json, "Resources", 0, "userName") == "a",
		"etag":   d.do(http.MethodDelete, path, "", "If-Match", `W/"9"`).status == http.StatusPreconditionFailed,
	}
	for name, does := range answers {
		if supported(name) != does {
			t.Errorf("%s: says %v, does %v", name, supported(name), does)
		}
	}
	if at(config, "bulk", "maxOperations") != float64(maxBulkOperations) || at(config, "bulk", "maxPayloadSize") != float64(maxBody) {
		t.Errorf("limits %v", at(config, "bulk"))
	}
	if supported("changePassword") {
		t.Error("promises changePassword")
	}
	checkPagination(d, config["pagination"].(map[string]any))
}

// checkPagination asks for pages as RFC 9865 section 4 lets the configuration promise them.
func checkPagination(d *door, promised map[string]any) {
	d.t.Helper()
	most := int(promised["maxPageSize"].(float64))
	for query, fails := range map[string]bool{"cursor": promised["cursor"] != true, "startIndex=1": promised["index"] != true,
		fmt.Sprintf("cursor&count=%d", most): false, fmt.Sprintf("cursor&count=%d", most+1): true} {
		if got := d.do(http.MethodGet, "/Users?"+query, "").status; (got != http.StatusOK) != fails {
			d.t.Errorf("%s: status %d", query, got)
		}
	}
	if _, hasIndex := d.must(http.StatusOK, http.MethodGet, "/Users", "").json["startIndex"]; !hasIndex || promised["defaultPaginationMethod"] != "index" {
		d.t.Errorf("the default is %v", promised["defaultPaginationMethod"])
	}
	for i := range int(promised["defaultPageSize"].(float64)) {
		d.create("/Users", fmt.Sprintf(`{"userName":"v%d"}`, i))
	}
	if got := d.must(http.StatusOK, http.MethodGet, "/Users?cursor", "").json["itemsPerPage"]; got != promised["defaultPageSize"] {
		d.t.Errorf("%v on a page", got)
	}
	if promised["cursorTimeout"] != cursorTimeout.Seconds() {
		d.t.Errorf("cursorTimeout is %v", promised["cursorTimeout"])
	}
}

// TestSchemas_DescribeTheServersOwnDocuments looks for every member of the documents in their schemas, and for everything
// that the schemas describe in the documents.
func TestSchemas_DescribeTheServersOwnDocuments(t *testing.T) {
	t.Parallel()
	d := newDoor(t, storetest.New(t))
	for path, urn := range map[string]string{
		"/ServiceProviderConfig": providerConfigSchema, "/ResourceTypes/User": resourceTypeSchema,
		"/Schemas/" + userSchema: schemaSchema, "/Schemas/" + groupSchema: schemaSchema,
	} {
		described := d.must(http.StatusOK, http.MethodGet, "/Schemas/"+urn, "").json["attributes"].([]any)
		document := d.must(http.StatusOK, http.MethodGet, path, "").json
		delete(document, "schemas") // common attributes are in no schema
		delete(document, "meta")
		checkDescribed(t, path, described, document)
		for _, a := range described {
			if name := at(a, "name").(string); document[name] == nil {
				t.Errorf("%s has no %s", path, name)
			}
		}
	}
}

// checkDescribed demands that each member of an object is described, with its type.
func checkDescribed(t *testing.T, path string, described []any, object map[string]any) {
	t.Helper()
	for name, value := range object {
		i := slices.IndexFunc(described, func(a any) bool { return at(a, "name") == name })
		if i < 0 {
			t.Errorf("%s.%s is not described", path, name)
			continue
		}
		list, isList := value.([]any)
		if isList != (at(described[i], "multiValued") == true) {
			t.Errorf("%s.%s is a list: %t", path, name, isList)
		}
		if !isList {
			list = []any{value}
		}
		parts, _ := at(described[i], "subAttributes").([]any)
		for _, each := range list {
			whole, isObject := each.(map[string]any)
			if _, isBoolean := each.(bool); isObject != (at(described[i], "type") == "complex") || isBoolean != (at(described[i], "type") == "boolean") {
				t.Errorf("%s.%s is %T", path, name, each)
			}
			checkDescribed(t, path+"."+name, parts, whole)
		}
	}
}

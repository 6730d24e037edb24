package scim

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"doorlist/store"
	"doorlist/store/storetest"

	"github.com/google/go-cmp/cmp"
)

func TestList_PagesAreExact(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDoor(t, s)
		var want, got []string
		for i := range 11 {
			want = append(want, d.create("/Users", fmt.Sprintf(`{"userName":"u%d"}`, i)))
		}
		for start := 1; start <= 11; {
			r := d.must(200, "GET", fmt.Sprintf("/Users?startIndex=%d&count=5", start), "")
			page := r.json["Resources"].([]any)
			if r.json["startIndex"] != float64(start) || r.json["totalResults"] != 11.0 || r.json["itemsPerPage"] != float64(len(page)) {
				t.Fatalf("page from %d: %s", start, r.text)
			}
			for _, resource := range page {
				got = append(got, resource.(map[string]any)["id"].(string))
			}
			start += len(page)
		}
		slices.Sort(want) // the order is that of the ids, which is the order of creation
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestList_Bounds(t *testing.T) {
	t.Parallel()
	d := newDoor(t, storetest.New(t))
	for i := range 3 {
		d.create("/Users", fmt.Sprintf(`{"userName":"u%d"}`, i))
	}
	for query, want := range map[string][3]int{ // totalResults, startIndex, itemsPerPage
		"":                          {3, 1, 3},
		"startIndex=0":              {3, 1, 3},
		"startindex=-7":             {3, 1, 3},
		"startIndex=3":              {3, 3, 1},
		"startIndex=4":              {3, 4, 0},
		"count=0":                   {3, 1, 0},
		"count=-1":                  {3, 1, 0},
		"count=100000":              {3, 1, 3},
		"startIndex=2&count=1":      {3, 2, 1},
		"sortBy=&aadOptscim06=":     {3, 1, 3},
		"filter=userName+eq+u1":     {1, 1, 1},
		"FILTER=userName+eq+%22%22": {0, 1, 0},
		"filter=not(userName%20eq%20%22u1%22)&count=1": {2, 1, 1},
	} {
		r := d.must(200, "GET", "/Users?"+query, "")
		got := [3]int{int(r.json["totalResults"].(float64)), int(r.json["startIndex"].(float64)), int(r.json["itemsPerPage"].(float64))}
		if got != want || len(r.json["Resources"].([]any)) != want[2] {
			t.Errorf("%q: %v, want %v: %s", query, got, want, r.text)
		}
	}
}

const fullUser = `{"userName":"u","externalId":"e","displayName":"d","name":{"givenName":"g","familyName":"f"},
	"emails":[{"value":"w","type":"work","primary":true}],"urn:x:Acme:2.0:User":{"tag":"t","color":"red"},` +
	enterprise + `":{"department":"dep","manager":{"value":"m"}}}`

func TestProjection(t *testing.T) {
	t.Parallel()
	d := newDoor(t, storetest.New(t))
	path := "/Users/" + d.create("/Users", fullUser)
	all := []string{"active", "displayName", "emails", "externalId", "id", "meta", "name", "schemas", "urn:x:Acme:2.0:User", enterpriseSchema, "userName"}
	slices.Sort(all)
	without := func(names ...string) []string {
		return slices.DeleteFunc(slices.Clone(all), func(s string) bool { return slices.Contains(names, s) })
	}
	for query, want := range map[string][]string{
		"":                                  all,
		"attributes=":                       all,
		"attributes=userName,emails":        {"emails", "id", "schemas", "userName"},
		"attributes=USERNAME,+meta":         {"id", "meta", "schemas", "userName"},
		"attributes=id":                     {"id", "schemas"},
		"attributes=shoeSize,name.size":     {"id", "schemas"},
		"attributes=shoeSize.value":         {"id", "schemas"},
		"attributes=emails[type+eq+work]":   {"emails", "id", "schemas"},
		"attributes=department":             {"id", "schemas", enterpriseSchema},
		"attributes=" + enterpriseSchema:    {"id", "schemas", enterpriseSchema},
		"attributes=urn:x:acme:2.0:User":    {"id", "schemas", "urn:x:Acme:2.0:User"},
		"excludedAttributes=members":        all,
		"excludedAttributes=id,schemas":     all,
		"excludedAttributes=emails,meta":    without("emails", "meta"),
		"excludedAttributes=externalId":     without("externalId"),
		"excludedattributes=name.givenName": all,
	} {
		var got []string
		for name := range d.must(200, "GET", path+"?"+query, "").json {
			got = append(got, name)
		}
		slices.Sort(got)
		slices.Sort(want)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", query, diff)
		}
	}
}

func TestProjection_Parts(t *testing.T) {
	t.Parallel()
	d := newDoor(t, storetest.New(t))
	path := "/Users/" + d.create("/Users", fullUser)
	for query, want := range map[string]map[string]any{
		"attributes=name.givenName,emails.value":            {"name": map[string]any{"givenName": "g"}, "emails": []any{map[string]any{"value": "w"}}},
		"attributes=name.givenName,name":                    {"name": map[string]any{"givenName": "g", "familyName": "f"}},
		"attributes=name,name.givenName":                    {"name": map[string]any{"givenName": "g", "familyName": "f"}},
		"attributes=urn:x:Acme:2.0:User:color":              {"urn:x:Acme:2.0:User": map[string]any{"color": "red"}},
		"attributes=manager.value":                          {enterpriseSchema: map[string]any{"manager": map[string]any{"value": "m"}}},
		"attributes=name&excludedAttributes=name.givenName": {"name": map[string]any{"familyName": "f"}},
		"attributes=meta.created":                           {"meta": map[string]any{"created": "2026-01-02T03:04:05Z"}},
		"attributes=META.ResourceType,meta.version":         {"meta": map[string]any{"resourceType": "User", "version": `W/"1"`}},
		"attributes=" + userSchema + ":meta.version":        {"meta": map[string]any{"version": `W/"1"`}},
		"attributes=meta&excludedAttributes=meta.location,meta.created,meta.lastModified,meta.version": {"meta": map[string]any{"resourceType": "User"}},
		"attributes=meta.shoeSize":                                                           {},
		"attributes=userName.value":                                                          {},
		"attributes=emails.display":                                                          {},
		"attributes=" + userSchema + ":NAME.givenname":                                       {"name": map[string]any{"givenName": "g"}},
		"attributes=" + enterpriseSchema + ":manager.value":                                  {enterpriseSchema: map[string]any{"manager": map[string]any{"value": "m"}}},
		"attributes=userName&attributes=externalId":                                          {"userName": "u", "externalId": "e"},
		"attributes=emails,emails.value":                                                     {"emails": []any{map[string]any{"value": "w", "type": "work", "primary": true}}},
		"attributes=" + strings.ToUpper(userSchema) + "&excludedAttributes=emails,meta,name": {"userName": "u", "displayName": "d", "active": true},
		"attributes=name,emails&excludedAttributes=name.givenName,name.familyName,emails.value,emails.type,emails.primary": {},
		"attributes=" + enterpriseSchema + "&excludedAttributes=" + enterpriseSchema + ":department,manager.value":         {},
	} {
		got := d.must(200, "GET", path+"?"+query, "").json
		delete(got, "id")
		delete(got, "schemas")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", query, diff)
		}
	}
}

func TestList_GroupsWithMembersOverAPage(t *testing.T) {
	t.Parallel()
	d := newDoor(t, storetest.New(t))
	members := make([]string, memberPage+5)
	for i := range members {
		members[i] = d.create("/Users", fmt.Sprintf(`{"userName":"u%d"}`, i))
	}
	group := d.create("/Groups", `{"displayName":"g","members":`+memberList(members...)+`}`)
	d.create("/Groups", `{"displayName":"empty"}`)
	r := d.must(200, "GET", "/Groups", "")
	list := at(r.json, "Resources", 0, "members").([]any)
	if len(list) != len(members) || at(r.json, "Resources", 0, "id") != group || at(r.json, "Resources", 1, "members") != nil {
		t.Errorf("%d members, want %d", len(list), len(members))
	}
	want := map[string]any{"value": members[0], "type": "User", "$ref": "https://door.example/scim/v2/Users/" + members[0]}
	if diff := cmp.Diff(want, list[0]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

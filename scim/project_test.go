package scim

import (
	"fmt"
	"net/url"
	"testing"

	"doorlist/store"
	"doorlist/store/storetest"

	"github.com/google/go-cmp/cmp"
)

// cardType has an attribute of every characteristic "returned", at the top, inside another one and in an extension.
var cardType = &resourceType{
	name: "Card", schema: "urn:x:Card",
	core: compile(&schemaTable{urn: "urn:x:Card", attributes: []*attribute{
		{name: "always", returned: always}, {name: "never", returned: never}, {name: "request", returned: onRequest}, {name: "plain"},
		{name: "box", typ: typeComplex, sub: []*attribute{
			{name: "always", returned: always}, {name: "never", returned: never}, {name: "request", returned: onRequest}, {name: "plain"},
		}},
		{name: "list", typ: typeComplex, multi: true, sub: []*attribute{{name: "value"}, {name: "secret", returned: never}}},
	}}),
	extensions: []*schemaTable{compile(&schemaTable{urn: "urn:x:Extra", attributes: []*attribute{
		{name: "kept", returned: always}, {name: "usual"},
	}})},
}

func TestProjection_Returned(t *testing.T) {
	t.Parallel()
	const text = `{"schemas":["urn:x:Card"],"always":"a","never":"n","request":"r","plain":"p","box":{"always":"ba","never":"bn","request":"br","plain":"bp"},` +
		`"list":[{"value":"v","secret":"s"},{"secret":"s"}],"urn:x:Extra":{"kept":"k","usual":"u"}}`
	for query, want := range map[string]string{
		"":                           `"always":"a","plain":"p","box":{"always":"ba","plain":"bp"},"list":[{"value":"v"}],"urn:x:Extra":{"kept":"k","usual":"u"}`,
		"attributes=plain":           `"always":"a","plain":"p","box":{"always":"ba"},"urn:x:Extra":{"kept":"k"}`,
		"attributes=request":         `"always":"a","request":"r","box":{"always":"ba"},"urn:x:Extra":{"kept":"k"}`,
		"attributes=never,box.never": `"always":"a","box":{"always":"ba"},"urn:x:Extra":{"kept":"k"}`,
		"attributes=box":             `"always":"a","box":{"always":"ba","plain":"bp"},"urn:x:Extra":{"kept":"k"}`,
		"attributes=BOX.request":     `"always":"a","box":{"always":"ba","request":"br"},"urn:x:Extra":{"kept":"k"}`,
		"attributes=list.secret":     `"always":"a","box":{"always":"ba"},"urn:x:Extra":{"kept":"k"}`,
		"attributes=urn:x:Extra":     `"always":"a","box":{"always":"ba"},"urn:x:Extra":{"kept":"k","usual":"u"}`,
		"attributes=nobody":          `"always":"a","box":{"always":"ba"},"urn:x:Extra":{"kept":"k"}`,

		"excludedAttributes=always,plain,box.always": `"always":"a","box":{"always":"ba","plain":"bp"},"list":[{"value":"v"}],"urn:x:Extra":{"kept":"k","usual":"u"}`,
		"excludedAttributes=list,urn:x:Extra":        `"always":"a","plain":"p","box":{"always":"ba","plain":"bp"},"urn:x:Extra":{"kept":"k"}`,
		"excludedAttributes=list.value,box.plain":    `"always":"a","plain":"p","box":{"always":"ba"},"urn:x:Extra":{"kept":"k","usual":"u"}`,
	} {
		q, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		p := newProjection(cardType, q)
		if !p.selects(cardType) {
			t.Errorf("%q: nothing is held back", query)
		}
		got, err := p.document(stored{rt: cardType, document: text})
		if diff := cmp.Diff(content(t, "{"+want+"}"), content(t, got)); err != nil || diff != "" {
			t.Errorf("%q: %v (-want +got):\n%s", query, err, diff)
		}
	}
	if userType.reserved() || groupType.reserved() {
		t.Error("users and groups are decoded for every answer")
	}
}

func TestCompileFilter_NeverTellsWhatIsNeverReturned(t *testing.T) {
	t.Parallel()
	if where, err := compileText(cardType, `never eq "n"`); err == nil {
		t.Errorf("the filter became %s, want it refused", describe(where))
	}
}

// TestProjection_KeepsEmptyValues: who leaves one attribute out gets the others as they are.
func TestProjection_KeepsEmptyValues(t *testing.T) {
	t.Parallel()
	d := newDoor(t, storetest.New(t))
	path := "/Users/" + d.create("/Users", `{"userName":"u","title":"t","urn:x:Acme:2.0:User":{"list":["","a",[]],"o":{"none":[]}}}`)
	want := d.must(200, "GET", path, "").json
	delete(want, "title")
	if diff := cmp.Diff(want, d.must(200, "GET", path+"?excludedAttributes=title", "").json); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestProjection_OnEveryAnswer asks every operation that answers with a resource for one attribute, and for all but some.
func TestProjection_OnEveryAnswer(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDoor(t, s)
		const only = "?attributes=displayName,meta.resourceType"
		const most = "?excludedAttributes=meta.created,meta.lastModified,meta.location,meta.version,members,groups,userName,active"
		for _, kind := range []string{"User", "Group"} {
			body := `{"userName":"n %s","displayName":"d %[1]s","externalId":"e"}`
			path := "/" + kind + "s"
			for i, query := range []string{only, most} {
				check := func(method, path, body string, status int) reply {
					t.Helper()
					r := d.must(status, method, path+query, body)
					resource := r.json
					if method == "GET" && resource["Resources"] != nil {
						resource = at(resource, "Resources", 0).(map[string]any)
					}
					want := map[string]any{"id": resource["id"], "schemas": resource["schemas"], "displayName": resource["displayName"], "meta": map[string]any{"resourceType": kind}}
					if query == most {
						want["externalId"] = "e"
					}
					if diff := cmp.Diff(want, resource); diff != "" || resource["id"] == nil || resource["schemas"] == nil || resource["displayName"] == nil {
						t.Errorf("%s %s (-want +got):\n%s", method, path+query, diff)
					}
					return r
				}
				name := []string{"one", "two"}[i]
				id := check("POST", path, fmt.Sprintf(body, name), 201).id()
				check("GET", path+"/"+id, "", 200)
				check("GET", path, "", 200)
				check("PUT", path+"/"+id, fmt.Sprintf(body, name+" again"), 200)
				rename := `{"Operations":[{"op":"replace","path":"displayName","value":"` + name + `"}]}`
				if kind == "Group" && query == most {
					d.must(204, "PATCH", path+"/"+id+query, rename)
				} else {
					check("PATCH", path+"/"+id, rename, 200)
				}
				d.must(204, "DELETE", path+"/"+id, "")
			}
		}
	})
}

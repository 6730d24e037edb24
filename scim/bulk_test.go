package scim

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"doorlist/store"
	"doorlist/store/storetest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// bulk sends operations and returns the answer and the result of each.
func (d *door) bulk(operations ...string) (reply, []map[string]any) {
	d.t.Helper()
	r := d.do(http.MethodPost, "/Bulk", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[`+strings.Join(operations, ",")+`]}`)
	var results []map[string]any
	list, _ := r.json["Operations"].([]any)
	for _, result := range list {
		results = append(results, result.(map[string]any))
	}
	return r, results
}

func bulkPost(path, bulkID, data string) string {
	return `{"method":"POST","path":"` + path + `","bulkId":` + quoteJSON(bulkID) + `,"data":` + data + `}`
}

func statuses(results []map[string]any) []string {
	var found []string
	for _, result := range results {
		found = append(found, result["status"].(string))
	}
	return found
}

// TestBulk_OperationsThatFail sends each operation between two others that succeed.
func TestBulk_OperationsThatFail(t *testing.T) {
	t.Parallel()
	d := newDoor(t, storetest.New(t))
	user := "/Users/" + d.create("/Users", `{"userName":"u"}`)
	for i, test := range []struct {
		name, operation  string
		status           string
		scimType, detail any
		located          bool
	}{
		{"no object", `"x"`, "400", "invalidSyntax", "method", false},
		{"no method", `{"path":"/Users","bulkId":"x","data":{"userName":"x"}}`, "400", "invalidValue", "method", false},
		{"a method that only reads", `{"method":"GET","path":"` + user + `"}`, "400", "invalidValue", "method", false},
		{"a method of another type", `{"method":7,"path":"` + user + `"}`, "400", "invalidValue", "method", false},
		{"no bulkId", `{"method":"POST","path":"/Users","data":{"userName":"x"}}`, "400", "invalidValue", "bulkId", false},
		{"a bulkId that is no text", `{"method":"POST","path":"/Users","bulkId":7,"data":{"userName":"x"}}`, "400", "invalidValue", "bulkId", false},
		{"no path", `{"method":"POST","bulkId":"x","data":{"userName":"x"}}`, "400", "invalidValue", "path", false},
		{"no path to change", `{"method":"DELETE"}`, "400", "invalidValue", "path", false},
		{"creation at a resource", bulkPost(user, "x", `{"userName":"x"}`), "400", "invalidValue", "path", false},
		{"a change of all", `{"method":"DELETE","path":"/Users"}`, "400", "invalidValue", "path", false},
		{"a path that is too deep", `{"method":"DELETE","path":"` + user + `/name"}`, "400", "invalidValue", "path", false},
		{"an unknown endpoint", bulkPost("/Devices", "x", `{}`), "404", nil, "/Users", false},
		{"a bulk request in a bulk request", bulkPost("/Bulk", "x", `{"Operations":[]}`), "404", nil, "/Users", false},
		{"no data", `{"method":"PATCH","path":"` + user + `"}`, "400", "invalidValue", "data", false},
		{"data that is no object", `{"method":"PUT","path":"` + user + `","data":[]}`, "400", "invalidValue", "data", false},
		{"an unknown user", `{"method":"DELETE","path":"/Users/x"}`, "404", nil, "id", true},
		{"an unknown group", `{"method":"PATCH","path":"/Groups/x","data":{"Operations":[]}}`, "404", nil, "id", true},
		{"a PATCH without operations", `{"method":"PATCH","path":"` + user + `","data":{}}`, "400", "invalidSyntax", "Operations", true},
		{"an unknown attribute", `{"method":"PATCH","path":"` + user + `","data":{"Operations":[{"op":"remove","path":"shoe"}]}}`, "400", "invalidPath", "shoe", true},
		{"a name in use", bulkPost("/Users", "x", `{"userName":"U"}`), "409", "uniqueness", "userName", false},
		{"another version", `{"method":"DELETE","path":"` + user + `","version":"W/\"7\""}`, "412", nil, "changed", true},
		{"a version that is no text", `{"method":"DELETE","path":"` + user + `","version":1}`, "400", "invalidValue", "version", false},
		{"a reference to nothing", bulkPost("/Groups", "x", `{"displayName":"x","members":[{"value":"bulkId:y"}]}`), "409", "invalidValue", "bulkId:y", false},
		{"a reference to nothing in the path", `{"method":"DELETE","path":"/Users/bulkId:y"}`, "409", "invalidValue", "bulkId:y", false},
		{"a reference without a name", bulkPost("/Users", "x", `{"userName":"x","manager":"bulkId:"}`), "409", "invalidValue", "bulkId:", false},
		{"a reference in a PATCH path", `{"method":"PATCH","path":"/Groups/x","data":{"Operations":[{"op":"remove","path":"members[value eq \"bulkId:y\"]"}]}}`, "409", "invalidValue", "bulkId:y", false},
		{"a circle with a reference to nothing", bulkPost("/Users", "x", `{"userName":"x","manager":"bulkId:x","title":"bulkId:y"}`), "409", "invalidValue", "bulkId:y", false},
		{"a circle without a name", bulkPost("/Groups", "x", `{"members":["bulkId:x"]}`), "400", "invalidValue", "displayName", false},
		{"too many members", bulkPost("/Groups", "x", `{"displayName":"x","members":[`+strings.Repeat(`"x",`, maxMembers)+`"x"]}`), "413", nil, "members", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			before, after := fmt.Sprintf(`{"userName":"before%d"}`, i), fmt.Sprintf(`{"userName":"after%d"}`, i)
			r, results := d.bulk(bulkPost("/Users", "before", before), test.operation, bulkPost("/Users", "after", after))
			if r.status != 200 || !slices.Equal(statuses(results), []string{"201", test.status, "201"}) {
				t.Fatalf("status %d: %s", r.status, r.text)
			}
			response, _ := results[1]["response"].(map[string]any)
			if response["status"] != test.status || response["scimType"] != test.scimType || !strings.Contains(response["detail"].(string), test.detail.(string)) {
				t.Errorf("response %v, want %v %v about %s", response, test.status, test.scimType, test.detail)
			}
			if (results[1]["location"] != nil) != test.located {
				t.Errorf("location %v", results[1]["location"])
			}
		})
	}
	if got := d.total("/Users", `userName eq "u" and meta.lastModified le "2026-01-02T03:04:05Z"`); got != 1 {
		t.Error("a failed operation changed the user")
	}
}

func TestBulk_RequestsThatFail(t *testing.T) {
	t.Parallel()
	d := newDoor(t, storetest.New(t))
	post := bulkPost("/Users", "1", `{"userName":"x"}`)
	for _, test := range []struct {
		name, body string
		status     int
		scimType   any
		detail     string
	}{
		{"no operations", `{}`, 400, "invalidSyntax", "Operations"},
		{"operations that are no list", `{"Operations":{}}`, 400, "invalidSyntax", "Operations"},
		{"no JSON", `{"Operations":[`, 400, "invalidSyntax", ""},
		{"a bulkId twice", `{"Operations":[` + post + `,` + bulkPost("/Groups", "1", `{"displayName":"x"}`) + `]}`, 400, "invalidValue", "Operations[1]"},
		{"a limit that is negative", `{"failOnErrors":-1,"Operations":[` + post + `]}`, 400, "invalidValue", "failOnErrors"},
		{"a limit that is no number", `{"failOnErrors":"1","Operations":[` + post + `]}`, 400, "invalidValue", "failOnErrors"},
		{"a limit that is no whole number", `{"failOnErrors":1.5,"Operations":[` + post + `]}`, 400, "invalidValue", "failOnErrors"},
		{"too many operations", `{"Operations":[` + post + strings.Repeat(`,{}`, maxBulkOperations) + `]}`, 413, nil, "maxOperations (1000)"},
		{"too large a payload", `{"Operations":[` + bulkPost("/Users", "1", `{"userName":"`+strings.Repeat("x", maxBody)+`"}`) + `]}`, 413, nil, "1048576 bytes"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := d.must(test.status, http.MethodPost, "/Bulk", test.body)
			if r.json["scimType"] != test.scimType || !strings.Contains(r.json["detail"].(string), test.detail) {
				t.Errorf("answer %s", r.text)
			}
		})
	}
	if got := d.total("/Users", `userName pr`); got != 0 {
		t.Errorf("%d users were created, want none", got)
	}
}

// TestBulk_FailOnErrors sends good (g) and bad (b) operations, and a circle of two of which one is bad (c, counted as
// two failures).
func TestBulk_FailOnErrors(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDoor(t, s)
		operations := map[rune]func(id string) string{
			'g': func(id string) string { return bulkPost("/Users", id, `{"userName":"`+id+`"}`) },
			'b': func(id string) string { return bulkPost("/Users", id, `{"title":"x"}`) },
			'x': func(id string) string { // the name of the first
				first, _, _ := strings.Cut(id, "-")
				return bulkPost("/Users", id, `{"userName":"`+first+`-0"}`)
			},
			'c': func(id string) string {
				return bulkPost("/Groups", id, `{"displayName":"`+id+`","members":["bulkId:`+id+`-2"]}`) + "," +
					bulkPost("/Groups", id+"-2", `{"members":["bulkId:`+id+`"]}`)
			},
		}
		for i, test := range []struct{ limit, sent, want string }{
			{"null", "gbbg", "201 400 400 201"},
			{"0", "gbg", "201 400"},
			{"1", "gbg", "201 400"},
			{"1", "ggg", "201 201 201"},
			{"2", "gbgbg", "201 400 201 400"},
			{"9", "bgb", "400 201 400"},
			{"1", "cg", "409 400"},
			{"3", "bcg", "400 409 400"},
			{"4", "bcg", "400 409 400 201"},
			{"null", "ggxg", "201 201 409 201"},
			{"1", "ggxg", "201 201 409"},
			{"2", "gxggbg", "201 409 201 201 400"},
		} {
			var list []string
			for j, kind := range test.sent {
				list = append(list, operations[kind](fmt.Sprintf("%d-%d", i, j)))
			}
			r := d.must(200, http.MethodPost, "/Bulk", `{"FailOnErrors":`+test.limit+`,"operations":[`+strings.Join(list, ",")+`]}`)
			var got []string
			for _, result := range r.json["Operations"].([]any) {
				got = append(got, result.(map[string]any)["status"].(string))
			}
			if strings.Join(got, " ") != test.want {
				t.Errorf("%s of %s: %v, want %s: %s", test.limit, test.sent, got, test.want, r.text)
			}
			applied := strings.Count(test.want, "201")
			if got := d.total("/Users", fmt.Sprintf(`userName sw "%d-"`, i)); got != applied {
				t.Errorf("%s of %s: %d users, want %d", test.limit, test.sent, got, applied)
			}
		}
		if got := d.total("/Groups", `displayName pr`); got != 0 {
			t.Errorf("%d groups of broken circles were left behind", got)
		}
	})
}

// TestBulk_ACircleTellsWhichOneFailed: of resources that refer to each other the one whose name is taken says so, and the others miss it.
func TestBulk_ACircleTellsWhichOneFailed(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDoor(t, s)
		d.must(201, http.MethodPost, "/Users", `{"userName":"taken"}`)
		d.must(201, http.MethodPost, "/Groups", `{"displayName":"taken"}`)
		user := func(name, id, manager string) string {
			return bulkPost("/Users", id, `{"userName":"`+name+`","manager":"bulkId:`+manager+`"}`)
		}
		group := func(name, id, member string) string {
			return bulkPost("/Groups", id, `{"displayName":"`+name+`","members":["bulkId:`+member+`"]}`)
		}
		for name, of := range map[string]func(name, id, other string) string{"users": user, "groups": group} {
			for _, names := range [][2]string{{"taken", "free"}, {"free", "taken"}} {
				r, results := d.bulk(of(names[0], "0", "1"), of(names[1], "1", "0"))
				for i, result := range results {
					want := "invalidValue" // for the reference to the other
					if names[i] == "taken" {
						want = "uniqueness"
					}
					if got := result["response"].(map[string]any)["scimType"]; result["status"] != "409" || got != want {
						t.Errorf("%s %v: operation %d: %v, want 409 %s: %s", name, names, i, got, want, r.text)
					}
				}
			}
		}
	})
}

// TestBulk_ReferencesOfGroups creates groups with random members of each other, circles among them, in random order.
func TestBulk_ReferencesOfGroups(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDoor(t, s)
		round := 0
		rapid.Check(t, func(t *rapid.T) {
			round++
			n := rapid.IntRange(1, 6).Draw(t, "groups")
			want := map[string][]string{}
			var operations []string
			for i := range n {
				name := fmt.Sprintf("g%d-%d", round, i)
				var members []string
				for _, other := range rapid.SliceOfNDistinct(rapid.IntRange(0, n-1), 0, n, rapid.ID).Draw(t, "members") {
					members = append(members, fmt.Sprintf(`{"value":"bulkId:%d"}`, other))
					if other != i { // nothing is a member of itself
						want[name] = append(want[name], fmt.Sprintf("g%d-%d", round, other))
					}
				}
				slices.Sort(want[name])
				operations = append(operations, bulkPost("/Groups", fmt.Sprint(i), `{"displayName":"`+name+`","members":[`+strings.Join(members, ",")+`]}`))
			}
			r, results := d.bulk(operations...)
			if len(results) != n || slices.ContainsFunc(results, func(result map[string]any) bool { return result["status"] != "201" }) {
				t.Fatalf("answer %s", r.text)
			}
			got := map[string][]string{}
			for _, result := range results {
				path := strings.TrimPrefix(result["location"].(string), "https://door.example/scim/v2")
				group := d.must(200, http.MethodGet, path, "")
				if result["version"] != at(group.json, "meta", "version") {
					t.Fatalf("version %v, but %s", result["version"], group.text)
				}
				name := group.json["displayName"].(string)
				members, _ := group.json["members"].([]any)
				for _, member := range members {
					got[name] = append(got[name], at(member, "display").(string))
				}
				slices.Sort(got[name])
			}
			if diff := cmp.Diff(want, withoutEmpty(got)); diff != "" {
				t.Fatalf("members (-want +got):\n%s", diff)
			}
		})
	})
}

func withoutEmpty(lists map[string][]string) map[string][]string {
	maps.DeleteFunc(lists, func(_ string, list []string) bool { return len(list) == 0 })
	return lists
}

// TestBulk_AThousandOperations sends as many as there may be, each user's manager being the next one, which comes
// later, and a group of them all.
func TestBulk_AThousandOperations(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDoor(t, s)
		const users = maxBulkOperations - 1
		var members, operations []string
		for i := range users {
			manager := ""
			if i+1 < users {
				manager = fmt.Sprintf(`,"manager":"bulkId:%d"`, i+1)
			}
			operations = append(operations, bulkPost("/Users", fmt.Sprint(i), fmt.Sprintf(`{"userName":"u%d"%s}`, i, manager)))
			members = append(members, fmt.Sprintf(`"bulkId:%d"`, i))
		}
		operations = append([]string{bulkPost("/Groups", "all", `{"displayName":"all","members":[`+strings.Join(members, ",")+`]}`)}, operations...)
		r, results := d.bulk(operations...)
		if len(results) != maxBulkOperations {
			t.Fatalf("%d results: %d %s", len(results), r.status, r.text)
		}
		for i, result := range results {
			if result["status"] != "201" || i > 0 && result["bulkId"] != fmt.Sprint(i-1) {
				t.Fatalf("result %d: %v", i, result)
			}
		}
		if got := d.total("/Users", enterpriseSchema+`:manager pr and meta.resourceType eq "User"`); got != users-1 {
			t.Errorf("%d users with a manager, want %d", got, users-1)
		}
		group := d.must(200, "GET", "/Groups?attributes=members.value", "")
		if list, _ := at(group.json, "Resources", 0, "members").([]any); len(list) != users {
			t.Errorf("%d members, want %d", len(list), users)
		}
	})
}

// TestBulk_TextsAreKept: what only looks a little like a reference is none.
func TestBulk_TextsAreKept(t *testing.T) {
	t.Parallel()
	d := newDoor(t, storetest.New(t))
	_, results := d.bulk(bulkPost("/Users", `a "/b`, `{"userName":"u","displayName":"my bulkId:a","title":"bulkid:a","nickName":"a/bulkId:a","profileUrl":"x\"bulkId:a\"",`+
		`"manager":{"value":"x/bulkId:a/y"}}`), `{"method":"patch","path":"Users/bulkId:a","data":{}}`,
		bulkPost("/Users", "b", `{"userName":"v","manager":{"value":"bulkId:a \"/b"}}`))
	if !slices.Equal(statuses(results), []string{"201", "409", "201"}) {
		t.Fatalf("results %v", results)
	}
	if got := d.total("/Users", `displayName eq "my bulkId:a" and title eq "bulkid:a" and nickName eq "a/bulkId:a" and profileUrl co "bulkId:a" and manager eq "x/bulkId:a/y"`); got != 1 {
		t.Error("a text was changed")
	}
	id := strings.TrimPrefix(results[0]["location"].(string), "https://door.example/scim/v2/Users/")
	if got := d.total("/Users", `userName eq "v" and manager eq "`+id+`"`); got != 1 {
		t.Error("a reference with a blank, a quote and a slash was not resolved")
	}
}

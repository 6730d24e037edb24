package scim

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"doorlist/store"
	"doorlist/store/storetest"

	"github.com/google/go-cmp/cmp"
)

// listedIDs is the ids of a list, in its order.
func listedIDs(r reply) []string {
	ids := []string{}
	list, _ := r.json["Resources"].([]any)
	for _, resource := range list {
		ids = append(ids, resource.(map[string]any)["id"].(string))
	}
	return ids
}

// TestSearch_IsTheListByPost sends each query in the address and in a body, and demands the same answer.
func TestSearch_IsTheListByPost(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDoor(t, s)
		ann := d.create("/Users", fullUser)
		d.create("/Users", `{"userName":"bob","active":false}`)
		d.create("/Groups", `{"displayName":"d","members":`+memberList(ann)+`}`)
		for address, body := range map[string]string{
			"":                                   `{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"]}`,
			"?filter=id+pr&startIndex=2&count=1": `{"filter":"id pr","startIndex":2,"count":1}`,
			"?count=0":                           `{"Count":0,"startIndex":null,"unknown":{"a":true},"filter":null}`,
			"?attributes=displayName,members.value,emails.value": `{"attributes":["displayName","members.value","emails.value"]}`,
			"?excludedAttributes=meta,members,name.givenName":    `{"EXCLUDEDATTRIBUTES":["meta","members","name.givenName"]}`,
			"?attributes=": `{"attributes":[]}`,
			"?filter=displayName+eq+%22D%22&startIndex=-3": `{"filter":"displayName eq \"D\"","startIndex":-3,"count":500}`,
			"?filter=not+(externalId+sw+%22x%3B%22)":       `{"filter":"not (externalId sw \"x;\")"}`,
		} {
			for _, path := range []string{"/Users", "/Groups", ""} {
				want := d.must(http.StatusOK, http.MethodGet, path+"/"+address, "")
				got := d.must(http.StatusOK, http.MethodPost, path+"/.search?aadOptscim062020", body)
				if diff := cmp.Diff(want.json, got.json); diff != "" {
					t.Errorf("%s %q and %s (-GET +POST):\n%s", path, address, body, diff)
				}
			}
		}
	})
}

// TestListAll_Filters compares lists of both types with those of each. "-" stands for an attribute that the type does
// not have.
func TestListAll_Filters(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDoor(t, s)
		for i := range 3 {
			id := d.create("/Users", fmt.Sprintf(`{"userName":"u%d","displayName":"d%d","externalId":"e%[1]d","emails":[{"value":"m%[1]d"}],%[3]s:{"department":"dep"}}`, i, i%2, enterprise+`"`))
			d.create("/Groups", fmt.Sprintf(`{"displayName":"d%d","externalId":"e%[1]d","members":%s}`, i, memberList(id)))
		}
		const none, every = `id eq "x"`, `id pr`
		for filter, each := range map[string][2]string{ // of users, of groups
			`displayName eq "d1"`:                                           {`displayName eq "d1"`, `displayName eq "d1"`},
			`externalId ge "e1"`:                                            {`externalId ge "e1"`, `externalId ge "e1"`},
			`meta.created gt "2000-01-01T00:00:00Z"`:                        {every, every},
			`meta.resourceType eq "User"`:                                   {every, none},
			`meta.resourceType eq "Group" and displayName eq "d0"`:          {none, `displayName eq "d0"`},
			`not (meta.resourceType eq "Group")`:                            {every, none},
			`userName eq "U1"`:                                              {`userName eq "U1"`, none},
			`userName ne "u1"`:                                              {`userName ne "u1"`, every},
			`not (userName pr)`:                                             {none, every},
			`userName eq null`:                                              {none, every},
			`active eq true or members pr`:                                  {every, every},
			`members[type eq "User"]`:                                       {none, every},
			`not (members[type eq "Device"]) and emails co "m"`:             {`emails co "m"`, none},
			`emails[value eq "m2"]`:                                         {`emails[value eq "m2"]`, none},
			`emails.value ne "m2"`:                                          {`emails.value ne "m2"`, every},
			`department eq "dep"`:                                           {every, none},
			enterpriseSchema + `:department eq "dep"`:                       {every, none},
			userSchema + `:displayName eq "d1" or displayName eq "d2"`:      {`displayName eq "d1"`, `displayName eq "d2"`},
			groupSchema + `:displayName pr`:                                 {none, every},
			`urn:x:Acme:2.0:User:tag pr`:                                    {none, none},
			`userName eq "7d420df3-5f4b-4e3f-8d1a-3a4c5b6d7e8f" or id eq 7`: {none, none},
		} {
			want := append(listedIDs(d.must(200, "GET", "/Users?filter="+escape(each[0]), "")), listedIDs(d.must(200, "GET", "/Groups?filter="+escape(each[1]), ""))...)
			got := d.must(200, "GET", "/?filter="+escape(filter), "")
			if diff := cmp.Diff(want, listedIDs(got)); diff != "" || got.json["totalResults"] != float64(len(want)) {
				t.Errorf("%s (-want +got):\n%s", filter, diff)
			}
		}
	})
}

// TestListAll_PagesAreExact puts pages of every size together.
func TestListAll_PagesAreExact(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDoor(t, s)
		var users, groups []string
		for i := range 4 {
			groups = append(groups, d.create("/Groups", fmt.Sprintf(`{"displayName":"g%d"}`, i)))
			users = append(users, d.create("/Users", fmt.Sprintf(`{"userName":"u%d"}`, i)))
		}
		all := slices.Concat(users, groups)
		for count := range 10 {
			for start := 1; start <= 10; start++ {
				r := d.must(200, "GET", fmt.Sprintf("/?startIndex=%d&count=%d", start, count), "")
				from := min(start-1, len(all))
				want := all[from:min(from+count, len(all))]
				if diff := cmp.Diff(want, listedIDs(r)); diff != "" {
					t.Errorf("%d from %d (-want +got):\n%s", count, start, diff)
				}
				if r.json["totalResults"] != 8.0 || r.json["startIndex"] != float64(start) || r.json["itemsPerPage"] != float64(len(want)) {
					t.Errorf("%d from %d: %s", count, start, r.text)
				}
			}
		}
	})
}

// TestMe_IsNotSupported: RFC 7644 section 3.11 wants 501, and not 404, of a server that has no person behind a token.
func TestMe_IsNotSupported(t *testing.T) {
	t.Parallel()
	d := newDoor(t, storetest.New(t))
	for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
		if r := d.must(http.StatusNotImplemented, method, "/Me", ""); r.json["status"] != "501" || r.json["detail"] == nil {
			t.Errorf("%s: %s", method, r.text)
		}
	}
}

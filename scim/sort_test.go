package scim

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"

	"github.com/google/go-cmp/cmp"
)

// sortable are users by name; the letters stand for the order in which they are created.
var sortable = []string{
	`{"userName":"b","externalId":"B","displayName":"éa","title":"Z","active":false,"name":{"familyName":"Zeller"},
		"emails":[{"value":"a@x"},{"value":"Z@x","type":"home","primary":true}],"urn:x:Acme:2.0:User":{"tag":"K","level":3}}`,
	`{"userName":"A","externalId":"a","title":"a","name":{"familyName":"abel"},"emails":[{"value":"M@x","type":"work"},{"value":"a@x"}],
		"profileUrl":"https://b",` + enterprise + `":{"department":"Sales","manager":{"value":"7"}},"urn:x:Acme:2.0:User":{"tag":"a"}}`,
	`{"userName":"c","displayName":"Z","profileUrl":"https://B",` + enterprise + `":{"department":"it"}}`,
	`{"userName":"D","displayName":"\uD83D\uDE00","title":"\uE000","emails":[{"value":"b@x"}],` + enterprise + `":{"manager":{"value":"10"}}}`,
}

func TestSort_Users(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDoor(t, s)
		for _, body := range sortable {
			d.create("/Users", body)
			storetest.ClockOf(t, s).Advance(time.Microsecond)
		}
		for query, want := range map[string]string{
			"sortBy=":                                                "b A c D",
			"sortOrder=descending":                                   "b A c D",
			"sortBy=userName":                                        "A b c D",
			"SORTBY=USERNAME&SORTORDER=DESCENDING":                   "D c b A",
			"sortBy=userName&sortOrder=":                             "A b c D",
			"sortBy=externalId":                                      "b A c D",
			"sortBy=externalId&sortOrder=descending":                 "c D A b",
			"sortBy=displayName":                                     "c b D A",
			"sortBy=displayName&sortOrder=descending":                "A D b c",
			"sortBy=title":                                           "A b D c",
			"sortBy=profileUrl":                                      "c A b D",
			"sortBy=active":                                          "b A c D",
			"sortBy=active&sortOrder=descending":                     "A c D b",
			"sortBy=id&sortOrder=descending":                         "D c A b",
			"sortBy=meta.created&sortOrder=descending":               "D c A b",
			"sortBy=meta.resourceType&sortOrder=descending":          "b A c D",
			"sortBy=name.familyName":                                 "A b c D",
			"sortBy=emails":                                          "D A b c",
			"sortBy=emails.value&sortOrder=descending":               "c b A D",
			"sortBy=emails.type":                                     "b A c D",
			"sortBy=emails.primary":                                  "b A c D",
			"sortBy=schemas":                                         "b A c D",
			"sortBy=department":                                      "c A b D",
			"sortBy=" + enterpriseSchema + ":department":             "c A b D",
			"sortBy=" + strings.ToUpper(userSchema) + ":userName":    "A b c D",
			"sortBy=" + userSchema + ":name.familyName":              "A b c D",
			"sortBy=manager":                                         "D A b c",
			"sortBy=urn:x:acme:2.0:User:tag":                         "A b c D",
			"sortBy=urn:x:acme:2.0:User:none":                        "b A c D",
			"sortBy=userName&filter=userName+gt+%22a%22":             "b c D",
			"sortBy=userName&startIndex=2&count=2":                   "b c",
			"sortBy=userName&startIndex=5":                           "",
			"sortBy=displayName&sortOrder=descending&startIndex=4":   "c",
			"sortBy=userName&attributes=userName&startIndex=4":       "D",
			"cursor&sortBy=userName&count=2":                         "A b",
			"cursor=&sortBy=userName&sortOrder=descending&count=200": "D c b A",
		} {
			var got []string
			for _, resource := range d.must(http.StatusOK, http.MethodGet, "/Users?"+query, "").json["Resources"].([]any) {
				got = append(got, at(resource, "userName").(string))
			}
			if diff := cmp.Diff(want, strings.Join(got, " ")); diff != "" {
				t.Errorf("%s (-want +got):\n%s", query, diff)
			}
		}
	})
}

func TestSort_Groups(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDoor(t, s)
		u, v := d.create("/Users", `{"userName":"u","displayName":"A"}`), d.create("/Users", `{"userName":"v","displayName":"b"}`)
		d.create("/Groups", `{"displayName":"b"}`)
		d.create("/Groups", `{"displayName":"C","members":`+memberList(v)+`}`)
		d.create("/Groups", `{"displayName":"a","externalId":"x","members":`+memberList(v, u)+`}`)
		for query, want := range map[string]string{
			"displayName":                      "a b C",
			"displayName&sortOrder=descending": "C b a",
			"externalId":                       "a b C",
			"members":                          "a C b",
			"members.value":                    "a C b",
			"members.type":                     "C a b",
			"members.display":                  "a C b",
			"members&sortOrder=descending":     "b C a",
		} {
			var got []string
			for _, resource := range d.must(http.StatusOK, http.MethodGet, "/Groups?sortBy="+query, "").json["Resources"].([]any) {
				got = append(got, at(resource, "displayName").(string))
			}
			if strings.Join(got, " ") != want {
				t.Errorf("%s: %v, want %s", query, got, want)
			}
		}
	})
}

func TestSort_RefusesWhatHasNoOrder(t *testing.T) {
	t.Parallel()
	d := newDoor(t, storetest.New(t))
	for query, want := range map[string]string{
		"/Users?sortBy=shoeSize":                         `"sortBy" cannot be used: User has no attribute "shoeSize"`,
		"/Users?sortBy=name.shoeSize":                    "no sub-attribute",
		"/Users?sortBy=name":                             `"name.formatted"`,
		"/Users?sortBy=addresses":                        `"addresses.formatted"`,
		"/Users?sortBy=emails[type+eq+%22work%22].value": "without brackets",
		"/Users?sortBy=x509Certificates":                 "binary",
		"/Users?sortBy=groups":                           "not ordered by",
		"/Users?sortBy=groups.display":                   "not ordered by",
		"/Users?sortBy=meta":                             "made of parts",
		"/Users?sortBy=meta.version":                     "not ordered by",
		"/Users?sortBy=meta.location":                    "not ordered by",
		"/Users?sortBy=userName,title":                   "is no attribute name",
		"/Users?sortBy=.":                                "at byte 0",
		"/Users?sortBy=" + userSchema:                    "has no attribute",
		"/Users?sortBy=%00":                              "control characters",
		"/Users?sortBy=%ff":                              "UTF-8",
		"/Users?sortBy=" + strings.Repeat("x", 3000):     "longer than",
		"/Users?sortBy=userName&sortOrder=up":            `"sortOrder" must be "ascending" or "descending".`,
		"/Users?sortOrder=1":                             `"sortOrder" must be`,
		"/Groups?sortBy=userName":                        `Group has no attribute "userName"`,
		"/Groups?sortBy=members.$ref":                    "compare members.value",
	} {
		r := d.do(http.MethodGet, query, "")
		if r.status != http.StatusBadRequest || r.json["scimType"] != "invalidValue" || !strings.Contains(fmt.Sprint(r.json["detail"]), want) {
			t.Errorf("%s: %s, want %s", query, r.text, want)
		}
	}
}

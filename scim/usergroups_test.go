package scim

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"testing"

	"doorlist/store"
	"doorlist/store/storetest"
)

// TestReadGroups_ReadsOnlyWhatIsAnswered makes answers with a call that has no directory to read from.
func TestReadGroups_ReadsOnlyWhatIsAnswered(t *testing.T) {
	t.Parallel()
	user := builtIn.storedUser(store.User{ID: "u", UserRecord: store.UserRecord{Document: `{"schemas":["` + userSchema + `"]}`}, Version: 1})
	group := stored{rt: groupType, id: "g", document: `{"schemas":["` + groupSchema + `"]}`, version: 1}
	for name, test := range map[string]struct {
		r      stored
		method string
		status int
		query  url.Values
		header string
	}{
		"a new user":              {r: user, method: "POST", status: http.StatusCreated},
		"groups left out":         {r: user, method: "PATCH", status: http.StatusOK, query: url.Values{"excludedAttributes": {"Groups"}}},
		"another attribute":       {r: user, method: "GET", status: http.StatusOK, query: url.Values{"attributes": {"userName,meta.version"}}},
		"a version that is known": {r: user, method: "GET", status: http.StatusOK, header: `W/"1"`},
		"a group":                 {r: group, method: "GET", status: http.StatusOK},
	} {
		r := httptest.NewRequest(test.method, "/scim/v2/Users/u", nil)
		r.Header.Set("If-None-Match", test.header)
		c := &call{Request: r}
		if err := c.writeResource(httptest.NewRecorder(), test.status, test.r, newProjection(test.r.rt, test.query)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := (&call{}).readGroups(nil, projection{}); err != nil {
		t.Errorf("an empty list: %v", err)
	}
}

// TestList_UsersInVeryManyGroups lists users whose groups are too many to be read at once.
func TestList_UsersInVeryManyGroups(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	d := newDoor(t, s)
	const people, count = 60, 170
	var members []store.NewMember
	for i := range people {
		members = append(members, store.NewMember{ID: d.create("/Users", fmt.Sprintf(`{"userName":"u%d"}`, i))})
	}
	d.create("/Users", `{"userName":"x"}`)
	err := s.Write(t.Context(), store.Actor{}, func(tx *store.Tx) error {
		for i := range count {
			name := strconv.Itoa(i)
			r := store.GroupRecord{DisplayName: name, Document: `{"schemas":["` + groupSchema + `"],"displayName":"` + name + `"}`, Keys: "{}"}
			if _, err := tx.Directory(d.connection.Directory()).CreateGroup(r, members); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]int{"/Users": count, "/Users?sortBy=userName&sortOrder=descending": count, "/Users?attributes=userName": 0} {
		list := d.must(http.StatusOK, http.MethodGet, path, "").json["Resources"].([]any)
		for _, user := range list {
			groups, _ := at(user, "groups").([]any)
			if name := at(user, "userName"); len(groups) != want && name != "x" || name == "x" && len(groups) > 0 {
				t.Errorf("%s: %v is in %d groups, want %d", path, name, len(groups), want)
			}
		}
		if len(list) != people+1 {
			t.Errorf("%s: %d users, want %d", path, len(list), people+1)
		}
	}
}

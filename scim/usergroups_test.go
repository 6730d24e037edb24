package scim

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"doorlist/store"
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

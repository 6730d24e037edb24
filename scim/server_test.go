package scim

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

func TestNew_NeedsAStore(t *testing.T) {
	t.Parallel()
	if _, err := New(Config{}); err == nil {
		t.Error("accepted")
	}
}

// TestServer_StrangersLearnNothing tries every endpoint with every kind of credential that is none.
func TestServer_StrangersLearnNothing(t *testing.T) {
	t.Parallel()
	d := newDoor(t, storetest.New(t))
	user := "/Users/" + d.create("/Users", `{"userName":"u"}`)
	revoked := d.secondToken(func(tx *store.OrganizationTx, id string) error { return tx.RevokeToken(id) })
	for _, path := range []string{"/Users", user, "/", "/.search", "/Bulk", "/Me", "/Groups", "/Groups/x", "/Groups/.search", "/Schemas", "/Schemas/x", "/ResourceTypes", "/ResourceTypes/User", "/ServiceProviderConfig", "/nothing"} {
		for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
			for _, credential := range []string{"", "Bearer", "Bearer ", "Bearer x", "Bearer dls_x", "Basic " + d.token, d.token, "Bearer " + revoked} {
				r := d.send(method, "/scim/v2"+path, `{"userName":"x"}`, "Authorization", credential)
				if r.status != http.StatusUnauthorized || !strings.HasPrefix(r.header.Get("WWW-Authenticate"), "Bearer") || r.json["status"] != "401" {
					t.Errorf("%s %s with %q: status %d %s", method, path, credential, r.status, r.text)
				}
			}
		}
	}
	if got := d.total("/Users", `userName pr`); got != 1 {
		t.Errorf("%d users, want 1", got)
	}
}

// TestServer_OneCredential keeps a request from meaning one connection to a proxy and another to this server.
func TestServer_OneCredential(t *testing.T) {
	t.Parallel()
	d := newDoor(t, storetest.New(t))
	for _, other := range []string{"Bearer " + d.token, "Bearer x", "Basic eDp4", ""} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, d.server.URL+"/scim/v2/Users", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header["Authorization"] = []string{"Bearer " + d.token, other}
		response, err := d.server.Client().Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if got := response.Header.Get("WWW-Authenticate"); response.StatusCode != http.StatusBadRequest || !strings.Contains(got, `error="invalid_request"`) {
			t.Errorf("with %q besides: status %d, challenge %q", other, response.StatusCode, got)
		}
	}
}

// secondToken makes another token for the connection, does something to it, and returns its secret.
func (d *door) secondToken(do func(tx *store.OrganizationTx, id string) error) (secret string) {
	d.t.Helper()
	err := d.store.Write(context.Background(), store.Actor{Kind: store.Administrator}, func(tx *store.Tx) error {
		o := tx.Organization(d.connection.OrganizationID)
		token, text, err := o.CreateToken(d.connection.ID, "second", d.store.Now().Add(time.Hour))
		if err != nil {
			return err
		}
		secret = text
		return do(o, token.ID)
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return secret
}

func TestServer_ExpiredToken(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	d := newDoor(t, s)
	secret := d.secondToken(func(*store.OrganizationTx, string) error { return nil })
	for _, want := range []int{http.StatusOK, http.StatusUnauthorized} {
		if r := d.send("GET", "/scim/v2/Users", "", "Authorization", "Bearer "+secret); r.status != want {
			t.Errorf("status %d, want %d", r.status, want)
		}
		storetest.ClockOf(t, s).Advance(2 * time.Hour)
	}
}

func TestServer_StatusCodes(t *testing.T) {
	t.Parallel()
	d := newDoor(t, storetest.New(t))
	user := "/Users/" + d.create("/Users", `{"userName":"u"}`)
	group := "/Groups/" + d.create("/Groups", `{"displayName":"g"}`)
	for _, test := range []struct {
		name, method, path, body string
		status                   int
		scimType                 any
		detail                   string // part of it
	}{
		{"malformed JSON", "POST", "/Users", `{"userName":"x"`, 400, "invalidSyntax", ""},
		{"no object", "POST", "/Users", `["x"]`, 400, "invalidSyntax", ""},
		{"no body", "POST", "/Users", ``, 400, "invalidSyntax", ""},
		{"a name twice", "PATCH", user, `{"Operations":[{"op":"replace","value":{"active":true,"Active":false}}]}`, 400, "invalidSyntax", "Active"},
		{"no user name", "POST", "/Users", `{"userame":"x"}`, 400, "invalidValue", "userName"},
		{"a blank user name", "PUT", user, `{"userName":""}`, 400, "invalidValue", "userName"},
		{"a user name of another type", "POST", "/Users", `{"userName":7}`, 400, "invalidValue", "userName"},
		{"a user name that is too long", "POST", "/Users", `{"userName":"` + strings.Repeat("x", 321) + `"}`, 400, "invalidValue", "userName"},
		{"a text that is too long", "POST", "/Users", `{"userName":"x","title":"` + strings.Repeat("x", 4097) + `"}`, 400, "invalidValue", "title"},
		{"schemas of another type", "POST", "/Users", `{"userName":"x","schemas":"urn:x"}`, 400, "invalidValue", "schemas"},
		{"schemas that are no texts", "POST", "/Users", `{"userName":"x","schemas":[5]}`, 400, "invalidValue", "schemas"},
		{"NUL", "POST", "/Users", `{"userName":"x\u0000"}`, 400, "invalidValue", "userName"},
		{"no group name", "POST", "/Groups", `{}`, 400, "invalidValue", "displayName"},
		{"a member without id", "POST", "/Groups", `{"displayName":"x","members":[{"display":"x"}]}`, 400, "invalidValue", "members"},
		{"a member that is a number", "PATCH", group, `{"Operations":[{"op":"add","path":"members","value":[7]}]}`, 400, "invalidValue", "members"},
		{"remove of a member without id", "PATCH", group, `{"Operations":[{"op":"remove","path":"members","value":[{}]}]}`, 400, "invalidValue", "members"},
		{"remove of a group's name", "PATCH", group, `{"Operations":[{"op":"remove","path":"displayName"}]}`, 400, "mutability", "displayName"},
		{"remove of a member's name", "PATCH", group, `{"Operations":[{"op":"remove","path":"members.display"}]}`, 400, "mutability", "members"},
		{"a change inside a member", "PATCH", group, `{"Operations":[{"op":"replace","path":"members[value eq \"x\"].display","value":"y"}]}`, 400, "mutability", "members"},
		{"another id for a member", "PATCH", group, `{"Operations":[{"op":"replace","path":"members[value eq \"x\"].value","value":"y"}]}`, 400, "mutability", "members"},
		{"a name for all members", "PATCH", group, `{"Operations":[{"op":"replace","path":"members.display","value":"y"}]}`, 400, "mutability", "members"},
		{"a user name of blanks", "POST", "/Users", `{"userName":" \t "}`, 400, "invalidValue", "userName"},
		{"a group name of blanks", "PATCH", group, `{"Operations":[{"op":"replace","path":"displayName","value":"\u2003"}]}`, 400, "invalidValue", "displayName"},
		{"a malformed member filter", "PATCH", group, `{"Operations":[{"op":"remove","path":"members[shoe eq \"x\"]"}]}`, 400, "invalidPath", "members"},
		{"a member filter on what is made for each answer", "PATCH", group, `{"Operations":[{"op":"remove","path":"members[$ref eq \"x\"]"}]}`, 400, "invalidPath", "members.value"},
		{"a sub-attribute before brackets", "PATCH", group, `{"Operations":[{"op":"remove","path":"members.value[value eq \"x\"]"}]}`, 400, "invalidPath", "behind"},
		{"an unknown group attribute", "PATCH", group, `{"Operations":[{"op":"replace","path":"active","value":true}]}`, 400, "invalidPath", "active"},
		{"an unknown filter attribute", "GET", "/Users?filter=shoeSize+eq+1", ``, 400, "invalidFilter", "shoeSize"},
		{"two filters", "GET", "/Users?filter=userName+pr&filter=active+eq+true", ``, 400, "invalidFilter", "several filters"},
		{"two filters by names of two cases", "GET", "/Groups?filter=displayName+pr&Filter=id+pr", ``, 400, "invalidFilter", "several filters"},
		{"a malformed filter", "GET", "/Users?filter=userName+is+x", ``, 400, "invalidFilter", ""},
		{"an empty filter", "GET", "/Users?filter=", ``, 400, "invalidFilter", ""},
		{"a malformed query", "GET", "/Users?filter=userName+eq+%zz", ``, 400, "invalidFilter", ""},
		{"a query with a semicolon", "GET", "/Users?filter=userName+eq+%22a;b%22", ``, 400, "invalidFilter", ""},
		{"a count that is no number", "GET", "/Users?count=many", ``, 400, "invalidValue", "count"},
		{"an unknown user", "GET", "/Users/018f5b1e-0000-7000-8000-000000000000", ``, 404, nil, ""},
		{"an id that is none", "PATCH", "/Users/%00", `{"Operations":[]}`, 404, nil, ""},
		{"an unknown group", "PATCH", "/Groups/x", `{"Operations":[]}`, 404, nil, ""},
		{"a user asked for as group", "GET", strings.Replace(user, "Users", "Groups", 1), ``, 404, nil, ""},
		{"an unknown endpoint", "GET", "/nothing", ``, 404, nil, "/Users"},
		{"a search for something unknown", "POST", "/Devices/.search", `{}`, 404, nil, "/Users"},
		{"a search of an unknown attribute", "POST", "/Users/.search", `{"filter":"shoeSize eq 1"}`, 400, "invalidFilter", "shoeSize"},
		{"a search of an attribute of the other type", "POST", "/Users/.search", `{"filter":"members pr"}`, 400, "invalidFilter", "members"},
		{"a search of an unknown attribute of both types", "GET", "/?filter=shoeSize+pr", ``, 400, "invalidFilter", "shoeSize"},
		{"a search of an unknown part of one type", "POST", "/.search", `{"filter":"emails.size eq 1"}`, 400, "invalidFilter", "size"},
		{"a search with an empty filter", "POST", "/.search", `{"filter":""}`, 400, "invalidFilter", ""},
		{"a search with a filter that is no text", "POST", "/.search", `{"filter":{}}`, 400, "invalidValue", "filter"},
		{"a search with a count that is no number", "POST", "/.search", `{"Count":"many"}`, 400, "invalidValue", "count"},
		{"a search with a broken count", "POST", "/Groups/.search", `{"count":1.5}`, 400, "invalidValue", "count"},
		{"a search with attributes that are no list", "POST", "/.search", `{"attributes":true}`, 400, "invalidValue", "attributes"},
		{"a search with attributes that are no texts", "POST", "/.search", `{"excludedAttributes":["id",7]}`, 400, "invalidValue", "excludedAttributes"},
		{"a search with its filter in the address", "POST", "/Users/.search?filter=userName+eq+%22u%22", `{}`, 400, "invalidSyntax", "body"},
		{"a search without a body", "POST", "/.search", ``, 400, "invalidSyntax", ""},
		{"too deep an endpoint", "GET", user + "/name", ``, 404, nil, ""},
		{"a filter of schemas", "GET", "/Schemas?filter=id+pr", ``, 403, nil, "Leave the filter out"},
		{"a filter of a schema", "GET", "/Schemas/" + userSchema + "?Filter=", ``, 403, nil, "Leave the filter out"},
		{"a filter of resource types", "GET", "/ResourceTypes?filter=name+eq+%22User%22", ``, 403, nil, "Leave the filter out"},
		{"a filter of the configuration", "GET", "/ServiceProviderConfig?filter=x", ``, 403, nil, "Leave the filter out"},
		{"an id that is an escaped slash", "GET", "/Users/%2F", ``, 404, nil, "no such resource"},
		{"an id with an escaped slash", "DELETE", user + "%2f", ``, 404, nil, "no such resource"},
		{"an endpoint with an escaped slash", "GET", "%2FUsers", ``, 404, nil, "/Users"},
		{"an id that is an escaped dot", "GET", "/Users/%2e%2e", ``, 404, nil, "no such resource"},
		{"an id with an escaped question mark", "GET", user + "%3Fattributes=id", ``, 404, nil, "no such resource"},
		{"an id with escaped blanks", "GET", user + "%20", ``, 404, nil, "no such resource"},
		{"an id of broken text", "GET", "/Groups/%ff", ``, 404, nil, "no such resource"},
		{"an unknown schema", "GET", "/Schemas/urn:x", ``, 404, nil, ""},
		{"an unknown resource type", "GET", "/ResourceTypes/Device", ``, 404, nil, ""},
		{"a group name in use", "POST", "/Groups", `{"displayName":"G"}`, 409, "uniqueness", "displayName"},
		{"too many operations", "PATCH", user, `{"Operations":[` + strings.Repeat(`{},`, 1000) + `{}]}`, 413, nil, "1000"},
		{"too many members", "POST", "/Groups", `{"displayName":"x","members":[` + strings.Repeat(`"x",`, 5000) + `"x"]}`, 413, nil, "5000"},
		{"too many values", "POST", "/Users", `{"userName":"x","emails":[` + strings.Repeat(`{"value":"x"},`, 1000) + `{"value":"x"}]}`, 413, nil, "emails"},
		{"too large a body", "POST", "/Users", `{"userName":"x","title":"` + strings.Repeat("x", maxBody) + `"}`, 413, nil, ""},
		{"too large a user", "POST", "/Users", `{"userName":"x","urn:x:y:z":{"list":["` + strings.Repeat(strings.Repeat("x", 4000)+`","`, 70) + `"]}}`, 413, nil, "User"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := d.do(test.method, test.path, test.body)
			if r.status != test.status || r.json["scimType"] != test.scimType {
				t.Fatalf("status %d %v, want %d %v: %s", r.status, r.json["scimType"], test.status, test.scimType, r.text)
			}
			if detail, _ := r.json["detail"].(string); detail == "" || !strings.Contains(detail, test.detail) {
				t.Errorf("detail %q does not tell of %q", detail, test.detail)
			}
		})
	}
}

func TestServer_MethodsAndContentTypes(t *testing.T) {
	t.Parallel()
	d := newDoor(t, storetest.New(t))
	for path, allow := range map[string]string{
		"/Users": "GET, POST", "/Groups/x": "DELETE, GET, PATCH, PUT", "/": "GET", "/.search": "POST", "/Bulk": "POST", "/Users/.search": "POST",
		"/Me": "DELETE, GET, PATCH, POST, PUT", "/Schemas": "GET", "/ServiceProviderConfig": "GET", "/serviceConfiguration": "GET", "//Users//": "GET, POST",
		"/users": "GET, POST", "/gROUPS/x": "DELETE, GET, PATCH, PUT", "/bulk": "POST", "/users/.search": "POST", "/resourcetypes": "GET", "/schemas/x": "GET",
	} {
		if r := d.must(http.StatusMethodNotAllowed, "OPTIONS", path, ""); r.header.Get("Allow") != allow {
			t.Errorf("%s: Allow %q, want %q", path, r.header.Get("Allow"), allow)
		}
	}
	for kind, status := range map[string]int{
		"application/json": 201, "APPLICATION/SCIM+JSON": 201, "": 201, "text/plain": 415, "application/x-www-form-urlencoded": 415, "nonsense;;": 415,
		"application/json; charset=UTF-8": 201, `application/scim+json;charset="us-ascii"`: 201, "application/json; charset=latin1": 415,
	} {
		d.must(status, "POST", "/Users", `{"userName":`+quote("u "+kind)+`}`, "Content-Type", kind)
	}
	for coding, status := range map[string]int{"identity": 201, "": 201, "gzip": 415, "identity, br": 415} {
		r := d.must(status, "POST", "/Users", `{"userName":`+quote("encoded "+coding)+`}`, "Content-Encoding", coding)
		if status == 415 && r.header.Get("Accept-Encoding") != "identity" {
			t.Errorf("%s: the answer does not say what to send: %v", coding, r.header)
		}
	}
}

func TestServer_PanicIsAnAnswer(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	s := &server{Config: Config{
		Logger: slog.New(slog.NewTextHandler(&log, nil)), RequestID: func(*http.Request) string { return "r-1" },
		Address: func(*http.Request) string { return "" },
	}} // without a store, the first look-up fails
	w := httptest.NewRecorder()
	r := httptest.NewRequest("GET", "/scim/v2/Users", nil)
	r.Header.Set("Authorization", "Bearer dls_x")
	s.ServeHTTP(w, r)
	if w.Code != 500 || !strings.Contains(w.Body.String(), `r-1`) || strings.Contains(w.Body.String(), "nil pointer") {
		t.Errorf("answer %d %s", w.Code, w.Body)
	}
	if !strings.Contains(log.String(), "nil pointer") {
		t.Errorf("the log does not tell the cause: %s", log.String())
	}
}

func TestServer_DatabaseGone(t *testing.T) {
	t.Parallel()
	d := newDoor(t, storetest.New(t))
	canceled, cancel := context.WithCancel(context.Background())
	cancel()
	r := httptest.NewRequestWithContext(canceled, "GET", "/scim/v2/Users", nil)
	r.Header.Set("Authorization", "Bearer "+d.token)
	w := httptest.NewRecorder()
	d.server.Config.Handler.ServeHTTP(w, r)
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
		t.Errorf("answer %d, Retry-After %q: %s", w.Code, w.Header().Get("Retry-After"), w.Body)
	}
}

func TestFailure_TellsNothingOfTheInside(t *testing.T) {
	t.Parallel()
	answer := failure(errors.New("dial tcp 10.0.0.7: password=hunter2"), "r-1")
	if answer.Status != 500 || strings.Contains(answer.Detail, "hunter2") || !strings.Contains(answer.Detail, "r-1") {
		t.Errorf("answer %+v", answer)
	}
}

func TestServer_BodyThatEndsEarly(t *testing.T) {
	t.Parallel()
	d := newDoor(t, storetest.New(t))
	r := httptest.NewRequest("POST", "/scim/v2/Users", io.MultiReader(strings.NewReader(`{"userName":`), failingReader{}))
	r.Header.Set("Authorization", "Bearer "+d.token)
	w := httptest.NewRecorder()
	d.server.Config.Handler.ServeHTTP(w, r)
	if w.Code != 400 || !strings.Contains(w.Body.String(), "ended early") {
		t.Errorf("answer %d %s", w.Code, w.Body)
	}
}

type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// TestServer_AuditNamesTheToken makes sure that an event tells which credential made the change.
func TestServer_AuditNamesTheToken(t *testing.T) {
	t.Parallel()
	d := newDoor(t, storetest.New(t))
	id := d.must(201, "POST", "/Users", `{"userName":"u"}`, "X-Request-Id", "r-42").id()
	events, err := d.store.Organization(d.connection.OrganizationID).Events(context.Background(), store.EventQuery{SubjectID: id})
	if err != nil || len(events) != 1 {
		t.Fatalf("%d events, %v", len(events), err)
	}
	if a := events[0].Actor; a.Kind != store.Provisioner || a.ID != d.tokenID || a.Name != "nightly" || a.RequestID != "r-42" || a.Address == "" {
		t.Errorf("actor %+v", a)
	}
}

// TestServer_ReadsByEveryPath asks each address for its head, for itself with a slash behind it, and with a body that means
// nothing (RFC 9110 section 9.3.1).
func TestServer_ReadsByEveryPath(t *testing.T) {
	t.Parallel()
	d := newDoor(t, storetest.New(t))
	user := "/Users/" + d.create("/Users", `{"userName":"u"}`)
	group := "/Groups/" + d.create("/Groups", `{"displayName":"g"}`)
	for _, path := range []string{user, group, "", "/Users", "/Groups", "/Schemas", "/Schemas/" + userSchema, "/ResourceTypes", "/ResourceTypes/User", "/ServiceProviderConfig", "/serviceConfiguration"} {
		want := d.must(200, "GET", path, "")
		if r := d.must(200, "HEAD", path, ""); r.text != "" || r.header.Get("ETag") != want.header.Get("ETag") {
			t.Errorf("HEAD %s: %q, %v", path, r.text, r.header)
		}
		for _, r := range []reply{d.must(200, "GET", path+"/", ""), d.must(200, "GET", path, "no JSON", "Content-Type", "text/plain")} {
			if r.text != want.text {
				t.Errorf("%s: %s, want %s", path, r.text, want.text)
			}
		}
	}
	if r := d.must(200, "GET", "/serviceConfiguration", ""); at(r.json, "patch", "supported") != true {
		t.Errorf("configuration: %s", r.text)
	}
}

// TestServer_BreaksOffWhatItCannotFinish loses the database in the middle of an answer: the client must not take what it
// got for the whole.
func TestServer_BreaksOffWhatItCannotFinish(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	s := &server{Config: Config{Logger: slog.New(slog.NewTextHandler(&log, nil))}}
	defer func() {
		if cause := recover(); cause != http.ErrAbortHandler {
			t.Errorf("panic %v, want http.ErrAbortHandler", cause)
		}
		if !strings.Contains(log.String(), "gone") {
			t.Errorf("the log does not tell the cause: %s", log.String())
		}
	}()
	s.fail(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil), "r-1", &brokenError{errors.New("gone")})
}

// TestServer_StrangersBodyIsNotRead sends a body without end, without a token.
func TestServer_StrangersBodyIsNotRead(t *testing.T) {
	t.Parallel()
	d := newDoor(t, storetest.New(t))
	request, err := http.NewRequest("POST", d.server.URL+"/scim/v2/Users", endlessReader{})
	if err != nil {
		t.Fatal(err)
	}
	response, err := d.server.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusUnauthorized || !response.Close {
		t.Errorf("status %d, closes %v", response.StatusCode, response.Close)
	}
}

type endlessReader struct{}

func (endlessReader) Read(p []byte) (int, error) { return len(p), nil }

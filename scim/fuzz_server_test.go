package scim

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"doorlist/store/storetest"
)

const (
	maxErrorAnswer = 64 << 10        // bytes: the answer to a bad request must not repeat whatever was sent
	longestAnswer  = 5 * time.Second // a request takes milliseconds, but it waits for the disk of the test machine
)

// FuzzServer sends any request to a server with a user and a group: the answer is never the server's fault, always SCIM,
// and that of an error is short. In the path and the body, $user and $group stand for their ids; header is lines.
func FuzzServer(f *testing.F) {
	door := newDoor(f, storetest.New(f))
	handler := door.server.Config.Handler
	known := map[string]string{}
	f.Fuzz(func(t *testing.T, method, path, query, header, body string) {
		d := *door
		d.t = t
		d.ensure(known, "$user", "/Users", `{"userName":"somebody","displayName":"S","emails":[{"value":"s@x","type":"work"}]}`)
		d.ensure(known, "$group", "/Groups", `{"displayName":"everybody","members":[{"value":"`+known["$user"]+`"}]}`)
		expand := strings.NewReplacer("$user", known["$user"], "$group", known["$group"]).Replace
		r := httptest.NewRequest(http.MethodGet, "/", strings.NewReader(expand(body)))
		r.Method, r.URL = method, &url.URL{Path: "/scim/v2/" + expand(path), RawQuery: expand(query)}
		for line := range strings.Lines(header) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
			r.Header.Add(name, strings.TrimSpace(value))
		}
		r.Header.Set("Authorization", "Bearer "+d.token)
		w := httptest.NewRecorder()
		began := time.Now()
		handler.ServeHTTP(w, r)
		if took := time.Since(began); took > longestAnswer {
			t.Errorf("the answer took %s", took)
		}
		checkAnswer(t, w)
	})
}

// ensure makes the resource, unless it is there still.
func (d *door) ensure(known map[string]string, name, path, body string) {
	d.t.Helper()
	if id := known[name]; id != "" && d.do(http.MethodGet, path+"/"+id, "").status == http.StatusOK {
		return
	}
	r := d.do(http.MethodPost, path, body)
	if r.status == http.StatusConflict { // a request took the name: it can go
		word := strings.Split(body, `"`)
		found := d.must(http.StatusOK, http.MethodGet, path+"?filter="+word[1]+"+eq+%22"+word[3]+"%22", "")
		d.must(http.StatusNoContent, http.MethodDelete, path+"/"+asString(at(found.json, "Resources", 0, "id")), "")
		r = d.must(http.StatusCreated, http.MethodPost, path, body)
	}
	known[name] = r.id()
}

func checkAnswer(t *testing.T, w *httptest.ResponseRecorder) {
	t.Helper()
	answer := w.Body.Bytes()
	if w.Code >= 500 && w.Code != http.StatusNotImplemented {
		t.Fatalf("status %d: %s", w.Code, answer)
	}
	if len(answer) > 0 && (w.Header().Get("Content-Type") != contentType || !json.Valid(answer)) {
		t.Errorf("status %d, content type %q: %s", w.Code, w.Header().Get("Content-Type"), answer)
	}
	if w.Code < 400 {
		return
	}
	var told struct{ Schemas, Status, Detail any }
	if err := json.Unmarshal(answer, &told); err != nil || told.Detail == nil || told.Status == nil || len(answer) > maxErrorAnswer {
		t.Errorf("status %d with %d bytes: %s", w.Code, len(answer), answer)
	}
}

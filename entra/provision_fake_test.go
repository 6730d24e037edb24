package entra_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

const (
	enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
	listURN    = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
)

type doc = map[string]any

// scimFake is a small strict SCIM server: what it does not understand it refuses, and it records every request.
type scimFake struct {
	*httptest.Server
	// intercept may answer in the fake's place; it is called under the lock.
	intercept func(w http.ResponseWriter, r *http.Request, body string) bool

	mu        sync.Mutex
	resources map[string]doc // by "/Users/u1"
	order     []string
	made      int
	requests  []string // "METHOD path?query body"
}

func newSCIMFake(t *testing.T) *scimFake {
	f := &scimFake{resources: map[string]doc{}}
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Close)
	return f
}

// take returns what was recorded since the last take: all of it, or only what begins with one of the prefixes.
func (f *scimFake) take(prefixes ...string) []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := []string{}
	for _, r := range f.requests {
		if len(prefixes) == 0 || slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(r, p) }) {
			out = append(out, r)
		}
	}
	f.requests = nil
	return out
}

// writes is take without the reads.
func (f *scimFake) writes() []string { return f.take("POST", "PATCH", "DELETE", "PUT") }

// state is everything that is stored, by path.
func (f *scimFake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	line := strings.TrimSpace(r.Method + " " + r.URL.RequestURI() + " " + string(text))
	f.requests = append(f.requests, line)
	if f.intercept != nil && f.intercept(w, r, string(text)) {
		return
	}
	f.serve(w, r, text)
}

func (f *scimFake) serve(w http.ResponseWriter, r *http.Request, text []byte) {
	if len(text) > 0 && r.Header.Get("Content-Type") != "application/scim+json; charset=utf-8" {
		refuse(w, http.StatusUnsupportedMediaType, "content type "+r.Header.Get("Content-Type"))
		return
	}
	if r.Header.Get("Authorization") != "Bearer secret" {
		refuse(w, http.StatusUnauthorized, "bad token")
		return
	}
	var body doc
	if len(text) > 0 {
		if err := json.Unmarshal(text, &body); err != nil {
			refuse(w, http.StatusBadRequest, err.Error())
			return
		}
	}
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	switch {
	case len(parts) == 1 && r.Method == http.MethodGet:
		f.list(w, "/"+parts[0], r.URL.Query())
	case len(parts) == 1 && r.Method == http.MethodPost:
		f.create(w, "/"+parts[0], body)
	case f.resources[r.URL.Path] == nil:
		refuse(w, http.StatusNotFound, "no such resource")
	case r.Method == http.MethodGet:
		respond(w, http.StatusOK, shown(f.resources[r.URL.Path], r.URL.Query()))
	case r.Method == http.MethodPatch:
		f.patch(w, r.URL.Path, body)
	case r.Method == http.MethodDelete:
		for _, d := range f.resources {
			removeMember(d, parts[1])
		}
		delete(f.resources, r.URL.Path)
		f.order = slices.DeleteFunc(f.order, func(p string) bool { return p == r.URL.Path })
		w.WriteHeader(http.StatusNoContent)
	}
}

var filterTerm = regexp.MustCompile(`^([A-Za-z.:0-9]+) eq "((?:[^"\\]|\\.)*)"$`)

func (f *scimFake) list(w http.ResponseWriter, path string, q url.Values) {
	found := []doc{}
	for _, p := range f.order {
		if !strings.HasPrefix(p, path+"/") {
			continue
		}
		matches, err := satisfies(f.resources[p], q.Get("filter"))
		if err != nil {
			refuse(w, http.StatusBadRequest, err.Error())
			return
		}
		if matches {
			found = append(found, shown(f.resources[p], q))
		}
	}
	total, start := len(found), max(1, atoi(q.Get("startIndex")))
	found = found[min(start-1, total):]
	if count := atoi(q.Get("count")); q.Has("count") && count < len(found) {
		found = found[:count]
	}
	respond(w, http.StatusOK, doc{"schemas": []string{listURN}, "totalResults": total, "startIndex": start,
		"itemsPerPage": len(found), "Resources": found})
}

func satisfies(d doc, filter string) (bool, error) {
	if filter == "" {
		return true, nil
	}
	for _, term := range strings.Split(filter, " and ") {
		m := filterTerm.FindStringSubmatch(term)
		if m == nil {
			return false, fmt.Errorf("filter %q", filter)
		}
		value := strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(m[2])
		if !holds(d, m[1], value) {
			return false, nil
		}
	}
	return true, nil
}

func holds(d doc, attribute, value string) bool {
	switch attribute {
	case "manager":
		extension, _ := d[enterprise].(doc)
		manager, _ := extension["manager"].(doc)
		return manager["value"] == value
	case "members":
		return slices.ContainsFunc(memberIDs(d), func(m string) bool { return m == value })
	}
	text, _ := d[attribute].(string)
	return strings.EqualFold(text, value)
}

func shown(d doc, q url.Values) doc {
	if q.Get("excludedAttributes") == "members" {
		d = maps.Clone(d)
		delete(d, "members")
	}
	return d
}

func (f *scimFake) create(w http.ResponseWriter, path string, body doc) {
	key, prefix := "userName", "u"
	if path == "/Groups" {
		key, prefix = "displayName", "g"
	}
	for p, d := range f.resources {
		if strings.HasPrefix(p, path+"/") && strings.EqualFold(fmt.Sprint(d[key]), fmt.Sprint(body[key])) {
			refuse(w, http.StatusConflict, "taken")
			return
		}
	}
	f.made++
	body["id"] = fmt.Sprint(prefix, f.made)
	normalize(body)
	p := path + "/" + body["id"].(string)
	f.resources[p] = body
	f.order = append(f.order, p)
	respond(w, http.StatusCreated, body)
}

func (f *scimFake) patch(w http.ResponseWriter, path string, body doc) {
	d := f.resources[path]
	operations, _ := body["Operations"].([]any)
	for _, o := range operations {
		op := o.(doc)
		at, _ := op["path"].(string)
		values := doc{at: op["value"]}
		if at == "" {
			values = op["value"].(doc)
		}
		for p, v := range values {
			if err := apply(d, strings.ToLower(op["op"].(string)), p, v); err != nil {
				refuse(w, http.StatusBadRequest, err.Error())
				return
			}
		}
	}
	normalize(d)
	if strings.HasPrefix(path, "/Groups/") {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	respond(w, http.StatusOK, d)
}

// normalize makes active a boolean, however it was sent.
func normalize(d doc) {
	if text, ok := d["active"].(string); ok {
		d["active"] = strings.EqualFold(text, "true")
	}
}

func respond(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/scim+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client may have gone on purpose
}

func refuse(w http.ResponseWriter, status int, detail string) {
	respond(w, status, doc{"schemas": []string{"urn:ietf:params:scim:api:messages:2.0:Error"}, "status": strconv.Itoa(status), "detail": detail})
}

func atoi(s string) int {
	n, _ := strconv.Atoi(s) // absent counts as zero
	return n
}

package scim

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

// prompt is how long a parser may take, whatever it is given. A test machine may be busy, so only what is slow again
// and again is too slow.
const prompt = 100 * time.Millisecond

func promptly(t *testing.T, parse func()) {
	t.Helper()
	for range 3 {
		began := time.Now()
		parse()
		if time.Since(began) < prompt {
			return
		}
	}
	t.Errorf("takes longer than %s", prompt)
}

// FuzzCursor opens any text as a cursor: only what was sealed for the same query opens.
func FuzzCursor(f *testing.F) {
	clock := storetest.NewClock()
	c, err := newCursors([]byte(strings.Repeat("k", CursorKeySize)), clock.Now)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, cursor, place string) {
		promptly(t, func() {
			if _, err := c.open(cursor, []byte("query")); !errors.As(err, new(*pagingError)) {
				t.Errorf("%q: %v", cursor, err)
			}
		})
		sealed, err := c.seal(store.Start{Place: store.Place{ID: strings.ToValidUTF8(place, "")}}, []byte("query"))
		if err != nil {
			t.Fatal(err)
		}
		start, err := c.open(sealed, []byte("query"))
		if err != nil || start.ID != strings.ToValidUTF8(place, "") {
			t.Errorf("%q comes back as %+v, %v", place, start, err)
		}
		if _, err := c.open(sealed, []byte("another")); !errors.Is(err, errCursor) {
			t.Errorf("another query's cursor: %v", err)
		}
	})
}

// FuzzProjection projects a user by any lists of attributes: what is left is JSON, and nothing that was not there.
func FuzzProjection(f *testing.F) {
	whole := builtIn.storedUser(store.User{ID: "u", UserRecord: userFrom(f, fullUser)})
	f.Fuzz(func(t *testing.T, attributes, excluded string) {
		var text string
		promptly(t, func() {
			var err error
			p := newProjection(userType, url.Values{"attributes": {attributes}, "excludedAttributes": {excluded}})
			if text, err = p.document(whole); err != nil {
				t.Fatal(err)
			}
		})
		var projected map[string]any
		if err := json.Unmarshal([]byte(text), &projected); err != nil {
			t.Fatalf("attributes=%q, excludedAttributes=%q: %v in %s", attributes, excluded, err, text)
		}
		full := decoded(t, whole.document)
		for name := range projected {
			if _, ok := full[name]; !ok {
				t.Errorf("attributes=%q, excludedAttributes=%q: %q comes from nowhere", attributes, excluded, name)
			}
		}
	})
}

func FuzzSortBy(f *testing.F) {
	f.Fuzz(func(t *testing.T, by, order string) {
		for _, rt := range builtIn.all() {
			promptly(t, func() {
				_, err := sortOf(rt, url.Values{"sortBy": {by}, "sortOrder": {order}})
				if err != nil && !errors.As(err, new(*valueError)) {
					t.Errorf("%q %q: %v", by, order, err)
				}
			})
		}
	})
}

// FuzzSearchRequest reads any object as the body of a query by POST.
func FuzzSearchRequest(f *testing.F) {
	f.Fuzz(func(t *testing.T, text string) {
		body, err := decodeObject([]byte(text))
		if err != nil {
			return
		}
		q, err := searchParameters(body)
		if err != nil {
			checkRefusal(t, err)
			return
		}
		for name := range q {
			if _, known := searchMembers[strings.ToLower(name)]; !known {
				t.Errorf("%q is no parameter", name)
			}
		}
	})
}

// FuzzAuthorization sends any header and any connection: nobody gets in without the token, and the token gets in nowhere
// else.
func FuzzAuthorization(f *testing.F) {
	d := newDoor(f, storetest.New(f))
	d.demand(func(a *store.SCIMAccess) { a.EntraTokens = true })
	s := &server{store: d.store, Config: Config{Address: peer, CheckEntraToken: func(context.Context, store.Connection, string, string) error {
		return &TokenError{"Nobody has signed that."}
	}}}
	f.Add("Bearer "+signed(d.connection.TenantID, "x"), "")
	f.Add("Bearer "+signed("", "x"), "entra")
	f.Fuzz(func(t *testing.T, header, connection string) {
		r := httptest.NewRequest(http.MethodGet, "/scim/v2/Users", nil)
		r.Header.Set("Authorization", header)
		var refused *authError
		if _, err := s.authenticate(r, connection); !errors.As(err, &refused) || refused.status != http.StatusUnauthorized {
			t.Errorf("%q: %v", header, err)
		}
		r.Header.Set("Authorization", "Bearer "+d.token)
		own := connection == "" || connection == d.connection.Slug || connection == d.connection.ID
		if _, err := s.authenticate(r, connection); own != (err == nil) || !own && !errors.Is(err, errOtherConnection) {
			t.Errorf("the token at %q: %v", connection, err)
		}
	})
}

func FuzzSplit(f *testing.F) {
	f.Fuzz(func(t *testing.T, path string) {
		root, rest, ok := split(path)
		if !ok {
			return
		}
		if again, _, ok := split(root); !ok || again != root || !strings.HasSuffix(root, "/scim/v2") {
			t.Errorf("%q has the root %q, and that has %q", path, root, again)
		}
		if connection := connectionOf(root); (root == "/scim/v2") != (connection == "") {
			t.Errorf("%q has the connection %q", root, connection)
		}
		for _, segment := range rest {
			if segment == "" {
				t.Errorf("%q has an empty segment", path)
			}
		}
	})
}

// FuzzEntityTags looks for a version in any list of tags: adding it makes the list have it.
func FuzzEntityTags(f *testing.F) {
	f.Fuzz(func(t *testing.T, list string, version int64) {
		promptly(t, func() { names(list, version) })
		if !names(list+`, `+entityTag(version), version) {
			t.Errorf("%q and %s lack %[2]s", list, entityTag(version))
		}
		if names(list, version) && !strings.Contains(list, "*") && !strings.Contains(list, strings.TrimPrefix(entityTag(version), "W/")) {
			t.Errorf("%q has %s", list, entityTag(version))
		}
	})
}

// FuzzContentType sends a body under any media type: it is read, or the answer is 415.
func FuzzContentType(f *testing.F) {
	f.Fuzz(func(t *testing.T, contentType string) {
		r := httptest.NewRequest(http.MethodPost, "/scim/v2/Users", strings.NewReader(`{}`))
		r.Header.Set("Content-Type", contentType)
		_, err := (&call{Request: r, seen: &exchange{}}).body(httptest.NewRecorder())
		if status, _, _ := classify(err); err != nil && status != http.StatusUnsupportedMediaType {
			t.Errorf("%q: %v", contentType, err)
		}
	})
}

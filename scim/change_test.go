package scim

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"doorlist/store"
	"doorlist/store/storetest"

	"github.com/google/go-cmp/cmp"
)

func TestServer_EntityTags(t *testing.T) {
	t.Parallel()
	d := newDoor(t, storetest.New(t))
	for path, body := range map[string]string{
		"/Users/" + d.create("/Users", `{"userName":"u"}`):      `{"userName":"u","displayName":"%d"}`,
		"/Groups/" + d.create("/Groups", `{"displayName":"g"}`): `{"displayName":"g%d"}`,
	} {
		tag := d.must(200, "GET", path, "").header.Get("ETag")
		if r := d.must(304, "GET", path, "", "If-None-Match", `"9", `+tag); r.text != "" {
			t.Errorf("%s: a body with 304: %s", path, r.text)
		}
		d.must(200, "PUT", path, fmt.Sprintf(body, 1), "If-Match", tag)
		d.must(200, "GET", path, "", "If-None-Match", tag)
		d.must(412, "PUT", path, fmt.Sprintf(body, 2), "If-Match", tag)
		d.must(412, "PATCH", path, `{"Operations":[{"op":"replace","path":"displayName","value":"x"}]}`, "If-Match", tag)
		d.must(412, "DELETE", path, "", "If-Match", tag)
		if got := d.must(200, "GET", path, "").header.Get("ETag"); got != `W/"2"` {
			t.Errorf("%s: tag %s after refused changes, want W/\"2\"", path, got)
		}
		d.must(204, "DELETE", path, "", "If-Match", `"2"`)
	}
}

func TestServer_PreconditionsOnEveryMethod(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDoor(t, s)
		for path, body := range map[string]string{"/Users": `{"userName":"u"}`, "/Groups": `{"displayName":"g"}`} {
			path += "/" + d.create(path, body)
			const nothing = `{"Operations":[]}`
			patched := map[string]int{"/U": 200, "/G": 204}[path[:2]]
			for _, test := range []struct {
				method, body string
				header       []string
				status       int
			}{
				{"GET", "", []string{"If-Match", `W/"1"`}, 200},
				{"GET", "", []string{"If-Match", "*"}, 200},
				{"GET", "", []string{"If-Match", `W/"2"`}, 412},
				{"GET", "", []string{"If-Match", `W/"2"`, "If-None-Match", `W/"1"`}, 412},
				{"GET", "", []string{"If-None-Match", `W/"2"`}, 200},
				{"GET", "", []string{"If-None-Match", "*"}, 304},
				{"HEAD", "", nil, 200},
				{"HEAD", "", []string{"If-None-Match", `W/"1"`}, 304},
				{"HEAD", "", []string{"If-Match", `W/"2"`}, 412},
				{"PUT", body, []string{"If-None-Match", `W/"1"`}, 412},
				{"PUT", body, []string{"If-None-Match", "*"}, 412},
				{"PUT", body, []string{"If-None-Match", `W/"2"`}, 200},
				{"PUT", body, []string{"If-Match", "nonsense"}, 412},
				{"PATCH", nothing, []string{"If-None-Match", `W/"1"`}, 412},
				{"PATCH", nothing, []string{"If-None-Match", `W/"2"`, "If-Match", `"0", W/"1"`}, patched},
				{"DELETE", "", []string{"If-None-Match", `W/"1"`}, 412},
				{"DELETE", "", []string{"If-Match", `W/"2"`}, 412},
				{"DELETE", "", []string{"If-None-Match", `W/"2"`}, 204},
				{"DELETE", "", []string{"If-Match", "*"}, 404},
				{"HEAD", "", nil, 404},
			} {
				r := d.do(test.method, path, test.body, test.header...)
				if r.status != test.status {
					t.Errorf("%s %s with %q: status %d, want %d: %s", test.method, path, test.header, r.status, test.status, r.text)
				}
				bodyless := test.method == "HEAD" || r.status == 204 || r.status == 304
				if bodyless != (r.text == "") {
					t.Errorf("%s %s: body %q with status %d", test.method, path, r.text, r.status)
				}
				if tag := r.header.Get("ETag"); test.method != "DELETE" && (r.status < 400) != (tag == `W/"1"`) {
					t.Errorf("%s %s: status %d with ETag %q", test.method, path, r.status, tag)
				}
			}
		}
	})
}

func TestServer_HeadIsGetWithoutABody(t *testing.T) {
	t.Parallel()
	d := newDoor(t, storetest.New(t))
	user := "/Users/" + d.create("/Users", `{"userName":"u"}`)
	for _, path := range []string{user, "/Users", "/Users?filter=userName+eq+u", "/Schemas", "/ServiceProviderConfig", "/Users/x", "/Users?filter=x", "/x"} {
		get, head := d.do("GET", path, ""), d.do("HEAD", path, "")
		for _, r := range []reply{get, head} {
			r.header.Del("Date")
		}
		if diff := cmp.Diff(get.header, head.header); get.status != head.status || head.text != "" || diff != "" {
			t.Errorf("%s: status %d and %d, body %q (-GET +HEAD):\n%s", path, get.status, head.status, head.text, diff)
		}
	}
}

func TestServer_MembersUnderAPrecondition(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDoor(t, s)
		id := d.create("/Groups", `{"displayName":"g"}`)
		group := "/Groups/" + id
		add := `{"Operations":[{"op":"add","path":"members","value":[{"value":"` + d.create("/Users", `{"userName":"u"}`) + `"}]}]}`
		d.must(412, "PATCH", group, add, "If-Match", `W/"7"`)
		d.must(204, "PATCH", group, add, "If-Match", `W/"1"`)
		d.must(412, "PATCH", group, add, "If-Match", `W/"1"`)
		if got := d.must(204, "PATCH", group, add, "If-Match", `W/"2"`).header.Get("ETag"); got != `W/"2"` {
			t.Errorf("adding a member again gives the tag %s, want W/\"2\"", got)
		}
		if got, want := d.events(id), []string{"group.created", "group.members_added"}; !slices.Equal(got, want) {
			t.Errorf("events %v, want %v", got, want)
		}
	})
}

func TestServer_ConcurrentChangesLoseNothing(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDoor(t, s)
		user := "/Users/" + d.create("/Users", `{"userName":"u"}`)
		group := "/Groups/" + d.create("/Groups", `{"displayName":"g"}`)
		const n = 32
		people := make([]string, n)
		for i := range people {
			people[i] = d.create("/Users", fmt.Sprintf(`{"userName":"u%d"}`, i))
		}
		var clients sync.WaitGroup
		for i, id := range people {
			clients.Go(func() {
				if r := d.patch(user, fmt.Sprintf(`[{"op":"Add","path":"urn:x:Acme:2.0:User:a%d","value":"v"}]`, i)); r.status != 200 {
					t.Errorf("user: status %d: %s", r.status, r.text)
				}
				if r := d.patch(group, `[{"op":"Add","path":"members","value":[{"value":"`+id+`"}]}]`); r.status != 204 {
					t.Errorf("group: status %d: %s", r.status, r.text)
				}
			})
		}
		clients.Wait()
		extension, _ := d.must(200, "GET", user, "").json["urn:x:Acme:2.0:User"].(map[string]any)
		members, _ := d.must(200, "GET", group, "").json["members"].([]any)
		if len(extension) != n || len(members) != n {
			t.Errorf("%d attributes and %d members, want %d of each", len(extension), len(members), n)
		}
	})
}

package scim

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"doorlist/store"
	"doorlist/store/storetest"
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

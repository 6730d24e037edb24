package scim

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"doorlist/store"
	"doorlist/store/storetest"

	"github.com/google/go-cmp/cmp"
)

// TestFieldFailures has one case for each failure of a SCIM server behind Entra that was reported in public; the name
// of a case says what went wrong, thread where. The request is the one of the report. The cases share a directory;
// each has names of its own in it.
func TestFieldFailures(t *testing.T) {
	t.Parallel()
	cases := fieldFailures()
	if len(cases) != 59 {
		t.Fatalf("%d cases, want 59", len(cases))
	}
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDoor(t, s)
		for i, c := range cases {
			t.Run(fmt.Sprintf("%02d %s (%s)", i+1, c.symptom, c.thread), func(t *testing.T) {
				own := *d
				own.t = t
				c.check(&field{door: &own, name: fmt.Sprintf("f%02d", i+1)})
			})
		}
	})
}

type fieldFailure struct {
	symptom, thread string
	check           func(f *field)
}

func fieldFailures() []fieldFailure {
	return append(append(fieldValues, fieldPaths...), append(fieldGroups, fieldProtocol...)...)
}

// field is a door with what most cases do.
type field struct {
	*door
	name string // unique: the userName or displayName of the case
}

// user makes the user of the case and returns its path. more is further members of the body.
func (f *field) user(more ...string) string {
	f.t.Helper()
	members := append([]string{`"userName":"` + f.name + `"`}, more...)
	return "/Users/" + f.create("/Users", "{"+strings.Join(members, ",")+"}")
}

func (f *field) group(more ...string) string {
	f.t.Helper()
	members := append([]string{`"displayName":"` + f.name + `"`}, more...)
	return "/Groups/" + f.create("/Groups", "{"+strings.Join(members, ",")+"}")
}

func (f *field) people(n int) []string {
	f.t.Helper()
	ids := make([]string, n)
	for i := range ids {
		ids[i] = f.create("/Users", fmt.Sprintf(`{"userName":"%s-%d"}`, f.name, i))
	}
	return ids
}

// patched sends operations to a user and returns the resource as read back.
func (f *field) patched(path, operations string) map[string]any {
	f.t.Helper()
	if r := f.patch(path, operations); r.status != http.StatusOK {
		f.t.Fatalf("PATCH: status %d: %s", r.status, r.text)
	}
	return f.read(path)
}

func (f *field) read(path string) map[string]any {
	f.t.Helper()
	return f.must(http.StatusOK, http.MethodGet, path, "").json
}

// change sends operations to a group and returns its member ids.
func (f *field) change(path, operations string) []string {
	f.t.Helper()
	if r := f.patch(path, operations); r.status != http.StatusNoContent || r.text != "" {
		f.t.Fatalf("PATCH: status %d: %s", r.status, r.text)
	}
	return f.members(path)
}

func (f *field) members(path string) []string {
	f.t.Helper()
	list, _ := f.read(path)["members"].([]any)
	var ids []string
	for _, m := range list {
		ids = append(ids, m.(map[string]any)["value"].(string))
	}
	return ids
}

func (f *field) want(got, want any) {
	f.t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		f.t.Errorf("(-want +got):\n%s", diff)
	}
}

// at follows names and indices into a document.
func at(v any, path ...any) any {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			object, _ := v.(map[string]any)
			v = object[step]
		case int:
			list, _ := v.([]any)
			if step >= len(list) {
				return nil
			}
			v = list[step]
		}
	}
	return v
}

func ids(list ...string) []string { return list }

func memberList(ids ...string) string {
	var members []string
	for _, id := range ids {
		members = append(members, `{"$ref":null,"value":"`+id+`"}`)
	}
	return "[" + strings.Join(members, ",") + "]"
}

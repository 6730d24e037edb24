package scim

import (
	"fmt"
	"net/http"
	"sync"
	"testing"

	"doorlist/store"
	"doorlist/store/storetest"
)

// TestServer_MembersWhoAreDeletedMeanwhile: a provider removes leavers while it fills their group. It must not hear that
// the group is gone, or it makes the group anew.
func TestServer_MembersWhoAreDeletedMeanwhile(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		const people = 20
		d := newDoor(t, s)
		members := make([]string, people)
		for i := range members {
			members[i] = d.create("/Users", fmt.Sprintf(`{"userName":"user%d"}`, i))
		}
		group := "/Groups/" + d.create("/Groups", `{"displayName":"Staff"}`)
		var wait sync.WaitGroup
		for _, id := range members {
			wait.Go(func() {
				if r := d.patch(group, `[{"op":"Add","path":"members","value":`+memberList(members...)+`}]`); r.status != http.StatusNoContent {
					t.Errorf("PATCH: status %d, want 204: %s", r.status, r.text)
				}
			})
			wait.Go(func() {
				if r := d.do(http.MethodDelete, "/Users/"+id, ""); r.status != http.StatusNoContent {
					t.Errorf("DELETE: status %d, want 204: %s", r.status, r.text)
				}
			})
		}
		wait.Wait()
		if left := d.must(http.StatusOK, http.MethodGet, group, "").json["members"]; left != nil {
			t.Errorf("members %v are left of a group whose members are all deleted", left)
		}
	})
}

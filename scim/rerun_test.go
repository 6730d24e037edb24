package scim

import (
	"context"
	"net/http"
	"sync"
	"testing"

	"doorlist/store"
	"doorlist/store/storetest"
)

// TestServer_AChangeThatRunsTwiceIsStillTheSame crosses a change of a group's members with one that locks the same rows
// in the opposite order. PostgreSQL ends the one that waited first, the store runs that once more, and it must still know
// which group it was to change.
func TestServer_AChangeThatRunsTwiceIsStillTheSame(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDoor(t, s)
		user := d.create("/Users", `{"userName":"alice"}`)
		group := d.create("/Groups", `{"displayName":"Staff"}`)
		other := storetest.Second(t, s) // another node
		before, err := other.Directory(d.connection.Directory()).Group(t.Context(), group)
		if err != nil {
			t.Fatal(err)
		}
		locked, answered := make(chan struct{}), make(chan reply, 1)
		go func() {
			<-locked
			answered <- d.patch("/Groups/"+group, `[{"op":"Add","path":"members","value":`+memberList(user)+`}]`)
		}()
		var meet sync.Once
		err = other.Write(context.Background(), store.Actor{}, func(tx *store.Tx) error {
			dir := tx.Directory(d.connection.Directory())
			if err := dir.DeleteUser(user, 0); err != nil {
				return err
			}
			meet.Do(func() {
				close(locked)
				storetest.AwaitBlocked(t, s) // the other change has locked the group and waits for the user
			})
			_, err := dir.UpdateGroup(before, nil, store.MemberChange{Clear: true})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if r := <-answered; r.status != http.StatusNoContent {
			t.Errorf("PATCH: status %d, want 204: %s", r.status, r.text)
		}
	})
}

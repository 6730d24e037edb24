package store_test

import (
	"errors"
	"fmt"
	"testing"

	"doorlist/store"
)

// TestMembers_OfPeopleWhoAreDeletedMeanwhile: a provider that removes leavers while it fills a group must see neither
// the group vanish nor the database time out.
func TestMembers_OfPeopleWhoAreDeletedMeanwhile(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		const people = 20
		key := w.entra.Directory()
		members := make([]store.NewMember, people)
		for i := range members {
			members[i].ID = w.addUser(w.entra, person(fmt.Sprint("user", i), "")).ID
		}
		g := w.addGroup(w.entra, groupRecord("Staff", ""))
		errs := together(2*people, func(i int) error {
			return w.write(func(tx *store.Tx) error {
				if i%2 == 0 {
					return tx.Directory(key).DeleteUser(members[i/2].ID, 0)
				}
				_, err := tx.Directory(key).UpdateGroup(g, nil, store.MemberChange{Add: members})
				return err
			})
		})
		if err := errors.Join(errs...); err != nil {
			t.Error(err)
		}
		left, err := w.Directory(key).Members(t.Context(), g.ID, "", 0)
		if err != nil || len(left) != 0 {
			t.Errorf("%d members are left of a group whose members are all deleted (%v)", len(left), err)
		}
	})
}

package store_test

import (
	"errors"
	"fmt"
	"testing"

	"doorlist/store"
)

// TestGroups_ThatContainEachOtherChangeInParallel: nested groups are members and groups at once, so changes of several
// of them lock the same rows in different orders.
func TestGroups_ThatContainEachOtherChangeInParallel(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		const groups = 6
		key := w.entra.Directory()
		all := make([]store.Group, groups)
		members := make([]store.NewMember, groups)
		for i := range all {
			all[i] = w.addGroup(w.entra, groupRecord(fmt.Sprint("group", i), ""))
			members[i].ID = all[i].ID
		}
		errs := together(3*groups, func(i int) error {
			return w.write(func(tx *store.Tx) error {
				if i < groups/2 {
					return tx.Directory(key).DeleteGroup(all[groups/2+i].ID, 0)
				}
				_, err := tx.Directory(key).UpdateGroup(all[i%(groups/2)], nil, store.MemberChange{Add: members})
				return err
			})
		})
		if err := errors.Join(errs...); err != nil {
			t.Error(err)
		}
		for _, g := range all[:groups/2] {
			left, err := w.Directory(key).Members(t.Context(), g.ID, "", 0)
			if err != nil || len(left) != groups/2-1 {
				t.Errorf("%s has %d members, want the %d others that are left (%v)", g.DisplayName, len(left), groups/2-1, err)
			}
		}
	})
}

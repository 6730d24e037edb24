package store_test

import (
	"testing"

	"doorlist/store"
)

// TestPeople_AreListedWithTheGrantsOfTheirGroups, as they are read one by one: whoever looks through a list goes by the roles that it shows.
func TestPeople_AreListedWithTheGrantsOfTheirGroups(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID))
		writers := w.addGroup(w.entra, groupRecord("Writers", writersOID), alice.ID)
		role := w.role(w.contoso, "reader")
		w.must(func(tx *store.Tx) error {
			_, err := tx.Organization(w.contoso.ID).CreateMapping(store.Mapping{ConnectionID: w.entra.ID, RoleID: role.ID, GroupExternalID: writersOID})
			return err
		})
		page, err := w.Organization(w.contoso.ID).People(t.Context(), store.PeopleQuery{Limit: 10})
		if err != nil || len(page.People) != 1 {
			t.Fatalf("People = %+v, %v", page, err)
		}
		if g := page.People[0].Grants; len(g) != 1 || g[0].Source != "group" || g[0].GroupID != writers.ID || g[0].Name != "Writers" || g[0].Role.ID != role.ID {
			t.Errorf("the grants are %+v", g)
		}
	})
}

package store_test

import (
	"strings"
	"testing"

	"github.com/google/uuid"

	"doorlist/store"
	"doorlist/store/storetest"
)

func TestReach_IsTheOrganizationAndAllBelowIt(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ids := map[string]string{}
		parents := [][2]string{{"top", ""}, {"middle", "top"}, {"leaf", "middle"}, {"other", "top"}, {"stranger", ""}}
		err := s.Write(t.Context(), store.Actor{Kind: store.System}, func(tx *store.Tx) error {
			for _, p := range parents {
				o, err := tx.CreateOrganization(p[0], "", ids[p[1]])
				if err != nil {
					return err
				}
				ids[p[0]] = o.ID
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		ids["nobody"], ids["no id"] = uuid.NewString(), "'"
		for from, want := range map[string]string{
			"top": "leaf middle other top", "middle": "leaf middle", "leaf": "leaf", "stranger": "stranger", "nobody": "", "no id": "",
		} {
			reached, err := s.Reach(t.Context(), ids[from])
			if err != nil {
				t.Fatal(err)
			}
			var slugs []string
			for _, o := range reached {
				slugs = append(slugs, o.Slug)
			}
			if got := strings.Join(slugs, " "); got != want {
				t.Errorf("from %s: got %q, want %q", from, got, want)
			}
		}
	})
}

package storetest_test

import (
	"context"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

func addOrganization(t *testing.T, s *store.Store, slug string) store.Organization {
	t.Helper()
	var added store.Organization
	err := s.Write(context.Background(), store.Actor{Kind: store.System, Name: "test"}, func(tx *store.Tx) (err error) {
		added, err = tx.CreateOrganization(slug, "", "")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return added
}

func TestEach_GivesAnEmptyStoreOfItsOwn(t *testing.T) {
	t.Parallel()
	for range 2 {
		storetest.Each(t, func(t *testing.T, s *store.Store) {
			all, err := s.Organizations(context.Background())
			if err != nil || len(all) != 0 {
				t.Fatalf("Organizations = %v, %v; want none", all, err)
			}
			addOrganization(t, s, "contoso")
		})
	}
}

func TestSecond_SeesTheSameDatabaseAndClock(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		other := storetest.Second(t, s)
		want := addOrganization(t, s, "contoso")
		got, err := other.FindOrganization(context.Background(), "contoso")
		if err != nil || got.ID != want.ID {
			t.Fatalf("FindOrganization on the second node = %v, %v; want %v", got, err, want)
		}
		storetest.ClockOf(t, s).Advance(time.Hour)
		if got, want := other.Now(), storetest.Start.Add(time.Hour); !got.Equal(want) {
			t.Errorf("Now on the second node = %v, want %v", got, want)
		}
	})
}

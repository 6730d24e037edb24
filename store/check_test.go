package store_test

import (
	"slices"
	"strings"
	"testing"

	"doorlist/store"
	"doorlist/store/storetest"
)

func TestCheck_AsksTheDatabase(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		c, err := s.Check(t.Context())
		if err != nil || !strings.HasPrefix(c.Version, "SQLite 3") && !strings.HasPrefix(c.Version, "PostgreSQL 1") {
			t.Fatalf("got %+v, %v", c, err)
		}
		// The throw-away cluster of the tests gives up what a power cut would take.
		if postgres := strings.HasPrefix(c.Version, "PostgreSQL"); postgres != slices.Contains(c.Volatile, "fsync is off") {
			t.Errorf("%s: volatile because of %q", c.Version, c.Volatile)
		}
	})
}

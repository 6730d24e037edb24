package storetest

import (
	"testing"

	"doorlist/store/storetest/postgres"
)

// Pair is a PostgreSQL server with a synchronous standby, of its own for a test.
type Pair struct{ First, Second *postgres.Server }

// NewPair starts a pair, whose first server is the primary.
func NewPair(t testing.TB) Pair {
	t.Helper()
	first, err := postgres.StartDurable(t.Context())
	if err != nil {
		t.Fatalf("storetest: PostgreSQL: %v", err)
	}
	stopAtEnd(t, first)
	second, err := first.Follow(t.Context())
	if err != nil {
		t.Fatalf("storetest: PostgreSQL: %v", err)
	}
	stopAtEnd(t, second)
	return Pair{first, second}
}

func stopAtEnd(t testing.TB, s *postgres.Server) {
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Errorf("storetest: PostgreSQL: %v", err)
		}
	})
}

// URL is the address of a database that names both servers, the first one first.
func (p Pair) URL(database string) string { return postgres.URL(database, p.First, p.Second) }

// Swapped is the pair with the other one first.
func (p Pair) Swapped() Pair { return Pair{p.Second, p.First} }

package postgres_test

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"doorlist/store/storetest/postgres"
)

// started is a server that keeps what it acknowledges, with a database that has a table of numbers.
func started(t *testing.T) (s *postgres.Server, address string) {
	t.Helper()
	s, err := postgres.StartDurable(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	if address, err = s.Create(t.Context(), "kept"); err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), "CREATE TABLE kept AS SELECT 7 AS number"); err != nil {
		t.Fatal(err)
	}
	return s, address
}

func number(t *testing.T, address string) (n int) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if err := conn.QueryRow(t.Context(), "SELECT number FROM kept").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestCrash_TheServerIsBackWithWhatItHad(t *testing.T) {
	t.Parallel()
	s, address := started(t)
	for range 2 {
		if err := s.Crash(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := number(t, address); n != 7 {
			t.Errorf("the number is %d", n)
		}
	}
}

func TestKillBackend_BreaksTheConnectionsOfTheDatabase(t *testing.T) {
	t.Parallel()
	s, address := started(t)
	conn, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if err := s.KillBackend(t.Context(), "kept"); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), "SELECT pg_sleep(10)"); err == nil {
		t.Error("the connection lives")
	}
}

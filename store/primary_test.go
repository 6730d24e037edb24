package store_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"doorlist/store"
	"doorlist/store/storetest"
)

func opened(t *testing.T, address string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{URL: address, MasterKey: storetest.MasterKey})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// tenants are the slugs of the organizations that a store knows.
func tenants(t *testing.T, s *store.Store) string {
	t.Helper()
	rows, err := store.Rows(t.Context(), s, "SELECT slug FROM organizations ORDER BY slug")
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, row := range rows {
		list = append(list, fmt.Sprint(row["slug"]))
	}
	return strings.Join(list, " ")
}

func tenant(t *testing.T, s *store.Store, slug string) {
	t.Helper()
	err := s.Write(t.Context(), tester, func(tx *store.Tx) error { _, err := tx.CreateOrganization(slug, "", ""); return err })
	if err != nil {
		t.Fatal(err)
	}
}

// TestOpen_AsksTheNewestPrimaryAlone: a standby is asked nothing; when it takes over, all that was acknowledged is there, and the former primary, when
// it is back beside it and named first, is asked nothing either: by a store that knew it, nor by one that has just been opened.
func TestOpen_AsksTheNewestPrimaryAlone(t *testing.T) {
	t.Parallel()
	pair := storetest.NewPair(t)
	first, second := pair.First, pair.Second
	if _, err := first.Create(t.Context(), "kept"); err != nil {
		t.Fatal(err)
	}
	if err := opened(t, first.URL("kept")).Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	tenant(t, opened(t, pair.Swapped().URL("kept")), "before")
	if err := opened(t, second.URL("kept")).Ready(t.Context()); !errors.Is(err, store.ErrUnavailable) || !strings.Contains(err.Error(), "standby") {
		t.Errorf("a standby alone: %v; want ErrUnavailable, and why", err)
	}
	if err := errors.Join(first.Kill(t.Context()), second.Promote(t.Context())); err != nil {
		t.Fatal(err)
	}
	s := opened(t, pair.URL("kept"))
	tenant(t, s, "after")
	if err := first.Revive(t.Context()); err != nil {
		t.Fatal(err)
	}
	breakConnections(t, second.URL("postgres"))
	for who, s := range map[string]*store.Store{"who knew it": s, "who comes new": opened(t, pair.URL("kept"))} {
		if got := tenants(t, s); got != "after before" {
			t.Errorf("%s finds the organizations %q", who, got)
		}
	}
}

// breakConnections ends all connections to a server's database, as a firewall does.
func breakConnections(t *testing.T, address string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = 'kept'"); err != nil {
		t.Fatal(err)
	}
}

func TestOpen_RefusesToAskForAStandby(t *testing.T) {
	t.Parallel()
	for _, wanted := range []string{"standby", "prefer-standby", "read-only"} {
		_, err := store.Open(t.Context(), store.Options{URL: "postgres://doorlist@127.0.0.1:1,127.0.0.1:2/doorlist?target_session_attrs=" + wanted})
		refusedFor(t, wanted, err, "database", "primary")
	}
}

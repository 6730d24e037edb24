package storetest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"doorlist/store"
	"doorlist/store/storetest/postgres"
)

// server is the URL of the PostgreSQL for this process: the one that `make test` started, else one of its own, which
// ends with the process.
var server = sync.OnceValues(func() (string, error) {
	if u := os.Getenv(postgres.EnvURL); u != "" {
		return u, nil
	}
	s, err := postgres.Start(context.Background())
	if err != nil {
		return "", err
	}
	return s.URL("postgres"), nil
})

// postgresTemplate is the name of a migrated database that tests copy. Each process makes its own, so that two runs
// on one server never wait for each other.
var postgresTemplate = sync.OnceValues(func() (string, error) {
	base, err := server()
	if err != nil {
		return "", err
	}
	name := newName("template")
	if err := execute(base, "CREATE DATABASE "+name+" TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C' ENCODING 'UTF8'"); err != nil {
		return "", err
	}
	u, err := withDatabase(base, name)
	if err != nil {
		return "", err
	}
	return name, migrated(u)
})

// copying keeps copies of the template one at a time: PostgreSQL locks a template while it copies it.
var copying sync.Mutex

func postgresURL(t testing.TB) string {
	t.Helper()
	template, err := postgresTemplate()
	if err != nil {
		t.Fatalf("storetest: PostgreSQL: %v", err)
	}
	base, err := server()
	if err != nil {
		t.Fatalf("storetest: PostgreSQL: %v", err)
	}
	name := newName("test")
	copying.Lock()
	err = execute(base, "CREATE DATABASE "+name+" TEMPLATE "+template)
	copying.Unlock()
	if err != nil {
		t.Fatalf("storetest: PostgreSQL: %v", err)
	}
	t.Cleanup(func() {
		if err := execute(base, "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Errorf("storetest: PostgreSQL: %v", err)
		}
	})
	u, err := withDatabase(base, name)
	if err != nil {
		t.Fatalf("storetest: PostgreSQL: %v", err)
	}
	return u
}

func newName(kind string) string { return "doorlist_" + kind + "_" + strings.ToLower(rand.Text()) }

func withDatabase(base, name string) (string, error) {
	u, err := url.Parse(base)
	if err != nil {
		return "", fmt.Errorf("%s is not a URL: %w", postgres.EnvURL, err)
	}
	u.Path = "/" + name
	return u.String(), nil
}

func execute(url, statement string) error {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, statement)
	return err
}

// AwaitBlocked returns when some statement in the database of s waits for a lock that another transaction holds. On SQLite
// it returns at once: whoever changes something there has the whole database.
func AwaitBlocked(t testing.TB, s *store.Store) {
	t.Helper()
	url := opened(t, s).url
	if strings.HasPrefix(url, "sqlite:") {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatalf("storetest: PostgreSQL: %v", err)
	}
	defer conn.Close(context.Background())
	for blocked := false; !blocked; {
		const query = "SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')"
		if err := conn.QueryRow(ctx, query).Scan(&blocked); err != nil {
			t.Fatalf("storetest: nobody came to wait for a lock: %v", err)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// TamperWith is Tamper for the database of s.
func TamperWith(t testing.TB, s *store.Store, statement string) {
	t.Helper()
	Tamper(t, opened(t, s).url, statement)
}

// Tamper changes a database by SQL behind every store's back, as somebody does who has it whole.
func Tamper(t testing.TB, url, statement string) {
	t.Helper()
	path, file := strings.CutPrefix(url, "sqlite:")
	if !file {
		if err := execute(url, statement); err != nil {
			t.Fatalf("storetest: %s: %v", statement, err)
		}
		return
	}
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)") // a server may be writing
	if err == nil {
		_, err = db.Exec(statement)
		err = errors.Join(err, db.Close())
	}
	if err != nil {
		t.Fatalf("storetest: %s: %v", statement, err)
	}
}

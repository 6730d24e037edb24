// Package storetest gives tests a real store: SQLite in a temporary folder or a database of its own on a throw-away
// PostgreSQL, migrated, with a clock that the test moves. It decides how such a store is made quickly and removed; it
// knows nothing of what is kept in it.
package storetest

import (
	"context"
	"log/slog"
	"sync"
	"testing"

	"doorlist/store"
)

// MasterKey is the master key of every test store.
var MasterKey = []byte("0123456789abcdef0123456789abcdef")

// New opens a migrated SQLite store of the test's own. Its clock stands at Start until the test moves ClockOf(s).
func New(t testing.TB) *store.Store {
	t.Helper()
	return open(t, sqliteURL(t))
}

// Each runs fn on a SQLite store and on a PostgreSQL store, as the sub-tests "sqlite" and "postgres". Without
// PostgreSQL on the machine the second one fails and says what to do.
func Each(t *testing.T, fn func(t *testing.T, s *store.Store)) {
	t.Helper()
	EachURL(t, func(t *testing.T, url string) { fn(t, open(t, url)) })
}

// EachBench is Each for benchmarks.
func EachBench(b *testing.B, fn func(b *testing.B, s *store.Store)) {
	b.Helper()
	b.Run("sqlite", func(b *testing.B) { fn(b, open(b, sqliteURL(b))) })
	b.Run("postgres", func(b *testing.B) { fn(b, open(b, postgresURL(b))) })
}

// EachURL is Each for tests that open the migrated database themselves, such as tests of the whole program.
func EachURL(t *testing.T, fn func(t *testing.T, url string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		fn(t, sqliteURL(t))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		fn(t, postgresURL(t))
	})
}

// URLs makes a migrated database of each kind, for tests that carry something from one to the other.
func URLs(t testing.TB) (sqlite, postgres string) {
	t.Helper()
	return sqliteURL(t), postgresURL(t)
}

// Second opens another store on the database of s, as another node would, with the clock of s.
func Second(t testing.TB, s *store.Store) *store.Store {
	t.Helper()
	o := opened(t, s)
	return openWith(t, o.url, o.clock)
}

// ClockOf is the clock of a store that this package opened.
func ClockOf(t testing.TB, s *store.Store) *Clock {
	t.Helper()
	return opened(t, s).clock
}

// origin is how a store was opened.
type origin struct {
	url    string
	clock  *Clock
	tracer *tracer
}

var origins sync.Map // *store.Store -> origin

func opened(t testing.TB, s *store.Store) origin {
	t.Helper()
	o, ok := origins.Load(s)
	if !ok {
		t.Fatal("storetest: this store was not opened by storetest, or its test is over")
	}
	return o.(origin)
}

func open(t testing.TB, url string) *store.Store {
	t.Helper()
	return openWith(t, url, NewClock())
}

func openWith(t testing.TB, url string, clock *Clock) *store.Store {
	t.Helper()
	o, tr := options(url, clock), &tracer{url: url}
	o.Logger = slog.New(tr)
	s, err := store.Open(context.Background(), o)
	if err != nil {
		t.Fatalf("storetest: opening the store: %v", err)
	}
	origins.Store(s, origin{url: url, clock: clock, tracer: tr})
	t.Cleanup(func() {
		origins.Delete(s)
		if err := s.Close(); err != nil {
			t.Errorf("storetest: closing the store: %v", err)
		}
	})
	return s
}

func options(url string, clock *Clock) store.Options {
	return store.Options{URL: url, MasterKey: MasterKey, Now: clock.Now, Logger: slog.New(slog.DiscardHandler)}
}

// migrated brings the database at url to the current schema and leaves no connection to it.
func migrated(url string) error {
	s, err := store.Open(context.Background(), options(url, NewClock()))
	if err != nil {
		return err
	}
	if err := s.Migrate(context.Background()); err != nil {
		s.Close()
		return err
	}
	return s.Close()
}

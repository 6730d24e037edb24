package auth_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"doorlist/auth"
	"doorlist/store"
	"doorlist/store/storetest"
)

// signInPages are the pages on the way in. Each asks the database first.
var signInPages = []string{"/login", "/login/entra", "/login/callback?state=x&code=y"}

// pagesOn mounts the pages on a store of the database at an address.
func pagesOn(t *testing.T, address string) (*echo.Echo, *store.Store) {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{URL: address, MasterKey: storetest.MasterKey})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	e := echo.New()
	if err := auth.Mount(e, auth.Config{Store: s, BaseURL: "https://door.example.com", AssertionKey: assertionKey}); err != nil {
		t.Fatal(err)
	}
	return e, s
}

// wantUnavailable asks for a page with a browser that waits for so long, and no longer.
func wantUnavailable(t *testing.T, e *echo.Echo, path string, waits time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), waits)
	defer cancel()
	rec := httptest.NewRecorder()
	e.ServeHTTP(rec, httptest.NewRequestWithContext(ctx, http.MethodGet, path, nil))
	if rec.Code != http.StatusServiceUnavailable || rec.Header().Get("X-Doorlist-Reason") != "unavailable" || rec.Header().Get("Retry-After") == "" {
		t.Errorf("%s: got %d %q, want 503 unavailable and when to come back\n%s", path, rec.Code, rec.Header().Get("X-Doorlist-Reason"), rec.Body)
	}
}

func TestPages_SayWhenTheDatabaseIsGone(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, address string) {
		e, s := pagesOn(t, address)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		for _, path := range signInPages {
			wantUnavailable(t, e, path, time.Second)
		}
	})
}

// TestPages_SayWhenTheDatabaseDoesNotAnswerInTime keeps all connections of a PostgreSQL store busy, so that a page gets
// none. A file has one writer and lets everybody read meanwhile, so there the page of the ways in still comes.
func TestPages_SayWhenTheDatabaseDoesNotAnswerInTime(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, address string) {
		e, s := pagesOn(t, address)
		occupy(t, s)
		if strings.HasPrefix(address, "sqlite:") {
			rec := httptest.NewRecorder()
			e.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/login", nil))
			if rec.Code != http.StatusOK {
				t.Errorf("/login: got %d, want 200", rec.Code)
			}
			return
		}
		began := time.Now()
		for _, path := range signInPages {
			wantUnavailable(t, e, path, 200*time.Millisecond)
		}
		if took := time.Since(began); took > 3*time.Second {
			t.Errorf("the answers took %v", took)
		}
	})
}

// occupy begins more changes than a store has connections, and ends them with the test.
func occupy(t *testing.T, s *store.Store) {
	t.Helper()
	release := make(chan struct{})
	busy := make(chan struct{}, 100)
	var wait sync.WaitGroup
	for range cap(busy) {
		wait.Go(func() {
			s.Write(context.Background(), store.Actor{}, func(*store.Tx) error {
				busy <- struct{}{}
				<-release
				return nil
			})
		})
	}
	t.Cleanup(func() { close(release); wait.Wait() })
	<-busy
	for { // until nobody else has got a connection for a while
		select {
		case <-busy:
		case <-time.After(200 * time.Millisecond):
			return
		}
	}
}

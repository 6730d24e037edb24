package store

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

// TestShared_NobodyGetsAReadThatBeganBefore has one read under way, two who come meanwhile, and a change in between.
func TestShared_NobodyGetsAReadThatBeganBefore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var s shared[string, string]
		var reads atomic.Int32
		state, release := "good", make(chan struct{})
		load := func(context.Context) (string, error) {
			read := state
			if reads.Add(1) == 1 {
				<-release
			}
			return read, nil
		}
		var wait sync.WaitGroup
		ask := func(want string) {
			wait.Go(func() {
				if got, err := s.read(t.Context(), "key", load); got != want || err != nil {
					t.Errorf("read = %q, %v; want %q", got, err, want)
				}
			})
			synctest.Wait()
		}
		ask("good")
		state = "revoked"
		ask("revoked")
		ask("revoked")
		close(release)
		wait.Wait()
		if reads.Load() != 2 {
			t.Errorf("reads = %d; want one for the first and one for those who came meanwhile", reads.Load())
		}
		ask("revoked")
		if wait.Wait(); len(s.asks) != 0 || reads.Load() != 3 {
			t.Errorf("%d reads, %d kept; want 3 and none", reads.Load(), len(s.asks))
		}
	})
}

func TestShared_ImpatienceAndFailureAreTheCallersOwn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var s shared[int, int]
		impatient, leave := context.WithCancel(t.Context())
		release := make(chan struct{})
		slow := func(ctx context.Context) (int, error) {
			<-release
			return 1, ctx.Err()
		}
		var wait sync.WaitGroup
		wait.Go(func() {
			if _, err := s.read(t.Context(), 1, slow); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		wait.Go(func() { s.read(impatient, 1, slow) }) // does the read for those behind it
		synctest.Wait()
		wait.Go(func() {
			if _, err := s.read(t.Context(), 1, slow); err != nil {
				t.Errorf("error = %v; want none because another left", err)
			}
		})
		wait.Go(func() {
			if _, err := s.read(impatient, 1, slow); !errors.Is(err, context.Canceled) {
				t.Errorf("error = %v; want that of the caller's context", err)
			}
		})
		synctest.Wait()
		leave()
		synctest.Wait()
		close(release)
		wait.Wait()
		func() {
			defer func() { recover() }()
			s.read(t.Context(), 1, func(context.Context) (int, error) { panic("a fault") })
		}()
		if n, err := s.read(t.Context(), 1, func(context.Context) (int, error) { return 2, nil }); n != 2 || err != nil {
			t.Errorf("behind a fault: %d, %v; want 2", n, err)
		}
	})
}

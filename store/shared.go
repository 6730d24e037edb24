package store

import (
	"context"
	"sync"
	"time"
)

// shared lets those who ask for the same thing at the same time share one read of it. Nobody is given a read that began before they asked, so
// whatever was revoked by then is seen: nothing is kept. The zero value is ready.
type shared[K comparable, V any] struct {
	mu   sync.Mutex
	asks map[K]*asked[V]
}

// sharing are the reads that requests share: who is asking comes before everything else, and of one provider or page many come at once.
type sharing struct {
	credentials shared[credentialAsk, Credential]
	known       knownCredentials
	visits      shared[visitAsk, Visit]
}

// asked is what is being asked for: the read under way, and the one that begins behind it for those who came meanwhile.
type asked[V any] struct{ now, next *sharedRead[V] }

type sharedRead[V any] struct {
	done  chan struct{}
	value V
	err   error
}

// sharedTakes bounds a read that others wait for.
const sharedTakes = 10 * time.Second

// read gives what load reads for the key. Load must not depend on who asks.
func (s *shared[K, V]) read(ctx context.Context, key K, load func(ctx context.Context) (V, error)) (V, error) {
	r, before, mine := s.join(key)
	if mine {
		if before != nil {
			<-before.done
		}
		s.run(ctx, key, r, load)
	}
	select {
	case <-r.done:
		return r.value, r.err
	case <-ctx.Done():
		var none V
		return none, ctx.Err()
	}
}

// join finds the read for somebody who asks now; mine says that they are to do it, behind the one before.
func (s *shared[K, V]) join(key K) (r, before *sharedRead[V], mine bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.asks[key]
	switch {
	case a == nil:
		if s.asks == nil {
			s.asks = map[K]*asked[V]{}
		}
		a = &asked[V]{now: &sharedRead[V]{done: make(chan struct{})}}
		s.asks[key] = a
		return a.now, nil, true
	case a.next == nil:
		a.next = &sharedRead[V]{done: make(chan struct{})}
		return a.next, a.now, true
	}
	return a.next, nil, false
}

// run does a read. From its beginning on nobody joins it any more.
func (s *shared[K, V]) run(ctx context.Context, key K, r *sharedRead[V], load func(ctx context.Context) (V, error)) {
	s.mu.Lock()
	a := s.asks[key]
	if a.next == r {
		a.now, a.next = r, nil
	}
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		if a.next == nil {
			delete(s.asks, key)
		}
		s.mu.Unlock()
		close(r.done)
	}()
	// One caller's impatience must not fail the others.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), sharedTakes)
	defer cancel()
	r.err = errGone // unless load returns
	r.value, r.err = load(ctx)
}

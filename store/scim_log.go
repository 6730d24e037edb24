package store

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"
)

// RequestLog keeps the requests of all connections' providers. It writes them behind the answers, many at once, and rather drops one than
// let anybody wait.
type RequestLog struct {
	store *Store
	log   *slog.Logger
	full  chan struct{} // says that a batch is together before its time

	mu      sync.Mutex
	pending []*SCIMRequest
	bytes   int
	dropped int64
	kept    map[connectionKey]int // of each connection, since its log was trimmed
}

// connectionKey names a connection.
type connectionKey struct{ organizationID, connectionID string }

const (
	// logEvery is how long a request waits at most before it is written.
	logEvery = 300 * time.Millisecond
	// What waits while the database is slow; what comes beyond is dropped.
	maxPending      = 5000
	maxPendingBytes = 16 << 20
	// logTakes bounds the write of a batch.
	logTakes = 10 * time.Second
)

// NewRequestLog makes the log of a store. Run writes it.
func NewRequestLog(s *Store) *RequestLog {
	return &RequestLog{store: s, log: s.log, full: make(chan struct{}, 1), kept: map[connectionKey]int{}}
}

// Record takes a request down and returns at once.
func (l *RequestLog) Record(r SCIMRequest) {
	if !validID(r.OrganizationID) || !validID(r.ConnectionID) {
		return
	}
	r.complete()
	r.ID = stampID(l.store.newID(), r.At)
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.pending) >= maxPending || l.bytes+r.size() > maxPendingBytes {
		l.dropped++
		return
	}
	l.pending, l.bytes = append(l.pending, &r), l.bytes+r.size()
	if len(l.pending) == l.store.dialect.loggedAtOnce {
		select {
		case l.full <- struct{}{}:
		default:
		}
	}
}

// Dropped counts the requests that were not kept.
func (l *RequestLog) Dropped() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.dropped
}

// Run writes what was recorded until ctx ends, and then what is left.
func (l *RequestLog) Run(ctx context.Context) {
	tick := time.NewTicker(logEvery)
	defer tick.Stop()
	for ctx.Err() == nil {
		select {
		case <-tick.C:
		case <-l.full:
		case <-ctx.Done():
		}
		if err := l.Flush(context.WithoutCancel(ctx)); err != nil {
			l.log.WarnContext(ctx, "requests of providers could not be kept in the log", "error", err)
		}
	}
}

// Flush writes what was recorded until now. What cannot be written is dropped.
func (l *RequestLog) Flush(ctx context.Context) error {
	l.mu.Lock()
	rest := l.pending
	l.pending, l.bytes = nil, 0
	l.mu.Unlock()
	// A node may record in another order than it began.
	slices.SortFunc(rest, func(a, b *SCIMRequest) int { return strings.Compare(a.ID, b.ID) })
	var failed error
	for batch := range slices.Chunk(rest, l.store.dialect.loggedAtOnce) {
		if err := l.write(ctx, batch); err != nil {
			failed = err
			l.mu.Lock()
			l.dropped += int64(len(batch))
			l.mu.Unlock()
		}
	}
	return failed
}

func (l *RequestLog) write(ctx context.Context, batch []*SCIMRequest) error {
	ctx, cancel := context.WithTimeout(ctx, logTakes)
	defer cancel()
	if err := l.store.writeRequests(ctx, batch); err != nil {
		return err
	}
	for _, key := range l.due(batch) {
		if err := l.store.trimRequests(ctx, key, maxLogRows); err != nil {
			return err
		}
	}
	return nil
}

// due counts what was written, and tells which connections' logs may have become too long.
func (l *RequestLog) due(batch []*SCIMRequest) (due []connectionKey) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range batch {
		key := connectionKey{r.OrganizationID, r.ConnectionID}
		if l.kept[key]++; l.kept[key] >= trimEvery {
			delete(l.kept, key)
			due = append(due, key)
		}
	}
	return due
}

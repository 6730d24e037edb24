package store

import (
	"database/sql"
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Load is what this process has asked of its database since it was opened, for whoever watches the server. It tells of nobody.
type Load struct {
	Pools []PoolLoad
	// Reads and Writes are statements, each until its first row: those of changes are writes, what they read included.
	Reads, Writes Durations
	// Queue is how long changes waited for the one writer of SQLite; empty on PostgreSQL.
	Queue Durations
	// Contention counts changes that met another, by the words of Contentions.
	Contention map[string]int64
}

// PoolLoad is what a pool of connections has had to do.
type PoolLoad struct {
	Name        string // "all" on PostgreSQL, "read" and "write" on SQLite
	Open, InUse int
	Waits       int64 // how often no connection was free: all were busy, or it had to be opened
	Waited      time.Duration
}

// Durations counts how long something took.
type Durations struct {
	Bounds []time.Duration
	Counts []int64 // of what took up to each bound; the last, of what took longer
	Sum    time.Duration
}

// Contentions are the ways in which a change can meet another. Those that lost to a newer version, a deadlock or a serialization, that were
// overtaken, or whose connection was gone are tried again; lock_timeout and busy (SQLite, by another process) are answered as unavailable.
var Contentions = []string{"version", "overtaken", "serialization", "deadlock", "disconnected", "lock_timeout", "busy"}

// load counts behind Load.
type load struct {
	pools                []func() PoolLoad
	reads, writes, queue durations
	contention           [7]atomic.Int64 // in the order of Contentions
}

// databasePool and sharedPool watch a pool.
func databasePool(name string, pool *sql.DB) func() PoolLoad {
	return func() PoolLoad {
		stats := pool.Stats()
		return PoolLoad{name, stats.OpenConnections, stats.InUse, stats.WaitCount, stats.WaitDuration}
	}
}

func sharedPool(pool *pgxpool.Pool) func() PoolLoad {
	return func() PoolLoad {
		stats := pool.Stat()
		return PoolLoad{"all", int(stats.TotalConns()), int(stats.AcquiredConns()), stats.EmptyAcquireCount(), stats.EmptyAcquireWaitTime()}
	}
}

var durationBounds = []time.Duration{
	100 * time.Microsecond, 250 * time.Microsecond, 500 * time.Microsecond, time.Millisecond, 2500 * time.Microsecond, 5 * time.Millisecond,
	10 * time.Millisecond, 25 * time.Millisecond, 50 * time.Millisecond, 100 * time.Millisecond, 250 * time.Millisecond, time.Second, 5 * time.Second,
}

type durations struct {
	counts [14]atomic.Int64 // one more than durationBounds
	sum    atomic.Int64
}

// since counts what began at a time and has just ended.
func (d *durations) since(began time.Time) {
	took := time.Since(began)
	i, _ := slices.BinarySearch(durationBounds, took)
	d.counts[i].Add(1)
	d.sum.Add(int64(took))
}

func (d *durations) taken() Durations {
	taken := Durations{Bounds: durationBounds, Sum: time.Duration(d.sum.Load())}
	for i := range d.counts {
		taken.Counts = append(taken.Counts, d.counts[i].Load())
	}
	return taken
}

// met counts a change that failed because of another.
func (l *load) met(d *dialect, err error) {
	if i := slices.Index(Contentions, d.contention(err)); i >= 0 {
		l.contention[i].Add(1)
	}
}

// contention is the word of Contentions for an error, "" for one of another kind.
func (d *dialect) contention(err error) string {
	switch {
	case err == nil:
		return ""
	case errors.Is(err, ErrVersion):
		return "version"
	case errors.Is(err, errOvertaken):
		return "overtaken"
	case isDisconnected(err):
		return "disconnected"
	}
	return d.locked(err)
}

// Load tells what the store has asked of its database until now.
func (s *Store) Load() Load {
	l := Load{Reads: s.load.reads.taken(), Writes: s.load.writes.taken(), Queue: s.load.queue.taken(), Contention: map[string]int64{}}
	for i, cause := range Contentions {
		l.Contention[cause] = s.load.contention[i].Load()
	}
	for _, pool := range s.load.pools {
		l.Pools = append(l.Pools, pool())
	}
	return l
}

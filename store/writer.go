package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"gorm.io/gorm"
)

// writer runs a change in a transaction.
type writer interface {
	write(ctx context.Context, fn func(c conn) error) error
	// writeOnce is write for a change that cannot be repeated.
	writeOnce(ctx context.Context, fn func(c conn) error) error
	// pool is the writer's own connections, for migrations.
	pool() (*sql.DB, error)
}

// directWriter opens a transaction for each change: PostgreSQL groups their commits itself.
type directWriter struct {
	db   *gorm.DB
	d    *dialect
	load *load
}

func (w *directWriter) pool() (*sql.DB, error) { return w.db.DB() }

// attempts is how often a change is tried that lost to a deadlock, or lost its connection before the commit.
const attempts = 4

func (w *directWriter) write(ctx context.Context, fn func(c conn) error) error {
	err := w.try(ctx, fn, false)
	if w.d.unsure(err) {
		err = w.try(ctx, fn, true) // the change must see which of its statements it was
	}
	return w.d.translate(err)
}

func (w *directWriter) writeOnce(ctx context.Context, fn func(c conn) error) error {
	_, err := w.once(ctx, fn, true)
	return w.d.translate(err)
}

func (w *directWriter) try(ctx context.Context, fn func(c conn) error, eager bool) error {
	var err error
	for try := range attempts {
		if try > 0 {
			time.Sleep(time.Duration(1+rand.IntN(10<<try)) * time.Millisecond) // #nosec G404 -- no secret
		}
		var again bool
		if again, err = w.once(ctx, fn, eager); !again || ctx.Err() != nil {
			break
		}
	}
	return err
}

// once tries a change. again says that it failed without a trace and may be tried once more: of a connection that breaks
// in the commit nobody knows what became, unless the driver does (driver.ErrBadConn). A connection can be found broken because
// an earlier user's request was cancelled, or the database restarted.
func (w *directWriter) once(ctx context.Context, fn func(c conn) error, eager bool) (again bool, err error) {
	committing := false
	err = w.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		err := fn(conn{db: tx, d: w.d, took: &w.load.writes, eager: eager})
		committing = err == nil
		return err
	})
	w.load.met(w.d, err)
	return w.d.retryable(err) || errors.Is(err, driver.ErrBadConn) || !committing && isDisconnected(err), err
}

// groupWriter is the one writer of a SQLite file. All changes that wait while it commits go into the next transaction
// together, each in a savepoint of its own, because a synchronous commit costs the same for one as for many.
type groupWriter struct {
	db   *gorm.DB
	d    *dialect
	load *load
	jobs chan *writeJob
	done sync.WaitGroup

	mu     sync.RWMutex // held for reading while a job is handed over
	closed bool
}

type writeJob struct {
	ctx    context.Context
	fn     func(c conn) error
	err    error
	panics any
	ready  chan struct{}
	handed time.Time
}

// groupSize bounds a transaction, so that the first in it does not wait for ever.
const groupSize = 128

func newGroupWriter(db *gorm.DB, d *dialect, l *load) *groupWriter {
	w := &groupWriter{db: db, d: d, load: l, jobs: make(chan *writeJob, groupSize)}
	w.done.Go(w.run)
	return w
}

func (w *groupWriter) write(ctx context.Context, fn func(c conn) error) error {
	job := &writeJob{ctx: ctx, fn: fn, ready: make(chan struct{}), handed: time.Now()}
	if err := w.hand(job); err != nil {
		return err
	}
	// No way out by ctx from here on: the caller must know whether the change was made.
	<-job.ready
	if job.panics != nil {
		panic(job.panics)
	}
	return w.d.translate(job.err)
}

// writeOnce implements writer: a change here is never repeated.
func (w *groupWriter) writeOnce(ctx context.Context, fn func(c conn) error) error {
	return w.write(ctx, fn)
}

func (w *groupWriter) pool() (*sql.DB, error) { return w.db.DB() }

// hand gives a job to the writer's goroutine.
func (w *groupWriter) hand(job *writeJob) error {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if w.closed {
		return ErrUnavailable
	}
	select {
	case w.jobs <- job:
		return nil
	case <-job.ctx.Done():
		return job.ctx.Err()
	}
}

// stop lets the waiting changes finish and refuses new ones.
func (w *groupWriter) stop() {
	w.mu.Lock()
	if !w.closed {
		w.closed = true
		close(w.jobs)
	}
	w.mu.Unlock()
	w.done.Wait()
}

func (w *groupWriter) run() {
	for job := range w.jobs {
		w.commit(w.gather(job))
	}
}

// gather takes what waits behind the first job.
func (w *groupWriter) gather(first *writeJob) []*writeJob {
	group := []*writeJob{first}
	for len(group) < groupSize {
		select {
		case job, ok := <-w.jobs:
			if !ok {
				return group
			}
			group = append(group, job)
		default:
			return group
		}
	}
	return group
}

// commit runs a group in one transaction. If that fails, everybody has: who was told of a conflict, or that nothing was left to do, may have met a
// change of the same group that was never made.
func (w *groupWriter) commit(group []*writeJob) {
	err := w.db.Transaction(func(tx *gorm.DB) error {
		for _, job := range group {
			if err := w.runJob(conn{db: tx, d: w.d, took: &w.load.writes}, job); err != nil {
				return err
			}
		}
		return nil
	})
	for _, job := range group {
		if err != nil {
			job.err = err
		}
		w.load.met(w.d, job.err)
		close(job.ready)
	}
}

// runJob runs one change in a savepoint. Its own failure undoes only itself; the error returned is the transaction's.
func (w *groupWriter) runJob(c conn, job *writeJob) error {
	w.load.queue.since(job.handed)
	if job.err = job.ctx.Err(); job.err != nil {
		return nil
	}
	// The statements must not be interrupted by one caller's impatience: that would undo the others' changes too.
	ctx := context.Background()
	if _, err := c.exec(ctx, "SAVEPOINT change"); err != nil {
		return err
	}
	job.err = isolate(job, c)
	if job.err != nil || job.panics != nil {
		if _, err := c.exec(ctx, "ROLLBACK TO change"); err != nil {
			return err
		}
	}
	_, err := c.exec(ctx, "RELEASE change")
	return err
}

// errGone is the failure of a change that did not come back.
var errGone = errors.New("store: the change did not return")

// isolate runs the change on a goroutine of its own, so that neither its panic nor its end (runtime.Goexit, as by
// testing.T.FailNow) takes the writer with it. A panic is passed on to the caller.
func isolate(job *writeJob, c conn) error {
	err := errGone
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() { job.panics = recover() }()
		err = job.fn(c)
	}()
	<-done
	return err
}

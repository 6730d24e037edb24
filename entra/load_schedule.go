package entra

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

// plan is one measured row: what to do, how often, for how long.
type plan struct {
	name   string
	rate   float64       // arrivals a second; 0 for a closed loop
	warmUp time.Duration // not counted
	length time.Duration // after the warm-up; 0 for as long as there is work
	total  int64         // operations there are, 0 if unknown
	do     piece
}

// piece does the k-th piece of work of a row; errNothingLeft ends the row.
type piece func(ctx context.Context, w *worker, k int64) error

var errNothingLeft = errors.New("nothing is left to do")

// worker has one connection to each server, and a random source of its own.
type worker struct {
	load   *Load
	index  int
	scim   connection
	check  connection
	rng    *rand.Rand
	tally  *tally
	cursor int // through the people that only this worker changes
	// statuses counts the answers, 0 for none.
	statuses map[int]int64

	group *groupWork // what it works on in the first synchronization
}

func (l *Load) newWorker(index int, t *tally) *worker {
	return &worker{
		load: l, index: index, tally: t, statuses: map[int]int64{}, rng: l.population.random(streamWorker, index),
		scim: connection{origin: l.scim}, check: connection{origin: l.check},
	}
}

func (w *worker) close() {
	w.scim.close()
	w.check.close()
}

// drain is how long after the end arrivals that were due before it are still begun.
const drain = time.Second

// timerGrain is by how much the runtime's timers may be late: it waits for the network in whole milliseconds. A
// connection that was free had no part in it.
const timerGrain = time.Millisecond

// drive runs the plan on all connections at once and returns when its time or its work is over.
func (l *Load) drive(ctx context.Context, p plan) LoadRow {
	t := newTally(l, p)
	stop := t.watch(ctx)
	var (
		next  atomic.Int64
		group sync.WaitGroup
	)
	for i := range l.options.Connections {
		group.Go(func() {
			w := l.newWorker(i, t)
			defer w.close()
			for w.step(ctx, p, next.Add(1)-1) {
			}
			t.leave(w)
		})
	}
	group.Wait()
	stop()
	t.interrupted.Store(ctx.Err() != nil)
	return t.row()
}

// step waits for the k-th arrival and serves it; false if the row is over for this worker.
func (w *worker) step(ctx context.Context, p plan, k int64) bool {
	from, next := w.arrive(ctx, p, k)
	switch next {
	case over:
		return false
	case skip:
		w.tally.giveUp(from)
		return true
	}
	err := p.do(ctx, w, k)
	if errors.Is(err, errNothingLeft) {
		w.tally.nothingLeft.Store(true)
		return false
	}
	if ctx.Err() != nil {
		return false
	}
	w.tally.record(from, err)
	return true
}

// turn is what a worker does with an arrival.
type turn int

const (
	serve turn = iota
	skip       // it is too late to begin
	over
)

// arrive waits for the k-th arrival and says from when its latency counts. In an open loop that is when it was due,
// whether a connection was free or not; in a closed loop it is now.
func (w *worker) arrive(ctx context.Context, p plan, k int64) (from time.Time, next turn) {
	now := time.Now()
	end := w.tally.start.Add(p.warmUp + p.length)
	if ctx.Err() != nil {
		return now, over
	}
	if p.rate == 0 {
		if p.length > 0 && !now.Before(end) {
			return now, over
		}
		return now, serve
	}
	due := w.tally.start.Add(time.Duration(float64(k) / p.rate * float64(time.Second)))
	switch {
	case p.length > 0 && !due.Before(end):
		return due, over
	case p.length > 0 && now.After(end.Add(drain)):
		return due, skip
	case !due.After(now):
		return due, serve
	case waitFor(ctx, due.Sub(now)) != nil:
		return due, over
	}
	return due.Add(min(timerGrain, time.Since(due))), serve
}

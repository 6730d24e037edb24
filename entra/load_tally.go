package entra

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// maxSamples is how many errors a row quotes.
const maxSamples = 5

// tally counts what the workers of one row do.
type tally struct {
	load        *Load
	plan        plan
	start       time.Time
	cpu         time.Duration // of this process, at the start
	latency     histogram
	nothingLeft atomic.Bool
	interrupted atomic.Bool
	unserved    atomic.Int64
	warm        atomic.Int64 // operations of the warm-up
	errors      atomic.Int64
	last        atomic.Int64 // when the latest operation ended, in nanoseconds after the start

	mu       sync.Mutex
	samples  []string
	statuses map[int]int64
	requests int64
	sent     int64
	received int64
}

func newTally(l *Load, p plan) *tally {
	return &tally{load: l, plan: p, start: time.Now(), cpu: processCPU(), statuses: map[int]int64{}}
}

// record counts an operation that began to count at from. One with an error counts as an operation, too: a fast
// refusal is no success.
func (t *tally) record(from time.Time, err error) {
	now := time.Now()
	t.last.Store(int64(now.Sub(t.start)))
	if err != nil {
		t.fail(err)
	}
	if from.Sub(t.start) < t.plan.warmUp {
		t.warm.Add(1)
		return
	}
	t.latency.add(now.Sub(from))
}

// giveUp counts an arrival that found no connection until well after the end; it had waited at least that long.
func (t *tally) giveUp(due time.Time) {
	if due.Sub(t.start) < t.plan.warmUp {
		return
	}
	t.unserved.Add(1)
	t.latency.add(time.Since(due))
}

func (t *tally) fail(err error) {
	t.errors.Add(1)
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.samples) < maxSamples {
		t.samples = append(t.samples, err.Error())
	}
}

// leave takes over what a worker counted for itself.
func (t *tally) leave(w *worker) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for status, n := range w.statuses {
		t.statuses[status] += n
		t.requests += n
	}
	t.sent += w.scim.sent + w.check.sent
	t.received += w.scim.received + w.check.received
}

// LoadProgress is how far a row is.
type LoadProgress struct {
	Workload   string
	Elapsed    time.Duration
	Length     time.Duration // how long it takes altogether, 0 if that depends on the server
	Operations int64
	Total      int64 // operations there are, 0 if unknown
	PerSecond  float64
	Left       time.Duration // estimated, 0 if unknown
	P50, P99   time.Duration
	Errors     int64
}

// progressPause is how often Progress is called.
const progressPause = 250 * time.Millisecond

// watch reports progress until the function that it returns is called.
func (t *tally) watch(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var group sync.WaitGroup
	group.Go(func() {
		for waitFor(ctx, progressPause) == nil {
			t.load.options.Progress(t.progress())
		}
	})
	return func() {
		cancel()
		group.Wait()
	}
}

func (t *tally) progress() LoadProgress {
	done := t.latency.count() + t.warm.Load()
	p := LoadProgress{
		Workload: t.plan.name, Elapsed: time.Since(t.start), Total: t.plan.total, Operations: done,
		P50: t.latency.quantile(0.5), P99: t.latency.quantile(0.99), Errors: t.errors.Load(),
	}
	p.PerSecond = float64(done) / p.Elapsed.Seconds()
	if t.plan.length > 0 {
		p.Length = t.plan.warmUp + t.plan.length
		p.Left = max(0, p.Length-p.Elapsed)
	}
	if p.Total > 0 && done > 0 {
		p.Left = time.Duration(float64(p.Total-done) / p.PerSecond * float64(time.Second))
	}
	return p
}

// measured is how long the measurement took: to the last answer, and to the end of the schedule at least.
func (t *tally) measured() time.Duration {
	took := max(0, time.Duration(t.last.Load())-t.plan.warmUp)
	if t.ended() {
		return took
	}
	return max(took, t.plan.length)
}

// ended says whether the row ended before its time.
func (t *tally) ended() bool { return t.nothingLeft.Load() || t.interrupted.Load() }

// row sums up.
func (t *tally) row() LoadRow {
	t.mu.Lock()
	defer t.mu.Unlock()
	l := t.load
	cpu := processCPU() - t.cpu
	row := LoadRow{
		Workload: t.plan.name, Loop: "closed", Connections: l.options.Connections, RateAsked: t.plan.rate, Seed: l.options.Seed,
		Operations: t.latency.count() - t.unserved.Load(), WarmUpOperations: t.warm.Load(), Unserved: t.unserved.Load(),
		Requests: t.requests, BytesSent: t.sent, BytesReceived: t.received, Errors: t.errors.Load(),
		Samples: append([]string{}, t.samples...), Statuses: map[string]int64{}, GeneratorCPUSeconds: thousandths(cpu.Seconds()),
		Mean: ms(t.latency.mean()), P50: ms(t.latency.quantile(0.5)), P90: ms(t.latency.quantile(0.9)),
		P99: ms(t.latency.quantile(0.99)), P999: ms(t.latency.quantile(0.999)), Max: ms(t.latency.max()),
	}
	if t.plan.rate > 0 {
		row.Loop = "open"
	}
	row.Seconds = thousandths(t.measured().Seconds())
	row.average(row.Operations, row.Operations+row.WarmUpOperations)
	for status, n := range t.statuses {
		row.Statuses[statusName(status)] = n
	}
	row.notes(t)
	return row
}

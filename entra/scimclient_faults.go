package entra

import (
	"hash/fnv"
	"math/rand/v2"
	"time"
)

// Faults are the ways in which the engine misbehaves; the zero value behaves. Every choice depends only on the seed,
// the number of the cycle and the object, never on timing: at a concurrency of 1 a run replays request by request, at
// a higher one the same requests go wrong in the same ways.
type Faults struct {
	Repeat  int           // every request is sent 1 to Repeat times; 0 and 1 mean once
	Reorder int           // work is shuffled within windows of that many items, references among objects; 0 and 1 mean in order
	Drop    float64       // share of writes, 0 to 1, whose answer is thrown away after the server committed
	Delay   time.Duration // every request waits up to that long
}

// task is one piece of work on one object: a sequence of requests with a random source of its own.
type task struct {
	run     *run
	about   string // name of the object, for the log; empty for probes
	rng     *rand.Rand
	dialect Dialect // of the job; DialectBoth is resolved for each request
}

func (r *run) newTask(kind, objectID, about string) *task {
	h := fnv.New64a()
	h.Write([]byte(kind + " " + objectID))
	source := rand.NewPCG(r.p.seed^uint64(r.cycle)<<32, h.Sum64())
	return &task{run: r, about: about, rng: rand.New(source), dialect: r.dialect}
}

// speak chooses the dialect of the next request.
func (t *task) speak() Dialect {
	if t.dialect != DialectBoth {
		return t.dialect
	}
	if t.rng.IntN(2) == 0 {
		return DialectClassic
	}
	return DialectCompliant
}

// guid is a random version 4 UUID for a probe.
func (t *task) guid() string {
	return (&random{rng: t.rng}).GUID()
}

// faultPlan is what goes wrong with one request.
type faultPlan struct {
	times int
	drop  bool
	delay time.Duration
}

func (t *task) misbehave(c call) faultPlan {
	f := t.run.p.faults
	plan := faultPlan{times: 1}
	if f.Repeat > 1 {
		plan.times = 1 + t.rng.IntN(f.Repeat)
	}
	if f.Delay > 0 {
		plan.delay = time.Duration(t.rng.Int64N(int64(f.Delay)))
	}
	if f.Drop > 0 && !c.read() {
		plan.drop = t.rng.Float64() < f.Drop
	}
	return plan
}

// shuffleWithin permutes items inside consecutive windows.
func shuffleWithin[T any](rng *rand.Rand, items []T, window int) {
	if window < 2 {
		return
	}
	for from := 0; from < len(items); from += window {
		part := items[from:min(from+window, len(items))]
		rng.Shuffle(len(part), func(i, j int) { part[i], part[j] = part[j], part[i] })
	}
}

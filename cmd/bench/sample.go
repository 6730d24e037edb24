package main

import (
	"errors"
	"slices"
	"sync"
	"time"
)

// sample is what one measurement gave.
type sample struct {
	operations       int
	took             time.Duration
	median           time.Duration // of one operation
	server, database time.Duration // CPU time in all; 0 where the system does not tell
}

// rate is operations a second.
func (s sample) rate() float64 { return float64(s.operations) / s.took.Seconds() }

// each is the part of one operation in a time, in microseconds.
func (s sample) each(total time.Duration) float64 {
	return float64(total.Nanoseconds()) / 1000 / float64(s.operations)
}

// worker does one operation.
type worker func() error

// load is something to do: each worker of it has connections of its own.
type load func(workers int) (ready []worker, done func(), err error)

// closedLoop lets workers do one operation after another for a time. The first failure ends it.
func closedLoop(do load, workers int, d time.Duration) (s sample, err error) {
	ready, done, err := do(workers)
	if err != nil {
		return s, err
	}
	defer done()
	took, errs := make([][]time.Duration, workers), make([]error, workers)
	began := time.Now()
	var all sync.WaitGroup
	for i, work := range ready {
		all.Go(func() { took[i], errs[i] = repeat(work, began.Add(d)) })
	}
	all.Wait()
	s.took = time.Since(began)
	each := slices.Concat(took...)
	if err := errors.Join(errs...); err != nil || len(each) == 0 {
		return s, errors.Join(err, errors.New("a measurement came to nothing"))
	}
	slices.Sort(each)
	s.operations, s.median = len(each), each[len(each)/2]
	return s, nil
}

// repeat works until a time and returns how long each operation took.
func repeat(work worker, end time.Time) (took []time.Duration, err error) {
	for began := time.Now(); began.Before(end); {
		if err := work(); err != nil {
			return nil, err
		}
		now := time.Now()
		took = append(took, now.Sub(began))
		began = now
	}
	return took, nil
}

package overload

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// MinSlots is the least number of slots with which each class has room that those below it cannot take.
const MinSlots = sixteenths

// Limiter gives out slots. Make one by New.
type Limiter struct {
	rooms  [classes]int
	depths int

	mu       sync.Mutex
	refusals *rate.Limiter // that are made at once
	taken    [classes]int  // slots that a class and all below it have
	queues   [classes]queue
	passed   [classes]int
	takes    [classes]time.Duration // how long a slot was held lately, on average
	callers  map[held]int           // slots, of whom there are any
	counts   [classes]Counts
}

// held is who has slots, and in which class.
type held struct {
	class  Class
	caller string
}

// Counts is what became of the requests of a class, since New.
type Counts struct {
	Class             Class
	Room              int // slots for the class and those below it
	InFlight, Waiting int
	Admitted          int64
	Waited            time.Duration // in all
	Refused, TooMany  int64         // because everybody asked for too much, or the caller did
}

// New makes a limiter with so many slots. With fewer than MinSlots the lowest classes share theirs.
func New(slots int) *Limiter {
	l := &Limiter{depths: slots * depth, refusals: rate.NewLimiter(rate.Limit(slots*refusals), slots*refusals), callers: map[held]int{}}
	for c := range classes {
		l.rooms[c], l.counts[c] = c.room(slots), Counts{Class: c, Room: c.room(slots)}
	}
	return l
}

// TryAcquire takes a slot that is free for a caller who need not be known: one of no share. Nil where others wait, or none is free.
func (l *Limiter) TryAcquire(c Class) *Slot {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.queues[c].size > 0 || !l.free(c) {
		return nil
	}
	return l.take(c, "")
}

// Acquire takes a slot for a caller, "" for one of no share, and waits for it if it must. A *BusyError says that it would take too long; the only
// other error is ctx's.
func (l *Limiter) Acquire(ctx context.Context, c Class, caller string) (*Slot, error) {
	slot, w, err := l.enter(ctx, c, caller)
	if w == nil {
		return slot, err
	}
	began := time.Now()
	defer w.late.Stop()
	select {
	case <-w.done:
	case <-w.late.C:
	case <-ctx.Done():
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.counts[c].Waited += time.Since(began)
	l.queues[c].leave(w)
	switch {
	case w.slot != nil && ctx.Err() != nil:
		l.release(w.slot)
		return nil, ctx.Err()
	case w.slot != nil:
		return w.slot, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	}
	return nil, l.refuse(c, caller)
}

// enter gives a slot, or a place to wait at, or an error.
func (l *Limiter) enter(ctx context.Context, c Class, caller string) (*Slot, *waiter, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.queues[c].size == 0 && l.mayTake(c, caller) {
		return l.take(c, caller), nil, nil
	}
	if ctx.Err() != nil {
		return nil, nil, ctx.Err()
	}
	expected := l.expected(c, caller)
	if deadline, ok := ctx.Deadline(); ok && expected > time.Until(deadline) {
		return nil, nil, l.refuse(c, caller)
	}
	w, joins := l.place(c, caller, expected)
	if w == nil {
		return nil, nil, l.refuse(c, caller)
	}
	if !joins {
		return nil, w, nil
	}
	l.queues[c].join(w)
	l.dispatch() // another's share may be what keeps those before from the room that there is
	if w.slot != nil {
		return w.slot, nil, nil
	}
	return nil, w, nil
}

// place is where one more of a caller waits who expects to wait so long; nil for who is refused at once. It joins the queue, or waits for its refusal alone.
func (l *Limiter) place(c Class, caller string, expected time.Duration) (w *waiter, joins bool) {
	q, patience := &l.queues[c], l.longest(c)
	joins = q.size < l.depths
	if !joins && expected <= patience {
		if last := q.dropLongest(caller); last != nil {
			last.late.Reset(l.untilRefusal(c))
			joins = true
		}
	}
	if joins && expected <= patience {
		return newWaiter(caller, patience), true
	}
	until := l.untilRefusal(c)
	switch {
	case until == 0:
		return nil, false
	case joins:
		until = max(patience, until)
	}
	return newWaiter(caller, until), joins
}

// free says whether the class, and each above it, has room left.
func (l *Limiter) free(c Class) bool {
	for above := range c + 1 {
		if l.taken[above] >= l.rooms[above] {
			return false
		}
	}
	return true
}

// mayTake says whether there is room for the class and for the caller.
func (l *Limiter) mayTake(c Class, caller string) bool {
	return l.free(c) && (caller == "" || l.callers[held{c, caller}] < max(1, l.rooms[c]*3/4))
}

func (l *Limiter) take(c Class, caller string) *Slot {
	s := &Slot{limiter: l, class: c, caller: caller}
	l.counts[c].Admitted++
	l.hold(s)
	return s
}

func (l *Limiter) hold(s *Slot) {
	s.held, s.since = true, time.Now()
	l.counts[s.class].InFlight++
	for above := range s.class + 1 {
		l.taken[above]++
	}
	if s.caller != "" {
		l.callers[held{s.class, s.caller}]++
	}
}

// release gives a slot back, if it is held, to whoever is next.
func (l *Limiter) release(s *Slot) {
	if !s.held {
		return
	}
	s.held = false
	l.counts[s.class].InFlight--
	for above := range s.class + 1 {
		l.taken[above]--
	}
	if s.caller != "" {
		by := held{s.class, s.caller}
		if l.callers[by]--; l.callers[by] == 0 {
			delete(l.callers, by)
		}
	}
	l.takes[s.class] += (time.Since(s.since) - l.takes[s.class]) / 8
	l.dispatch()
}

// Counts tells what became of the requests of each class until now.
func (l *Limiter) Counts() []Counts {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := l.counts[:]
	list := make([]Counts, len(all))
	for c := range all {
		list[c] = all[c]
		list[c].Waiting = l.queues[c].size
	}
	return list
}

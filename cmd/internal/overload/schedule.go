package overload

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// BusyError refuses a request, which may come back.
type BusyError struct {
	Class   Class
	TooMany bool          // the caller asks for more than a share while others want theirs; otherwise everybody together does
	After   time.Duration // when to come back; whole seconds, and not the same for everybody
}

func (e *BusyError) Error() string {
	return fmt.Sprintf("too much is asked of the server (%s); to be asked again after %s", e.Class, e.After)
}

// dispatch gives the slots that are free to whoever is next.
func (l *Limiter) dispatch() {
	for {
		c, next := l.next()
		if next == nil {
			return
		}
		w := l.queues[c].next(next)
		w.slot = l.take(c, w.caller)
		close(w.done)
	}
}

// next is the line whose turn it is: of the highest class that waits, or of one that was passed over too often. Nil for none.
func (l *Limiter) next() (Class, *line) {
	var able [classes]*line
	chosen := classes
	for c := range classes {
		if l.queues[c].size == 0 || !l.free(c) {
			continue
		}
		able[c] = l.queues[c].first(func(caller string) bool { return l.mayTake(c, caller) })
		if able[c] != nil && (chosen == classes || l.passed[c] >= passes && l.passed[c] > l.passed[chosen]) {
			chosen = c
		}
	}
	if chosen == classes {
		return 0, nil
	}
	for c := range classes {
		if able[c] != nil {
			l.passed[c]++
		}
	}
	l.passed[chosen] = 0
	return chosen, able[chosen]
}

// expected is how long one more of a caller would wait, if slots are held for as long as they were lately.
func (l *Limiter) expected(c Class, caller string) time.Duration {
	q := &l.queues[c]
	own := q.waiting(caller)
	lines := len(q.lines)
	if own == 0 {
		lines++
	}
	ahead := time.Duration(min(q.size+1, (own+1)*lines)) * l.takes[c]
	for above := range c {
		ahead += time.Duration(l.queues[above].size) * l.takes[above]
	}
	return ahead / time.Duration(l.rooms[c])
}

// longest is how long a request of a class may wait.
func (l *Limiter) longest(c Class) time.Duration {
	if q := &l.queues[c]; q.size == 0 || time.Since(q.since) < terms[c].burst {
		return terms[c].burst
	}
	return max(terms[c].patience, l.takes[c])
}

// untilRefusal is how long whoever is refused waits for it: not at all, unless many are refused.
func (l *Limiter) untilRefusal(c Class) time.Duration {
	if l.refusals.Allow() {
		return 0
	}
	return min(refusalWait, terms[c].burst)
}

// mostAfter bounds how late a refused caller is asked to come back.
const mostAfter = 30 * time.Second

// refuse makes the refusal. Those who are refused together do not come back together.
func (l *Limiter) refuse(c Class, caller string) *BusyError {
	e := &BusyError{Class: c, TooMany: l.isTooMany(c, caller)}
	e.After = min(l.expected(c, caller), mostAfter-5*time.Second).Truncate(time.Second) + time.Duration(2+rand.IntN(4))*time.Second
	if e.TooMany {
		l.counts[c].TooMany++
	} else {
		l.counts[c].Refused++
	}
	return e
}

// isTooMany says whether it is the caller's doing: there is room for others, or others wait and fewer of them.
func (l *Limiter) isTooMany(c Class, caller string) bool {
	q := &l.queues[c]
	lines := len(q.lines)
	if q.of(caller) == nil {
		lines++
	}
	return l.free(c) || lines > 1 && (q.waiting(caller)+1)*lines > q.size+1
}

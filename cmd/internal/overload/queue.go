package overload

import (
	"slices"
	"time"
)

// waiter is one who waits: until done is closed because the slot is theirs, or until it is too late.
type waiter struct {
	caller string
	late   *time.Timer
	done   chan struct{}
	slot   *Slot
}

func newWaiter(caller string, patience time.Duration) *waiter {
	return &waiter{caller: caller, late: time.NewTimer(patience), done: make(chan struct{})}
}

// line is what waits of one caller, the first first.
type line struct {
	caller  string
	waiters []*waiter
}

// queue is what waits in a class: lines that are served in turn.
type queue struct {
	lines []*line // those in which anybody waits, the next first
	size  int
	since time.Time // when the first came behind whom it was never empty
}

func (q *queue) of(caller string) *line {
	for _, l := range q.lines {
		if l.caller == caller {
			return l
		}
	}
	return nil
}

// waiting is how many of a caller wait.
func (q *queue) waiting(caller string) int {
	if l := q.of(caller); l != nil {
		return len(l.waiters)
	}
	return 0
}

func (q *queue) join(w *waiter) {
	if q.size == 0 {
		q.since = time.Now()
	}
	l := q.of(w.caller)
	if l == nil {
		l = &line{caller: w.caller}
		q.lines = append(q.lines, l)
	}
	l.waiters = append(l.waiters, w)
	q.size++
}

// leave takes out whoever does not wait any longer; who is not there is passed over.
func (q *queue) leave(w *waiter) {
	if l := q.of(w.caller); l != nil {
		if i := slices.Index(l.waiters, w); i >= 0 {
			q.remove(l, i)
		}
	}
}

func (q *queue) remove(l *line, i int) {
	l.waiters = slices.Delete(l.waiters, i, i+1)
	q.size--
	if len(l.waiters) == 0 {
		q.lines = slices.DeleteFunc(q.lines, func(other *line) bool { return other == l })
	}
}

// first is the line whose turn it is among those that may go on; nil for none.
func (q *queue) first(may func(caller string) bool) *line {
	for _, l := range q.lines {
		if may(l.caller) {
			return l
		}
	}
	return nil
}

// next takes the first of a line out; then it is the turn of the others.
func (q *queue) next(l *line) *waiter {
	w := l.waiters[0]
	q.remove(l, 0)
	if len(l.waiters) > 0 {
		q.lines = append(slices.DeleteFunc(q.lines, func(other *line) bool { return other == l }), l)
	}
	return w
}

// dropLongest takes the last of the longest line out, to make room for a caller of whom fewer wait; nil where there is none.
func (q *queue) dropLongest(caller string) *waiter {
	longest := slices.MaxFunc(q.lines, func(a, b *line) int { return len(a.waiters) - len(b.waiters) })
	last := len(longest.waiters) - 1
	if last <= q.waiting(caller) {
		return nil
	}
	w := longest.waiters[last]
	q.remove(longest, last)
	return w
}

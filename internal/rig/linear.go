package rig

import (
	"cmp"
	"slices"
	"time"
)

// step is the model of one key: what is there after a call that took effect while something else was there. ok says whether
// the call can have been answered as it was.
func step(there string, c *Call) (then string, ok bool) {
	refused := c.Outcome == Refused
	switch c.Do {
	case Read:
		return there, there == c.Got
	case Create:
		if refused {
			return there, there != ""
		}
		return c.Value, there == ""
	case Write:
		if refused {
			return there, there == ""
		}
		// The answer shows the user, who must be as the change wrote.
		return c.Value, there != "" && (c.Got == "" || c.Got == c.Value)
	case Delete:
		if refused {
			return there, there != c.Value
		}
		return "", there == c.Value
	case Join:
		return in, !refused
	case Leave:
		return "", !refused
	}
	return there, true
}

// possibility is one way in which the calls so far may have taken effect.
type possibility struct {
	there string
	done  []int // the pending calls that have, in ascending order
}

func (p possibility) has(call int) bool { _, found := slices.BinarySearch(p.done, call); return found }

func (p possibility) with(call int, there string) possibility {
	at, _ := slices.BinarySearch(p.done, call)
	return possibility{there, slices.Insert(slices.Clone(p.done), at, call)}
}

func (p possibility) without(call int) possibility {
	return possibility{p.there, slices.DeleteFunc(slices.Clone(p.done), func(c int) bool { return c == call })}
}

// search looks for an order of the calls of one key in which each takes effect between its start and its end, and each was
// answered as the model says. It goes through time and decides about a call's place only when its answer forces it
// (Lowe, Testing for linearizability, 2017, "just-in-time linearization"), so what it keeps grows with how many calls overlap
// and not with how many there are. A call whose outcome is unknown may take effect at any time after its start, or never.
type search struct {
	calls   []Call
	pending []int
	ways    []possibility
}

// linearizable returns the first call whose answer fits no order, nil if there is an order for all.
func linearizable(calls []Call) (misfit *Call) {
	s := &search{calls: relevant(calls), ways: []possibility{{}}}
	for _, e := range moments(s.calls) {
		if !e.end {
			s.pending = append(s.pending, e.call)
			continue
		}
		if s.ways = s.settle(e.call); len(s.ways) == 0 {
			return &s.calls[e.call]
		}
		s.pending = slices.DeleteFunc(s.pending, func(c int) bool { return c == e.call })
	}
	return nil
}

// relevant leaves out what constrains nothing: reads without an answer, what was turned away unread, and writes of which nobody knows whether they
// happened and whose text nobody has seen: where one had an effect, another took its place before anybody looked.
func relevant(calls []Call) []Call {
	seen := map[string]bool{}
	for _, c := range calls {
		seen[c.Got] = true
	}
	return slices.DeleteFunc(slices.Clone(calls), func(c Call) bool {
		return c.Outcome == Shed || c.Outcome == Unknown && (c.Do == Read || c.Do == Write && !seen[c.Value])
	})
}

// moment is the start or the end of a call.
type moment struct {
	at   time.Duration
	end  bool
	call int
}

// moments puts starts and ends in order. Of what is at the same time, starts come first: those calls overlap.
func moments(calls []Call) []moment {
	var all []moment
	for i, c := range calls {
		all = append(all, moment{c.Start, false, i})
		if c.Outcome != Unknown {
			all = append(all, moment{c.End, true, i})
		}
	}
	slices.SortStableFunc(all, func(a, b moment) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(order(a.end), order(b.end)))
	})
	return all
}

func order(end bool) int {
	if end {
		return 1
	}
	return 0
}

// settle finds the possibilities in which the call has taken effect by now.
func (s *search) settle(call int) []possibility {
	var settled []possibility
	reached := slices.Clone(s.ways)
	for i := 0; i < len(reached); i++ {
		p := reached[i]
		if p.has(call) {
			settled = s.add(settled, p.without(call))
			continue
		}
		for _, next := range s.after(p) {
			reached = s.add(reached, next)
		}
	}
	return settled
}

// after lists what may follow: one pending call more takes effect. Of calls that say the same and never ended, the first stands for all.
func (s *search) after(p possibility) (list []possibility) {
	type kind struct {
		do    Action
		value string
	}
	tried := map[kind]bool{}
	for _, i := range s.pending {
		c := &s.calls[i]
		k := kind{c.Do, c.Value}
		if p.has(i) || c.Outcome == Unknown && tried[k] {
			continue
		}
		if there, ok := step(p.there, c); ok {
			tried[k] = tried[k] || c.Outcome == Unknown
			list = append(list, p.with(i, there))
		}
	}
	return list
}

// add adds a possibility unless one is there that leaves open at least as much: the same, with fewer of the unknown calls used up.
func (s *search) add(list []possibility, p possibility) []possibility {
	for _, other := range list {
		if other.there == p.there && s.within(other.done, p.done) {
			return list
		}
	}
	return append(list, p)
}

// within says that the calls done are among those of more, which has but unknown ones beside.
func (s *search) within(done, more []int) bool {
	for _, i := range done {
		if _, found := slices.BinarySearch(more, i); !found {
			return false
		}
	}
	for _, i := range more {
		if _, found := slices.BinarySearch(done, i); !found && s.calls[i].Outcome != Unknown {
			return false
		}
	}
	return true
}

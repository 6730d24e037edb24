package auth

import (
	"time"

	"doorlist/store"
)

// rulebook is the rules of an organization for people who come one way. Those with the same facts are judged once.
type rulebook struct {
	rules *store.Rules
	way   *store.Way // nil, like rules, where nobody comes
	now   time.Time
	known map[string]ruling
}

// ruling is what the rules say of people with the same facts; the zero value where they do not belong to the organization.
type ruling struct {
	outcome Outcome
	here    bool
	roleID  string
}

// manyRulings bounds how many a rulebook keeps.
const manyRulings = 10_000

func newRulebook(r *store.Rules, w *store.Way, now time.Time) *rulebook {
	return &rulebook{r, w, now, map[string]ruling{}}
}

// judge says what the rules make of somebody whose facts are given (see store.Attendee.AppendFacts).
func (b *rulebook) judge(a store.Attendee, facts []byte) ruling {
	if b.rules == nil || b.way == nil {
		return ruling{}
	}
	if j, ok := b.known[string(facts)]; ok {
		return j
	}
	if len(b.known) == manyRulings {
		clear(b.known)
	}
	j := b.ask(a)
	b.known[string(facts)] = j
	return j
}

func (b *rulebook) ask(a store.Attendee) ruling {
	p := b.rules.Person(b.way, a)
	if comesNot(p) {
		return ruling{}
	}
	e := judged(p, nil, b.now)
	s := e.verdict.Standing
	return ruling{Outcome{e.verdict.Admitted(), string(e.verdict.Reason), string(e.method), s.Role.Name, string(s.Console())}, true, s.Role.ID}
}

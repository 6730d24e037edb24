package rig

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Violation is a promise that a history breaks.
type Violation struct {
	Rule string `json:"rule"`
	Text string `json:"text"`
}

func (v Violation) String() string { return v.Rule + ": " + v.Text }

// rules are all that a history is judged by, from the plainest to the most far-reaching.
var rules = []struct {
	name  string
	judge func(h *History) []string
}{
	{"the rig", func(h *History) []string { return h.Trouble }},
	{"answers", checkAnswers},
	{"isolation", checkIsolation},
	{"uniqueness", checkUnique},
	{"durability", checkDurable},
	{"linearizability", checkLinear},
	{"gate", checkGate},
	{"audit", checkAudit},
	{"full disk", checkFullDisk},
}

// mostTold bounds how many violations of one rule are told: the first are enough to look into.
const mostTold = 20

// Check judges a history by all rules. What a rule says without a violation is nothing.
func Check(h *History) []Violation {
	var found []Violation
	for _, r := range rules {
		texts := r.judge(h)
		for _, text := range texts[:min(mostTold, len(texts))] {
			found = append(found, Violation{r.name, text})
		}
		if more := len(texts) - mostTold; more > 0 {
			found = append(found, Violation{r.name, fmt.Sprintf("and %d more", more)})
		}
	}
	return found
}

// byKey sorts the calls that a model can follow by their keys. Those of a key stay in their order.
func (h *History) byKey(actions ...Action) map[string][]Call {
	keys := map[string][]Call{}
	for _, c := range h.Calls {
		if slices.Contains(actions, c.Do) {
			keys[c.Key] = append(keys[c.Key], c)
		}
	}
	return keys
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// String tells a call in a line, as the reports name it.
func (c Call) String() string {
	return fmt.Sprintf("%s at node %d, %s to %s: %s %q %q was answered %s %d %q",
		c.Client, c.Node, c.Start.Round(time.Microsecond), c.End.Round(time.Microsecond), c.Do, c.Key, c.Value, c.Outcome, c.Status, c.Got)
}

// couldFollow says that a call may have taken effect after another one did.
func (c Call) couldFollow(other Call) bool {
	switch c.Outcome {
	case OK:
		return c.End > other.Start
	case Unknown:
		return true // perhaps later than anything
	}
	return false
}

// checkLinear demands an order for the calls of each key.
func checkLinear(h *History) (found []string) {
	keys := h.byKey(Create, Write, Delete, Join, Leave, Read)
	for _, key := range sortedKeys(keys) {
		if c := linearizable(keys[key]); c != nil {
			found = append(found, "no order of the calls explains "+c.String())
		}
	}
	return found
}

// checkDurable demands that whatever was acknowledged, and certainly not followed by another change, is there in the end.
func checkDurable(h *History) (found []string) {
	if h.Final == nil {
		return []string{"nobody looked what was there in the end"}
	}
	final := h.Final.states()
	keys := h.byKey(Create, Write, Delete, Join, Leave)
	for _, key := range sortedKeys(keys) {
		calls := keys[key]
		for i, c := range calls {
			others := slices.Concat(calls[:i], calls[i+1:])
			if c.Outcome != OK || slices.ContainsFunc(others, func(o Call) bool { return o.couldFollow(c) }) {
				continue
			}
			if want, got := c.leaves(), final[key]; got != want {
				found = append(found, fmt.Sprintf("in the end there is %q instead of %q, which was acknowledged last: %s", got, want, c))
			}
		}
	}
	return found
}

// leaves is what a change leaves behind.
func (c Call) leaves() string {
	switch c.Do {
	case Delete, Leave:
		return ""
	case Join:
		return in
	}
	return c.Value
}

// states is what each key reads as.
func (f *Final) states() map[string]string {
	states, names := map[string]string{}, map[string]string{}
	for _, u := range f.Users {
		states[userKey(strings.ToLower(u.Name))], names[u.ID] = u.State, u.Name
	}
	for _, g := range f.Groups {
		for _, id := range g.Members {
			states[memberKey(g.Name, names[id])] = in
		}
	}
	return states
}

// checkAnswers demands that no fault from outside becomes one of the server's: it may say that it cannot answer now (503), and
// nothing else above 499.
func checkAnswers(h *History) (found []string) {
	for _, c := range h.Calls {
		if c.Status >= 500 && c.Status != 503 {
			found = append(found, c.String())
		}
	}
	return found
}

// checkIsolation demands that nothing of one organization is seen or changed in the name of another.
func checkIsolation(h *History) (found []string) {
	for _, c := range h.Calls {
		if c.Do == Foreign && c.Outcome == Refused {
			found = append(found, "another organization got through: "+c.String())
		}
	}
	return found
}

// Rules are the names of all rules: those of Check, and that of a sweep.
func Rules() []string {
	names := []string{atomicity}
	for _, r := range rules {
		names = append(names, r.name)
	}
	return names
}

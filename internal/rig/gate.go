package rig

import (
	"fmt"
	"slices"
)

// readersGroup is the one group that gives a role, without which nobody comes in.
const readersGroup = "readers"

// gate is what the calls say about one user's way in.
type gate struct {
	logins  map[string]Call // by session; those that succeeded
	changes []Call          // of the user: Create, Write, Delete
	roles   []Call          // Join and Leave of the readers
}

// checkGate demands that once a deactivation, or the loss of the last role, is acknowledged, no request that starts later is
// served as that user on any node; that a session which a deactivation has ended never comes back; that nobody is served as somebody
// else; and that nobody is turned away without cause.
func checkGate(h *History) (found []string) {
	gates := h.gates()
	for _, c := range h.Calls {
		g := gates[userOf(c.Key)]
		if g == nil || c.Do != Verify && c.Do != Login {
			continue
		}
		if text := g.judge(c); text != "" {
			found = append(found, text+": "+c.String())
		}
	}
	return found
}

func (h *History) gates() map[string]*gate {
	gates := map[string]*gate{}
	for _, c := range h.Calls {
		user := userOf(c.Key)
		if gates[user] == nil {
			gates[user] = &gate{logins: map[string]Call{}}
		}
		g := gates[user]
		switch {
		case c.Do == Login && c.Outcome == OK:
			g.logins[c.Value] = c
		case c.Do == Create || c.Do == Write || c.Do == Delete:
			g.changes = append(g.changes, c)
		case c.Key == memberKey(readersGroup, user) && (c.Do == Join || c.Do == Leave):
			g.roles = append(g.roles, c)
		}
	}
	return gates
}

// judge says what is wrong with how a request or a sign-in was answered; "" for nothing.
func (g *gate) judge(c Call) string {
	switch {
	case c.Outcome == OK && c.Got != userOf(c.Key):
		return fmt.Sprintf("%s was taken for %q", userOf(c.Key), c.Got)
	case c.Outcome == OK:
		return g.served(c)
	case c.Outcome == Refused && c.Do == Verify:
		return g.turnedAway(c)
	}
	return ""
}

// served says why a request or a sign-in must not have succeeded.
func (g *gate) served(c Call) string {
	began := c // when the session certainly was there
	if c.Do == Verify {
		began = g.logins[c.Value]
	}
	for _, shut := range g.changes {
		if shut.Outcome != OK || !closes(shut) || shut.End > c.Start {
			continue
		}
		if c.Do == Verify && began.End < shut.Start {
			return "a session came back that was ended by " + shut.String()
		}
		if !opened(g.changes, shut, c, func(o Call) bool { return !closes(o) }) {
			return "served after " + shut.String()
		}
	}
	for _, left := range g.roles {
		if left.Do == Leave && left.Outcome == OK && left.End <= c.Start && !opened(g.roles, left, c, func(o Call) bool { return o.Do == Join }) {
			return "served without a role, after " + left.String()
		}
	}
	return ""
}

// closes says that a change leaves its user outside.
func closes(c Call) bool { return c.Do == Delete || shuts(c.Value) }

// opened says that a change of a kind may have come between the closing one and the end of the request.
func opened(changes []Call, closing, request Call, kind func(Call) bool) bool {
	return slices.ContainsFunc(changes, func(o Call) bool { return kind(o) && o.couldFollow(closing) && o.Start < request.End })
}

// turnedAway says why a request should have been served: nothing can have happened to its user since the session began.
func (g *gate) turnedAway(c Call) string {
	login, known := g.logins[c.Value]
	if !known || c.Got == "session_expired" {
		return ""
	}
	cause := func(list []Call, kind func(Call) bool) bool {
		return slices.ContainsFunc(list, func(o Call) bool { return kind(o) && o.couldFollow(login) && o.Start < c.End })
	}
	if cause(g.changes, closes) || cause(g.roles, func(o Call) bool { return o.Do == Leave }) {
		return ""
	}
	return "turned away without cause"
}

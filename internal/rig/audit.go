package rig

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// trail goes through the events in order, keeps what they say there is, and notes where that cannot be.
type trail struct {
	found    []string
	users    map[string]*trailUser          // by id
	groups   map[string]map[string]bool     // members by group id
	requests map[string]map[string]bool     // which requests changed a user or group, by id
	sessions map[string]map[string]bool     // the living ones of each user
	written  map[string]int                 // how often each text was written
	owners   map[string]string              // the user's id by the text that it was created with
	deleted  map[string]int                 // how often each user was deleted
	shutBy   map[string]map[string]struct{} // the sessions that each deactivation must end, by request and user
}

type trailUser struct {
	text   string
	active bool
}

// detail is what the rig reads of an event.
type detail struct {
	After struct {
		DisplayName *string `json:"displayName"`
		Active      *bool   `json:"active"`
	} `json:"after"`
	Active  *bool    `json:"active"`
	User    string   `json:"user"`
	Members []string `json:"members"`
}

// checkAudit demands that the trail tells exactly what was changed: each acknowledged change once, each refused one never, each
// unknown one once if anybody saw it; that what its events come to is what there is in the end, with a version for each change; and that
// each deactivation ended the sessions there were in the same change.
func checkAudit(h *History) []string {
	t := &trail{
		users: map[string]*trailUser{}, groups: map[string]map[string]bool{}, requests: map[string]map[string]bool{}, sessions: map[string]map[string]bool{},
		written: map[string]int{}, owners: map[string]string{}, deleted: map[string]int{}, shutBy: map[string]map[string]struct{}{},
	}
	for _, e := range h.Events {
		t.read(e)
	}
	t.checkShut()
	t.checkCalls(h)
	if h.Final != nil {
		t.checkFinal(h.Final)
	}
	return t.found
}

func (t *trail) say(format string, args ...any) {
	t.found = append(t.found, fmt.Sprintf(format, args...))
}

func (t *trail) read(e Event) {
	var d detail
	if err := json.Unmarshal(e.Detail, &d); err != nil {
		t.say("the detail of the event %s cannot be read: %v", e.ID, err)
		return
	}
	kind, what, _ := strings.Cut(e.Action, ".")
	switch kind {
	case "user":
		t.user(e, what, d)
	case "group":
		t.group(e, what, d)
	case "session":
		t.session(e, what, d)
	}
}

func (t *trail) changed(e Event) {
	if t.requests[e.Subject.ID] == nil {
		t.requests[e.Subject.ID] = map[string]bool{}
	}
	t.requests[e.Subject.ID][e.Actor.RequestID] = true
}

func (t *trail) user(e Event, what string, d detail) {
	u := t.users[e.Subject.ID]
	switch what {
	case "created":
		u = &trailUser{active: d.Active == nil || *d.Active}
		t.users[e.Subject.ID] = u
		t.wrote(e, u, d)
		t.owners[u.text] = e.Subject.ID
	case "updated", "deactivated", "reactivated", "deleted":
		if u == nil {
			t.say("%s of %s, whom no event created", e.Action, e.Subject.ID)
			return
		}
		t.changeUser(e, what, u, d)
	}
}

func (t *trail) changeUser(e Event, what string, u *trailUser, d detail) {
	switch what {
	case "updated":
		t.wrote(e, u, d)
	case "deleted":
		delete(t.users, e.Subject.ID)
		t.deleted[e.Subject.ID]++
		t.mustEnd(e)
	case "deactivated":
		t.changed(e)
		t.mustEnd(e)
		t.switched(e, u, false)
	case "reactivated":
		t.changed(e)
		t.switched(e, u, true)
	}
}

// switched takes down that a user may come in from now on, or may not. Who could already was told of by mistake, or another change was not told.
func (t *trail) switched(e Event, u *trailUser, active bool) {
	if u.active == active {
		t.say("%s of %s, who was that already", e.Action, e.Subject.ID)
	}
	u.active = active
}

// wrote takes down what an event says was written.
func (t *trail) wrote(e Event, u *trailUser, d detail) {
	t.changed(e)
	if d.After.DisplayName != nil {
		u.text = *d.After.DisplayName
		t.written[u.text]++
	}
}

// mustEnd notes the sessions that the change must end.
func (t *trail) mustEnd(e Event) {
	key := e.Actor.RequestID + " " + e.Subject.ID
	t.shutBy[key] = map[string]struct{}{}
	for s := range t.sessions[e.Subject.ID] {
		t.shutBy[key][s] = struct{}{}
	}
}

func (t *trail) session(e Event, what string, d detail) {
	if t.sessions[d.User] == nil {
		t.sessions[d.User] = map[string]bool{}
	}
	switch what {
	case "started":
		t.sessions[d.User][e.Subject.ID] = true
	case "ended":
		delete(t.sessions[d.User], e.Subject.ID)
		delete(t.shutBy[e.Actor.RequestID+" "+d.User], e.Subject.ID)
	}
}

func (t *trail) checkShut() {
	for _, key := range sortedKeys(t.shutBy) {
		if left := len(t.shutBy[key]); left > 0 {
			t.say("a change (request and user %s) shut its user out and left %d sessions", key, left)
		}
	}
}

func (t *trail) group(e Event, what string, d detail) {
	members := t.groups[e.Subject.ID]
	if members == nil {
		members = map[string]bool{}
		t.groups[e.Subject.ID] = members
	}
	switch what {
	case "deleted":
		delete(t.groups, e.Subject.ID)
		return
	case "created", "updated":
	case "members_added":
		t.members(e, members, d.Members, true)
	case "members_removed", "members_cleared":
		t.members(e, members, d.Members, false)
	default:
		return
	}
	t.changed(e)
}

// members takes down who entered or left. Whoever was there already cannot enter: then the change happened twice, or another was not told.
func (t *trail) members(e Event, members map[string]bool, ids []string, enter bool) {
	for _, id := range ids {
		if members[id] == enter {
			t.say("%s tells of %s, who was there already or not at all (event %s of group %s)", e.Action, id, e.ID, e.Subject.ID)
		}
		members[id] = enter
		if !enter {
			delete(members, id)
		}
	}
}

// expectation is how often a text may stand in the trail.
type expectation struct {
	least, most int
	call        Call
}

// checkCalls compares the trail with what the clients were told.
func (t *trail) checkCalls(h *History) {
	seen := map[string]bool{}
	expected := map[string]expectation{}
	for _, c := range h.Calls {
		switch c.Do {
		case Read:
			seen[textOf(c.Got)] = true
		case Create, Write:
			e := expected[textOf(c.Value)]
			e.call = c
			if c.Outcome == OK {
				e.least, e.most = 1, 1
			}
			if c.Outcome == Unknown {
				e.most = 1
			}
			expected[textOf(c.Value)] = e
		case Delete:
			t.checkDeletion(c)
		}
	}
	for _, text := range sortedKeys(expected) {
		e := expected[text]
		if seen[text] {
			e.least = max(e.least, 1)
		}
		if n := t.written[text]; n < e.least || n > e.most {
			t.say("the trail tells of a change %d times instead of %d to %d: %s", n, e.least, e.most, e.call)
		}
	}
}

func (t *trail) checkDeletion(c Call) {
	if c.Outcome == OK && t.deleted[t.owners[textOf(c.Value)]] != 1 {
		t.say("the trail tells of a deletion %d times instead of once: %s", t.deleted[t.owners[textOf(c.Value)]], c)
	}
}

// checkFinal compares what the events come to with what there is.
func (t *trail) checkFinal(f *Final) {
	for _, u := range f.Users {
		told := t.users[u.ID]
		if told == nil {
			t.say("the trail does not tell of the user %s (%s)", u.Name, u.ID)
			continue
		}
		if got := state(told.text, told.active); got != u.State {
			t.say("after the trail the user %s is %q, and is %q", u.Name, got, u.State)
		}
		t.checkVersion("user "+u.Name, u.ID, u.Version)
		delete(t.users, u.ID)
	}
	for _, id := range sortedKeys(t.users) {
		t.say("after the trail there is a user %s (%q), and there is none", id, t.users[id].text)
	}
	for _, g := range f.Groups {
		got, want := sortedKeys(t.groups[g.ID]), slices.Sorted(slices.Values(g.Members))
		if !slices.Equal(got, want) {
			t.say("after the trail the group %s has %d members %v, and has %d %v", g.Name, len(got), got, len(want), want)
		}
		t.checkVersion("group "+g.Name, g.ID, g.Version)
	}
}

func (t *trail) checkVersion(what, id string, version int) {
	if told := len(t.requests[id]); told != version {
		t.say("the trail tells of %d changes of the %s, which is at version %d", told, what, version)
	}
}

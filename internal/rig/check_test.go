package rig

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

// call makes a call of a history from start to end.
func call(start, end int, do Action, key, value string, o Outcome, got string) Call {
	return Call{Do: do, Key: key, Value: value, Start: time.Duration(start), End: time.Duration(end), Outcome: o, Got: got}
}

const (
	ann        = "user ann"
	annReading = "member readers ann"
)

// created begins the history of ann: she is there, may come in, and has a role.
func created(more ...Call) []Call {
	return append([]Call{
		call(0, 1, Create, ann, "t0 on", OK, ""),
		call(2, 3, Join, annReading, "", OK, ""),
	}, more...)
}

// shut is a deactivation from start to end, with the text.
func shut(start, end int, text string, o Outcome) Call {
	return call(start, end, Write, ann, text+" off", o, "")
}

func wantFound(t *testing.T, found []string, want string) {
	t.Helper()
	if want == "" && len(found) > 0 || want != "" && (len(found) == 0 || !strings.Contains(found[0], want)) {
		t.Errorf("found %q, want %q", found, want)
	}
}

func TestCheckLinear(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		want  string
		calls []Call
	}{
		"read what was written":           {"", created(call(4, 5, Write, ann, "t1 on", OK, ""), call(6, 7, Read, ann, "", OK, "t1 on"))},
		"overlapping, either order":       {"", created(call(4, 9, Write, ann, "t1 on", OK, ""), call(5, 8, Write, ann, "t2 on", OK, ""), call(10, 11, Read, ann, "", OK, "t1 on"))},
		"a lost write":                    {"no order", created(call(4, 5, Write, ann, "t1 on", OK, ""), call(6, 7, Read, ann, "", OK, "t0 on"))},
		"a lost update":                   {"no order", created(call(4, 5, Write, ann, "t1 on", OK, ""), call(6, 7, Write, ann, "t2 off", OK, ""), call(8, 9, Read, ann, "", OK, "t1 on"))},
		"a stale read":                    {"no order", created(call(4, 5, Write, ann, "t1 on", OK, ""), call(6, 7, Read, ann, "", OK, "t1 on"), call(8, 9, Read, ann, "", OK, "t0 on"))},
		"half of a change":                {"no order", created(call(4, 5, Write, ann, "t1 off", OK, ""), call(6, 7, Read, ann, "", OK, "t1 on"))},
		"an answer that is not the truth": {"no order", created(call(4, 5, Write, ann, "t1 on", OK, "t0 on"))},
		"unknown, and it happened":        {"", created(call(4, 5, Write, ann, "t1 on", Unknown, ""), call(6, 7, Read, ann, "", OK, "t1 on"))},
		"unknown, and it happened late":   {"", created(call(4, 5, Write, ann, "t1 on", Unknown, ""), call(6, 7, Read, ann, "", OK, "t0 on"), call(8, 9, Read, ann, "", OK, "t1 on"))},
		"unknown happens once":            {"no order", created(call(4, 5, Write, ann, "t1 on", Unknown, ""), call(6, 7, Read, ann, "", OK, "t1 on"), call(8, 9, Write, ann, "t2 on", OK, ""), call(10, 11, Read, ann, "", OK, "t1 on"))},
		"refused, and it happened":        {"no order", created(call(4, 5, Create, ann, "t1 on", Refused, ""), call(6, 7, Read, ann, "", OK, "t1 on"))},
		"a name that was free, refused":   {"no order", []Call{call(0, 1, Create, ann, "t0 on", Refused, "")}},
		"a name that was taken, given":    {"no order", created(call(4, 5, Create, ann, "t1 on", OK, ""))},
		"a deletion undone":               {"no order", created(call(4, 5, Delete, ann, "t0 on", OK, ""), call(6, 7, Read, ann, "", OK, "t0 on"))},
		"a deletion of somebody else":     {"no order", created(call(4, 5, Delete, ann, "t9 on", OK, ""))},
		"a lost member":                   {"no order", created(call(4, 5, Read, annReading, "", OK, ""))},
		"a member who never came":         {"no order", created(call(4, 5, Leave, annReading, "", OK, ""), call(6, 7, Read, annReading, "", OK, in))},
		"many unknown changes of a member": {"", append(created(call(4, 5, Leave, annReading, "", OK, "")), func() (list []Call) {
			for i := range 60 {
				list = append(list, call(10+i, 11+i, Join, annReading, "", Unknown, ""), call(10+i, 11+i, Leave, annReading, "", Unknown, ""))
			}
			return append(list, call(200, 201, Read, annReading, "", OK, in), call(202, 203, Read, annReading, "", OK, ""), call(204, 205, Read, annReading, "", OK, in))
		}()...)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantFound(t, checkLinear(&History{Calls: tc.calls}), tc.want)
		})
	}
}

func TestCheckDurable(t *testing.T) {
	t.Parallel()
	there := &Final{Users: []FinalUser{{ID: "1", Name: "ann", State: "t1 on"}}, Groups: []FinalGroup{{ID: "2", Name: "readers", Members: []string{"1"}}}}
	for name, tc := range map[string]struct {
		want  string
		final *Final
		more  []Call
	}{
		"all is there":               {"", there, []Call{call(4, 5, Write, ann, "t1 on", OK, "")}},
		"the earlier of two":         {"", there, []Call{call(4, 7, Write, ann, "t1 on", OK, ""), call(5, 8, Write, ann, "t2 on", OK, "")}},
		"unknown came last":          {"", there, []Call{call(4, 5, Write, ann, "t2 on", OK, ""), call(0, 5, Write, ann, "t1 on", Unknown, "")}},
		"a lost write":               {"acknowledged last", there, []Call{call(4, 5, Write, ann, "t2 on", OK, "")}},
		"a lost user":                {"acknowledged last", there, []Call{call(4, 5, Write, ann, "t1 on", OK, ""), call(4, 5, Create, "user bob", "t3 on", OK, "")}},
		"a user who is there again":  {"acknowledged last", there, []Call{call(4, 5, Delete, ann, "t0 on", OK, "")}},
		"a member who did not leave": {"acknowledged last", there, []Call{call(4, 5, Write, ann, "t1 on", OK, ""), call(4, 5, Leave, annReading, "", OK, "")}},
		"nobody looked":              {"nobody looked", nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantFound(t, checkDurable(&History{Calls: created(tc.more...), Final: tc.final}), tc.want)
		})
	}
}

func TestCheckGate(t *testing.T) {
	t.Parallel()
	login := call(10, 11, Login, ann, "s1", OK, "ann")
	verify := func(start, end int, o Outcome, got string) Call { return call(start, end, Verify, ann, "s1", o, got) }
	for name, tc := range map[string]struct {
		want string
		more []Call
	}{
		"served while nothing happens":            {"", []Call{login, verify(20, 21, OK, "ann")}},
		"began before the acknowledgement":        {"", []Call{login, shut(20, 30, "t1", OK), verify(29, 35, OK, "ann")}},
		"refused after it":                        {"", []Call{login, shut(20, 30, "t1", OK), verify(31, 35, Refused, "inactive")}},
		"served after it":                         {"came back", []Call{login, shut(20, 30, "t1", OK), verify(31, 35, OK, "ann")}},
		"the session comes back with its user":    {"came back", []Call{login, shut(20, 30, "t1", OK), call(40, 41, Write, ann, "t2 on", OK, ""), verify(50, 51, OK, "ann")}},
		"a new session of somebody let in again":  {"", []Call{shut(5, 6, "t1", OK), call(7, 8, Write, ann, "t2 on", OK, ""), login, verify(20, 21, OK, "ann")}},
		"let in again, perhaps":                   {"", []Call{call(4, 5, Write, ann, "t2 on", Unknown, ""), shut(6, 7, "t1", OK), login, verify(20, 21, OK, "ann")}},
		"a sign-in of somebody shut out":          {"served after", []Call{shut(5, 6, "t1", OK), login}},
		"a sign-in of somebody deleted":           {"served after", []Call{call(5, 6, Delete, ann, "t0 on", OK, ""), login}},
		"without a role":                          {"without a role", []Call{login, call(20, 21, Leave, annReading, "", OK, ""), verify(30, 31, OK, "ann")}},
		"with a role again":                       {"", []Call{login, call(20, 21, Leave, annReading, "", OK, ""), call(22, 23, Join, annReading, "", OK, ""), verify(30, 31, OK, "ann")}},
		"as somebody else":                        {"was taken for", []Call{login, verify(20, 21, OK, "bob")}},
		"turned away without cause":               {"without cause", []Call{login, verify(20, 21, Refused, "session_revoked")}},
		"turned away by what nobody knows":        {"", []Call{login, shut(12, 13, "t1", Unknown), verify(20, 21, Refused, "session_revoked")}},
		"turned away by what happened before":     {"without cause", []Call{shut(4, 5, "t1", OK), call(6, 7, Write, ann, "t2 on", OK, ""), login, verify(20, 21, Refused, "session_revoked")}},
		"nobody knows, so nothing can be said":    {"", []Call{login, shut(20, 30, "t1", Unknown), verify(31, 35, OK, "ann")}},
		"shut out twice, let in again in between": {"came back", []Call{login, shut(20, 21, "t1", OK), call(22, 23, Write, ann, "t2 on", OK, ""), shut(24, 25, "t3", OK), verify(30, 31, OK, "ann")}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantFound(t, checkGate(&History{Calls: created(tc.more...)}), tc.want)
		})
	}
}

// event is one of the trail; more is its detail.
func event(action, subject, request, more string) Event {
	return Event{ID: fmt.Sprintf("%s of %s", action, subject), Action: action, Subject: Subject{subject}, Actor: Actor{request}, Detail: json.RawMessage(more)}
}

// goodTrail is the trail of created, a sign-in, a deactivation, and what there is in the end.
func goodTrail() *History {
	return &History{
		Calls: created(call(4, 5, Write, ann, "t1 off", OK, "")),
		Events: []Event{
			event("user.created", "1", "r1", `{"active":true,"after":{"displayName":"t0","active":true}}`),
			event("group.created", "2", "r2", `{}`),
			event("group.members_added", "2", "r3", `{"members":["1"]}`),
			event("session.started", "s", "r4", `{"user":"1"}`),
			event("user.updated", "1", "r5", `{"after":{"displayName":"t1","active":false}}`),
			event("user.deactivated", "1", "r5", `{}`),
			event("session.ended", "s", "r5", `{"user":"1"}`),
		},
		Final: &Final{Users: []FinalUser{{"1", "ann", "t1 off", 2}}, Groups: []FinalGroup{{"2", "readers", []string{"1"}, 2}}},
	}
}

func TestCheckAudit(t *testing.T) {
	t.Parallel()
	drop := func(action string) func(h *History) {
		return func(h *History) {
			for i, e := range h.Events {
				if e.Action == action {
					h.Events = append(h.Events[:i:i], h.Events[i+1:]...)
					return
				}
			}
		}
	}
	add := func(e Event) func(h *History) { return func(h *History) { h.Events = append(h.Events, e) } }
	for name, tc := range map[string]struct {
		want  string
		spoil func(h *History)
	}{
		"all is told":           {"", func(*History) {}},
		"a change untold":       {"0 times", drop("user.updated")},
		"a change told twice":   {"2 times", add(event("user.updated", "1", "r6", `{"after":{"displayName":"t1"}}`))},
		"a refused change told": {"1 times", func(h *History) { h.Calls[2].Outcome = Refused }},
		"an unknown change that was seen": {"0 times", func(h *History) {
			h.Calls = append(h.Calls, call(6, 7, Write, ann, "t2 on", Unknown, ""), call(8, 9, Read, ann, "", OK, "t2 on"))
		}},
		"a creation untold":                 {"whom no event created", drop("user.created")},
		"a member untold":                   {"has 1", drop("group.members_added")},
		"a member told twice":               {"was there already", add(event("group.members_added", "2", "r9", `{"members":["1"]}`))},
		"a deactivation untold":             {"t1 on", drop("user.deactivated")},
		"a deactivation without its end":    {"left 1 sessions", drop("session.ended")},
		"a deactivation that ended another": {"left 1 sessions", func(h *History) { h.Events[6].Actor.RequestID = "r7" }},
		"a deletion untold":                 {"0 times", func(h *History) { h.Calls = append(h.Calls, call(6, 7, Delete, ann, "t0 on", OK, "")) }},
		"a change that did not happen":      {"is at version 2", add(event("user.reactivated", "1", "r8", `{}`))},
		"a deactivation told twice":         {"was that already", add(event("user.deactivated", "1", "r8", `{}`))},
		"a user who is gone":                {"there is none", func(h *History) { h.Final.Users = nil }},
		"a user from nowhere":               {"does not tell of the user", func(h *History) { h.Final.Users = append(h.Final.Users, FinalUser{ID: "9", Name: "x"}) }},
		"a version without a change":        {"at version 3", func(h *History) { h.Final.Users[0].Version = 3 }},
		"a detail that cannot be read":      {"cannot be read", func(h *History) { h.Events[0].Detail = json.RawMessage(`[]`) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := goodTrail()
			tc.spoil(h)
			found := checkAudit(h)
			if tc.want != "" && !strings.Contains(strings.Join(found, "\n"), tc.want) || tc.want == "" && len(found) > 0 {
				t.Errorf("found %q, want %q", found, tc.want)
			}
		})
	}
}

func TestCheck_PlainRules(t *testing.T) {
	t.Parallel()
	final := func(users ...FinalUser) *Final { return &Final{Users: users} }
	for name, tc := range map[string]struct {
		want  string
		judge func(*History) []string
		h     History
	}{
		"503 is an answer":           {"", checkAnswers, History{Calls: []Call{{Status: 503}, {Status: 404}}}},
		"500 is none":                {"500", checkAnswers, History{Calls: []Call{{Status: 500}}}},
		"nothing of the others":      {"", checkIsolation, History{Calls: []Call{{Do: Foreign, Outcome: OK}, {Do: Foreign, Outcome: Unknown}}}},
		"something of the others":    {"got through", checkIsolation, History{Calls: []Call{{Do: Foreign, Outcome: Refused, Status: 200}}}},
		"each name once":             {"", checkUnique, History{Final: final(FinalUser{ID: "1", Name: "ann"}, FinalUser{ID: "2", Name: "bob"})}},
		"a name twice":               {"ann", checkUnique, History{Final: final(FinalUser{ID: "1", Name: "ann"}, FinalUser{ID: "2", Name: "Ann"})}},
		"an id twice":                {"id 1", checkUnique, History{Final: final(FinalUser{ID: "1", Name: "ann"}, FinalUser{ID: "1", Name: "bob"})}},
		"two answers to one look-up": {"taken twice", checkUnique, History{Calls: []Call{{Do: Read, Got: several}}}},
		"a group's name twice":       {"readers", checkUnique, History{Final: &Final{Groups: []FinalGroup{{ID: "1", Name: "readers"}, {ID: "2", Name: "Readers"}}}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantFound(t, tc.judge(&tc.h), tc.want)
		})
	}
}

// A history that was written down is judged as it was when it was made.
func TestReadHistory_GivesWhatWasNoted(t *testing.T) {
	t.Parallel()
	file := t.TempDir() + "/history.jsonl"
	r, err := newRecorder(file, Run{Seed: 7, Database: SQLite, Nodes: 1})
	if err != nil {
		t.Fatal(err)
	}
	bad := created(call(4, 5, Read, ann, "", OK, "t9 on"))
	for _, c := range bad {
		r.note(line{Call: &c})
	}
	r.note(line{Fault: &Fault{What: "none"}})
	for _, e := range goodTrail().Events {
		r.note(line{Event: &e})
	}
	r.note(line{Final: goodTrail().Final})
	r.trouble("a node %s", "smokes")
	if err := r.close(); err != nil {
		t.Fatal(err)
	}
	got, err := Judge(file)
	if err != nil {
		t.Fatal(err)
	}
	var want, have bytes.Buffer
	fmt.Fprintln(&want, judge(&r.history, file).Violations)
	fmt.Fprintln(&have, got.Violations)
	if got.Run.Seed != 7 || got.Faults["none"] != 1 || have.String() != want.String() || !strings.Contains(have.String(), "t9 on") || !strings.Contains(have.String(), "a node smokes") {
		t.Errorf("judged again: %+v\nwant %s", got, &want)
	}
}

func TestCheckFullDisk(t *testing.T) {
	t.Parallel()
	full := []Fault{{What: diskFull, Start: 10, End: 20}, {What: diskFullKilled, Start: 30, End: 40}}
	for name, tc := range map[string]struct {
		want, database string
		call           Call
	}{
		"a read that is answered":     {"", SQLite, call(11, 12, Read, ann, "", OK, "t0 on")},
		"a refusal":                   {"", SQLite, call(11, 12, Verify, ann, "s1", Refused, "inactive")},
		"a change that is not made":   {"", SQLite, call(11, 12, Write, ann, "t1 on", Unknown, "")},
		"a read that is not answered": {"nothing is told", SQLite, call(11, 12, Read, ann, "", Unknown, "")},
		"nobody knows who may enter":  {"nothing is told", SQLite, call(11, 12, Verify, ann, "s1", Unknown, "")},
		"it began before":             {"", SQLite, call(9, 12, Read, ann, "", Unknown, "")},
		"the node is killed, too":     {"", SQLite, call(31, 32, Read, ann, "", Unknown, "")},
		"PostgreSQL may have ended":   {"", PostgreSQL, call(11, 12, Read, ann, "", Unknown, "")},
	} {
		t.Run(name, func(t *testing.T) {
			wantFound(t, checkFullDisk(&History{Run: Run{Database: tc.database}, Faults: full, Calls: []Call{tc.call}}), tc.want)
		})
	}
}

package rig

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// Outcome is what a client knows of its call.
type Outcome string

// The outcomes.
const (
	OK      Outcome = "ok"      // it happened
	Refused Outcome = "fail"    // it was answered that it did not, and why
	Unknown Outcome = "unknown" // no answer, or one that does not tell: it may have happened, or may yet happen
	Shed    Outcome = "shed"    // turned away unread (429), so it did not happen and says nothing
)

// Action is what a call does to the thing that its key names.
type Action string

// The actions.
const (
	Create  Action = "create"  // Value comes to be
	Write   Action = "write"   // Value takes the place of what is there
	Delete  Action = "delete"  // Value, and nothing else, ceases to be
	Join    Action = "join"    // a user enters a group
	Leave   Action = "leave"   // a user leaves a group
	Read    Action = "read"    // Got is what is there; "" is nothing
	Login   Action = "login"   // begins the session Value of a user
	Verify  Action = "verify"  // asks whether a request of the session Value is served
	Foreign Action = "foreign" // asks in another organization's name; OK says that nothing was found
)

// Call is one request and what came of it.
type Call struct {
	Client  string        `json:"client"`
	Node    int           `json:"node"`
	Do      Action        `json:"do"`
	Key     string        `json:"key"`             // see userKey and memberKey
	Value   string        `json:"value,omitempty"` // see Action
	Start   time.Duration `json:"start"`           // since the run began, as is End
	End     time.Duration `json:"end"`
	Outcome Outcome       `json:"outcome"`
	Got     string        `json:"got,omitempty"` // what was read, whom a request was served as, or why not
	Status  int           `json:"status,omitempty"`
}

// Fault is something that the nemesis did.
type Fault struct {
	What  string        `json:"what"`
	Start time.Duration `json:"start"`
	End   time.Duration `json:"end"` // when it was mended
	Error string        `json:"error,omitempty"`
}

// Event is an event of the audit trail, as `doorlist audit list` prints it.
type Event struct {
	ID      string          `json:"id"`
	At      time.Time       `json:"at"`
	Action  string          `json:"action"`
	Subject Subject         `json:"subject"`
	Actor   Actor           `json:"actor"`
	Detail  json.RawMessage `json:"detail"`
}

// Subject is what an event is about.
type Subject struct {
	ID string `json:"id"`
}

// Actor is who made a change.
type Actor struct {
	RequestID string `json:"request_id"`
}

// Final is what there is when everything is mended and nobody writes any more.
type Final struct {
	Users  []FinalUser  `json:"users"`
	Groups []FinalGroup `json:"groups"`
}

// FinalUser is a user as SCIM tells it.
type FinalUser struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	State   string `json:"state"` // see state
	Version int    `json:"version"`
}

// FinalGroup is a group as SCIM tells it.
type FinalGroup struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"`
	Members []string `json:"members"` // ids
	Version int      `json:"version"`
}

// Run is with what a history was made.
type Run struct {
	Seed     uint64        `json:"seed"`
	Database string        `json:"database"`
	Nodes    int           `json:"nodes"`
	Lasts    time.Duration `json:"lasts"`
}

// line is one line of a history's file: exactly one of the fields.
type line struct {
	Run     *Run    `json:"run,omitempty"`
	Call    *Call   `json:"call,omitempty"`
	Fault   *Fault  `json:"fault,omitempty"`
	Event   *Event  `json:"event,omitempty"`
	Final   *Final  `json:"final,omitempty"`
	Trouble *string `json:"trouble,omitempty"`
}

// History is all that is known of a run. The checkers know nothing else, so a file of it can be judged again at any time.
type History struct {
	Run     Run
	Calls   []Call // in the order in which they ended
	Faults  []Fault
	Events  []Event // in the order of the trail
	Final   *Final
	Trouble []string // what the rig itself saw go wrong: a node that did not come back, a trail that does not verify
}

func (h *History) add(l line) {
	switch {
	case l.Run != nil:
		h.Run = *l.Run
	case l.Call != nil:
		h.Calls = append(h.Calls, *l.Call)
	case l.Fault != nil:
		h.Faults = append(h.Faults, *l.Fault)
	case l.Event != nil:
		h.Events = append(h.Events, *l.Event)
	case l.Final != nil:
		h.Final = l.Final
	case l.Trouble != nil:
		h.Trouble = append(h.Trouble, *l.Trouble)
	}
}

// ReadHistory reads a history's file.
func ReadHistory(r io.Reader) (*History, error) {
	h := &History{}
	for d := json.NewDecoder(bufio.NewReader(r)); ; {
		var l line
		if err := d.Decode(&l); errors.Is(err, io.EOF) {
			return h, nil
		} else if err != nil {
			return nil, fmt.Errorf("after %d calls: %w", len(h.Calls), err)
		}
		h.add(l)
	}
}

// recorder keeps a history, and writes it down as it grows. It is safe for concurrent use.
type recorder struct {
	began time.Time

	mu      sync.Mutex
	history History
	file    *os.File
	out     *bufio.Writer
	failed  error
}

func newRecorder(path string, run Run) (*recorder, error) {
	file, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	r := &recorder{began: time.Now(), file: file, out: bufio.NewWriter(file)}
	r.note(line{Run: &run})
	return r, nil
}

// now is how long the run has lasted.
func (r *recorder) now() time.Duration { return time.Since(r.began) }

func (r *recorder) note(l line) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.history.add(l)
	r.failed = errors.Join(r.failed, json.NewEncoder(r.out).Encode(l))
}

// trouble notes what the rig saw go wrong.
func (r *recorder) trouble(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	r.note(line{Trouble: &text})
}

// close ends the file. What was noted stays readable in history.
func (r *recorder) close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return errors.Join(r.failed, r.out.Flush(), r.file.Close())
}

package entra

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Report is the outcome of one cycle, on-demand run, connection test or comparison.
type Report struct {
	Kind           string         `json:"kind"`     // "initial", "incremental", "on-demand", "test-connection", "verify"
	Requests       map[string]int `json:"requests"` // by step, repeats included
	Answers        map[string]int `json:"answers"`  // by status, "none" where no answer came
	Created        int            `json:"created"`
	Updated        int            `json:"updated"` // attributes changed, including enabling
	Disabled       int            `json:"disabled"`
	Deleted        int            `json:"deleted"`
	MembersAdded   int            `json:"members_added"`
	MembersRemoved int            `json:"members_removed"`
	ManagersSet    int            `json:"managers_set"` // or removed
	Skipped        int            `json:"skipped"`      // in scope, but disabled in Entra before ever being created
	// PutOff counts work that waits for the next cycle through no fault of the server: its answer was dropped on
	// purpose, or it refers to an object that does not exist there yet.
	PutOff      int           `json:"put_off"`
	Failures    []Failure     `json:"failures"` // retried in the next cycle
	Complaints  []Complaint   `json:"complaints"`
	Differences []Difference  `json:"differences"`          // only from Verify
	Quarantine  string        `json:"quarantine,omitempty"` // why the cycle stopped, empty if it did not
	Duration    time.Duration `json:"duration_ns"`
}

// Failure is work on one object that did not succeed.
type Failure struct {
	ObjectID string `json:"object_id"`
	Name     string `json:"name"`
	Status   int    `json:"status"` // of the answer, 0 if there was none
	Detail   string `json:"detail"`
}

// Clean says whether the server did everything as Entra expects it.
func (r Report) Clean() bool {
	return len(r.Failures) == 0 && len(r.Complaints) == 0 && len(r.Differences) == 0 && r.Quarantine == ""
}

// Total is the number of requests.
func (r Report) Total() int {
	n := 0
	for _, count := range r.Requests {
		n += count
	}
	return n
}

// note counts and logs an exchange. Log is never called twice at a time.
func (r *run) note(x Exchange) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.report.Requests[x.Step]++
	status := "none"
	if x.Status != 0 {
		status = strconv.Itoa(x.Status)
	}
	r.report.Answers[status]++
	if r.p.log != nil {
		r.p.log(x)
	}
}

// complain merges complaints that say the same.
func (r *run) complain(c Complaint) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, have := range r.report.Complaints {
		if have.Rule == c.Rule && have.Detail == c.Detail {
			r.report.Complaints[i].Count++
			return
		}
	}
	r.report.Complaints = append(r.report.Complaints, c)
}

// count changes the report's counters.
func (r *run) count(change func(*Report)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change(&r.report)
}

func (r *run) fail(it item, err error) {
	f := Failure{ObjectID: it.objectID, Name: it.name, Detail: err.Error()}
	var answered *RequestError
	if errors.As(err, &answered) {
		f.Status = answered.Status
	}
	r.count(func(report *Report) { report.Failures = append(report.Failures, f) })
}

// finish closes the report; sorting makes it independent of concurrency.
func (r *run) finish(err error) Report {
	r.mu.Lock()
	defer r.mu.Unlock()
	var q *QuarantineError
	if errors.As(err, &q) {
		r.report.Quarantine = q.Reason
	}
	slices.SortFunc(r.report.Failures, func(a, b Failure) int {
		return strings.Compare(a.ObjectID+a.Detail, b.ObjectID+b.Detail)
	})
	slices.SortFunc(r.report.Complaints, func(a, b Complaint) int {
		return strings.Compare(a.Rule+a.Detail, b.Rule+b.Detail)
	})
	r.report.Duration = r.p.now().Sub(r.start)
	return r.report
}

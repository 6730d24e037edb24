package entra_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorlist/entra"
)

// sampleJob pushes a sample of 40 people in 6 groups.
func sampleJob(t *testing.T, seed uint64, change func(*entra.ProvisionerOptions)) *job {
	t.Helper()
	tenant, err := entra.Sample(entra.TenantOptions{Seed: seed}, 40, 6)
	must(t, err)
	fake := newSCIMFake(t)
	o := entra.ProvisionerOptions{Endpoint: fake.URL, Token: "secret", Tenant: tenant, Seed: seed}
	if change != nil {
		change(&o)
	}
	p, err := entra.NewProvisioner(o)
	must(t, err)
	return &job{p, tenant, fake, strings.NewReplacer()}
}

// settle runs incremental cycles until nothing is put off, and returns how many it took.
func (j *job) settle(t *testing.T, report entra.Report) int {
	t.Helper()
	wantClean(t, report)
	for n := 1; n <= 30; n++ {
		if report.PutOff == 0 {
			return n
		}
		report = j.incremental(t)
		wantClean(t, report)
	}
	t.Fatal("the job did not settle in 30 cycles")
	return 0
}

// story is an initial cycle, random changes, and an incremental cycle, each settled, with a comparison after both.
func (j *job) story(t *testing.T, seed uint64) {
	t.Helper()
	j.settle(t, j.initial(t))
	j.wantVerified(t)
	_, err := entra.RandomChanges(j.tenant, seed, 60)
	must(t, err)
	j.settle(t, j.incremental(t))
	j.wantVerified(t)
}

var faults = map[string]entra.Faults{
	"none":       {},
	"repeat":     {Repeat: 3},
	"reorder":    {Reorder: 15},
	"drop":       {Drop: 0.3},
	"everything": {Repeat: 2, Reorder: 8, Drop: 0.2, Delay: time.Millisecond},
}

func TestFaults_Converge(t *testing.T) {
	t.Parallel()
	for name, f := range faults {
		for seed := range uint64(3) {
			t.Run(fmt.Sprintf("%s, seed %d", name, seed), func(t *testing.T) {
				t.Parallel()
				j := sampleJob(t, seed, func(o *entra.ProvisionerOptions) {
					o.Faults, o.Dialect, o.Concurrency = f, entra.DialectBoth, 1+int(seed)*3
					o.MembersPerPatch, o.ReferenceChecks = 1+int(seed), seed == 2
				})
				j.story(t, seed)
			})
		}
	}
}

func TestFaults_SameSeedSendsTheSame(t *testing.T) {
	t.Parallel()
	run := func(seed uint64) []string {
		j := sampleJob(t, seed, func(o *entra.ProvisionerOptions) {
			o.Faults, o.Dialect = faults["everything"], entra.DialectBoth
		})
		j.story(t, seed)
		return j.fake.take()
	}
	first := run(7)
	if diff := cmp.Diff(first, run(7)); diff != "" {
		t.Errorf("two runs with one seed differ:\n%s", diff)
	}
	if slices.Equal(first, run(8)) {
		t.Error("another seed sent the same")
	}
}

func TestFaults_RepeatSendsTheSameRequestAgain(t *testing.T) {
	t.Parallel()
	j := newJob(t, func(o *entra.ProvisionerOptions) { o.Faults.Repeat = 4 })
	report := j.initial(t)
	wantClean(t, report)
	if report.Total() <= 11 || report.Created != 3 {
		t.Errorf("%d requests created %d; want more than the 11 of a polite cycle to create 3", report.Total(), report.Created)
	}
}

func TestFaults_DropLosesTheAnswerButNotTheWork(t *testing.T) {
	t.Parallel()
	j := newJob(t, func(o *entra.ProvisionerOptions) { o.Faults.Drop = 0.9 })
	report := j.initial(t)
	wantClean(t, report)
	if report.PutOff == 0 {
		t.Fatal("nothing was put off")
	}
	if n := j.settle(t, report); n < 2 {
		t.Errorf("settled in %d cycles, want later cycles to find what was committed", n)
	}
	if posts := j.fake.take("POST /Users"); len(posts) != 2 {
		t.Errorf("users were posted %d times, want the matching query to find what was committed: %q", len(posts), posts)
	}
	j.wantVerified(t)
}

func TestConcurrency_SeveralPatchesOfOneGroupAtOnce(t *testing.T) {
	t.Parallel()
	const people = 12
	tenant := entra.NewTenant(entra.TenantOptions{Seed: 1})
	var ids []string
	for i := range people {
		p, err := tenant.AddPerson(entra.Person{MailNickname: fmt.Sprint("p", i)})
		must(t, err)
		ids = append(ids, p.ObjectID)
	}
	_, err := tenant.AddGroup("Everybody", ids...)
	must(t, err)
	fake := newSCIMFake(t)
	var now, most atomic.Int32
	slow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPatch {
			n := now.Add(1)
			defer now.Add(-1)
			for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
			}
			time.Sleep(5 * time.Millisecond)
		}
		fake.ServeHTTP(w, r)
	}))
	t.Cleanup(slow.Close)
	p, err := entra.NewProvisioner(entra.ProvisionerOptions{Endpoint: slow.URL, Token: "secret", Tenant: tenant, Concurrency: 6})
	must(t, err)
	report, err := p.Initial(t.Context())
	must(t, err)
	wantClean(t, report)
	if report.MembersAdded != people || most.Load() < 2 {
		t.Errorf("added %d members with at most %d PATCHes at once", report.MembersAdded, most.Load())
	}
}

func TestThrottling_HonorsRetryAfter(t *testing.T) {
	t.Parallel()
	var waited []time.Duration
	j := newJob(t, func(o *entra.ProvisionerOptions) {
		o.Wait = func(_ context.Context, d time.Duration) error {
			if d > 0 {
				waited = append(waited, d)
			}
			return nil
		}
	})
	refusals := 2
	j.fake.intercept = func(w http.ResponseWriter, r *http.Request, _ string) bool {
		if r.Method != http.MethodPost || refusals == 0 {
			return false
		}
		refusals--
		w.Header().Set("Retry-After", "7")
		refuse(w, http.StatusTooManyRequests, "slow down")
		return true
	}
	report := j.initial(t)
	if diff := cmp.Diff([]time.Duration{7 * time.Second, 7 * time.Second}, waited); diff != "" {
		t.Errorf("waits (-want +got):\n%s", diff)
	}
	if report.Created != 3 || len(report.Failures) != 0 || len(report.Complaints) != 1 || report.Complaints[0].Count != 2 {
		t.Errorf("created %d, failures %v, complaints %v; want 3, none, and one counted twice", report.Created, report.Failures, report.Complaints)
	}
}

func TestThrottling_WaitsUntilADateButNotForHours(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for after, want := range map[string]time.Duration{
		"Sun, 01 Mar 2026 12:00:05 GMT": 5 * time.Second,
		"":                              time.Second,
		"7200":                          0,
	} {
		var waited time.Duration
		j := newJob(t, func(o *entra.ProvisionerOptions) {
			o.Now = func() time.Time { return now }
			o.Wait = func(_ context.Context, d time.Duration) error {
				waited = max(waited, d)
				return nil
			}
		})
		j.fake.intercept = func(w http.ResponseWriter, r *http.Request, _ string) bool {
			if r.Method != http.MethodPost {
				return false
			}
			w.Header().Set("Retry-After", after)
			refuse(w, http.StatusTooManyRequests, "slow down")
			return true
		}
		report := j.initial(t)
		if waited != want || len(report.Failures) != 3 || report.Failures[0].Status != 429 {
			t.Errorf("Retry-After %q: waited %v, want %v; failures %+v", after, waited, want, report.Failures)
		}
	}
}

package entra_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"doorlist/entra"
)

func newLoad(t *testing.T, f *scimFake, change func(*entra.LoadOptions)) *entra.Load {
	t.Helper()
	o := entra.LoadOptions{
		Endpoint: f.URL, Token: "secret", Connections: 4, Rate: 200, Duration: 200 * time.Millisecond, Users: 12, Groups: 3, Seed: 5,
	}
	if change != nil {
		change(&o)
	}
	l, err := entra.NewLoad(o)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// understood are the workloads that the fake knows enough for.
var understood = []string{"lookup", "get", "create", "patch", "disable", "list", "group-create", "member-add", "member-remove", "contend", "cycle"}

func TestLoad_ARightServerIsClean(t *testing.T) {
	t.Parallel()
	for _, rate := range []float64{0, 300} {
		l := newLoad(t, newSCIMFake(t), func(o *entra.LoadOptions) { o.Rate, o.Dialect = rate, entra.DialectBoth })
		for _, name := range understood {
			row, err := l.Run(t.Context(), name)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if !row.Clean() || row.Operations == 0 || row.Requests < row.Operations || row.P50 <= 0 || row.P99 > row.Max {
				t.Errorf("%s at %v: %+v", name, rate, row)
			}
			if wantLoop := map[bool]string{true: "open", false: "closed"}[rate > 0]; row.Loop != wantLoop {
				t.Errorf("%s: the loop is %q, want %q", name, row.Loop, wantLoop)
			}
		}
	}
}

func TestLoad_TheScheduleIsKept(t *testing.T) {
	t.Parallel()
	l := newLoad(t, newSCIMFake(t), func(o *entra.LoadOptions) {
		o.Rate, o.Duration, o.WarmUp = 100, 500*time.Millisecond, 200*time.Millisecond
	})
	row, err := l.Run(t.Context(), "get")
	if err != nil {
		t.Fatal(err)
	}
	if row.Operations+row.Unserved != 50 || row.WarmUpOperations != 20 {
		t.Errorf("%d operations, %d unserved, and %d in the warm-up; want 50 and 20", row.Operations, row.Unserved, row.WarmUpOperations)
	}
}

// liars answer as if all were well; each is found out by the workload.
var liars = map[string]struct {
	workload string
	lie      func(w http.ResponseWriter, r *http.Request, body string) bool
	says     string
}{
	"forgets new members": {"member-add", func(w http.ResponseWriter, r *http.Request, body string) bool {
		if r.Method != http.MethodPatch || !strings.Contains(body, "members") {
			return false
		}
		w.WriteHeader(http.StatusNoContent)
		return true
	}, "acknowledged members are missing"},
	"keeps removed members": {"member-remove", func(w http.ResponseWriter, r *http.Request, body string) bool {
		if !strings.Contains(body, `"Remove"`) {
			return false
		}
		w.WriteHeader(http.StatusNoContent)
		return true
	}, "who were removed are there"},
	"forgets a patch": {"patch", func(w http.ResponseWriter, r *http.Request, _ string) bool {
		if r.Method != http.MethodPatch {
			return false
		}
		w.WriteHeader(http.StatusNoContent)
		return true
	}, "displayName of"},
	"finds people whom nobody knows": {"lookup", func(w http.ResponseWriter, r *http.Request, _ string) bool {
		if !strings.Contains(r.URL.RawQuery, "nobody") {
			return false
		}
		respond(w, http.StatusOK, doc{"schemas": []string{listURN}, "totalResults": 1, "Resources": []doc{{"id": "u1"}}})
		return true
	}, "nobody should have"},
	"returns somebody else": {"get", func(w http.ResponseWriter, r *http.Request, _ string) bool {
		if !strings.HasPrefix(r.URL.Path, "/Users/") {
			return false
		}
		respond(w, http.StatusOK, doc{"id": "u0"})
		return true
	}, `is about "u0"`},
	"says a page is empty": {"list", func(w http.ResponseWriter, r *http.Request, _ string) bool {
		if r.URL.Query().Get("count") != "100" {
			return false
		}
		respond(w, http.StatusOK, doc{"schemas": []string{listURN}, "totalResults": 12, "Resources": []doc{}})
		return true
	}, "holds 0 people"},
	"fails": {"get", func(w http.ResponseWriter, r *http.Request, _ string) bool {
		if !strings.HasPrefix(r.URL.Path, "/Users/") {
			return false
		}
		refuse(w, http.StatusServiceUnavailable, "later")
		return true
	}, "answered 503"},
	"hangs up": {"get", func(w http.ResponseWriter, r *http.Request, _ string) bool {
		if strings.HasPrefix(r.URL.Path, "/Users/") {
			panic(http.ErrAbortHandler)
		}
		return false
	}, "closed"},
}

func TestLoad_AServerThatAnswersWronglyIsFoundOut(t *testing.T) {
	t.Parallel()
	for name, liar := range liars {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newSCIMFake(t)
			l := newLoad(t, f, nil)
			f.intercept = liar.lie
			row, err := l.Run(t.Context(), liar.workload)
			if err != nil {
				t.Fatal(err)
			}
			said := strings.Join(append(row.Samples, row.Lost...), "\n")
			if row.Clean() || !strings.Contains(said, liar.says) {
				t.Errorf("%d errors and %d state errors, and nothing says %q:\n%s", row.Errors, row.StateErrors, liar.says, said)
			}
		})
	}
}

func TestLoad_AServerThatRefusesIsNotMeasured(t *testing.T) {
	t.Parallel()
	f := newSCIMFake(t)
	l := newLoad(t, f, func(o *entra.LoadOptions) { o.Token = "wrong" })
	if _, err := l.Run(t.Context(), "get"); err == nil || !strings.Contains(err.Error(), "401") {
		t.Errorf("the error is %v", err)
	}
	f.Close()
	if _, err := l.Run(t.Context(), "get"); err == nil || !strings.Contains(err.Error(), "connect") {
		t.Errorf("the error is %v", err)
	}
}

// A stall of 200 ms meets 40 of 400 arrivals. A generator that waits for its answers would send none of them, and see
// at most one slow answer a connection.
func TestLoad_AStallShowsInThePercentiles(t *testing.T) {
	t.Parallel()
	f := newSCIMFake(t)
	var asked atomic.Int64
	f.intercept = func(_ http.ResponseWriter, r *http.Request, _ string) bool {
		if strings.HasPrefix(r.URL.Path, "/Users/") && asked.Add(1) == 100 {
			time.Sleep(200 * time.Millisecond)
		}
		return false
	}
	l := newLoad(t, f, func(o *entra.LoadOptions) { o.Rate, o.Duration = 200, 2*time.Second })
	row, err := l.Run(t.Context(), "get")
	if err != nil || !row.Clean() {
		t.Fatalf("%v, %+v", err, row)
	}
	if row.P99 < 100 {
		t.Errorf("p99 is %v ms: the arrivals that were due during the stall are missing", row.P99)
	}
	if row.Operations+row.Unserved != 400 {
		t.Errorf("%d operations and %d unserved, want 400 together: the stall made the generator ask less", row.Operations, row.Unserved)
	}
}

func TestLoad_VerifyHoldsToOnePerson(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	door := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Header.Get("Cookie") != "door=abc" || r.URL.Path != "/auth/verify" || r.URL.RawQuery != "role=reader":
			w.WriteHeader(http.StatusUnauthorized)
		case asked.Add(1) == 10:
			w.Header().Set("X-Doorlist-User", "somebody-else")
		default:
			w.Header().Set("X-Doorlist-User", "wendy")
		}
	}))
	defer door.Close()
	verify := func(cookie string) (entra.LoadRow, error) {
		l, err := entra.NewLoad(entra.LoadOptions{
			CheckURL: door.URL + "/auth/verify?role=reader", CheckCookie: cookie, Rate: 200, Duration: 100 * time.Millisecond,
		})
		if err != nil {
			t.Fatal(err)
		}
		return l.Run(t.Context(), "verify")
	}
	row, err := verify("door=abc")
	if err != nil || row.Errors != 1 || row.Operations != 20 || !strings.Contains(row.Samples[0], "somebody-else") {
		t.Errorf("%v, %+v", err, row)
	}
	if _, err := verify("door=old"); err == nil || !strings.Contains(err.Error(), "401") {
		t.Errorf("a cookie that is no good: %v", err)
	}
}

func TestLoadRow_JSONIsStable(t *testing.T) {
	t.Parallel()
	got, err := json.Marshal(entra.LoadRow{})
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"workload":"","loop":"","connections":0,"rate_asked":0,"seed":0,"seconds":0,"operations":0,"warm_up_operations":0,` +
		`"unserved":0,"per_second":0,"mean_ms":0,"p50_ms":0,"p90_ms":0,"p99_ms":0,"p999_ms":0,"max_ms":0,"requests":0,"statuses":null,` +
		`"bytes_sent":0,"bytes_received":0,"generator_cpu_us_per_operation":0,"generator_cpu_seconds":0,"errors":0,"error_samples":null,` +
		`"state_errors":0,"state_samples":null,"notes":null}`
	if string(got) != want {
		t.Errorf("programs that read the rows would miss something:\n%s\nwant\n%s", got, want)
	}
}

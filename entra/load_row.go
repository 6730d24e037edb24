package entra

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// LoadRow is the outcome of one workload. Latencies are in milliseconds and, in an open loop, count from when an
// operation was due.
type LoadRow struct {
	Workload    string  `json:"workload"`
	Loop        string  `json:"loop"` // "open" or "closed"
	Connections int     `json:"connections"`
	RateAsked   float64 `json:"rate_asked"` // arrivals a second, 0 in a closed loop
	Seed        uint64  `json:"seed"`

	Seconds          float64 `json:"seconds"` // of the measurement, to the last answer
	Operations       int64   `json:"operations"`
	WarmUpOperations int64   `json:"warm_up_operations"`
	Unserved         int64   `json:"unserved"` // were due, and found no free connection in time
	PerSecond        float64 `json:"per_second"`
	Mean             float64 `json:"mean_ms"`
	P50              float64 `json:"p50_ms"`
	P90              float64 `json:"p90_ms"`
	P99              float64 `json:"p99_ms"`
	P999             float64 `json:"p999_ms"`
	Max              float64 `json:"max_ms"`

	Requests            int64            `json:"requests"`
	Statuses            map[string]int64 `json:"statuses"` // requests by status, "none" where no answer came
	BytesSent           int64            `json:"bytes_sent"`
	BytesReceived       int64            `json:"bytes_received"` // of bodies
	GeneratorCPU        float64          `json:"generator_cpu_us_per_operation"`
	GeneratorCPUSeconds float64          `json:"generator_cpu_seconds"`

	Errors      int64    `json:"errors"` // operations that were answered wrongly or not at all
	Samples     []string `json:"error_samples"`
	StateErrors int64    `json:"state_errors"` // what was acknowledged and is not so afterwards
	Lost        []string `json:"state_samples"`
	Notes       []string `json:"notes"`
}

// Clean says whether every answer was right, and the state afterwards.
func (r LoadRow) Clean() bool { return r.Errors == 0 && r.StateErrors == 0 }

func (r *LoadRow) stateErrors(found []error) {
	r.StateErrors = int64(len(found))
	r.Lost = []string{}
	for _, err := range found[:min(len(found), maxSamples)] {
		r.Lost = append(r.Lost, err.Error())
	}
}

// average derives what is per second, of counted, and per operation, of all.
func (r *LoadRow) average(counted, all int64) {
	if r.Seconds > 0 {
		r.PerSecond = thousandths(float64(counted) / r.Seconds)
	}
	if all > 0 {
		r.GeneratorCPU = thousandths(r.GeneratorCPUSeconds * 1e6 / float64(all))
	}
}

func (r *LoadRow) notes(t *tally) {
	r.Notes, r.Lost = []string{}, []string{}
	if t.interrupted.Load() {
		r.Notes = append(r.Notes, "interrupted: this is a part only, and nothing was read back")
	}
	if t.nothingLeft.Load() && t.plan.length > 0 {
		r.Notes = append(r.Notes, fmt.Sprintf("ended after %.1f s because no work was left: give more users or groups", r.Seconds))
	}
	if r.Unserved > 0 {
		r.Notes = append(r.Notes, fmt.Sprintf("%d arrivals found no free connection: the server or %d connections do not carry this rate", r.Unserved, r.Connections))
	}
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// thousandths keeps numbers short: more digits would say nothing.
func thousandths(x float64) float64 { return math.Round(x*1000) / 1000 }

func statusName(status int) string {
	if status == 0 {
		return "none"
	}
	return strconv.Itoa(status)
}

package admin

import (
	"cmp"
	"slices"
	"time"

	"doorlist/store"
)

// admittedReason is the outcome of whoever came in.
const admittedReason = "admitted"

// outcomes names each outcome for administrators, by its code.
var outcomes = map[string]string{
	admittedReason:      "came in",
	"not_provisioned":   "not on the list",
	"inactive":          "switched off",
	"no_role":           "no role",
	"role_too_low":      "role too low",
	"wrong_tenant":      "account of another organization",
	"mapping_unsafe":    "not recognized safely",
	"rebound_pending":   "record changed hands",
	"guest":             "guest",
	"subject_changed":   "another subject than before",
	"connection_off":    "connection off",
	"sso_required":      "password where single sign-on applies",
	"password_required": "single sign-on where a password applies",
	"bad_credentials":   "wrong password or code",
	"locked":            "too many attempts",
	"session_expired":   "session expired",
	"session_revoked":   "session ended",
	"bad_response":      "answer that cannot be trusted",
	"provider_error":    "problem at the provider",
	"unavailable":       "records out of reach",
}

// outcome names an outcome; one of a newer version by its code.
func outcome(reason string) string { return cmp.Or(outcomes[reason], reason) }

// fewReasons is how many reasons a chart tells apart.
const fewReasons = 5

// attemptCharts draw who came in and who was turned away, and why.
func attemptCharts(id, when string, starts []time.Time, daily bool, attempts []store.Attempts) []chart {
	in := chart{ID: id + "-in", Title: "Came in, " + when, Unit: "sign-ins", Daily: daily, Starts: starts}
	out := chart{ID: id + "-out", Title: "Turned away, " + when, Unit: "refusals", Daily: daily, Starts: starts}
	counts, totals := map[string][]int{}, map[string]int{}
	for _, a := range attempts {
		i, ok := in.barOf(a.Hour)
		if !ok {
			continue
		}
		if counts[a.Reason] == nil {
			counts[a.Reason] = make([]int, len(starts))
		}
		counts[a.Reason][i] += a.Count
		totals[a.Reason] += a.Count
	}
	came := counts[admittedReason]
	if came == nil {
		came = make([]int, len(starts))
	}
	in.Series = []series{{"came in", "bar-in", came}}
	delete(counts, admittedReason)
	var reasons []string
	for reason := range counts {
		reasons = append(reasons, reason)
	}
	slices.SortFunc(reasons, func(a, b string) int { return cmp.Or(cmp.Compare(totals[b], totals[a]), cmp.Compare(a, b)) })
	for i, reason := range reasons {
		if i < fewReasons {
			out.Series = append(out.Series, series{outcome(reason), "bar-" + string(rune('1'+i)), counts[reason]})
			continue
		}
		if i == fewReasons {
			out.Series = append(out.Series, series{"other reasons", "bar-rest", make([]int, len(starts))})
		}
		rest := out.Series[fewReasons].Counts
		for j, n := range counts[reason] {
			rest[j] += n
		}
	}
	return []chart{in, out}
}

// drawn are the charts of the last day by the hour, and of the last 30 days by the day.
func (r *request) drawn(attempts []store.Attempts) []chart {
	return append(attemptCharts("hours", "last 24 hours", lastHours(r.now()), false, attempts),
		attemptCharts("days", "last 30 days", lastDays(r.now()), true, attempts)...)
}

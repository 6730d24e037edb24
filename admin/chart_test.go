package admin

import (
	"strconv"
	"testing"
	"time"

	"doorlist/auth"
	"doorlist/store"
)

func TestOutcomes_EachHasAName(t *testing.T) {
	t.Parallel()
	for _, code := range auth.Reasons() {
		if outcomes[code] == "" {
			t.Errorf("%s has no name", code)
		}
	}
	if len(outcomes) != len(auth.Reasons()) {
		t.Errorf("%d names for %d reasons", len(outcomes), len(auth.Reasons()))
	}
}

func TestAttemptCharts_EachAttemptStandsInItsBar(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 30, 0, 0, time.UTC)
	hours := lastHours(now)
	if len(hours) != 24 || !hours[23].Equal(now.Truncate(time.Hour)) || !hours[0].Equal(hours[23].Add(-23*time.Hour)) {
		t.Fatalf("the hours are %v", hours)
	}
	attempts := []store.Attempts{
		{Hour: hours[0].Add(-time.Hour), Reason: "guest", Count: 1000}, // before all bars
		{Hour: hours[0], Reason: "admitted", Count: 7},
		{Hour: hours[23], Reason: "admitted", Count: 1},
		{Hour: hours[23], ConnectionID: "another", Reason: "admitted", Count: 2},
		{Hour: hours[5], Reason: "no_role", Count: 9},
	}
	for i, reason := range []string{"inactive", "guest", "locked", "wrong_tenant", "bad_response", "provider_error"} {
		attempts = append(attempts, store.Attempts{Hour: hours[5], Reason: reason, Count: 7 - i})
	}
	charts := attemptCharts("x", "now", hours, false, attempts)
	in, out := charts[0], charts[1]
	if in.Total() != 10 || in.Most() != 7 || in.Series[0].Counts[23] != 3 {
		t.Errorf("who came in: %+v", in)
	}
	if len(out.Series) != 6 || out.Series[0].Label != "no role" || out.Series[5].Label != "other reasons" || out.Series[5].Total() != 5 || out.Total() != 36 {
		t.Errorf("who was turned away: %+v", out.Series)
	}
	for _, c := range charts {
		for _, r := range c.Bars() {
			x, y, w, h := number(t, r.X), number(t, r.Y), number(t, r.Width), number(t, r.Height)
			if x < 0 || y < 0 || h < 2 || x+w > chartWidth || y+h > chartHeight+1 {
				t.Errorf("a bar outside of the frame: %+v", r)
			}
		}
	}
	if rows := out.Rows(); len(rows) != 1 || rows[0].Counts[0] != 9 {
		t.Errorf("the table is %+v", rows)
	}
	empty := attemptCharts("x", "now", lastDays(now), true, nil)
	if empty[0].Total() != 0 || len(empty[1].Bars()) != 0 || len(empty[1].Starts) != 30 {
		t.Errorf("of nothing: %+v", empty)
	}
}

func number(t *testing.T, text string) float64 {
	t.Helper()
	x, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Error(err)
	}
	return x
}

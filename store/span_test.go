package store_test

import (
	"errors"
	"testing"
	"time"

	"doorlist/store"
)

func TestSpan_IsSaidAndReadAlike(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for said, d := range map[string]time.Duration{
		"0 seconds": 0, "1 second": time.Second, "59 seconds": 59 * time.Second, "1 hour": time.Hour, "1 hour 30 minutes": 90 * time.Minute, "1 day": day, "4 days 4 hours": 100 * time.Hour,
		"30 days": 30 * day, "1 year": 365 * day, "10 years": 3650 * day, "1 year 35 days": 400 * day,
	} {
		if got := store.Span(d); got != said {
			t.Errorf("%s is said as %q, want %q", d, got, said)
		}
		if got, err := store.ParseSpan(said); err != nil || got != d {
			t.Errorf("%q is read as %s, %v; want %s", said, got, err, d)
		}
	}
	if got := store.Span(1500 * time.Millisecond); got != "1 second" {
		t.Errorf("1.5s is said as %q", got)
	}
}

func TestParseSpan_TakesWhatPeopleWrite(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for text, want := range map[string]time.Duration{
		"0": 0, "24h": day, "1h30m": 90 * time.Minute, "-1h": -time.Hour, " 2 Weeks ": 14 * day, "1 week, 1 day": 8 * day, "365d": 365 * day, "1y": 365 * day, "3 hrs": 3 * time.Hour,
		"100 years": 36500 * day,
	} {
		if got, err := store.ParseSpan(text); err != nil || got != want {
			t.Errorf("%q is read as %s, %v; want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"", " ", "24", "day", "1 month", "1 day and a half", "101 years", "9999999999 days", "999999999 years", "100 years 1 day", "-1 day", "１ day", "1 ſ", "1e3 h", "900000h"} {
		if got, err := store.ParseSpan(text); !errors.Is(err, store.ErrSpan) {
			t.Errorf("%q is read as %s, %v; want ErrSpan", text, got, err)
		}
	}
}

package auth

import (
	"errors"
	"strings"
	"testing"
	"time"

	"doorlist/store"
)

func TestIsFresh_ForTenMinutes(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.January, 2, 3, 4, 5, 0, time.UTC)
	for age, want := range map[time.Duration]bool{
		0: true, FreshFor: true, FreshFor + time.Nanosecond: false, -issuedAhead: true, -issuedAhead - time.Nanosecond: false,
	} {
		if got := isFresh(store.Session{AuthTime: now.Add(-age)}, now); got != want {
			t.Errorf("proved %v ago: got %t, want %t", age, got, want)
		}
	}
	if isFresh(store.Session{}, time.Time{}.Add(time.Minute)) {
		t.Error("a provider that does not say when it asked vouches for it")
	}
}

func TestCheckFresh_WhatTheProviderMustSay(t *testing.T) {
	t.Parallel()
	began := time.Date(2026, time.January, 2, 3, 4, 5, 0, time.UTC)
	for what, c := range map[string]struct {
		begun store.SignIn
		asked time.Time
		says  string // "" for one that is good
	}{
		"just now":                    {store.SignIn{Fresh: true, StartedAt: began}, began, ""},
		"as its clock may be behind":  {store.SignIn{Fresh: true, StartedAt: began}, began.Add(-issuedAhead), ""},
		"before":                      {store.SignIn{Fresh: true, StartedAt: began}, began.Add(-issuedAhead - time.Second), "was at"},
		"it does not say":             {store.SignIn{Fresh: true, StartedAt: began}, time.Time{}, "no auth_time"},
		"before, and nobody wants it": {store.SignIn{StartedAt: began}, began.Add(-time.Hour), ""},
	} {
		err := checkFresh(c.begun, identity{AuthTime: c.asked})
		if (err == nil) != (c.says == "") {
			t.Errorf("%s: got %v", what, err)
			continue
		}
		var no *refusal
		if err != nil && (!errors.As(err, &no) || !strings.Contains(no.detail, c.says) || no.hint.person == "" || (no.hint.fix != "") != c.asked.IsZero()) {
			t.Errorf("%s: got %+v", what, no)
		}
	}
}

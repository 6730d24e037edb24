package admin

import (
	"strings"
	"testing"
	"time"

	"doorlist/auth"
	"doorlist/store"
)

func TestVerdict_SaysTheWorstFirst(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	good := func(changes ...func(h *health)) health {
		h := health{now: now, LastRequest: now.Add(-20 * time.Minute), Next: now.Add(20 * time.Minute), Requests: 100, Tried: 10}
		h.status = status{
			Connection: store.Connection{Slug: "entra", Kind: store.EntraConnection, Enabled: true, ArmedAt: now},
			Progress:   store.Progress{HasSecret: true, Ways: 1, LastPush: now, Users: true, Groups: true, Mappings: true},
			places:     []place{{Line: []string{"on"}}}, who: auth.Caller{Console: "own"},
		}
		h.Headcount = store.Headcount{At: now, People: 10, SwitchedOff: 1, WithoutRole: 1}
		for _, change := range changes {
			change(&h)
		}
		return h
	}
	silent := func(d time.Duration) func(h *health) {
		return func(h *health) { h.LastRequest, h.Next = now.Add(-d), now.Add(40*time.Minute-d) }
	}
	ending := func(what, page string, left time.Duration) func(h *health) {
		return func(h *health) { h.Ends = append(h.Ends, ends{what, page, now.Add(left)}) }
	}
	for name, c := range map[string]struct {
		h        health
		grade    grade
		says, to string
	}{
		"all is well":      {good(), healthy, "Healthy", ""},
		"off":              {good(func(h *health) { h.Enabled = false }), troubled, "switched off", "/edit"},
		"nothing pushed":   {good(func(h *health) { h.Progress.LastPush, h.LastRequest = time.Time{}, time.Time{} }), settingUp, "Being set up", "/guide"},
		"no token left":    {good(func(h *health) { h.Progress.Ways = 0 }), broken, "cannot push any more", "/tokens/add"},
		"silent":           {good(silent(3 * time.Hour)), troubled, "Entra has not come for 3 hours", "/watch"},
		"silent for days":  {good(silent(72 * time.Hour)), broken, "Entra has not come for 3 days", "/watch"},
		"not yet silent":   {good(silent(110 * time.Minute)), healthy, "Healthy", ""},
		"another provider": {good(silent(72*time.Hour), func(h *health) { h.Kind = store.OIDCConnection }), healthy, "Healthy", ""},
		"a slower pace":    {good(silent(3*time.Hour), func(h *health) { h.Next = h.LastRequest.Add(2 * time.Hour) }), healthy, "Healthy", ""},
		"errors":           {good(func(h *health) { h.Errors = 20 }), troubled, "20 of the provider's 100 requests", "/watch"},
		"few errors":       {good(func(h *health) { h.Errors, h.Requests = 4, 5 }), healthy, "Healthy", ""},
		"sign-ins fail":    {good(func(h *health) { h.Failed = 6; h.signInsAt = "/sign-ins" }), troubled, "6 of 10 sign-ins", "/sign-ins"},
		"held":             {good(func(h *health) { h.Held = 2 }), troubled, "2 people are held by the brake: the provider has switched them off or deleted them, and whoever could come in still can", "/brake"},
		"restored": {good(func(h *health) { h.Resync = store.Resync{CopiedAt: now, RestoredAt: now, Unnamed: 3}; h.Held = 2 }), troubled,
			"restored from a copy of " + now.Format("2 Jan 2006, 15:04") + " UTC, and the provider has not named 3 of them", "/watch"},
		"review": {good(func(h *health) { h.Reviews = 1; h.reviewsAt = "/reviews" }), troubled, "One person is held back", "/reviews"},
		"roles are lacking": {good(func(h *health) { h.Headcount.WithoutRole, h.Headcount.SwitchedOff, h.Headcount.People = 8, 100, 110 }), troubled,
			"Only 2 of 10 people who are switched on can sign in: 8 are without a role", "/mappings"},
		"an expired secret":  {good(ending("The client secret", "credentials", -25*time.Hour), ending("The SCIM token", "tokens", 24*time.Hour)), broken, "The client secret expired 25 hours ago", "/credentials"},
		"a token that ends":  {good(ending("The SCIM token", "tokens", 29*24*time.Hour)), troubled, "The SCIM token expires in 29 days", "/tokens"},
		"a token that lasts": {good(ending("The SCIM token", "tokens", 31*24*time.Hour)), healthy, "Healthy", ""},
		"two things":         {good(silent(3*time.Hour), ending("The SCIM token", "tokens", time.Hour)), troubled, "Entra has not come", "/watch"},
	} {
		v := c.h.Verdict()
		if v.Grade != c.grade || !strings.Contains(v.Text, c.says) || !strings.HasSuffix(v.To, c.to) || (c.to == "") != (v.To == "") {
			t.Errorf("%s: got %+v, want %d, %q, %q", name, v, c.grade, c.says, c.to)
		}
	}
}

func TestPace_IsThatOfMostCycles(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	cycles := func(minutes ...int) (list []store.SCIMCycle) {
		begin := at
		for _, m := range minutes {
			begin = begin.Add(-time.Duration(m) * time.Minute)
			list = append(list, store.SCIMCycle{Start: begin})
		}
		return list
	}
	for _, c := range []struct {
		cycles []store.SCIMCycle
		want   time.Duration
	}{
		{cycles(0), 40 * time.Minute},
		{cycles(0, 90, 90), 40 * time.Minute},
		{cycles(0, 60, 60, 600, 60), 60 * time.Minute},
		{cycles(0, 1, 1, 1, 40), 40 * time.Minute},
	} {
		if got := pace(c.cycles); got != c.want {
			t.Errorf("got %v, want %v", got, c.want)
		}
	}
}

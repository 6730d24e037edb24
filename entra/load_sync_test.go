package entra_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"doorlist/entra"
)

var smallSync = entra.SyncOptions{Users: 40, Groups: 5, Memberships: 100}

func syncInto(t *testing.T, f *scimFake, o entra.SyncOptions) []entra.LoadRow {
	t.Helper()
	l := newLoad(t, f, func(o *entra.LoadOptions) { o.Rate = 0 })
	var rows []entra.LoadRow
	if err := l.Sync(t.Context(), o, func(row entra.LoadRow) { rows = append(rows, row) }); err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestSync_SendsWhatEntraSends(t *testing.T) {
	t.Parallel()
	f := newSCIMFake(t)
	rows := syncInto(t, f, smallSync)
	if len(rows) != 4 {
		t.Fatalf("%d rows, want three and the whole", len(rows))
	}
	for i, want := range []struct {
		name       string
		operations int64
		requests   int64
	}{{"sync: users", 40, 80}, {"sync: groups", 5, 10}, {"sync: memberships", 100, 100}, {"sync", 145, 190}} {
		row := rows[i]
		if row.Workload != want.name || row.Operations != want.operations || row.Requests != want.requests || !row.Clean() || len(row.Notes) > 0 {
			t.Errorf("%s: %+v", want.name, row)
		}
	}
	counts := map[string]int{}
	for _, r := range f.take() {
		counts[strings.Join(strings.FieldsFunc(r, func(c rune) bool { return c == ' ' || c == '/' || c == '?' })[:2], " ")]++
	}
	if counts["POST Users"] != 40 || counts["POST Groups"] != 5 || counts["PATCH Groups"] != 100 {
		t.Errorf("sent %v", counts)
	}
}

func TestSync_MembersInBatches(t *testing.T) {
	t.Parallel()
	o := smallSync
	o.MembersPerPatch = 7
	rows := syncInto(t, newSCIMFake(t), o)
	// The first group has 10 members, the other four share 90.
	if got := rows[2].Requests; !rows[3].Clean() || got != 2+4*4 {
		t.Errorf("%d requests, want 18: %+v", got, rows[3])
	}
}

func TestSync_WhatIsLostIsFound(t *testing.T) {
	t.Parallel()
	f := newSCIMFake(t)
	f.intercept = func(w http.ResponseWriter, r *http.Request, body string) bool {
		if r.Method != http.MethodPatch || len(body)%2 == 0 {
			return false
		}
		w.WriteHeader(http.StatusNoContent)
		return true
	}
	rows := syncInto(t, f, smallSync)
	whole := rows[len(rows)-1]
	if whole.StateErrors == 0 || !strings.Contains(whole.Lost[0], "are missing") {
		t.Errorf("%+v", whole)
	}
}

func TestSync_TheSameTenantTwiceIsAnError(t *testing.T) {
	t.Parallel()
	f := newSCIMFake(t)
	syncInto(t, f, smallSync)
	rows := syncInto(t, f, smallSync)
	if len(rows) != 2 || rows[0].Clean() || !strings.Contains(rows[0].Samples[0], "use another seed") {
		t.Errorf("%+v", rows)
	}
}

func TestSync_WhatDoesNotFitIsRefused(t *testing.T) {
	t.Parallel()
	l := newLoad(t, newSCIMFake(t), nil)
	for _, o := range []entra.SyncOptions{{}, {Users: 3, Groups: 2, Memberships: 7}, {Users: 3, Groups: -1}, {Users: 3, Memberships: 1}} {
		if err := l.Sync(t.Context(), o, func(entra.LoadRow) { t.Error("something was sent") }); err == nil {
			t.Errorf("%+v was accepted", o)
		}
	}
}

func TestSync_AnInterruptionLeavesAPartThatSaysSo(t *testing.T) {
	t.Parallel()
	f := newSCIMFake(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	f.intercept = func(_ http.ResponseWriter, r *http.Request, _ string) bool {
		if r.Method == http.MethodPatch {
			stop()
		}
		return false
	}
	l := newLoad(t, f, func(o *entra.LoadOptions) { o.Rate = 0 })
	var last entra.LoadRow
	err := l.Sync(ctx, smallSync, func(row entra.LoadRow) { last = row })
	if !errors.Is(err, context.Canceled) || last.Workload != "sync: memberships" || len(last.Notes) != 1 || !strings.Contains(last.Notes[0], "interrupted") {
		t.Errorf("%v, %+v", err, last)
	}
}

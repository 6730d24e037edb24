package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

// restoredWorld is a copy of a world with four people of entra and one of okta, in a database of its own, as a restore left it.
func restoredWorld(t *testing.T, w *world, url string) (target *store.Store, clock *storetest.Clock, ids []string) {
	t.Helper()
	ids = w.addUsers(4)
	w.addUser(w.okta, person("olga@contoso.com", ""))
	off := w.user(w.entra, ids[3])
	w.must(func(tx *store.Tx) error {
		_, err := tx.Directory(w.entra.Directory()).UpdateUser(off, edited(off, func(r *store.UserRecord) { r.Active = false }))
		return err
	})
	copied := backup(t, w.Store)
	clock = storetest.NewClock()
	clock.Advance(time.Hour)
	target, err := store.Open(t.Context(), store.Options{URL: url, MasterKey: storetest.MasterKey, Now: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { target.Close() })
	if _, err := restore(t, target, copied); err != nil {
		t.Fatal(err)
	}
	return target, clock, ids
}

// asked is a request of a provider as the log keeps it.
func asked(c store.Connection, at time.Time, change func(r *store.SCIMRequest)) store.SCIMRequest {
	r := store.SCIMRequest{OrganizationID: c.OrganizationID, ConnectionID: c.ID, At: at, Method: "GET", Target: "/Users", SubjectKind: "user", Status: 200, CredentialID: "c"}
	change(&r)
	return r
}

func TestResync_EndsWhenTheProviderHasNamedEverybody(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		sqlite, postgres := storetest.URLs(t)
		url := map[string]string{"sqlite": sqlite, "postgres": postgres}[store.DatabaseOf(w.Store)]
		target, clock, ids := restoredWorld(t, w, url)
		named := func(target string) string { _, name, _ := strings.Cut(target, "?"); return name }
		follow := func() {
			t.Helper()
			clock.Advance(2 * time.Minute)
			if err := target.FollowResyncs(t.Context(), named); err != nil {
				t.Fatal(err)
			}
		}
		unnamed := func() string {
			t.Helper()
			all, err := target.Organization(w.contoso.ID).Resyncs(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			var texts []string
			for _, r := range all {
				if !r.CopiedAt.Equal(storetest.Start) || !r.RestoredAt.Equal(storetest.Start.Add(time.Hour)) {
					t.Errorf("the copy of %v was restored at %v", r.CopiedAt, r.RestoredAt)
				}
				slug := map[string]string{w.entra.ID: "entra", w.okta.ID: "okta"}[r.ConnectionID]
				people, err := target.Organization(w.contoso.ID).UnnamedPeople(t.Context(), r.ConnectionID)
				if err != nil || len(people) != r.Unnamed {
					t.Errorf("%d people are unnamed, and %v are listed, %v", r.Unnamed, people, err)
				}
				texts = append(texts, fmt.Sprint(slug, " ", r.Unnamed))
			}
			slices.Sort(texts)
			return strings.Join(texts, ", ")
		}
		log := store.NewRequestLog(target)
		record := func(change func(r *store.SCIMRequest)) {
			t.Helper()
			log.Record(asked(w.entra, clock.Now(), change))
			if err := log.Flush(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		for _, step := range []struct {
			what   string
			change func(r *store.SCIMRequest)
			want   string
		}{
			{"nothing", nil, "entra 3, okta 1"},
			{"a look-up by user name", func(r *store.SCIMRequest) { r.Target = "/Users?USER0@contoso.com" }, "entra 2, okta 1"},
			{"the same again", func(r *store.SCIMRequest) { r.Target = "/Users?user0@contoso.com" }, "entra 2, okta 1"},
			{"a request that fails", func(r *store.SCIMRequest) { r.SubjectID, r.Status = ids[1], 503 }, "entra 2, okta 1"},
			{"a change", func(r *store.SCIMRequest) { r.Method, r.SubjectID = "PATCH", ids[1] }, "entra 1, okta 1"},
			{"a stranger", func(r *store.SCIMRequest) { r.Target = "/Users?olga@contoso.com" }, "entra 1, okta 1"},
			{"a group", func(r *store.SCIMRequest) { r.SubjectKind, r.SubjectID = "group", ids[2] }, "entra 1, okta 1"},
			{"the last one, by external id", func(r *store.SCIMRequest) {
				r.Target = "/Users?" + strings.ToUpper(w.user(w.entra, ids[2]).ExternalID)
			}, "okta 1"},
		} {
			if step.change != nil {
				record(step.change)
			}
			follow()
			if got := unnamed(); got != step.want {
				t.Errorf("after %s: %s, want %s", step.what, got, step.want)
			}
		}
		events, err := target.Organization(w.contoso.ID).Events(t.Context(), store.EventQuery{SubjectID: w.entra.ID})
		if err != nil || events[len(events)-1].Action != "connection.resynced" || !strings.Contains(events[len(events)-1].Detail, `"by_itself":true`) {
			t.Errorf("the events are %v, %v", events, err)
		}
	})
}

func TestResync_EndsByHandAndWithTheConnection(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		sqlite, postgres := storetest.URLs(t)
		url := map[string]string{"sqlite": sqlite, "postgres": postgres}[store.DatabaseOf(w.Store)]
		target, _, _ := restoredWorld(t, w, url)
		change := func(fn func(o *store.OrganizationTx) error) {
			t.Helper()
			if err := target.Write(t.Context(), tester, func(tx *store.Tx) error { return fn(tx.Organization(w.contoso.ID)) }); err != nil {
				t.Fatal(err)
			}
		}
		for range 2 { // the second time changes nothing
			change(func(o *store.OrganizationTx) error { return o.SettleResync(w.entra.ID) })
		}
		change(func(o *store.OrganizationTx) error { return o.RemoveConnection(w.okta.ID) })
		if all, err := target.Organization(w.contoso.ID).Resyncs(t.Context()); err != nil || len(all) > 0 {
			t.Errorf("%v is awaited, %v; want nothing", all, err)
		}
		events, err := target.Organization(w.contoso.ID).Events(t.Context(), store.EventQuery{SubjectID: w.entra.ID})
		settled := 0
		for _, e := range events {
			if e.Action == "connection.resynced" {
				settled++
			}
		}
		if err != nil || settled != 1 {
			t.Errorf("%d events tell that the wait is over, %v; want one", settled, err)
		}
		if rows := contents(t, target)["unnamed_people"]; len(rows) > 0 {
			t.Errorf("people are still awaited: %v", rows)
		}
	})
}

package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"

	"github.com/google/uuid"
)

// newGUID is an id that is the same for the same name.
func newGUID(name string) string { return uuid.NewSHA1(uuid.NameSpaceURL, []byte(name)).String() }

// reasonsBy goes through the pages of n of contoso's decisions and tells of each its reason, newest first.
func (w *world) reasonsBy(f store.DecisionFilter, n int) string {
	w.t.Helper()
	var reasons []string
	var at store.DecisionKey
	for range 100 {
		page, err := w.Organization(w.contoso.ID).DecisionPage(w.t.Context(), f, at, n)
		if err != nil || len(page.Decisions) > n {
			w.t.Fatalf("%d decisions, %v", len(page.Decisions), err)
		}
		for _, d := range page.Decisions {
			reasons = append(reasons, d.Reason)
		}
		if at = page.Next; at.ID == "" {
			return strings.Join(reasons, " ")
		}
	}
	w.t.Fatal("the list does not end")
	return ""
}

func TestDecisionPage_FiltersAndGoesOnByKey(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		clock := storetest.ClockOf(t, w.Store)
		ann, bob := newGUID("ann"), newGUID("bob")
		for _, hour := range [][]store.Decision{ // of one moment each
			{{UserID: ann, Reason: "inactive", Method: "sso", ConnectionID: w.entra.ID}, {UserID: bob, Reason: "admitted", Admitted: true, Method: "password", Address: "192.0.2.1"}},
			{{UserName: "Ann@Contoso.com", Reason: "not_provisioned"}, {UserName: "eve@contoso.com", Reason: "guest"}, {Subject: strings.ToUpper(ann), Reason: "bad_response"}},
			{{UserID: ann, Reason: "no_role", Method: "sso", ConnectionID: w.okta.ID}, {UserID: ann, Reason: "admitted", Admitted: true, Method: "sso", ConnectionID: w.okta.ID}},
		} {
			for _, d := range hour {
				w.decide(w.contoso.ID, d)
			}
			clock.Advance(time.Hour)
		}
		w.decide(w.fabrikam.ID, store.Decision{UserID: ann, Reason: "locked"})
		hour := func(n int) time.Time { return storetest.Start.Add(time.Duration(n) * time.Hour) }
		for _, c := range []struct {
			filter store.DecisionFilter
			want   string
		}{
			{store.DecisionFilter{}, "admitted no_role bad_response guest not_provisioned admitted inactive"},
			{store.DecisionFilter{UserIDs: []string{ann}}, "admitted no_role inactive"},
			{store.DecisionFilter{UserIDs: []string{ann, bob}}, "admitted no_role admitted inactive"},
			{store.DecisionFilter{UserIDs: []string{ann}, Claimed: "ANN@contoso.com"}, "admitted no_role not_provisioned inactive"},
			{store.DecisionFilter{Claimed: ann}, "bad_response"},
			{store.DecisionFilter{Reason: "guest"}, "guest"},
			{store.DecisionFilter{Reason: "admitted"}, "admitted admitted"},
			{store.DecisionFilter{Refused: true}, "no_role bad_response guest not_provisioned inactive"},
			{store.DecisionFilter{Refused: true, Reason: "admitted"}, ""},
			{store.DecisionFilter{Method: "sso", UserIDs: []string{ann}, Reason: "no_role"}, "no_role"},
			{store.DecisionFilter{ConnectionID: w.okta.ID}, "admitted no_role"},
			{store.DecisionFilter{Address: "192.0.2.1"}, "admitted"},
			{store.DecisionFilter{Since: hour(1)}, "admitted no_role bad_response guest not_provisioned"},
			{store.DecisionFilter{Since: hour(1), Until: hour(2)}, "bad_response guest not_provisioned"},
			{store.DecisionFilter{Reason: "\x00"}, ""},
		} {
			for n := range 4 {
				if got := w.reasonsBy(c.filter, n+1); got != c.want {
					t.Errorf("%+v by %d: got %q, want %q", c.filter, n+1, got, c.want)
				}
			}
		}
	})
}

// manyDecisions puts n decisions a second apart before a time into contoso, by raw statements; each thousandth is a guest's, the others come in.
func (w *world) manyDecisions(n int, before time.Time) {
	w.t.Helper()
	numbers, id := "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)", "printf('00000000-0000-4000-8000-%012d', i)"
	if store.DatabaseOf(w.Store) == "postgres" {
		numbers, id = "WITH n(i) AS (SELECT generate_series(1, ?::bigint))", "('00000000-0000-4000-8000-' || lpad(i::text, 12, '0'))::uuid"
	}
	err := w.exec(numbers+` INSERT INTO decisions (organization_id, id, at, connection_id, directory_id, user_id, user_name, subject, tenant_id, method,
		admitted, reason, detail, role, grants, address, user_agent, request_id)
		SELECT o.id, `+id+fmt.Sprintf(`, %d - i * 1000000, '%s', '%s', '00000000-0000-4000-9000-' || CAST(100000000000 + i %% 100 AS text), 'somebody@contoso.com', '', '', 'sso',
		i %% 1000 <> 0, CASE WHEN i %% 1000 = 0 THEN 'guest' ELSE 'admitted' END, '', 'reader', '[]', '192.0.2.7', 'Firefox', '' FROM n JOIN organizations o ON o.slug = 'contoso'`,
		before.UnixMicro(), w.entra.ID, w.entra.DirectoryID), n)
	if err == nil && store.DatabaseOf(w.Store) == "postgres" { // which does so by itself before long, and SQLite never does
		err = w.exec("ANALYZE decisions")
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// exec runs a statement that nothing else could run.
func (w *world) exec(sql string, args ...any) error {
	return store.ExecuteAlone(w.t.Context(), w.Store, sql, args...)
}

// A page never looks at more than so many decisions, says how far it looked, and goes on from there.
func TestDecisionPage_LooksAtABoundedNumber(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		oldest := w.decide(w.contoso.ID, store.Decision{UserName: "rare", Reason: "admitted", Admitted: true, Address: "192.0.2.9"})
		w.manyDecisions(10_500, storetest.Start.Add(10_600*time.Second))
		o := w.Organization(w.contoso.ID)
		f := store.DecisionFilter{Address: "192.0.2.9"}
		first, err := o.DecisionPage(t.Context(), f, store.DecisionKey{}, 50)
		if err != nil || len(first.Decisions) != 0 || first.Next.ID == "" || !first.Next.At.Equal(storetest.Start.Add(600*time.Second)) {
			t.Fatalf("the first page: %+v, %v; want nothing found in 10,000", first, err)
		}
		second, err := o.DecisionPage(t.Context(), f, first.Next, 50)
		if err != nil || len(second.Decisions) != 1 || second.Decisions[0].ID != oldest.ID || second.Next.ID != "" {
			t.Errorf("the second page: %+v, %v", second, err)
		}
		if page, err := o.DecisionPage(t.Context(), store.DecisionFilter{Reason: "guest"}, store.DecisionKey{}, 50); err != nil || len(page.Decisions) != 10 || page.Next.ID != "" {
			t.Errorf("%d guests and %+v, %v; want all 10 at once", len(page.Decisions), page.Next, err)
		}
		if page, err := o.DecisionPage(t.Context(), store.DecisionFilter{}, store.DecisionKey{}, 50); err != nil || len(page.Decisions) != 50 || !page.Next.At.Equal(page.Decisions[49].At) {
			t.Errorf("without a filter: %d and %+v, %v", len(page.Decisions), page.Next, err)
		}
	})
}

func TestDecisionPage_ReadsByAnIndex(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.manyDecisions(25_000, storetest.Start)
		taken, err := store.Trace(w.Store)
		if err != nil {
			t.Fatal(err)
		}
		o := w.Organization(w.contoso.ID)
		after := store.DecisionKey{At: storetest.Start.Add(-time.Hour), ID: newGUID("a place")}
		for _, c := range []struct {
			filter store.DecisionFilter
			index  string
		}{
			{store.DecisionFilter{}, "decisions_at"},
			{store.DecisionFilter{Address: "192.0.2.9", Refused: true, Until: storetest.Start}, "decisions_at"},
			{store.DecisionFilter{Reason: "guest"}, "decisions_refused"},
			{store.DecisionFilter{UserIDs: []string{newGUID("ann")}}, "decisions_user"},
			{store.DecisionFilter{Claimed: "ann"}, "decisions_user"},
		} {
			taken()
			if _, err := o.DecisionPage(t.Context(), c.filter, after, 1); err != nil {
				t.Fatal(err)
			}
			w.reads(taken(), c.index)
		}
		taken()
		if _, err := o.AttemptsSince(t.Context(), storetest.Start.Add(-10*time.Minute)); err != nil {
			t.Fatal(err)
		}
		w.reads(taken()[1:], "decisions_at")
	})
}

// reads demands that statements go by an index and through no table.
func (w *world) reads(statements []store.Statement, index string) {
	w.t.Helper()
	for _, s := range statements {
		steps, err := store.Plan(w.t.Context(), w.Store, s)
		plan := strings.Join(steps, "\n")
		if err != nil || !strings.Contains(plan, index) || slices.ContainsFunc(steps, func(step string) bool {
			return strings.Contains(step, "Seq Scan") || strings.HasPrefix(strings.TrimSpace(step), "SCAN decisions")
		}) {
			w.t.Errorf("want %s, %v:\n%s\n%s", index, err, s.SQL, plan)
		}
	}
}

func TestLastDecision_IsThePersonsOrMadeUnderTheirName(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		record := func(d store.Decision) store.Decision {
			storetest.ClockOf(t, w.Store).Advance(time.Second)
			w.must(func(tx *store.Tx) (err error) { d, err = tx.Organization(w.contoso.ID).RecordDecision(d); return err })
			return d
		}
		o := w.Organization(w.contoso.ID)
		if _, err := o.LastDecision(t.Context(), "u1", "alice", ""); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("of somebody who never tried: %v", err)
		}
		for _, d := range []store.Decision{
			{UserName: "ALICE", Reason: "not_provisioned"}, {UserID: "u1", UserName: "alice", Reason: "inactive"},
			{Subject: "Alice", Reason: "not_provisioned"}, {UserID: "u1", UserName: "alice", Reason: "no_role"},
		} {
			made := record(d)
			record(store.Decision{UserID: "u2", UserName: "alice", Reason: "guest"})
			record(store.Decision{UserName: "bob", Reason: "not_provisioned"})
			if got, err := o.LastDecision(t.Context(), "u1", "alice", ""); err != nil || got.ID != made.ID {
				t.Errorf("the last is %+v, %v, not %+v", got, err, made)
			}
		}
		if got, err := o.LastDecision(t.Context(), "", "alice"); err != nil || got.Subject != "Alice" {
			t.Errorf("of nobody who is known: %+v, %v", got, err)
		}
	})
}

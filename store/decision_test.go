package store_test

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"doorlist/store"
	"doorlist/store/storetest"

	"github.com/google/go-cmp/cmp"
)

func (w *world) decide(organizationID string, d store.Decision) (recorded store.Decision) {
	w.t.Helper()
	w.must(func(tx *store.Tx) (err error) {
		recorded, err = tx.Organization(organizationID).RecordDecision(d)
		return err
	})
	return recorded
}

func TestRecordDecision_KeepsAllItRestedOn(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		given := store.Decision{ConnectionID: w.entra.ID, DirectoryID: w.entra.DirectoryID, UserID: "u1", UserName: "alice@contoso.com", Subject: aliceOID,
			TenantID: tenantID, Method: "sso", Admitted: true, Reason: "admitted", Detail: "d", Role: "writer",
			Grants:  []store.Grant{{Role: w.role(w.contoso, "writer"), Source: store.GroupGrant, MappingID: "m", GroupID: "g", Name: "Writers"}},
			Address: "192.0.2.7", UserAgent: "Firefox", RequestID: "r-1"}
		want := given
		recorded := w.decide(w.contoso.ID, given)
		want.ID, want.OrganizationID, want.At = recorded.ID, w.contoso.ID, storetest.Start
		if diff := cmp.Diff(want, recorded); diff != "" {
			t.Errorf("returned (-want +got):\n%s", diff)
		}
		got, err := w.Organization(w.contoso.ID).Decisions(t.Context(), store.DecisionQuery{})
		if diff := cmp.Diff([]store.Decision{want}, got); err != nil || diff != "" {
			t.Errorf("read: %v (-want +got):\n%s", err, diff)
		}
		if got := w.actions(w.contoso, given.UserID); !slices.Equal(got, []string{"sign_in.admitted"}) {
			t.Errorf("events = %v, want sign_in.admitted", got)
		}
	})
}

func TestDecisions_AreSelectedNewestFirst(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		clock := storetest.ClockOf(t, w.Store)
		for i, d := range []store.Decision{{UserID: "u1", Reason: "no_role"}, {UserID: "u2", Reason: "inactive"}, {UserID: "u1", Reason: "inactive"}, {UserID: "u1", Reason: "guest"}} {
			clock.Set(storetest.Start.Add(time.Duration(i) * time.Minute))
			w.decide(w.contoso.ID, d)
		}
		w.decide(w.fabrikam.ID, store.Decision{UserID: "u1", Reason: "inactive"})
		for _, c := range []struct {
			organization string
			query        store.DecisionQuery
			want         string
		}{
			{w.contoso.ID, store.DecisionQuery{}, "guest inactive inactive no_role"},
			{w.contoso.ID, store.DecisionQuery{UserID: "u1"}, "guest inactive no_role"},
			{w.contoso.ID, store.DecisionQuery{UserID: "u1", Reason: "inactive"}, "inactive"},
			{w.contoso.ID, store.DecisionQuery{Since: storetest.Start.Add(2 * time.Minute)}, "guest inactive"},
			{w.contoso.ID, store.DecisionQuery{Limit: 1}, "guest"},
			{w.fabrikam.ID, store.DecisionQuery{}, "inactive"},
			{"", store.DecisionQuery{}, ""},
			{"x", store.DecisionQuery{}, ""},
		} {
			list, err := w.Organization(c.organization).Decisions(t.Context(), c.query)
			var reasons []string
			for _, d := range list {
				reasons = append(reasons, d.Reason)
			}
			if got := strings.Join(reasons, " "); err != nil || got != c.want {
				t.Errorf("Decisions of %q %+v = %q, %v; want %q", c.organization, c.query, got, err, c.want)
			}
		}
	})
}

func TestRecordDecision_BoundsWhatAStrangerClaims(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		long := strings.Repeat("é", 100_000)
		d := w.decide(w.contoso.ID, store.Decision{UserName: "x" + long, Subject: long, TenantID: long, Detail: long, UserAgent: long, RequestID: long})
		for _, text := range []string{d.UserName, d.Subject, d.TenantID, d.Detail, d.UserAgent, d.RequestID} {
			if len(text) > 1024 || len(text) < 1000 || !utf8.ValidString(text) {
				t.Errorf("a claim of 200,000 bytes is kept as %d, valid %t", len(text), utf8.ValidString(text))
			}
		}
	})
}

package entra_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"doorlist/entra"
)

// wantWrites runs an incremental cycle and compares what it wrote.
func (j *job) wantWrites(t *testing.T, want ...string) {
	t.Helper()
	j.fake.take()
	wantClean(t, j.incremental(t))
	if diff := cmp.Diff(j.expand(want), j.fake.writes()); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
}

const (
	enableAlice  = `PATCH /Users/u1 ~{"op":"Replace","path":"active","value":"True"}]}`
	disableAlice = `PATCH /Users/u1 ~{"op":"Replace","path":"active","value":"False"}]}`
	addAlice     = `PATCH /Groups/g3 ~{"op":"Add","path":"members","value":[{"$ref":null,"value":"u1"}]}]}`
	dropAlice    = `PATCH /Groups/g3 ~{"op":"Remove","path":"members","value":[{"$ref":null,"value":"u1"}]}]}`
)

func TestIncremental_WithoutChangesOnlyProbes(t *testing.T) {
	t.Parallel()
	j := newJob(t, nil)
	j.initial(t)
	j.fake.take()
	wantClean(t, j.incremental(t))
	if got := j.fake.take(); len(got) != 2 {
		t.Errorf("got %q, want the two probes", got)
	}
}

func TestIncremental_RestoreEnablesWithoutTouchingMemberships(t *testing.T) {
	t.Parallel()
	j := newJob(t, nil)
	j.initial(t)
	must(t, j.tenant.SoftDelete(aliceID))
	j.wantWrites(t, disableAlice)
	must(t, j.tenant.Restore(aliceID))
	j.wantWrites(t, enableAlice)
	j.wantVerified(t)
}

func TestIncremental_RestoreAddsAMembershipThatWasRemoved(t *testing.T) {
	t.Parallel()
	j := newJob(t, nil)
	j.initial(t)
	must(t, j.tenant.SoftDelete(aliceID))
	must(t, j.tenant.RemoveMember(j.group(), aliceID))
	j.wantWrites(t, disableAlice, dropAlice)
	must(t, j.tenant.AddMember(j.group(), aliceID))
	j.wantWrites(t) // nobody is added to a group from the recycle bin
	must(t, j.tenant.Restore(aliceID))
	j.wantWrites(t, enableAlice, addAlice)
	j.wantVerified(t)
}

func TestIncremental_UnassignedThenDeletedIsOnlyDisabled(t *testing.T) {
	t.Parallel()
	j := newJob(t, nil)
	j.initial(t)
	must(t, j.tenant.Unassign(aliceID))
	must(t, j.tenant.RemoveMember(j.group(), aliceID))
	j.wantWrites(t, disableAlice, dropAlice)
	must(t, j.tenant.HardDelete(aliceID))
	j.wantWrites(t, `PATCH /Users/u2 ~{"op":"Remove","path":"{enterprise}:manager"}]}`)
	j.wantVerified(t)
}

func TestIncremental_SoftThenHardDeleteSendsDelete(t *testing.T) {
	t.Parallel()
	j := newJob(t, nil)
	j.initial(t)
	must(t, j.tenant.SoftDelete(bobID))
	j.incremental(t)
	must(t, j.tenant.HardDelete(bobID))
	j.wantWrites(t, `DELETE /Users/u2`)
	j.wantVerified(t)
}

func TestIncremental_ReusedUserNameGoesToANewUser(t *testing.T) {
	t.Parallel()
	j := newJob(t, nil)
	j.initial(t)
	must(t, j.tenant.HardDelete(bobID))
	add(t, j.tenant, entra.Person{ObjectID: carolID, UserPrincipalName: "bob@contoso.com", DisplayName: "Other Bob", Assigned: true})
	report := j.incremental(t)
	wantClean(t, report)
	if report.Deleted != 1 || report.Created != 1 {
		t.Errorf("deleted %d, created %d; want 1 and 1", report.Deleted, report.Created)
	}
	j.wantVerified(t)
}

func TestIncremental_NestedGroupIsOneMember(t *testing.T) {
	t.Parallel()
	j := newJob(t, nil)
	j.initial(t)
	outer, err := j.tenant.AddGroup("Outer", j.group())
	must(t, err)
	add(t, j.tenant, entra.Person{ObjectID: carolID, UserPrincipalName: "carol@contoso.com"})
	inner, err := j.tenant.AddGroup("Inner", carolID)
	must(t, err)
	must(t, j.tenant.Unassign(inner.ObjectID))
	must(t, j.tenant.AddMember(outer.ObjectID, inner.ObjectID))
	j.fake.take()
	wantClean(t, j.incremental(t))
	want := j.expand([]string{`PATCH /Groups/g4 ~{"op":"Add","path":"members","value":[{"$ref":null,"value":"g3"}]}]}`})
	if diff := cmp.Diff(want, j.fake.take("PATCH")); diff != "" {
		t.Errorf("an unassigned nested group and its people must stay out (-want +got):\n%s", diff)
	}
	j.wantVerified(t)
}

func TestIncremental_RecreatesWhatTheServerLost(t *testing.T) {
	t.Parallel()
	j := newJob(t, nil)
	j.initial(t)
	j.fake.mu.Lock()
	removeMember(j.fake.resources["/Groups/g3"], "u1")
	delete(j.fake.resources, "/Users/u1")
	j.fake.order = []string{"/Users/u2", "/Groups/g3"}
	j.fake.mu.Unlock()
	must(t, j.tenant.UpdatePerson(aliceID, func(p *entra.Person) { p.City = "Bergen" }))
	report := j.incremental(t)
	if report.Created != 1 || report.MembersAdded != 1 {
		t.Errorf("created %d, added %d; want 1 and 1", report.Created, report.MembersAdded)
	}
}

func TestIncremental_FailedObjectIsRetriedAndOthersGoOn(t *testing.T) {
	t.Parallel()
	j := newJob(t, nil)
	j.fake.intercept = func(w http.ResponseWriter, _ *http.Request, body string) bool {
		if !strings.Contains(body, `"userName":"alice@contoso.com"`) {
			return false
		}
		refuse(w, http.StatusBadRequest, "no Alices")
		return true
	}
	report := j.initial(t)
	if len(report.Failures) != 1 || report.Failures[0].Status != 400 || report.Failures[0].Name != "alice@contoso.com" {
		t.Fatalf("failures = %+v", report.Failures)
	}
	if report.Created != 2 || report.MembersAdded != 1 {
		t.Errorf("created %d, added %d; want 2 and 1", report.Created, report.MembersAdded)
	}
	j.fake.intercept = nil
	report = j.incremental(t)
	wantClean(t, report)
	if report.Created != 1 || report.MembersAdded != 1 || report.ManagersSet != 1 {
		t.Errorf("the next cycle created %d, added %d, set %d managers; want 1 of each", report.Created, report.MembersAdded, report.ManagersSet)
	}
	j.wantVerified(t)
}

func TestCycle_Unauthorized(t *testing.T) {
	t.Parallel()
	j := newJob(t, func(o *entra.ProvisionerOptions) { o.Token = "wrong" })
	report, err := j.Initial(t.Context())
	var quarantine *entra.QuarantineError
	if !errors.As(err, &quarantine) || !strings.Contains(report.Quarantine, "401") {
		t.Fatalf("err = %v, quarantine %q", err, report.Quarantine)
	}
	if got := j.fake.take(); len(got) != 1 {
		t.Errorf("%d requests, want the cycle to stop after the first", len(got))
	}
}

func TestCycle_UnauthorizedMidwayStopsAndComesAgain(t *testing.T) {
	t.Parallel()
	j := newJob(t, nil)
	j.fake.intercept = func(w http.ResponseWriter, r *http.Request, _ string) bool {
		if r.Method != http.MethodPost {
			return false
		}
		refuse(w, http.StatusUnauthorized, "expired")
		return true
	}
	report, err := j.Initial(t.Context())
	if err == nil || report.Created != 0 || len(report.Failures) != 0 {
		t.Fatalf("err %v, report %+v", err, report)
	}
	if got := j.fake.writes(); len(got) != 1 {
		t.Errorf("writes = %q, want the cycle to stop at the first", got)
	}
	j.fake.intercept = nil
	if report := j.incremental(t); report.Created != 3 {
		t.Errorf("created %d, want 3: a quarantined cycle must not move the watermark", report.Created)
	}
}

func TestOnDemand_IsClassicAndProbesThreeTimes(t *testing.T) {
	t.Parallel()
	j := newJob(t, func(o *entra.ProvisionerOptions) { o.Dialect = entra.DialectCompliant })
	report, err := j.OnDemand(t.Context(), aliceID)
	must(t, err)
	wantClean(t, report)
	if report.Requests["probe users"] != 3 || report.Requests["probe groups"] != 3 || report.Requests["match user"] != 1 {
		t.Errorf("requests = %v", report.Requests)
	}
	j.fake.take()
	must(t, j.tenant.Disable(aliceID))
	_, err = j.OnDemand(t.Context(), aliceID)
	must(t, err)
	if diff := cmp.Diff(j.expand([]string{disableAlice}), j.fake.writes()); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
}

func TestOnDemand_GroupTakesAtMostFiveMembers(t *testing.T) {
	t.Parallel()
	j := newJob(t, nil)
	report, err := j.OnDemand(t.Context(), j.group(), aliceID)
	must(t, err)
	wantClean(t, report)
	if report.Created != 2 || report.MembersAdded != 1 {
		t.Errorf("created %d, added %d; want 2 and 1", report.Created, report.MembersAdded)
	}
	if _, err := j.OnDemand(t.Context(), j.group(), "1", "2", "3", "4", "5", "6"); err == nil {
		t.Error("six members were accepted")
	}
	if _, err := j.OnDemand(t.Context(), carolID); !errors.Is(err, entra.ErrNotFound) {
		t.Errorf("unknown person: err = %v", err)
	}
}

func TestMatch_RefusesTheGroupOfAnother(t *testing.T) {
	t.Parallel()
	j := newJob(t, nil)
	wantClean(t, j.initial(t))
	_, err := j.tenant.AddGroup("STAFF (ALL)")
	must(t, err)
	report := j.incremental(t)
	if len(report.Failures) != 1 || !strings.Contains(report.Failures[0].Detail, "belongs to Staff (all) already") {
		t.Errorf("failures = %+v, want the second group of one name not to be bound to the first", report.Failures)
	}
}

func TestMatch_RefusesTwoUsers(t *testing.T) {
	t.Parallel()
	j := newJob(t, nil)
	for _, id := range []string{"x", "y"} {
		j.fake.resources["/Users/"+id] = doc{"id": id, "userName": "Alice@Contoso.com"}
		j.fake.order = append(j.fake.order, "/Users/"+id)
	}
	report := j.initial(t)
	if len(report.Failures) != 1 || !strings.Contains(report.Failures[0].Detail, "2 resources match") {
		t.Errorf("failures = %+v, want a match that is not unique to bind nobody", report.Failures)
	}
}

package auth

import (
	"testing"

	"doorlist/policy"
	"doorlist/store"
)

func TestFixOf_KnowsWhatTheDetailSays(t *testing.T) {
	t.Parallel()
	ambiguous := policy.Verdict{Reason: policy.MappingUnsafe, Standing: policy.Standing{Ambiguous: true}}
	factor := policy.Verdict{Reason: policy.RoleTooLow, FactorMissing: true}
	foreign := policy.Verdict{Reason: policy.WrongTenant, Foreign: true}
	for _, c := range []struct {
		reason policy.Reason
		detail string
		want   policy.Words
	}{
		{policy.Admitted, "", policy.Words{}},
		{policy.NoRole, "x", policy.NoRole.Words()},
		{policy.RoleTooLow, visitDetail(policy.Verdict{}), policy.RoleTooLow.Words()},
		{policy.RoleTooLow, visitDetail(factor), factor.Words()},
		{policy.WrongTenant, visitDetail(foreign), foreign.Words()},
		{policy.MappingUnsafe, standingDetail(ambiguous.Standing), ambiguous.Words()},
		{policy.ConnectionOff, notAttached, policy.Verdict{Reason: policy.ConnectionOff, Unattached: true}.Words()},
		{policy.ConnectionOff, "", policy.ConnectionOff.Words()},
	} {
		if got := FixOf(store.Decision{Reason: string(c.reason), Detail: c.detail}); got != c.want.Fix {
			t.Errorf("%s, %q: got %q, want %q", c.reason, c.detail, got, c.want.Fix)
		}
	}
}

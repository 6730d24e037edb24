package policy_test

import (
	"strings"
	"testing"

	"doorlist/policy"
)

// inOrder is somebody who comes in.
func inOrder() policy.Facts {
	reader := policy.Role{ID: "r", Name: "reader", Rank: 20, Console: policy.ConsoleRead}
	return policy.Facts{
		ConnectionOn: true, Attached: true, TenantAgrees: true, Match: policy.MatchObjectID, Found: policy.One, Active: true, Link: policy.Linked,
		Subject: policy.SameSubject, Offered: policy.SSO, Applies: policy.SSO, Sources: policy.EntraRoles, Ambiguity: policy.HighestRole,
		Grants: []policy.Grant{{Role: reader, Source: policy.GroupSource}}, Application: true, Demanded: []policy.Role{reader},
	}
}

// What is said of a refusal is of the thing that was wrong, and of nothing that only could have been.
func TestVerdict_SaysWhatWasWrong(t *testing.T) {
	t.Parallel()
	const foreign, unattached, factor = "foreign", "unattached", "factor"
	higher := policy.Role{ID: "w", Name: "writer", Rank: 30}
	for what, c := range map[string]struct {
		change func(f *policy.Facts)
		reason policy.Reason
		says   string
	}{
		"nothing":                                 {func(*policy.Facts) {}, policy.Admitted, ""},
		"another organization's application":      {func(f *policy.Facts) { f.Foreign = true }, policy.WrongTenant, foreign},
		"another tenant":                          {func(f *policy.Facts) { f.TenantAgrees = false }, policy.WrongTenant, ""},
		"both":                                    {func(f *policy.Facts) { f.TenantAgrees, f.Foreign = false, true }, policy.WrongTenant, ""},
		"a connection that is off":                {func(f *policy.Facts) { f.ConnectionOn = false }, policy.ConnectionOff, ""},
		"a connection that is not attached":       {func(f *policy.Facts) { f.Attached = false }, policy.ConnectionOff, unattached},
		"off and not attached":                    {func(f *policy.Facts) { f.ConnectionOn, f.Attached = false, false }, policy.ConnectionOff, ""},
		"one factor":                              {func(f *policy.Facts) { f.NeedsFactor = true }, policy.RoleTooLow, factor},
		"two factors":                             {func(f *policy.Facts) { f.NeedsFactor, f.SecondFactor = true, true }, policy.Admitted, ""},
		"a low role":                              {func(f *policy.Facts) { f.Demanded = append(f.Demanded, higher) }, policy.RoleTooLow, ""},
		"a low role and one factor":               {func(f *policy.Facts) { f.NeedsFactor, f.Demanded = true, []policy.Role{higher} }, policy.RoleTooLow, ""},
		"inactive where a factor would be needed": {func(f *policy.Facts) { f.NeedsFactor, f.Active = true, false }, policy.Inactive, ""},
		"a role that is not on the ladder":        {func(f *policy.Facts) { f.Demanded = []policy.Role{{}} }, policy.RoleTooLow, ""},
		"two roles where one must be": {func(f *policy.Facts) {
			f.Ambiguity, f.Grants = policy.RefuseAmbiguity, append(f.Grants, policy.Grant{Role: higher, Source: policy.GroupSource})
		}, policy.MappingUnsafe, "ambiguous"},
		"an identity in doubt": {func(f *policy.Facts) { f.Found = policy.Several }, policy.MappingUnsafe, ""},
	} {
		f := inOrder()
		c.change(&f)
		v := policy.Admit(f)
		said := strings.TrimSpace(strings.Join([]string{
			map[bool]string{true: foreign}[v.Foreign], map[bool]string{true: unattached}[v.Unattached], map[bool]string{true: factor}[v.FactorMissing],
			map[bool]string{true: "ambiguous"}[v.Standing.Ambiguous],
		}, ""))
		if v.Reason != c.reason || said != c.says || v.Admitted() != (c.reason == policy.Admitted) {
			t.Errorf("%s: got %s, %q; want %s, %q", what, v.Reason, said, c.reason, c.says)
		}
		if own := v.Words() != v.Reason.Words(); own != (c.says != "") {
			t.Errorf("%s: it has words of its own: %t", what, own)
		}
	}
}

// Of what the ceilings of several connections leave of one role, the most counts, whatever the order.
func TestStand_MostOfARoleCounts(t *testing.T) {
	t.Parallel()
	var grants []policy.Grant // the most first
	for _, console := range []policy.Console{policy.ConsoleOwn, policy.ConsoleManage, policy.ConsoleRead, policy.ConsoleNone} {
		for _, shared := range []bool{false, true} {
			grants = append(grants, policy.Grant{Source: policy.GroupSource, Role: policy.Role{ID: "w", Name: "writer", Rank: 30, Console: console, SharedOnly: shared}})
		}
	}
	for i, more := range grants {
		for _, less := range grants[i:] {
			for _, both := range [][]policy.Grant{{more, less}, {less, more}} {
				if got := policy.Stand(both).Role; got != more.Role {
					t.Errorf("%+v and %+v give %+v", both[0].Role, both[1].Role, got)
				}
			}
		}
	}
}

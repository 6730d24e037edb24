package policy_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"doorlist/policy"
)

func drawRole(t *rapid.T, label string) policy.Role {
	rank := rapid.IntRange(1, 6).Draw(t, label)
	return policy.Role{
		ID: string(rune('a' + rank)), Rank: rank, SharedOnly: rapid.Bool().Draw(t, label+" shared"),
		Console: rapid.SampledFrom([]policy.Console{policy.ConsoleNone, policy.ConsoleRead, policy.ConsoleManage, policy.ConsoleOwn}).Draw(t, label+" console"),
	}
}

// exceeds says whether a role allows anything that another does not, on ladders where a lower role can have the higher
// console right too.
func exceeds(r, limit policy.Role) bool {
	consoles := []policy.Console{policy.ConsoleNone, policy.ConsoleRead, policy.ConsoleManage, policy.ConsoleOwn}
	return r.Rank > limit.Rank || slices.Index(consoles, r.Console) > slices.Index(consoles, limit.Console) || limit.SharedOnly && !r.SharedOnly
}

func TestResolve_NoPushExceedsTheCeiling(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		ceiling := drawRole(t, "ceiling")
		grants := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) policy.Grant {
			source := rapid.SampledFrom([]policy.Source{policy.GroupSource, policy.AppRoleSource}).Draw(t, "source")
			return policy.Grant{Role: drawRole(t, "role"), Source: source, Ceiling: ceiling}
		}), 1, 5).Draw(t, "grants")
		got := policy.Resolve(policy.EntraRoles, policy.HighestRole, grants)
		if !got.HasRole() {
			t.Fatalf("Resolve(%+v) gives no role", grants)
		}
		for _, g := range got.Grants {
			if exceeds(g.Role, ceiling) || g.Mapped.ID != "" && exceeds(g.Role, g.Mapped) {
				t.Fatalf("the grant %+v exceeds the ceiling %+v or what was mapped", g, ceiling)
			}
			if g.Mapped.ID == "" && !slices.ContainsFunc(grants, func(was policy.Grant) bool { return was.Role == g.Role }) {
				t.Fatalf("the grant %+v is not marked as brought down", g)
			}
		}
	})
}

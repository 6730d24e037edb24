package policy_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"doorlist/policy"
)

func drawGrant(t *rapid.T) policy.Grant {
	rank := rapid.IntRange(0, 5).Draw(t, "rank")
	names := []string{"", "contributor", "reader", "writer", "admin", "owner"} // rank 0 stands for no role
	return policy.Grant{
		Role:    policy.Role{ID: names[rank], Name: names[rank], Rank: rank, SharedOnly: rank == 1},
		Source:  rapid.SampledFrom([]policy.Source{policy.GroupSource, policy.AppRoleSource, policy.LocalSource, policy.DefaultSource}).Draw(t, "source"),
		GroupID: rapid.SampledFrom([]string{"", "g1", "g2"}).Draw(t, "group"),
		Name:    rapid.SampledFrom([]string{"", "Staff", "Editors"}).Draw(t, "name"),
	}
}

func drawGrants(t *rapid.T) []policy.Grant {
	return rapid.SliceOfN(rapid.Custom(drawGrant), 0, 6).Draw(t, "grants")
}

func drawFacts(t *rapid.T) policy.Facts {
	yes := func(label string) bool { return rapid.IntRange(0, 4).Draw(t, label) > 0 }
	f := policy.Facts{
		ConnectionOn:  yes("connection"),
		Attached:      yes("attached"),
		TenantAgrees:  yes("tenant"),
		Match:         rapid.SampledFrom([]policy.Match{policy.MatchObjectID, policy.MatchSubject, policy.MatchUserName, policy.MatchPassword, ""}).Draw(t, "match"),
		Found:         rapid.SampledFrom([]policy.Found{policy.One, policy.One, policy.One, policy.Nobody, policy.Several, policy.NameOnly, ""}).Draw(t, "found"),
		Admits:        rapid.SampledFrom([]policy.Admits{policy.AdmitProvisioned, policy.AdmitRoleAssigned, ""}).Draw(t, "admits"),
		FromSignIn:    !yes("provisioned"),
		Active:        yes("active"),
		Link:          rapid.SampledFrom([]policy.Link{policy.Linked, policy.Linked, policy.Unlinkable, policy.Quarantined, ""}).Draw(t, "link"),
		Subject:       rapid.SampledFrom([]policy.Subject{policy.FirstSubject, policy.SameSubject, policy.NewAppSubject, policy.OtherSubject, ""}).Draw(t, "subject"),
		Offered:       rapid.SampledFrom([]policy.Method{policy.SSO, policy.SSO, policy.SSO, policy.Password, ""}).Draw(t, "offered"),
		Applies:       rapid.SampledFrom([]policy.Method{policy.SSO, policy.SSO, policy.SSO, policy.Password, ""}).Draw(t, "applies"),
		Guest:         !yes("member"),
		GuestsAllowed: yes("guests allowed"),
		Sources:       rapid.SampledFrom([]policy.Sources{policy.EntraRoles, policy.LocalRoles, policy.HybridRoles, ""}).Draw(t, "sources"),
		Ambiguity:     rapid.SampledFrom([]policy.Ambiguity{policy.HighestRole, policy.HighestRole, policy.RefuseAmbiguity, ""}).Draw(t, "ambiguity"),
		Grants:        drawGrants(t),
		Application:   yes("application"),
		Foreign:       !yes("own"),
		NeedsFactor:   !yes("one factor is enough"),
		SecondFactor:  yes("second factor"),
	}
	for range rapid.IntRange(0, 2).Draw(t, "demands") {
		f.Demanded = append(f.Demanded, drawGrant(t).Role)
	}
	return f
}

func TestAdmit_ZeroFactsAreRefused(t *testing.T) {
	t.Parallel()
	if v := policy.Admit(policy.Facts{}); v.Admitted() {
		t.Errorf("got %+v, want a refusal", v)
	}
}

// mayEnter restates the conditions of entry in another shape than Admit has: all of them, in no order.
func mayEnter(f policy.Facts) bool {
	person := f.Found == policy.One && f.Active && (!f.FromSignIn || f.Admits == policy.AdmitRoleAssigned)
	proof := f.Link == policy.Linked && f.Match != "" || f.Link == policy.Unlinkable && f.Match != policy.MatchObjectID && f.Match != ""
	subject := f.Subject != policy.OtherSubject && f.Subject != ""
	method := f.Offered == f.Applies && f.Applies != ""
	guest := !f.Guest || f.GuestsAllowed
	return f.ConnectionOn && f.Attached && f.TenantAgrees && person && proof && subject && method && guest && !f.Foreign && (f.SecondFactor || !f.NeedsFactor) && mayReach(f)
}

// mayReach restates the part about roles: each source's ranks, and which of them are asked.
func mayReach(f policy.Facts) bool {
	ranks := map[policy.Source][]int{}
	for _, g := range f.Grants {
		source := g.Source
		if source == policy.AppRoleSource {
			source = policy.GroupSource
		}
		if g.Role.Rank > 0 {
			ranks[source] = append(ranks[source], g.Role.Rank)
		}
	}
	asked := map[policy.Sources][]policy.Source{
		policy.EntraRoles:  {policy.GroupSource, policy.DefaultSource},
		policy.LocalRoles:  {policy.LocalSource, policy.DefaultSource},
		policy.HybridRoles: {policy.GroupSource, policy.LocalSource, policy.DefaultSource},
	}[f.Sources]
	i := slices.IndexFunc(asked, func(s policy.Source) bool { return len(ranks[s]) > 0 })
	if i < 0 {
		return false
	}
	counted := ranks[asked[i]]
	if asked[i] != policy.DefaultSource && f.Ambiguity != policy.HighestRole && slices.Min(counted) != slices.Max(counted) {
		return false
	}
	role := slices.Max(counted)
	if role == 1 && f.Application && len(f.Demanded) == 0 {
		return false
	}
	return !slices.ContainsFunc(f.Demanded, func(r policy.Role) bool {
		return r.Rank == 0 || role < r.Rank
	})
}

func TestAdmit_NothingButAllConditionsAdmits(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		f := drawFacts(t)
		if got, want := policy.Admit(f).Admitted(), mayEnter(f); got != want {
			t.Fatalf("Admit(%+v): got admitted=%v, want %v", f, got, want)
		}
	})
}

// TestMayCreate_MakesOnlyUsersWhoAreThenAdmitted: nobody is made who would not get in, and nobody whom the directory knows.
func TestMayCreate_MakesOnlyUsersWhoAreThenAdmitted(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := policy.Arrival{Facts: drawFacts(t), NameTaken: rapid.Bool().Draw(t, "taken"), Deleted: rapid.Bool().Draw(t, "deleted")}
		if a.Found == policy.One {
			a.Found = policy.Nobody
		}
		if !policy.MayCreate(a).Admitted() {
			return
		}
		made := a.Facts
		made.Found, made.Active, made.Link, made.Subject, made.FromSignIn = policy.One, true, policy.Linked, policy.FirstSubject, true
		pushed := slices.ContainsFunc(made.Grants, func(g policy.Grant) bool { return g.Source == policy.AppRoleSource && g.Role.ID != "" })
		if a.Found != policy.Nobody || a.NameTaken || a.Deleted || !pushed || !mayEnter(made) {
			t.Fatalf("%+v is made", a)
		}
	})
}

func TestStand_DoesNotDependOnOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		grants := drawGrants(t)
		shuffled := slices.Clone(grants)
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		r.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		if diff := cmp.Diff(policy.Stand(grants), policy.Stand(shuffled)); diff != "" {
			t.Fatalf("another order gives another standing:\n%s", diff)
		}
	})
}

func TestStand_OneMoreGrantNeverLowersTheRole(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		grants, extra := drawGrants(t), drawGrant(t)
		before, after := policy.Stand(grants), policy.Stand(append(slices.Clone(grants), extra))
		if after.Role.Rank < before.Role.Rank {
			t.Fatalf("adding %+v lowered %+v to %+v", extra, before.Role, after.Role)
		}
		if after.Role.Rank != max(before.Role.Rank, extra.Role.Rank) {
			t.Fatalf("got rank %d of %d and %d", after.Role.Rank, before.Role.Rank, extra.Role.Rank)
		}
	})
}

func TestStand_LeavesItsArgumentAlone(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		grants := drawGrants(t)
		before := slices.Clone(grants)
		policy.Stand(grants)
		if diff := cmp.Diff(before, grants); diff != "" {
			t.Fatalf("Stand changed its argument:\n%s", diff)
		}
	})
}

func TestStanding_ConsoleIsThatOfTheWinningRole(t *testing.T) {
	t.Parallel()
	reader := policy.Role{ID: "r", Name: "reader", Rank: 20, Console: policy.ConsoleOwn}
	admin := policy.Role{ID: "a", Name: "admin", Rank: 40, Console: policy.ConsoleManage}
	got := policy.Stand([]policy.Grant{{Role: reader}, {Role: admin}})
	if got.Console() != policy.ConsoleManage {
		t.Errorf("got %q, want the console right of the higher role", got.Console())
	}
	if (policy.Standing{}).Console() != policy.ConsoleNone {
		t.Error("no role must have no console right")
	}
}

func TestReason_EveryCodeHasWords(t *testing.T) {
	t.Parallel()
	for _, r := range policy.Reasons() {
		w := r.Words()
		if w.Title == "" || w.Person == "" || w.Fix == "" && r != policy.Admitted {
			t.Errorf("%s lacks words: %+v", r, w)
		}
		if r != policy.Unavailable && w == policy.Unavailable.Words() {
			t.Errorf("%s has no words of its own", r)
		}
	}
	if policy.Reason("nonsense").Words() != policy.Unavailable.Words() {
		t.Error("a reason that nobody knows must read as unavailable")
	}
}

func TestResolve_DoesNotDependOnOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		f := drawFacts(t)
		backwards := slices.Clone(f.Grants)
		slices.Reverse(backwards)
		if diff := cmp.Diff(policy.Resolve(f.Sources, f.Ambiguity, f.Grants), policy.Resolve(f.Sources, f.Ambiguity, backwards)); diff != "" {
			t.Fatalf("another order gives another standing:\n%s", diff)
		}
	})
}

func TestVerdict_SaysWhichRolesAreInDoubt(t *testing.T) {
	t.Parallel()
	reader, writer := policy.Role{ID: "r", Name: "reader", Rank: 20}, policy.Role{ID: "w", Name: "writer", Rank: 30}
	standing := policy.Resolve(policy.EntraRoles, policy.RefuseAmbiguity, []policy.Grant{
		{Role: reader, Source: policy.GroupSource}, {Role: writer, Source: policy.AppRoleSource}, {Role: reader, Source: policy.AppRoleSource},
	})
	if diff := cmp.Diff([]string{"writer", "reader"}, standing.RoleNames()); diff != "" || !standing.Ambiguous || standing.HasRole() {
		t.Errorf("got %+v\n%s", standing, diff)
	}
	ladder := policy.Standing{Grants: []policy.Grant{{Role: writer}, {Role: writer}, {Role: reader}, {Role: policy.Role{ID: "c", Name: "contributor"}}}}
	if diff := cmp.Diff([]string{"writer", "reader", "contributor"}, ladder.RoleNames()); diff != "" {
		t.Error(diff)
	}
	doubt := policy.Verdict{Reason: policy.MappingUnsafe, Standing: standing}
	if doubt.Words() == policy.MappingUnsafe.Words() {
		t.Error("an unclear role is explained as an unclear identity")
	}
	if unsafe := (policy.Verdict{Reason: policy.MappingUnsafe}); unsafe.Words() != policy.MappingUnsafe.Words() {
		t.Error("an unclear identity is explained as an unclear role")
	}
}

package policy

import "testing"

func TestSecondFactorFor_EveryCombination(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		rule            SecondFactorRule
		owner, enrolled bool
		want            FactorStep
	}{
		{FactorOwners, false, false, NoFactor}, {FactorOwners, false, true, GiveCode},
		{FactorOwners, true, false, EnrollFactor}, {FactorOwners, true, true, GiveCode},
		{FactorAll, false, false, EnrollFactor}, {FactorAll, false, true, GiveCode},
		{FactorAll, true, false, EnrollFactor}, {FactorAll, true, true, GiveCode},
		{FactorOff, false, false, NoFactor}, {FactorOff, false, true, NoFactor},
		{FactorOff, true, false, NoFactor}, {FactorOff, true, true, NoFactor},
		{"", false, false, EnrollFactor}, {"sometimes", false, true, GiveCode},
	} {
		if got := SecondFactorFor(FactorFacts{Rule: c.rule, Owner: c.owner, Enrolled: c.enrolled}); got != c.want {
			t.Errorf("%q, owner %t, enrolled %t: got %q, want %q", c.rule, c.owner, c.enrolled, got, c.want)
		}
		want := EnrollFactor
		if c.enrolled {
			want = GiveCode
		}
		if got := SecondFactorFor(FactorFacts{c.rule, c.owner, c.enrolled, true}); got != want {
			t.Errorf("%q, owner %t, enrolled %t, asked: got %q, want %q", c.rule, c.owner, c.enrolled, got, want)
		}
	}
}

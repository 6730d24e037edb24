package policy_test

import (
	"slices"
	"testing"

	"doorlist/policy"
)

// TestMethodFor_Specification tries every combination of facts against the table, read from top to bottom.
func TestMethodFor_Specification(t *testing.T) {
	t.Parallel()
	rows := readRows(t, "../testdata/method.txt", 8)
	used := make([]bool, len(rows))
	for facts, f := range everyMethodFacts() {
		i := slices.IndexFunc(rows, func(row []string) bool { return fits(row, facts[:]) })
		if i < 0 {
			t.Fatalf("no line fits %v", facts)
		}
		used[i] = true
		method, rule := policy.MethodFor(f)
		if string(method) != rows[i][6] || string(rule) != rows[i][7] {
			t.Errorf("%v: got %s by %s, want %s by %s", facts, method, rule, rows[i][6], rows[i][7])
		}
	}
	for i, row := range rows {
		if !used[i] {
			t.Errorf("no combination of facts reaches the line %v", row)
		}
	}
}

// TestMethodFor_UnknownValuesAreStrict: a mode that nobody knows must not open the way of passwords.
func TestMethodFor_UnknownValuesAreStrict(t *testing.T) {
	t.Parallel()
	for _, mode := range []policy.Mode{"", "everybody", "OFF"} {
		f := policy.MethodFacts{Synced: true, Mode: mode, Armed: true, Password: true}
		if method, _ := policy.MethodFor(f); method != policy.SSO {
			t.Errorf("mode %q lets a password in", mode)
		}
	}
}

func TestMethodFacts_WaysIn(t *testing.T) {
	t.Parallel()
	for _, f := range everyMethodFacts() {
		method, rule := policy.MethodFor(f)
		if want := method == policy.Password && f.Password; f.HasWayIn(false) != want {
			t.Errorf("%+v without a connection: way in %t, want %t", f, !want, want)
		}
		if want := method == policy.SSO || f.Password; f.HasWayIn(true) != want {
			t.Errorf("%+v with a connection: way in %t, want %t", f, !want, want)
		}
		if method == policy.Password && rule != policy.RuleNotArmed && !f.MaySetPassword() {
			t.Errorf("%+v signs in with a password and may not set one", f)
		}
		having := f
		having.Password = true
		if f.MaySetPassword() != having.MaySetPassword() {
			t.Errorf("%+v may set a password: %t, and having one: %t", f, f.MaySetPassword(), having.MaySetPassword())
		}
		if method == policy.SSO && f.Password && f.MaySetPassword() {
			t.Errorf("%+v signs in by SSO and may set a password", f)
		}
	}
}

// everyMethodFacts yields every combination, in the words of the table and as facts.
func everyMethodFacts() map[[6]string]policy.MethodFacts {
	all := map[[6]string]policy.MethodFacts{}
	yesNo := []string{"yes", "no"}
	for _, synced := range yesNo {
		for _, mode := range []string{"off", "per_user", "all"} {
			for choice, c := range map[string]policy.Choice{"none": policy.NoChoice, "on": policy.ChooseOn, "off": policy.ChooseOff} {
				for _, outage := range yesNo {
					for _, armed := range yesNo {
						for _, password := range yesNo {
							all[[6]string{synced, mode, choice, outage, armed, password}] = policy.MethodFacts{
								Synced: synced == "yes", Mode: policy.Mode(mode), Choice: c,
								Outage: outage == "yes", Armed: armed == "yes", Password: password == "yes",
							}
						}
					}
				}
			}
		}
	}
	return all
}

package policy_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"doorlist/policy"
)

// specLine is one case of testdata/policy.txt.
type specLine struct {
	number int
	text   string
	create bool // asked of MayCreate
	facts  map[string]string
	want   map[string]string
}

func TestAdmit_Specification(t *testing.T) {
	t.Parallel()
	ladder, lines := readSpec(t, "../testdata/policy.txt")
	if len(lines) < 40 {
		t.Fatalf("the specification has %d cases, which is fewer than there ever were", len(lines))
	}
	for _, line := range lines {
		t.Run(fmt.Sprintf("line %d", line.number), func(t *testing.T) {
			t.Parallel()
			checkLine(t, ladder, line)
		})
	}
}

func checkLine(t *testing.T, ladder map[string]policy.Role, line specLine) {
	t.Helper()
	facts := factsOf(t, ladder, line.facts)
	got := policy.Admit(facts)
	if line.create {
		got = policy.MayCreate(policy.Arrival{Facts: facts, NameTaken: line.facts["name"] == "taken", Deleted: line.facts["deleted"] == "yes"})
	}
	if string(got.Reason) != line.want["reason"] {
		t.Errorf("%s\ngot reason %s, want %s", line.text, got.Reason, line.want["reason"])
	}
	if want, ok := line.want["role"]; ok && got.Standing.Role.Name != want {
		t.Errorf("%s\ngot role %q, want %q", line.text, got.Standing.Role.Name, want)
	}
	if want, ok := line.want["missing"]; (ok && want == "second_factor") != got.FactorMissing {
		t.Errorf("%s\ngot FactorMissing %t", line.text, got.FactorMissing)
	}
	if want, ok := line.want["overridden"]; ok {
		if diff := cmp.Diff(underCeiling(grantsOf(t, ladder, want), ladder[line.facts["ceiling"]]), got.Standing.Overridden); diff != "" {
			t.Errorf("%s\noverridden (-want +got):\n%s", line.text, diff)
		}
	}
	if diff := cmp.Diff(grantsOf(t, ladder, line.want["capped"]), asMapped(got.Standing.Capped())); diff != "" {
		t.Errorf("%s\nbrought down by the ceiling (-want +got):\n%s", line.text, diff)
	}
	want, ok := line.want["via"]
	if !ok {
		return
	}
	if first := got.Standing.Grants[0]; first != grantsOf(t, ladder, want)[0] {
		t.Errorf("%s\ngot first grant %+v, want %s", line.text, first, want)
	}
}

func readSpec(t *testing.T, path string) (map[string]policy.Role, []specLine) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	ladder, given, lines, create := map[string]policy.Role{}, map[string]string{}, []specLine(nil), false
	for i, text := range strings.Split(string(data), "\n") {
		switch {
		case strings.TrimSpace(text) == "" || strings.HasPrefix(text, "#"):
		case strings.HasPrefix(text, "ladder "):
			ladder = ladderOf(t, text)
		case strings.HasPrefix(text, "given "):
			given = words(t, i+1, strings.TrimPrefix(text, "given "), given)
		case text == "first sign-in":
			create = true
		default:
			line := caseOf(t, i+1, text, given)
			line.create = create
			lines = append(lines, line)
		}
	}
	return ladder, lines
}

func caseOf(t *testing.T, number int, text string, given map[string]string) specLine {
	t.Helper()
	left, right, ok := strings.Cut(text, "->")
	if !ok {
		t.Fatalf("line %d has no ->: %s", number, text)
	}
	for word := range strings.FieldsSeq(left) {
		if key, _, _ := strings.Cut(word, "="); key != "demanded" && given[key] == "" {
			t.Fatalf("line %d speaks of %q, which is no fact", number, key)
		}
	}
	want := words(t, number, "reason="+strings.TrimSpace(right), nil)
	return specLine{number: number, text: text, facts: words(t, number, left, given), want: want}
}

// words reads key=value pairs on top of the given ones.
func words(t *testing.T, number int, text string, given map[string]string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for k, v := range given {
		all[k] = v
	}
	for word := range strings.FieldsSeq(text) {
		key, value, ok := strings.Cut(word, "=")
		if !ok {
			t.Fatalf("line %d: %q is not key=value", number, word)
		}
		all[key] = value
	}
	return all
}

func ladderOf(t *testing.T, text string) map[string]policy.Role {
	t.Helper()
	ladder := map[string]policy.Role{}
	for _, step := range strings.Fields(text)[1:] {
		name, rank, _ := strings.Cut(step, "=")
		rank, shared := strings.CutSuffix(rank, "s")
		n, err := strconv.Atoi(rank)
		if err != nil {
			t.Fatalf("the ladder's %q has no rank", step)
		}
		ladder[name] = policy.Role{ID: "role-" + name, Name: name, Rank: n, SharedOnly: shared}
	}
	return ladder
}

func factsOf(t *testing.T, ladder map[string]policy.Role, w map[string]string) policy.Facts {
	t.Helper()
	f := policy.Facts{
		ConnectionOn:  w["connection"] == "on" || w["connection"] == "detached",
		Attached:      w["connection"] != "detached",
		TenantAgrees:  w["tenant"] == "same",
		Match:         policy.Match(w["match"]),
		Found:         policy.Found(w["found"]),
		Admits:        policy.Admits(w["admit"]),
		FromSignIn:    w["origin"] == "sign_in",
		Active:        w["active"] == "yes",
		Link:          policy.Link(w["link"]),
		Subject:       policy.Subject(w["subject"]),
		Offered:       policy.Method(w["offered"]),
		Applies:       policy.Method(w["applies"]),
		Guest:         w["guest"] == "yes",
		GuestsAllowed: w["guests"] == "allowed",
		Sources:       policy.Sources(w["sources"]),
		Ambiguity:     policy.Ambiguity(w["ambiguity"]),
		Grants:        underCeiling(grantsOf(t, ladder, w["grants"]), ladder[w["ceiling"]]),
		Application:   w["into"] != "session",
		Foreign:       w["into"] == "foreign",
		NeedsFactor:   w["second_factor"] == "demanded" || w["second_factor"] == "proved",
		SecondFactor:  w["second_factor"] == "proved" || w["second_factor"] == "unasked",
	}
	if names, ok := w["demanded"]; ok {
		for name := range strings.SplitSeq(names, ",") {
			f.Demanded = append(f.Demanded, ladder[name]) // "unknown" stays the zero role, as it does in the program
		}
	}
	return f
}

func underCeiling(grants []policy.Grant, ceiling policy.Role) []policy.Grant {
	for i := range grants {
		grants[i].Ceiling = ceiling
	}
	return grants
}

// asMapped shows grants that a ceiling has brought down as they were.
func asMapped(capped []policy.Grant) []policy.Grant {
	var grants []policy.Grant
	for _, g := range capped {
		grants = append(grants, policy.Grant{Role: g.Mapped, Source: g.Source, Name: g.Name})
	}
	return grants
}

func grantsOf(t *testing.T, ladder map[string]policy.Role, text string) []policy.Grant {
	t.Helper()
	var grants []policy.Grant
	for part := range strings.SplitSeq(text, ",") {
		if part == "" {
			continue
		}
		fields := strings.Split(part+":", ":")
		role, ok := ladder[fields[1]]
		if !ok {
			t.Fatalf("the grant %q names a role that is not on the ladder", part)
		}
		grants = append(grants, policy.Grant{Role: role, Source: policy.Source(fields[0]), Name: fields[2]})
	}
	return grants
}

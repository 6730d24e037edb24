package policy_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"doorlist/policy"
)

// TestDiscover_Specification tries every combination of facts against the table, read from top to bottom.
func TestDiscover_Specification(t *testing.T) {
	t.Parallel()
	rows := readRows(t, "../testdata/discovery.txt", 6)
	used := make([]bool, len(rows))
	for _, facts := range everyLead() {
		for count, leads := range map[string][]policy.Lead{"none": nil, "one": {lead(facts)}, "several": {lead(facts), {On: true}}} {
			words := append([]string{count}, facts...)
			i := slices.IndexFunc(rows, func(row []string) bool { return fits(row, words) })
			if i < 0 {
				t.Fatalf("no line fits %v", words)
			}
			used[i] = true
			if next, _ := policy.Discover(leads); string(next) != rows[i][5] {
				t.Errorf("%v: got %s, want %s", words, next, rows[i][5])
			}
		}
	}
	for i, row := range rows {
		if !used[i] {
			t.Errorf("no combination of facts reaches the line %v", row)
		}
	}
}

func TestDiscover_ConnectionsThatAreOff(t *testing.T) {
	t.Parallel()
	on, off := policy.Lead{On: true, Armed: true}, policy.Lead{Armed: true}
	cases := []struct {
		leads []policy.Lead
		next  policy.Next
		count []int
	}{
		{[]policy.Lead{off}, policy.ToProvider, []int{0}},
		{[]policy.Lead{off, on}, policy.ToProvider, []int{1}},
		{[]policy.Lead{on, off, on}, policy.AskWhich, []int{0, 2}},
		{[]policy.Lead{off, off}, policy.AskWhich, []int{0, 1}},
	}
	for _, c := range cases {
		if next, count := policy.Discover(c.leads); next != c.next || !slices.Equal(count, c.count) {
			t.Errorf("%+v: got %s %v, want %s %v", c.leads, next, count, c.next, c.count)
		}
	}
}

// TestDiscover_UnknownModesAreStrict: a mode that nobody knows must not offer passwords.
func TestDiscover_UnknownModesAreStrict(t *testing.T) {
	t.Parallel()
	for _, mode := range []policy.Mode{"", "everybody", "OFF"} {
		if next, _ := policy.Discover([]policy.Lead{{On: true, Mode: mode, Armed: true}}); next != policy.ToProvider {
			t.Errorf("mode %q: got %s", mode, next)
		}
	}
}

// everyLead lists every combination of mode, exceptions, outage and armed, in the words of the table.
func everyLead() [][]string {
	var all [][]string
	for _, mode := range []string{"off", "per_user", "all"} {
		for bits := range 8 {
			word := func(bit int) string { return map[bool]string{true: "yes", false: "no"}[bits&bit != 0] }
			all = append(all, []string{mode, word(1), word(2), word(4)})
		}
	}
	return all
}

func lead(facts []string) policy.Lead {
	return policy.Lead{On: true, Mode: policy.Mode(facts[0]), Exceptions: facts[1] == "yes", Outage: facts[2] == "yes", Armed: facts[3] == "yes"}
}

func fits(row, facts []string) bool {
	for i, fact := range facts {
		if row[i] != "-" && row[i] != fact {
			return false
		}
	}
	return true
}

// readRows reads a table of so many columns, without comments.
func readRows(t *testing.T, path string, columns int) [][]string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]string
	for text := range strings.Lines(string(data)) {
		words := strings.Fields(strings.Replace(text, "->", "", 1))
		if len(words) == 0 || strings.HasPrefix(text, "#") {
			continue
		}
		if len(words) != columns {
			t.Fatalf("a line of %d words: %s", len(words), text)
		}
		rows = append(rows, words)
	}
	return rows
}

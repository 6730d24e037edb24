package policy_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"doorlist/policy"
)

func TestAttached_Specification(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../testdata/attachments.txt")
	if err != nil {
		t.Fatal(err)
	}
	cases := 0
	for text := range strings.Lines(string(data)) {
		left, right, ok := strings.Cut(text, "->")
		if strings.HasPrefix(text, "#") || strings.TrimSpace(text) == "" {
			continue
		}
		if want := strings.Fields(right); !ok || len(want) != 3 {
			t.Fatalf("cannot read %q", text)
		} else if got := outcomeOf(lineOf(left)); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", strings.TrimSpace(left), got, want)
		}
		cases++
	}
	if cases < 15 {
		t.Errorf("the specification has %d cases, which is fewer than there ever were", cases)
	}
}

func lineOf(text string) []policy.Attachment {
	var line []policy.Attachment
	for word := range strings.FieldsSeq(text) {
		if word != "nobody" {
			line = append(line, policy.Attachment(strings.TrimPrefix(word, "-")))
		}
	}
	return line
}

// outcomeOf writes what the rules make of a line as the specification does.
func outcomeOf(line []policy.Attachment) []string {
	words := []string{"no"}
	if policy.Attached(line) {
		words[0] = "yes"
	}
	for _, wanted := range []bool{true, false} {
		said := string(policy.Say(wanted, line))
		if said == "" {
			said = "-"
		}
		words = append(words, map[bool]string{true: "attach=", false: "detach="}[wanted]+said)
	}
	return words
}

// TestSay_Suffices: whatever is said along the line, what Say answers has the effect that was wanted.
func TestSay_Suffices(t *testing.T) {
	t.Parallel()
	said := []policy.Attachment{policy.AsAbove, policy.Attach, policy.OptOut}
	for _, a := range said {
		for _, b := range said {
			for _, c := range said {
				for _, wanted := range []bool{true, false} {
					line := []policy.Attachment{a, b, c}
					line[0] = policy.Say(wanted, line)
					if policy.Attached(line) != wanted {
						t.Errorf("%q, wanted %t: %q does not do it", []policy.Attachment{a, b, c}, wanted, line[0])
					}
				}
			}
		}
	}
}

func TestChoose(t *testing.T) {
	t.Parallel()
	on, off := []policy.Attachment{policy.Attach}, []policy.Attachment{policy.AsAbove}
	owner, other, named, closed := policy.Destination{Line: on, Owner: true}, policy.Destination{Line: on},
		policy.Destination{Line: on, Asked: true}, policy.Destination{Line: off, Owner: true, Asked: true}
	hosted, ownHosted, closedHosted := policy.Destination{Line: on, Hosted: true}, policy.Destination{Line: on, Owner: true, Hosted: true},
		policy.Destination{Line: off, Hosted: true}
	for _, c := range []struct {
		what  string
		all   []policy.Destination
		asked bool
		want  []int
	}{
		{"none at all", nil, false, nil},
		{"attached to nobody", []policy.Destination{closed}, false, nil},
		{"the owner before others", []policy.Destination{other, owner, other}, false, []int{1}},
		{"the only one that is open", []policy.Destination{closed, other}, false, []int{1}},
		{"several below", []policy.Destination{closed, other, other}, false, []int{1, 2}},
		{"the one that was named", []policy.Destination{owner, other, named}, true, []int{2}},
		{"the one with the application before the owner", []policy.Destination{owner, other, hosted}, false, []int{2}},
		{"the owner of those with the application", []policy.Destination{hosted, ownHosted}, false, []int{1}},
		{"several with the application", []policy.Destination{owner, hosted, other, hosted}, false, []int{1, 3}},
		{"an application where the connection is closed", []policy.Destination{owner, closedHosted}, false, []int{0}},
		{"the one that was named before the application", []policy.Destination{owner, hosted, named}, true, []int{2}},
		{"one that was named and is closed", []policy.Destination{closed, other}, true, nil},
		{"one that was named and is not there", []policy.Destination{owner, other}, true, nil},
	} {
		if got := policy.Choose(c.all, c.asked); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.what, got, c.want)
		}
	}
}

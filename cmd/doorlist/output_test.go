package main

import (
	"bytes"
	"strings"
	"testing"
	"unicode"

	"doorlist/auth"
)

// tricks is a name that clears the screen, begins a line of its own, and turns the direction of what follows.
const (
	tricks      = "a\x1b[2J\r\nb\u202ec\u2028d"
	plainTricks = `a\u001b[2J\u000d\u000ab\u202ec\u2028d`
)

func TestPlain(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                    "",
		"Grüße, 東京 👋 100%":    "Grüße, 東京 👋 100%",
		tricks:                plainTricks,
		"\t\x00\x7f\u0085":    `\u0009\u0000\u007f\u0085`,
		"\u2066x\u2069\u200b": `\u2066x\u2069\u200b`,
		"\u2029":              `\u2029`,
	} {
		if got := plain(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

// wantPlain demands that what was printed for a terminal holds the name, escaped, and nothing that a terminal obeys.
func wantPlain(t *testing.T, printed string) {
	t.Helper()
	if !strings.Contains(printed, plainTricks) {
		t.Errorf("%q lacks the name, as %s", printed, plainTricks)
	}
	for _, r := range printed {
		if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028') {
			t.Errorf("%q holds %U", printed, r)
		}
	}
}

func TestExplain_ObeysNoName(t *testing.T) {
	t.Parallel()
	var stdout bytes.Buffer
	p := &program{stdout: &stdout}
	for name, e := range map[string]auth.Explanation{
		"user name": {Person: &auth.ExplainedPerson{UserName: tricks}},
		"role":      {Admitted: true, Role: tricks},
		"detail":    {Detail: tricks},
		"group":     {Grants: []auth.ExplainedGrant{{Role: "reader", Source: "group", Name: tricks}}},
		"unmapped":  {Unmapped: []auth.ExplainedGroup{{Name: tricks}}},
		"grant":     {Grants: []auth.ExplainedGrant{{Role: tricks, Source: "group", Name: "Staff"}}},
		"attempt":   {LastDecision: &auth.ExplainedOutcome{Detail: tricks}},
		"namesake":  {Others: []auth.ExplainedPerson{{UserName: tricks}}},
	} {
		t.Run(name, func(t *testing.T) {
			stdout.Reset()
			if err := p.printExplanation(e); err != nil {
				t.Fatal(err)
			}
			wantPlain(t, stdout.String())
		})
	}
}

func TestCommands_ObeyNoName(t *testing.T) {
	t.Parallel()
	c := configured(t)
	c.do("org", "set", "contoso", "--name", tricks)
	added := c.do("mapping", "add", "--org", "contoso", "--connection", "entra", "--app-role", tricks, "--role", "writer")
	for _, printed := range []string{c.do("org", "list"), added, c.do("mapping", "list", "--org", "contoso")} {
		wantPlain(t, printed)
	}
	if got := c.do("org", "list", "--json"); !strings.Contains(got, `a\u001b[2J\r\nb`) {
		t.Errorf("JSON %s, want the name as it is", got)
	}
}

// The verdict and the last attempt may differ; each has its own remedy.
func TestExplain_SaysWhatToDoAboutTheLastAttemptToo(t *testing.T) {
	t.Parallel()
	var stdout bytes.Buffer
	p := &program{stdout: &stdout}
	last := &auth.ExplainedOutcome{Reason: "wrong_tenant", Fix: "Check the tenant id."}
	for reason, want := range map[string]int{"admitted": 1, "wrong_tenant": 0} {
		stdout.Reset()
		if err := p.printExplanation(auth.Explanation{Reason: reason, LastDecision: last}); err != nil {
			t.Fatal(err)
		}
		if got := strings.Count(stdout.String(), "What to do then"); got != want {
			t.Errorf("%s: the remedy stands there %d times, want %d:\n%s", reason, got, want, stdout.String())
		}
	}
}

// Whoever is signing in has no session yet, and so no id in the trail: the name stands there instead.
func TestAudit_NamesWhoHasNoID(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := (&program{stdout: &out}).printEvent(eventView{Action: "session.started", Actor: actorView{Kind: "person", Name: tricks}}); err != nil {
		t.Fatal(err)
	}
	wantPlain(t, strings.TrimSuffix(out.String(), "\n"))
	if !strings.Contains(out.String(), "person:"+plainTricks+"  session.started") {
		t.Errorf("the line does not say who acted: %q", out.String())
	}
}

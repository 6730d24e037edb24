package main

import (
	"bytes"
	"errors"
	"os/exec"
	"strings"
	"testing"
)

// The demonstration, with the programs as they are.
func TestDemo_TheStoryHolds(t *testing.T) {
	t.Parallel()
	bin := t.TempDir()
	build := exec.Command("go", "build", "-o", bin, "doorlist/cmd/doorlist", "doorlist/cmd/entrasim")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the programs: %v: %s", err, out)
	}
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), []string{"--once", "--bin", bin}, &stdout, &stderr)
	if code != 0 || !strings.Contains(stdout.String(), "16 steps, 0 not as expected") {
		t.Errorf("exit code %d\n%s%s", code, stdout.String(), stderr.String())
	}
}

func TestStep_JudgesWhatHappened(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	s := &story{out: &out}
	s.step("as it should be", "let in", func() (string, error) { return "let in", nil })
	s.step("otherwise", "refused", func() (string, error) { return "let in", nil })
	s.step("broken", "refused", func() (string, error) { return "", errors.New("no answer") })
	if s.steps != 3 || s.failed != 2 {
		t.Errorf("%d of %d steps failed, want 2 of 3", s.failed, s.steps)
	}
	want := ` 1. as it should be: expected "let in", got "let in": ok
 2. otherwise: expected "refused", got "let in": NOT AS EXPECTED
 3. broken: expected "refused", got "error: no answer": NOT AS EXPECTED
`
	if got := out.String(); got != want {
		t.Errorf("got:\n%swant:\n%s", got, want)
	}
}

func TestRun_SaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), []string{"--once", "--bin", t.TempDir()}, &stdout, &stderr)
	if code != 1 || !strings.Contains(stderr.String(), "entrasim") {
		t.Errorf("exit code %d, %q; want 1 and the missing program", code, stderr.String())
	}
}

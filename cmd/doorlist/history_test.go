package main

import (
	"strings"
	"testing"
	"time"
)

func TestHistory_FromATerminal(t *testing.T) {
	t.Parallel()
	inWorld(t, "", func(t *testing.T, w *doorWorld) {
		today := time.Now().UTC().Format(time.DateOnly)
		for _, line := range []string{
			w.terminal.do("history", "--org", "contoso", "--on", today),
			w.terminal.do("history", "rita.reader@contoso.com", "--org", "contoso", "--on", today),
			w.terminal.do("history", "rita.reader@contoso.com", "--org", "contoso"),
		} {
			if !strings.Contains(line, "reader, from group") {
				t.Errorf("nothing is said of the role reader:\n%s", line)
			}
		}
		for _, args := range [][]string{{"--on", "2999-01-01"}, {"--on", "soon"}, {}} {
			got := execute(t, w.terminal.environ, append([]string{"history", "--org", "contoso"}, args...)...)
			if got.code != exitUsage {
				t.Errorf("history %v: %d %s", args, got.code, got.stderr)
			}
		}
	})
}

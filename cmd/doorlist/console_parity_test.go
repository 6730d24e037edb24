package main

import (
	"bufio"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Whoever adds a flag to a command that configures has to say where the console does the same, in testdata/console_parity.txt: "command --flag:
// page", or "terminal" and why.
func TestConsole_EveryFlagHasAPageOrAReason(t *testing.T) {
	t.Parallel()
	decided := readParity(t)
	var missing []string
	for _, c := range (&program{}).root().Commands() {
		if !slices.Contains([]string{"org", "connection", "role", "mapping", "application", "token", "schema"}, c.Name()) {
			continue
		}
		for _, flag := range flagsOf(c) {
			if decided[flag] == "" {
				missing = append(missing, flag)
			}
			delete(decided, flag)
		}
	}
	if len(missing) > 0 {
		t.Errorf("nobody has said where the console has these:\n%s", strings.Join(missing, "\n"))
	}
	if len(decided) > 0 {
		t.Errorf("these are no flags: %v", slices.Sorted(maps.Keys(decided)))
	}
}

// flagsOf lists "command --flag" for a command and those below, and a command without flags by its name; flags that say only what a command is
// about, or how it prints, are left out.
func flagsOf(c *cobra.Command) (list []string) {
	for _, sub := range c.Commands() {
		list = append(list, flagsOf(sub)...)
	}
	if c.HasSubCommands() {
		return list
	}
	list = append(list, nameOf(c))
	c.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
		if !slices.Contains([]string{"json", "help", "org", "connection"}, f.Name) {
			list = append(list, nameOf(c)+" --"+f.Name)
		}
	})
	return list
}

func readParity(t *testing.T) map[string]string {
	t.Helper()
	f, err := os.Open("testdata/console_parity.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	decided := map[string]string{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if line := lines.Text(); line != "" && !strings.HasPrefix(line, "#") {
			flag, where, ok := strings.Cut(line, ": ")
			if _, mounted := decidedRoutes[where]; !ok || decided[flag] != "" || !mounted && !strings.HasPrefix(where, "terminal, because ") {
				t.Errorf("%q is no decision, or the second about its flag, or names no page", line)
			}
			decided[flag] = where
		}
	}
	return decided
}

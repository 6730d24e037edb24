// Command cve runs the tests that docs/vulnerabilities.md names, and prints a line for each past vulnerability in it. It
// fails where a test has failed or has not run, and where a vulnerability has neither a test nor a reason why it cannot
// happen here. It knows nothing of what the tests do.
//
//	go run ./cmd/internal/cve
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

const list = "docs/vulnerabilities.md"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Stdout, os.Stderr))
}

// run is the whole program; it returns the exit code.
func run(ctx context.Context, stdout, stderr io.Writer) int {
	text, err := os.ReadFile(list)
	if err != nil {
		fmt.Fprintln(stderr, "cve:", err, "(run it in the folder of the module)")
		return 2
	}
	rows, err := readRows(string(text))
	if err != nil {
		fmt.Fprintf(stderr, "cve: %s: %v\n", list, err)
		return 2
	}
	ran, err := runTests(ctx, rows, stderr)
	if err != nil {
		fmt.Fprintln(stderr, "cve:", err)
		return 2
	}
	return report(stdout, rows, ran)
}

// report prints the rows with their verdicts, and returns the exit code.
func report(stdout io.Writer, rows []row, ran results) (code int) {
	counts := map[string]int{}
	for _, r := range rows {
		v := ran.verdict(r)
		counts[v.word]++
		if v.word != passed && v.word != notHere {
			code = 1
		}
		fmt.Fprintf(stdout, "%-11s %-52s %-28s %s\n", v.word, r.ids, r.product, v.detail)
	}
	fmt.Fprintf(stdout, "%d past vulnerabilities: %d %s, %d %s, %d %s, %d %s\n", len(rows),
		counts[passed], passed, counts[notHere], notHere, counts[failed], failed, counts[missing], missing)
	return code
}

// Command bench measures how fast Doorlist is: the pieces by their Go benchmarks, and the program as a whole, over HTTP on both databases, as a
// share of what the machine gave to a program without any rules in the same run. It prints one table.
//
// It decides what is measured, in which order, and what it is held against. It knows the server by its commands and HTTP interfaces alone; only
// the raw limits know the databases, with tables of their own.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// options are the settings of a run.
type options struct {
	rounds, connections, users, people int
	each                               time.Duration
	only, pieces, json, base           string
}

func readOptions(args []string, stderr io.Writer) (o options, err error) {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.IntVar(&o.rounds, "rounds", 5, "how often everything is measured, in turn")
	flags.DurationVar(&o.each, "each", time.Second, "how long one measurement of the server or of a limit takes")
	flags.IntVar(&o.connections, "connections", 8, "how many clients ask at a time")
	flags.IntVar(&o.users, "users", 2400, "how many users there are")
	flags.IntVar(&o.people, "people", 100_000, "how many users the large directory has; 0 measures no growth")
	flags.StringVar(&o.only, "only", "", `measure the "pieces" or the "server" alone`)
	flags.StringVar(&o.pieces, "pieces", ".", "which Go benchmarks to run, as in go test -bench")
	flags.StringVar(&o.json, "json", "", "a file that gets the table as JSON")
	flags.StringVar(&o.base, "base", "", "a commit to compare with, instead of the limits")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	switch {
	case flags.NArg() > 0:
		err = fmt.Errorf("%q is no option of bench", flags.Arg(0))
	case o.only != "" && o.only != "pieces" && o.only != "server":
		err = fmt.Errorf(`--only must be "pieces" or "server", not %q`, o.only)
	case o.rounds < 1 || o.connections < 1 || o.users < o.connections || o.each <= 0 || o.people < 0:
		err = fmt.Errorf("there must be a round, a client, some time and a user for each client")
	}
	if err != nil {
		fmt.Fprintln(stderr, "bench:", err)
	}
	return o, err
}

// run is the whole program; it returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) == 1 && args[0] == fixedCommand {
		return serveFixed(ctx, stdout, stderr)
	}
	o, err := readOptions(args, stderr)
	if err != nil {
		return 2
	}
	if err := measure(ctx, o, stdout, stderr); err != nil {
		fmt.Fprintln(stderr, "bench:", err)
		return 1
	}
	return 0
}

func measure(ctx context.Context, o options, stdout, progress io.Writer) error {
	s, err := newSite(ctx, o, progress)
	if err != nil {
		return err
	}
	defer s.close()
	if o.base != "" {
		return s.compare(ctx, stdout)
	}
	r := report{Machine: thisMachine(), Options: o.String()}
	if o.only != "pieces" {
		if r.Rows, err = s.measureServer(ctx); err != nil {
			return err
		}
	}
	if o.only != "server" {
		if r.Pieces, err = s.measurePieces(ctx); err != nil {
			return err
		}
	}
	if err := r.print(stdout); err != nil || o.json == "" {
		return err
	}
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(o.json, append(text, '\n'), 0o644)
}

// String tells what a table was measured with.
func (o options) String() string {
	return fmt.Sprintf("%d rounds of %s, %d connections, %d users, a large directory of %d", o.rounds, o.each, o.connections, o.users, o.people)
}

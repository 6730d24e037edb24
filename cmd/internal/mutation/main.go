// Command mutation measures whether the tests of the rules, of sessions and of the gate notice when the code is wrong. It makes one small mistake after
// the other in copies of the sources (see operators.go), runs the tests that reach the place, and demands that one of them fails. What no test can
// notice, because the program does the same, is listed in equivalent.txt with the reason.
//
//	go run ./cmd/internal/mutation                        all of the scope; ends with 1 below -least percent
//	go run ./cmd/internal/mutation store/visit.go         one file
//	go run ./cmd/internal/mutation -run Visit -only 'RefuseSession: err' store/visit.go
//
// All mistakes are compiled in at once, each behind a switch, so that a package is built once and not once for each.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// options are what the command line asks for.
type options struct {
	files   []string // of the scope; none for all
	tests   *regexp.Regexp
	only    *regexp.Regexp
	workers int
	least   float64
	list    bool
}

func readOptions(args []string, stderr io.Writer) (options, error) {
	o := options{}
	flags := flag.NewFlagSet("mutation", flag.ContinueOnError)
	flags.SetOutput(stderr)
	names := flags.String("run", "", "run tests whose names match the `expression` only")
	only := flags.String("only", "", "try mistakes that match the `expression` only, as -list shows them")
	flags.IntVar(&o.workers, "workers", 1, "how many mistakes to try at a time")
	flags.Float64Var(&o.least, "least", 90, "how many `percent` of the mistakes must be noticed")
	flags.BoolVar(&o.list, "list", false, "list the mistakes, and run nothing")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	o.files = flags.Args()
	if o.workers < 1 {
		return o, errors.New("-workers must be at least 1")
	}
	var wrong [2]error
	o.tests, wrong[0] = regexp.Compile(*names)
	o.only, wrong[1] = regexp.Compile(*only)
	return o, errors.Join(wrong[:]...)
}

// run is the whole program; it returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := readOptions(args, stderr)
	if err != nil {
		fmt.Fprintln(stderr, "mutation:", err)
		return 2
	}
	noticed, err := measure(ctx, o, stdout)
	if err != nil {
		fmt.Fprintln(stderr, "mutation:", err)
		return 2
	}
	if noticed < o.least {
		return 1
	}
	return 0
}

// measure does everything, and returns the percentage of the mistakes that were noticed.
func measure(ctx context.Context, o options, stdout io.Writer) (noticed float64, err error) {
	all, err := plant(o.files)
	if err != nil {
		return 0, err
	}
	all.choose(o.only)
	if err := all.excuse(equivalents); err != nil {
		return 0, err
	}
	if o.list {
		for _, m := range all.mistakes {
			if !m.left {
				fmt.Fprintln(stdout, m)
			}
		}
		return 100, nil
	}
	dir, err := os.MkdirTemp("", "doorlist-mutation-")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	suites, err := all.build(ctx, dir, o.tests)
	if err != nil {
		return 0, err
	}
	if err := all.judge(ctx, suites, o.workers, stdout); err != nil {
		return 0, err
	}
	return all.report(stdout), nil
}

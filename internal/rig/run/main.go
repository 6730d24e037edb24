// Command run holds rounds of the rig until the time is over: each with a seed of its own, on each database in turn. It prints what was done and found, and
// ends with 1 where a promise was broken.
//
//	go run ./internal/rig/run --for 10m --seed 7 --database sqlite
//	go run ./internal/rig/run judge FILE       judges a history again
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"doorlist/internal/rig"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// options are the settings of a run.
type options struct {
	lasts, round            time.Duration
	seed                    uint64
	database, only, program string
}

func readOptions(args []string, stderr io.Writer) (o options, err error) {
	flags := flag.NewFlagSet("rig", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.DurationVar(&o.lasts, "for", 10*time.Minute, "how long all of it takes; the round that is under way then is finished")
	flags.DurationVar(&o.round, "round", time.Minute, "how long the clients of a round work")
	flags.Uint64Var(&o.seed, "seed", 0, "the seed of the first round, the next one's is one more; 0 takes a new one")
	flags.StringVar(&o.database, "database", "", "sqlite or postgres; both in turn without it")
	flags.StringVar(&o.only, "only", "", "sweep, revoke, failover, disk, tamper, failpoints or round: that part alone")
	flags.StringVar(&o.program, "program", "", "the file of doorlist; without it the one here is built")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	switch {
	case flags.NArg() > 0:
		err = fmt.Errorf("%q is no option of the rig", flags.Arg(0))
	case o.database != "" && o.database != rig.SQLite && o.database != rig.PostgreSQL:
		err = fmt.Errorf("--database is %q; give sqlite or postgres", o.database)
	case !slices.Contains([]string{"", "sweep", "revoke", "failover", "disk", "tamper", "failpoints", "round"}, o.only):
		err = fmt.Errorf("--only is %q; give sweep, revoke, failover, disk, tamper, failpoints or round", o.only)
	case o.round < time.Second || o.lasts <= 0:
		err = errors.New("--round must be a second at least, and --for some time")
	}
	if err != nil {
		fmt.Fprintln(stderr, "rig:", err)
	}
	if o.seed == 0 {
		o.seed = rand.Uint64N(1_000_000_000)
	}
	return o, err
}

// run is the whole program; it returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) == 2 && args[0] == "judge" {
		report, err := rig.Judge(args[1])
		return tell(stdout, stderr, err, report)
	}
	o, err := readOptions(args, stderr)
	if err != nil {
		return 2
	}
	dir, err := os.MkdirTemp("", "doorlist-rig-")
	if err != nil {
		return tell(stdout, stderr, err)
	}
	site := &rig.Site{Dir: dir, Program: o.program}
	if o.program == "" {
		fmt.Fprintln(stdout, "rig: building the program")
		site.Program = filepath.Join(dir, "doorlist")
		if err := rig.Build(ctx, ".", site.Program); err != nil {
			return tell(stdout, stderr, err)
		}
	}
	code := hold(ctx, site, o, stdout, stderr)
	if err := site.Close(); err != nil {
		code = tell(stdout, stderr, err)
	}
	if code != 0 {
		fmt.Fprintf(stdout, "rig: histories and logs are in %s\n", dir)
		return code
	}
	return tell(stdout, stderr, os.RemoveAll(dir))
}

// part is one thing that a run does.
type part struct {
	name string
	do   func(ctx context.Context) (rig.Report, error)
}

// laterRequests is how many requests start after somebody was shut out, in a run.
const laterRequests = 10_000

// share is which part of the time the sweep of a database takes: a node with PostgreSQL has more wires.
var share = map[string]time.Duration{rig.PostgreSQL: 40, rig.SQLite: 10} // percent

// plan is what comes before the rounds.
func plan(site *rig.Site, o options, databases []string) (parts []part) {
	for _, database := range databases {
		settings := rig.Options{Seed: o.seed, Database: database, Lasts: o.lasts / 100 * share[database]}
		if o.only == "sweep" {
			settings.Lasts = o.lasts / time.Duration(len(databases))
		}
		if o.only == "" || o.only == "sweep" {
			parts = append(parts, part{"cutting requests", func(ctx context.Context) (rig.Report, error) { return site.Sweep(ctx, settings) }})
		}
		if o.only == "" || o.only == "revoke" {
			parts = append(parts, part{"shutting people out", func(ctx context.Context) (rig.Report, error) {
				return site.Revoke(ctx, settings, laterRequests)
			}})
		}
		if o.only == "" || o.only == "disk" {
			settings := settings
			settings.Lasts = o.round
			parts = append(parts, part{"filling the disk", func(ctx context.Context) (rig.Report, error) { return site.FullDisk(ctx, settings) }})
		}
		if (o.only == "" || o.only == "tamper") && database == rig.SQLite {
			settings := settings
			settings.Lasts = o.round
			parts = append(parts, part{"tampering with system calls", func(ctx context.Context) (rig.Report, error) { return site.Tamper(ctx, settings) }})
		}
		if o.only == "" || o.only == "failpoints" {
			settings := settings
			settings.Lasts = o.round
			parts = append(parts, part{"stopping at failpoints", func(ctx context.Context) (rig.Report, error) { return failpoints(ctx, site, settings) }})
		}
		if (o.only == "" || o.only == "failover") && database == rig.PostgreSQL {
			settings := settings
			settings.Lasts = o.round
			parts = append(parts, part{"losing the primary", func(ctx context.Context) (rig.Report, error) { return site.Failover(ctx, settings) }})
		}
	}
	return parts
}

// failpoints builds a program with failpoints, and has the rig stop it there.
func failpoints(ctx context.Context, site *rig.Site, o rig.Options) (r rig.Report, err error) {
	dir, err := os.MkdirTemp(site.Dir, "failpoints-")
	if err != nil {
		return r, err
	}
	stopped := &rig.Site{Dir: dir, Program: filepath.Join(dir, "doorlist")}
	if err := rig.Build(ctx, ".", stopped.Program, rig.FailpointTags...); err != nil {
		return r, err
	}
	r, err = stopped.Failpoints(ctx, o)
	return r, errors.Join(err, stopped.Close())
}

// hold does what is planned, and then rounds until the time is over.
func hold(ctx context.Context, site *rig.Site, o options, stdout, stderr io.Writer) (code int) {
	databases := []string{rig.PostgreSQL, rig.SQLite}
	if o.database != "" {
		databases = []string{o.database}
	}
	over := time.Now().Add(o.lasts)
	parts := plan(site, o, databases)
	rounds := o.only == "" || o.only == "round"
	for done := 0; done < len(parts) || rounds && time.Now().Before(over); done++ {
		if done == len(parts) {
			settings := rig.Options{Seed: o.seed + uint64(done), Database: databases[done%len(databases)], Lasts: o.round}
			parts = append(parts, part{"a round", func(ctx context.Context) (rig.Report, error) { return site.Round(ctx, settings) }})
		}
		fmt.Fprintf(stdout, "rig: %s\n", parts[done].name)
		report, err := parts[done].do(ctx)
		if o.only == "" && (errors.Is(err, rig.ErrNoDisk) || errors.Is(err, rig.ErrNoTracer)) {
			fmt.Fprintln(stdout, "rig: NOT DONE:", err)
			continue
		}
		code = max(code, tell(stdout, stderr, err, report))
		if err != nil {
			return code
		}
	}
	verdict := "every promise was kept"
	if code != 0 {
		verdict = "PROMISES WERE BROKEN"
	}
	fmt.Fprintf(stdout, "rig: from seed %d on: %s\n", o.seed, verdict)
	return code
}

// tell prints what a round came to and returns the exit code for it.
func tell(stdout, stderr io.Writer, err error, reports ...rig.Report) (code int) {
	if err != nil {
		fmt.Fprintln(stderr, "rig:", err)
		return 1
	}
	for _, r := range reports {
		for _, line := range r.Lines() {
			fmt.Fprintln(stdout, "rig:", line)
		}
		if len(r.Violations) > 0 {
			if r.File != "" {
				fmt.Fprintf(stdout, "rig: the history is %s\n", r.File)
			}
			code = 1
		}
	}
	return code
}

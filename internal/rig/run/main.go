// Command run holds rounds of the rig until the time is over: each with a seed of its own, on each database in turn. It prints what was done and found, and
// ends with 1 where a promise was broken.
//
//	go run ./internal/rig/run --for 10m --seed 7 --database sqlite
//	go run ./internal/rig/run --old v1.4.2 --only upgrade     servers of that commit are updated to the ones here
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
	"strings"
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
	old                     string
}

func readOptions(args []string, stderr io.Writer) (o options, err error) {
	flags := flag.NewFlagSet("rig", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.DurationVar(&o.lasts, "for", 10*time.Minute, "how long all of it takes; the round that is under way then is finished")
	flags.DurationVar(&o.round, "round", time.Minute, "how long the clients of a round work")
	flags.Uint64Var(&o.seed, "seed", 0, "the seed of the first round, the next one's is one more; 0 takes a new one")
	flags.StringVar(&o.database, "database", "", "sqlite or postgres; both in turn without it")
	flags.StringVar(&o.only, "only", "", strings.Join(onlyNames(), ", ")+": that part alone")
	flags.StringVar(&o.program, "program", "", "the file of doorlist; without it the one here is built")
	flags.StringVar(&o.old, "old", "", "a commit whose servers are updated to these, and put back; without it these are, to ones with a newer schema")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	switch {
	case flags.NArg() > 0:
		err = fmt.Errorf("%q is no option of the rig", flags.Arg(0))
	case o.database != "" && o.database != rig.SQLite && o.database != rig.PostgreSQL:
		err = fmt.Errorf("--database is %q; give sqlite or postgres", o.database)
	case o.only != "" && !slices.Contains(onlyNames(), o.only):
		err = fmt.Errorf("--only is %q; give one of %s", o.only, strings.Join(onlyNames(), ", "))
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

// kind is a kind of part.
type kind struct {
	name, title string
	share       map[string]time.Duration
	do          func(s *rig.Site, ctx context.Context, o rig.Options) (rig.Report, error)
}

// kinds are what comes before the rounds, with the share of the time that each takes on a database, in percent: most for a sweep of a node with PostgreSQL, which has
// more wires. Shutting people out takes as long as it takes.
func kinds(o options) []kind {
	return []kind{
		{"sweep", "cutting requests", map[string]time.Duration{rig.PostgreSQL: 40, rig.SQLite: 10}, (*rig.Site).Sweep},
		{"revoke", "shutting people out", map[string]time.Duration{rig.PostgreSQL: 0, rig.SQLite: 0}, revoke},
		{"failpoints", "stopping at failpoints", map[string]time.Duration{rig.PostgreSQL: 6, rig.SQLite: 6}, failpoints},
		{"tamper", "tampering with system calls", map[string]time.Duration{rig.SQLite: 6}, (*rig.Site).Tamper},
		{"disk", "filling the disk", map[string]time.Duration{rig.PostgreSQL: 3, rig.SQLite: 3}, (*rig.Site).FullDisk},
		{"failover", "losing the primary", map[string]time.Duration{rig.PostgreSQL: 4}, (*rig.Site).Failover},
		{"upgrade", "updating servers", map[string]time.Duration{rig.PostgreSQL: 5, rig.SQLite: 5}, upgrade(o.old)},
	}
}

// onlyNames are what --only takes: of a kind, or of the rounds.
func onlyNames() []string {
	var names []string
	for _, k := range kinds(options{}) {
		names = append(names, k.name)
	}
	return append(names, "round")
}

// plan is what comes before the rounds.
func plan(site *rig.Site, o options, databases []string) (parts []part) {
	for _, database := range databases {
		for _, k := range kinds(o) {
			percent, done := k.share[database]
			if !done || o.only != "" && o.only != k.name {
				continue
			}
			settings := rig.Options{Seed: o.seed, Database: database, Lasts: o.lasts / 100 * percent}
			if o.only != "" {
				settings.Lasts = o.lasts / time.Duration(len(databases))
			}
			parts = append(parts, part{k.title, func(ctx context.Context) (rig.Report, error) { return k.do(site, ctx, settings) }})
		}
	}
	return parts
}

func revoke(site *rig.Site, ctx context.Context, o rig.Options) (rig.Report, error) {
	return site.Revoke(ctx, o, laterRequests)
}

// failpoints builds a program with failpoints, and has the rig stop it there.
func failpoints(site *rig.Site, ctx context.Context, o rig.Options) (r rig.Report, err error) {
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

// upgrade updates servers of a commit to the ones here; without one, these to ones with a newer schema.
func upgrade(old string) func(site *rig.Site, ctx context.Context, o rig.Options) (rig.Report, error) {
	return func(site *rig.Site, ctx context.Context, o rig.Options) (r rig.Report, err error) {
		other := filepath.Join(site.Dir, "other-doorlist")
		if old == "" {
			if err := rig.BuildNext(ctx, ".", site.Dir, other); err != nil {
				return r, err
			}
			return site.Upgrade(ctx, o, site.Program, other)
		}
		if err := rig.BuildOf(ctx, ".", old, site.Dir, other); err != nil {
			return r, err
		}
		return site.Upgrade(ctx, o, other, site.Program)
	}
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

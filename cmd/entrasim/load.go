package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"doorlist/entra"
)

// loadFlags are the flags of "entrasim load" and of "entrasim load sync".
type loadFlags struct {
	options   entra.LoadOptions
	rate      string
	workloads []string
	printJSON bool
	sync      entra.SyncOptions
}

func loadCommand() *cobra.Command {
	f := &loadFlags{}
	cmd := &cobra.Command{
		Use:   "load",
		Short: "Measure a SCIM server or a forward-auth endpoint under load, and check every answer",
		Long: "Sends the traffic of a provisioning client and measures. Arrivals follow a schedule (--rate), whether the server\n" +
			"keeps up or not, and latency counts from when an operation was due: a server that stalls is not asked less. With\n" +
			"--rate max each connection begins anew as soon as it has its answer; latency then says little about a stall.\n\n" +
			"Every answer is checked: status, ids, totals, attributes. Afterwards the state is read back and compared with all\n" +
			"that was acknowledged. Exit status 1 if anything was wrong. People and groups stay at the server: use a connection\n" +
			"of its own.\n\nWorkloads:\n" + workloadHelp(),
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := errors.Join(f.check(), f.checkWorkloads()); err != nil {
				return usageError{err}
			}
			return f.run(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f.common(cmd.Flags(), "100")
	flags := cmd.Flags()
	flags.StringSliceVar(&f.workloads, "workload", []string{"cycle"}, "what to do, one after another; see above")
	flags.DurationVar(&f.options.Duration, "duration", 10*time.Second, "of each workload")
	flags.DurationVar(&f.options.WarmUp, "warm-up", 2*time.Second, "before it, not counted")
	flags.IntVar(&f.options.Users, "users", 2000, "people to create before the first workload that needs any")
	flags.IntVar(&f.options.Groups, "groups", 50, "groups to create likewise")
	flags.StringVar(&f.options.CheckURL, "check", "", "URL of a forward-auth endpoint, for the workload verify")
	flags.StringVar(&f.options.CheckCookie, "cookie", "", "NAME=VALUE of a session, sent to --check")
	flags.StringVar(&f.options.CheckToken, "bearer", "", "bearer token of a program, sent to --check")
	cmd.AddCommand(loadSyncCommand())
	return cmd
}

// common are the flags that every load has.
func (f *loadFlags) common(flags *pflag.FlagSet, rate string) {
	flags.StringVar(&f.options.Endpoint, "scim", "", "URL of the SCIM server")
	flags.StringVar(&f.options.Token, "token", "", "bearer token of the SCIM server")
	flags.StringVar(&f.rate, "rate", rate, "arrivals a second, or max: each connection begins anew when it has its answer")
	flags.IntVarP(&f.options.Connections, "connections", "c", 8, "connections, each with one request at a time")
	flags.DurationVar(&f.options.Timeout, "timeout", 30*time.Second, "of one request")
	flags.Uint64Var(&f.options.Seed, "seed", 0, "of names, ids and the order of work (default: another one each time)")
	flags.StringVar((*string)(&f.options.Dialect), "dialect", "classic", "PATCH dialect: classic, compliant or both")
	flags.BoolVar(&f.printJSON, "json", false, "print one JSON object a row")
}

func workloadHelp() string {
	var b strings.Builder
	for _, w := range entra.Workloads() {
		fmt.Fprintf(&b, "  %-14s %s\n", w.Name, w.About)
	}
	return b.String()
}

func (f *loadFlags) check() error {
	if f.options.Endpoint != "" && f.options.Token == "" {
		return errors.New("--scim needs --token, the server's bearer token")
	}
	if f.rate != "max" {
		rate, err := strconv.ParseFloat(f.rate, 64)
		if err != nil || rate <= 0 || math.IsInf(rate, 0) {
			return fmt.Errorf("--rate %q is neither a positive number of arrivals a second nor max", f.rate)
		}
		f.options.Rate = rate
	}
	if f.options.Seed == 0 {
		f.options.Seed = uint64(rand.Uint32())
	}
	return nil
}

func (f *loadFlags) checkWorkloads() error {
	known := entra.Workloads()
	for _, name := range f.workloads {
		i := slices.IndexFunc(known, func(w entra.Workload) bool { return w.Name == name })
		switch {
		case i < 0:
			return fmt.Errorf("--workload %q is unknown; \"entrasim load --help\" lists them", name)
		case known[i].Check && f.options.CheckURL == "":
			return fmt.Errorf("--workload %s needs --check, the URL of a forward-auth endpoint", name)
		case !known[i].Check && f.options.Endpoint == "":
			return fmt.Errorf("--workload %s needs --scim, the URL of a SCIM server", name)
		}
	}
	return nil
}

// errWrongAnswers makes the exit status 1; the rows say what was wrong.
var errWrongAnswers = errors.New("the server did not answer everything right; see above")

func (f *loadFlags) run(ctx context.Context, stdout, stderr io.Writer) error {
	return f.measure(stdout, stderr, func(load *entra.Load, each func(entra.LoadRow)) error {
		for _, name := range f.workloads {
			row, err := load.Run(ctx, name)
			if err == nil || row.Operations > 0 { // of an interrupted one, too
				each(row)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// measure makes the load, shows how it goes, and prints its rows as they come.
func (f *loadFlags) measure(stdout, stderr io.Writer, do func(*entra.Load, func(entra.LoadRow)) error) error {
	shown := newProgress(stderr)
	f.options.Progress = shown.show
	load, err := entra.NewLoad(f.options)
	if err != nil {
		return usageError{err}
	}
	out := newLoadPrinter(stdout, f.printJSON)
	err = do(load, func(row entra.LoadRow) {
		shown.clear()
		out.print(row)
	})
	shown.clear()
	switch {
	case err != nil:
		return err
	case out.err != nil:
		return out.err
	case !out.clean:
		return errWrongAnswers
	}
	return nil
}

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"doorlist/entra"
)

// provisionFlags are the flags of "entrasim provision".
type provisionFlags struct {
	options    entra.ProvisionerOptions
	users      int
	groups     int
	changes    int
	cycle      string
	dialect    string
	externalID string
	misbehave  []string
	verbose    bool
	printJSON  bool
}

func provisionCommand() *cobra.Command {
	f := &provisionFlags{}
	cmd := &cobra.Command{
		Use:   "provision",
		Short: "Push a sample tenant to a SCIM server like Entra's engine, and check the result",
		Long: "Makes a sample tenant, pushes it to a SCIM server as Entra's provisioning engine does, then reads everything\n" +
			"back and compares. Prints what was sent, what was answered, what Entra would dislike in the answers, and\n" +
			"where the server differs from the tenant. Exit status 1 if there is anything to dislike or any difference.\n\n" +
			"--misbehave takes repeat (each request up to 3 times), reorder (within 10 items), drop (one write in ten is\n" +
			"committed but its answer thrown away) and delay (up to 20ms); each may be tuned: repeat=5,drop=0.3,delay=1s.\n" +
			"The same seed replays the same run.",
		Args: func(cmd *cobra.Command, args []string) error {
			if err := cobra.NoArgs(cmd, args); err != nil {
				return usageError{err}
			}
			return f.check()
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.run(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.options.Endpoint, "scim", "", "URL of the SCIM server (required)")
	flags.StringVar(&f.options.Token, "token", "", "bearer token (required)")
	flags.IntVar(&f.users, "users", 50, "number of people")
	flags.IntVar(&f.groups, "groups", 8, "number of groups")
	flags.StringVar(&f.dialect, "dialect", "classic", "PATCH dialect: classic, compliant (flag aadOptscim062020) or both")
	flags.StringVar(&f.cycle, "cycle", "initial", "initial, or incremental: an initial cycle, random changes, an incremental cycle")
	flags.IntVar(&f.changes, "changes", 0, "number of random changes before the incremental cycle (default: a tenth of the people, at least 20)")
	flags.Uint64Var(&f.options.Seed, "seed", 1, "seed of everything random")
	flags.IntVar(&f.options.Concurrency, "concurrency", 4, "objects worked on at once")
	flags.StringVar((*string)(&f.options.Scope), "scope", "assigned", "objects to push: assigned or all")
	flags.StringVar(&f.externalID, "external-id", "objectId", "what externalId of people is mapped to: objectId or mailNickname (Entra's default)")
	flags.StringVar(&f.options.GroupMatch, "match-groups", "displayName", "matching attribute of groups: displayName or externalId")
	flags.IntVar(&f.options.MembersPerPatch, "members-per-patch", 1, "members in one PATCH")
	flags.BoolVar(&f.options.ReferenceChecks, "reference-checks", false, "ask whether a reference is there before writing it")
	flags.StringSliceVar(&f.misbehave, "misbehave", nil, "repeat, reorder, drop, delay")
	flags.BoolVar(&f.verbose, "verbose", false, "print every exchange (to standard error with --json)")
	flags.BoolVar(&f.printJSON, "json", false, "print the outcome as one line of JSON")
	return cmd
}

func (f *provisionFlags) check() error {
	if f.options.Endpoint == "" || f.options.Token == "" {
		return usageError{errors.New("--scim and --token are required")}
	}
	if f.users < 0 || f.groups < 0 || f.changes < 0 {
		return usageError{errors.New("--users, --groups and --changes cannot be negative")}
	}
	if f.cycle != "initial" && f.cycle != "incremental" {
		return usageError{fmt.Errorf("--cycle %q is unknown: use initial or incremental", f.cycle)}
	}
	source := entra.ExternalIDSource(f.externalID)
	if source != entra.ExternalIDObjectID && source != entra.ExternalIDMailNickname {
		return usageError{fmt.Errorf("--external-id %q is unknown: use objectId or mailNickname", f.externalID)}
	}
	f.options.Mappings = entra.DefaultMappings(source)
	var err error
	if f.options.Dialect, err = entra.ParseDialect(f.dialect); err != nil {
		return usageError{err}
	}
	if f.options.Faults, err = parseFaults(f.misbehave); err != nil {
		return usageError{err}
	}
	return nil
}

// parseFaults reads "repeat", "repeat=5", "drop=0.3" and so on.
func parseFaults(names []string) (entra.Faults, error) {
	var f entra.Faults
	for _, text := range names {
		name, value, _ := strings.Cut(text, "=")
		var err error
		switch name {
		case "repeat":
			f.Repeat, err = strconv.Atoi(cmp.Or(value, "3"))
		case "reorder":
			f.Reorder, err = strconv.Atoi(cmp.Or(value, "10"))
		case "drop":
			f.Drop, err = strconv.ParseFloat(cmp.Or(value, "0.1"), 64)
		case "delay":
			f.Delay, err = time.ParseDuration(cmp.Or(value, "20ms"))
		default:
			err = errors.New("use repeat, reorder, drop or delay")
		}
		if err == nil && (f.Repeat < 0 || f.Reorder < 0 || f.Drop < 0 || f.Drop > 0.9 || f.Delay < 0) {
			err = errors.New("out of range: numbers are positive and drop is at most 0.9, or nothing would ever settle")
		}
		if err != nil {
			return f, fmt.Errorf("--misbehave %q: %w", text, err)
		}
	}
	return f, nil
}

// maxSettling bounds the extra cycles that catch up after misbehavior.
const maxSettling = 30

// errNotClean makes the exit status 1; the findings are printed already.
var errNotClean = errors.New("the server did not do everything as Entra expects; see above")

func (f *provisionFlags) run(ctx context.Context, stdout, stderr io.Writer) error {
	tenant, err := entra.Sample(entra.TenantOptions{Seed: f.options.Seed}, f.users, f.groups)
	if err != nil {
		return fmt.Errorf("make the sample tenant: %w", err)
	}
	f.options.Tenant = tenant
	if f.verbose {
		exchanges := stdout
		if f.printJSON {
			exchanges = stderr
		}
		f.options.Log = func(x entra.Exchange) { printExchange(exchanges, x) }
	}
	p, err := entra.NewProvisioner(f.options)
	if err != nil {
		return usageError{err}
	}
	o := &outcome{Seed: f.options.Seed, People: len(tenant.People()), Groups: len(tenant.Groups())}
	err = f.cycles(ctx, p, o)
	o.finish()
	if printed := o.print(stdout, f.printJSON); printed != nil {
		return printed
	}
	if err == nil && !o.Clean {
		return errNotClean
	}
	return err
}

func (f *provisionFlags) cycles(ctx context.Context, p *entra.Provisioner, o *outcome) error {
	if err := o.settle(ctx, p, p.Initial); err != nil {
		return err
	}
	if f.cycle == "incremental" {
		n := cmp.Or(f.changes, max(20, f.users/10))
		changes, err := entra.RandomChanges(f.options.Tenant, f.options.Seed, n)
		o.Changes = changes
		if err != nil {
			return err
		}
		if err := o.settle(ctx, p, p.Incremental); err != nil {
			return err
		}
	}
	return o.note(p.Verify(ctx))
}

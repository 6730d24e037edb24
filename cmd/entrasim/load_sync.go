package main

import (
	"context"
	"errors"
	"io"

	"github.com/spf13/cobra"

	"doorlist/entra"
)

func loadSyncCommand() *cobra.Command {
	f := &loadFlags{}
	cmd := &cobra.Command{
		Use:   "sync",
		Short: "Measure the first synchronization of a large tenant",
		Long: "Creates a tenant at a SCIM server as Entra's first cycle does: it looks up and posts each person, then each group,\n" +
			"then adds the members, one a request unless told otherwise. One group's requests follow each other, several groups\n" +
			"go at once. The first group holds a tenth of all memberships, at most everybody; the others share the rest.\n\n" +
			"People are computed, not kept: the generator needs about 64 bytes for each person and group, nothing for a\n" +
			"membership. Afterwards all counts, 500 people and the members of 25 groups are read back. Exit status 1 if anything\n" +
			"was wrong.",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := errors.Join(f.check(), f.checkSync()); err != nil {
				return usageError{err}
			}
			return f.runSync(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	flags := cmd.Flags()
	f.common(flags, "max")
	flags.IntVar(&f.sync.Users, "users", 100_000, "number of people")
	flags.IntVar(&f.sync.Groups, "groups", 10_000, "number of groups")
	flags.IntVar(&f.sync.Memberships, "memberships", 1_000_000, "number of memberships")
	flags.IntVar(&f.sync.MembersPerPatch, "members-per-patch", 1, "members in one PATCH")
	return cmd
}

func (f *loadFlags) checkSync() error {
	if f.options.Endpoint == "" {
		return errors.New("--scim, the URL of the SCIM server, is required")
	}
	return f.sync.Validate()
}

func (f *loadFlags) runSync(ctx context.Context, stdout, stderr io.Writer) error {
	f.options.Users = max(f.options.Connections, f.sync.Users)
	return f.measure(stdout, stderr, func(load *entra.Load, each func(entra.LoadRow)) error {
		return load.Sync(ctx, f.sync, each)
	})
}

package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"doorlist/store"
)

func (p *program) userResetFactorCommand() *cobra.Command {
	var org string
	c := &cobra.Command{
		Use: "reset-second-factor WHO", Short: "Take a person's second factor away, because the app and the recovery codes are lost", Args: cobra.ExactArgs(1),
		Long: "Take a person's second factor away, because the app and the recovery codes are lost, and end the person's sessions. Where one is required, the next\nsign-in leads through setting up another.",
		RunE: func(c *cobra.Command, args []string) error {
			return p.withPerson(c.Context(), org, args[0], func(s *store.Store, who store.PersonRecord) error {
				err := write(c.Context(), s, func(tx *store.Tx) error { return tx.Directory(who.Directory).ResetSecondFactor(who.User.ID) })
				if errors.Is(err, store.ErrNotFound) {
					return fmt.Errorf("%s has no second factor", who.User.UserName)
				}
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(p.stdout, "%s has no second factor any more.\n", who.User.UserName)
				return err
			})
		},
	}
	c.Flags().StringVar(&org, "org", "", "the slug of an organization")
	return c
}

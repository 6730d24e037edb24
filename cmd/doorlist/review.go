package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"doorlist/store"
)

type reviewView struct {
	UserID     string `json:"user_id"`
	UserName   string `json:"user_name"`
	Connection string `json:"connection"`
	Before     string `json:"before"` // the external id of the person whose record it was; "" if that is not on record
	After      string `json:"after"`
	Since      string `json:"since"` // "" if that is not on record
}

// replacedView is the person of today, and the id of the one before.
type replacedView struct {
	UserID     string `json:"user_id"`
	UserName   string `json:"user_name"`
	ExternalID string `json:"external_id"`
	Replaced   string `json:"replaced_user_id"`
}

func viewReview(r store.Review) reviewView {
	return reviewView{UserID: r.User.ID, UserName: r.User.UserName, Connection: r.Connection, Before: r.Before, After: r.User.ExternalID, Since: moment(r.At)}
}

func (p *program) reviewCommand() *cobra.Command {
	return group("review", "Reviews: people held back because the object id behind their record changed",
		p.reviewListCommand(), p.reviewSamePersonCommand(), p.reviewNewPersonCommand())
}

func (p *program) reviewListCommand() *cobra.Command {
	var org string
	c := p.addJSON(&cobra.Command{
		Use: "list", Short: "List who waits for a review", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return p.withOrg(c.Context(), org, func(s *store.Store, o store.Organization) error {
				waiting, err := s.Organization(o.ID).Reviews(c.Context())
				if err != nil {
					return err
				}
				return list(p, waiting, viewReview, []string{"USER", "CONNECTION", "BEFORE", "AFTER", "SINCE", "ID"}, func(v reviewView) []string {
					return []string{v.UserName, v.Connection, v.Before, v.After, v.Since, v.UserID}
				})
			})
		},
	})
	c.Flags().StringVar(&org, "org", "", "the slug of an organization")
	return c
}

func (p *program) reviewSamePersonCommand() *cobra.Command {
	var org string
	c := &cobra.Command{
		Use: "same-person WHO", Short: "Confirm that it is still the same person, and let them in again", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return p.withPerson(c.Context(), org, args[0], func(s *store.Store, who store.PersonRecord) error {
				return p.releaseUser(c.Context(), s, who)
			})
		},
	}
	c.Flags().StringVar(&org, "org", "", "the slug of an organization")
	return c
}

func (p *program) releaseUser(ctx context.Context, s *store.Store, who store.PersonRecord) error {
	if err := heldForReview(who); err != nil {
		return err
	}
	err := write(ctx, s, func(tx *store.Tx) error { return tx.Directory(who.Directory).ReleaseUser(who.User.ID) })
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.stdout, "Released %s.\n", who.User.UserName)
	return err
}

func (p *program) reviewNewPersonCommand() *cobra.Command {
	var org string
	c := p.addJSON(&cobra.Command{
		Use: "new-person WHO", Short: "Say that the record is another person's now, who begins afresh", Args: cobra.ExactArgs(1),
		Long: `Say that the record is another person's now. The person before is deleted, for good; the one of today gets a new id and what
the provider says of them, and nothing else: no groups, no roles, no password. Provision the person on demand in
Entra, or restart provisioning, so that it finds the new record and sends the groups.`,
		RunE: func(c *cobra.Command, args []string) error {
			return p.withPerson(c.Context(), org, args[0], func(s *store.Store, who store.PersonRecord) error {
				return p.replaceUser(c.Context(), s, who)
			})
		},
	})
	c.Flags().StringVar(&org, "org", "", "the slug of an organization")
	return c
}

func (p *program) replaceUser(ctx context.Context, s *store.Store, who store.PersonRecord) error {
	if err := heldForReview(who); err != nil {
		return err
	}
	var fresh store.User
	err := write(ctx, s, func(tx *store.Tx) (err error) {
		fresh, err = tx.Directory(who.Directory).ReplaceUser(who.User.ID)
		return err
	})
	if err != nil {
		return err
	}
	view := replacedView{UserID: fresh.ID, UserName: fresh.UserName, ExternalID: fresh.ExternalID, Replaced: who.User.ID}
	return p.print(view, "%s is a new person, with the id %s. Provision them on demand in Entra, or restart provisioning, so that their groups arrive.",
		fresh.UserName, fresh.ID)
}

func heldForReview(who store.PersonRecord) error {
	if who.User.Link != store.Quarantined {
		return fmt.Errorf("%s is not held back; `doorlist explain` says why somebody cannot sign in", who.User.UserName)
	}
	return nil
}

package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"doorlist/store"
)

type outageView struct {
	ID        string    `json:"id"`
	Reason    string    `json:"reason"`
	StartedBy string    `json:"started_by"`
	StartedAt time.Time `json:"started_at"`
	EndsAt    time.Time `json:"ends_at"`
	Over      bool      `json:"over"`
	People    []string  `json:"people"`
}

func viewOutage(o store.Outage, now time.Time) outageView {
	v := outageView{ID: o.ID, Reason: o.Reason, StartedBy: o.StartedBy, StartedAt: o.StartedAt, EndsAt: o.EndsAt, Over: o.Over(now), People: []string{}}
	if !o.EndedAt.IsZero() {
		v.EndsAt = o.EndedAt
	}
	for _, person := range o.People {
		v.People = append(v.People, person.UserName)
	}
	return v
}

func (p *program) outageCommand() *cobra.Command {
	return group("outage", "Outage mode: let named people use a password for a limited time, because the provider is down",
		p.outageStartCommand(), p.outageEndCommand(), p.outageListCommand())
}

func (p *program) outageStartCommand() *cobra.Command {
	var org, reason string
	var lasts time.Duration
	var users []string
	c := p.addJSON(&cobra.Command{
		Use: "start", Short: "Let people use a password until the time is over", Args: cobra.NoArgs,
		Long: `Let people use a password until the time is over. It ends by itself, and so do the sessions that were begun with a
password in it. Only people who have a password gain by it; ` + "`doorlist user invite WHO`" + ` sends others a link to choose one.`,
		RunE: func(c *cobra.Command, _ []string) error {
			if len(users) == 0 {
				return usagef("--user is missing: who may use a password (may be repeated)")
			}
			return p.withOrg(c.Context(), org, func(s *store.Store, o store.Organization) error {
				return p.startOutage(c.Context(), s, o, reason, lasts, users)
			})
		},
	})
	c.Flags().StringVar(&org, "org", "", "the slug of an organization")
	c.Flags().StringVar(&reason, "reason", "", "why, for the audit")
	spanVar(c.Flags(), &lasts, "for", 4*time.Hour, "how long, at most 7 days")
	c.Flags().StringArrayVar(&users, "user", nil, "somebody who may use a password: userName, e-mail address, externalId or id (may be repeated)")
	return c
}

func (p *program) startOutage(ctx context.Context, s *store.Store, o store.Organization, reason string, lasts time.Duration, users []string) error {
	var people []store.OutagePerson
	var without []string
	for _, name := range users {
		who, err := onePerson(ctx, s, o, name)
		if err != nil {
			return err
		}
		people = append(people, store.OutagePerson{DirectoryID: who.Directory.DirectoryID, UserID: who.User.ID})
		if !who.WaysIn.HasPassword {
			without = append(without, who.User.UserName)
		}
	}
	var started store.Outage
	err := write(ctx, s, func(tx *store.Tx) (err error) {
		started, err = tx.Organization(o.ID).StartOutage(reason, actorOf(ctx).Name, lasts, people)
		return err
	})
	if err != nil {
		return err
	}
	text := "Until %s these people may use a password: %s."
	args := []any{started.EndsAt.Format(time.RFC3339), strings.Join(viewOutage(started, s.Now()).People, ", ")}
	if len(without) > 0 {
		text += "\nThey have none yet: %s. `doorlist user invite WHO` makes a link to choose one."
		args = append(args, strings.Join(without, ", "))
	}
	return p.print(viewOutage(started, s.Now()), text, args...)
}

func (p *program) outageEndCommand() *cobra.Command {
	var org string
	c := &cobra.Command{
		Use: "end [ID]", Short: "End an outage, or all of an organization's, before the time is over", Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return p.withOrg(c.Context(), org, func(s *store.Store, o store.Organization) error {
				ids := args
				if len(ids) == 0 {
					all, err := s.Organization(o.ID).Outages(c.Context())
					if err != nil {
						return err
					}
					for _, out := range all {
						ids = append(ids, out.ID)
					}
				}
				err := write(c.Context(), s, func(tx *store.Tx) error {
					for _, id := range ids {
						if err := tx.Organization(o.ID).EndOutage(id); err != nil {
							return fmt.Errorf("ending the outage %s: %w; `doorlist outage list` shows them", id, err)
						}
					}
					return nil
				})
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(p.stdout, "The outage is over for %s: SSO applies again.\n", o.Slug)
				return err
			})
		},
	}
	c.Flags().StringVar(&org, "org", "", "the slug of an organization")
	return c
}

func (p *program) outageListCommand() *cobra.Command {
	var org string
	c := p.addJSON(&cobra.Command{
		Use: "list", Short: "List an organization's outages, the latest first", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return p.withOrg(c.Context(), org, func(s *store.Store, o store.Organization) error {
				all, err := s.Organization(o.ID).Outages(c.Context())
				if err != nil {
					return err
				}
				view := func(out store.Outage) outageView { return viewOutage(out, s.Now()) }
				return list(p, all, view, []string{"ENDS", "OVER", "PEOPLE", "REASON", "ID"}, func(v outageView) []string {
					return []string{v.EndsAt.Format(time.RFC3339), fmt.Sprint(v.Over), strings.Join(v.People, ", "), v.Reason, v.ID}
				})
			})
		},
	})
	c.Flags().StringVar(&org, "org", "", "the slug of an organization")
	return c
}

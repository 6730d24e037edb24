package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"doorlist/auth"
	"doorlist/store"
)

// connectionDetail is a connection with the organizations that it lets people sign in to.
type connectionDetail struct {
	connectionView
	Attached []string `json:"attached"`  // slugs of the organizations where it is attached, by themselves or by those above
	OptedOut []string `json:"opted_out"` // slugs of those that do without, though one above has it
}

func (p *program) connectionShowCommand() *cobra.Command {
	return p.addJSON(&cobra.Command{
		Use: "show CONNECTION", Short: "Show a connection and the organizations that it is attached to", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return p.withConnection(c.Context(), args[0], func(s *store.Store, connection store.Connection) error {
				return p.showAttachments(c.Context(), s, connection)
			})
		},
	})
}

func (p *program) connectionAttachCommand(use, short string, wanted bool) *cobra.Command {
	var org, connection string
	c := p.addJSON(&cobra.Command{
		Use: use, Short: short, Args: cobra.NoArgs,
		Long: short + `.

A connection is owned by one organization and can be attached to that or to any organization below it. What an organization
says holds for those below it too, until they say otherwise.`,
		RunE: func(c *cobra.Command, _ []string) error {
			if connection == "" {
				return usagef("--connection is missing: the slug of a connection, as in `doorlist connection list`")
			}
			return p.withOrg(c.Context(), org, func(s *store.Store, o store.Organization) error {
				found, err := findReachable(c.Context(), s, o, connection)
				if err != nil {
					return err
				}
				if err := write(c.Context(), s, func(tx *store.Tx) error { return auth.Attach(tx, o.ID, found.ID, wanted) }); err != nil {
					return err
				}
				return p.showAttachments(c.Context(), s, found)
			})
		},
	})
	c.Flags().StringVar(&org, "org", "", "the slug of the organization that owns the connection, or of one below it")
	c.Flags().StringVar(&connection, "connection", "", "the slug of a connection")
	return c
}

func (p *program) showAttachments(ctx context.Context, s *store.Store, c store.Connection) error {
	view, err := p.viewsOf(ctx, s, c)
	if err != nil {
		return err
	}
	v := connectionDetail{connectionView: view(c), Attached: []string{}, OptedOut: []string{}}
	all, err := destinations(ctx, s, c)
	if err != nil {
		return err
	}
	for _, d := range all {
		switch {
		case auth.Attached(d.Line):
			v.Attached = append(v.Attached, d.Slug)
		case auth.Attached(d.Line[1:]):
			v.OptedOut = append(v.OptedOut, d.Slug)
		}
	}
	where := strings.Join(v.Attached, ", ")
	if where == "" {
		where = "no organization, so nobody signs in through it"
	}
	return p.print(v, "The connection %s is attached to %s.", c.Slug, where)
}

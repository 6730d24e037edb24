package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"doorlist/auth"
	"doorlist/store"
)

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
				if err := p.showAttachments(c.Context(), s, found); err != nil || !wanted {
					return err
				}
				return p.hintAtMapping(c.Context(), s, o, found)
			})
		},
	})
	c.Flags().StringVar(&org, "org", "", "the slug of the organization that owns the connection, or of one below it")
	c.Flags().StringVar(&connection, "connection", "", "the slug of a connection")
	return c
}

func (p *program) showAttachments(ctx context.Context, s *store.Store, c store.Connection) error {
	v, err := p.viewDetail(ctx, s, c)
	if err != nil {
		return err
	}
	return p.print(v, "The connection %s is attached to %s.", c.Slug, v.where())
}

// hintAtMapping says that roles are each organization's own, where the connection gives none yet.
func (p *program) hintAtMapping(ctx context.Context, s *store.Store, o store.Organization, c store.Connection) error {
	mappings, err := s.Organization(o.ID).Mappings(ctx)
	if err != nil || p.json || slices.ContainsFunc(mappings, func(m store.Mapping) bool { return m.ConnectionID == c.ID }) {
		return err
	}
	_, err = fmt.Fprintf(p.stdout, "  No group or app role gives a role in %s through it yet. Next: doorlist mapping add --org %s --connection %s --group-external-id ID --role ROLE\n", o.Slug, o.Slug, c.Slug)
	return err
}

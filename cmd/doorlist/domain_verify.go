package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"doorlist/auth"
	"doorlist/store"
)

func (p *program) domainVerifyCommand() *cobra.Command {
	var connection string
	c := p.addJSON(&cobra.Command{
		Use: "verify DOMAIN", Short: "Look for the TXT record of a domain that was added with --verify dns", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return p.withConnection(c.Context(), connection, func(s *store.Store, found store.Connection) error {
				return p.verifyDomain(c.Context(), s, found, args[0])
			})
		},
	})
	addConnectionFlag(c, &connection)
	return c
}

func (p *program) verifyDomain(ctx context.Context, s *store.Store, c store.Connection, domain string) error {
	all, err := s.Organization(c.OrganizationID).DomainChallenges(ctx)
	if err != nil {
		return err
	}
	for _, asked := range all {
		if asked.ConnectionID != c.ID || asked.Domain != store.CanonicalDomain(domain) {
			continue
		}
		if err := auth.Published(ctx, p.resolver, asked); err != nil {
			return err
		}
		err := write(ctx, s, func(tx *store.Tx) error { return tx.Organization(c.OrganizationID).ProveDomain(asked) })
		if err != nil && !errors.Is(err, store.ErrNotFound) { // which another run of this command has settled
			return err
		}
		break
	}
	return p.printClaim(ctx, s, c, domain)
}

func (p *program) domainRemoveCommand() *cobra.Command {
	var connection string
	c := &cobra.Command{
		Use: "remove DOMAIN", Short: "Take a mail domain away from a connection", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return p.withConnection(c.Context(), connection, func(s *store.Store, found store.Connection) error {
				err := write(c.Context(), s, func(tx *store.Tx) error { return tx.Organization(found.OrganizationID).RemoveDomain(found.ID, args[0]) })
				if errors.Is(err, store.ErrNotFound) {
					return fmt.Errorf("%s does not have the domain %q; `doorlist domain list` shows what it has", found.Slug, args[0])
				}
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(p.stdout, "The domain leads nobody to %s any more.\n", found.Slug)
				return err
			})
		},
	}
	addConnectionFlag(c, &connection)
	return c
}

package main

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"strings"

	"github.com/spf13/cobra"

	"doorlist/store"
)

type ownerView struct {
	ID    string `json:"id"`
	Email string `json:"email"`
	Link  string `json:"link"`
}

func (p *program) ownerCommand() *cobra.Command {
	return group("owner", "Owners: local break-glass accounts for when the provider is not to be reached",
		p.ownerCreateCommand())
}

func (p *program) ownerCreateCommand() *cobra.Command {
	var email, org string
	c := p.addJSON(&cobra.Command{
		Use: "create", Short: "Add a local owner and print a one-time link for setting the password", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			address, err := mail.ParseAddress(email)
			if err != nil || address.Address != email {
				return usagef("--email is %q; give an address such as you@example.com", email)
			}
			return p.withStore(c.Context(), func(s *store.Store) error {
				o, err := ownedOrg(c.Context(), s, org)
				if err != nil {
					return err
				}
				return p.createOwner(c.Context(), s, o, email)
			})
		},
	})
	c.Flags().StringVar(&email, "email", "", "the owner's e-mail address")
	c.Flags().StringVar(&org, "org", "", "the slug of an organization")
	return c
}

func (p *program) createOwner(ctx context.Context, s *store.Store, o store.Organization, email string) error {
	var owner store.Owner
	var secret string
	err := write(ctx, s, func(tx *store.Tx) (err error) {
		owner, secret, err = tx.Organization(o.ID).CreateOwner(email)
		return err
	})
	if err != nil {
		return err
	}
	link := p.config.publicURL() + "/invite/" + secret
	return p.print(ownerView{ID: owner.ID, Email: owner.Email, Link: link},
		"%s\n  This link works once: it sets the password of %s, owner of %s.", link, owner.Email, o.Slug)
}

// ownedOrg is the organization of --org; it may be left out where there is only one.
func ownedOrg(ctx context.Context, s *store.Store, name string) (store.Organization, error) {
	if name != "" {
		return findOrg(ctx, s, name)
	}
	all, err := organizations(ctx, s)
	if err != nil {
		return store.Organization{}, err
	}
	switch len(all) {
	case 0:
		return store.Organization{}, errors.New("there is no organization yet; add one first: doorlist org add NAME")
	case 1:
		return all[0], nil
	}
	var slugs []string
	for _, o := range all {
		slugs = append(slugs, o.Slug)
	}
	return store.Organization{}, usagef("--org is missing: one of %s", strings.Join(slugs, ", "))
}

// hasOwner says whether any organization has a local owner.
func hasOwner(ctx context.Context, s *store.Store) (bool, error) {
	all, err := organizations(ctx, s)
	if err != nil {
		return false, err
	}
	for _, o := range all {
		owners, err := s.Organization(o.ID).Owners(ctx)
		if err != nil {
			return false, fmt.Errorf("reading the owners of %s: %w", o.Slug, err)
		}
		if len(owners) > 0 {
			return true, nil
		}
	}
	return false, nil
}

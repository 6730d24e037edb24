package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"doorlist/store"
)

type orgView struct {
	ID     string `json:"id"`
	Slug   string `json:"slug"`
	Name   string `json:"name"`
	Parent string `json:"parent"`
	// SCIMPasswords says that SCIM may set passwords.
	SCIMPasswords bool `json:"scim_passwords"`
	// DefaultRole is the id of the role of people whom nothing else gives one; "" refuses them.
	DefaultRole    string `json:"default_role_id"`
	AmbiguousRoles string `json:"ambiguous_roles"`
	SSOMode        string `json:"sso_mode"`
	Contact        string `json:"contact"`       // whom its people may ask
	SecondFactor   string `json:"second_factor"` // who is asked for one behind a password: owners, all or off
}

func viewOrg(o store.Organization) orgView {
	return orgView{ID: o.ID, Slug: o.Slug, Name: o.Name, Parent: o.ParentID, SCIMPasswords: o.SCIMPasswords,
		DefaultRole: o.DefaultRoleID, AmbiguousRoles: o.AmbiguousRoles, SSOMode: string(o.SSOMode), Contact: o.Contact, SecondFactor: string(o.SecondFactor)}
}

func (p *program) orgCommand() *cobra.Command {
	return group("org", "Organizations: the customers whose people come to the door",
		p.orgListCommand(), p.orgShowCommand(), p.orgAddCommand(), p.orgSetCommand(), p.orgRemoveCommand())
}

func (p *program) orgListCommand() *cobra.Command {
	return p.addJSON(&cobra.Command{
		Use: "list", Short: "List the organizations", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return p.withStore(c.Context(), func(s *store.Store) error {
				all, err := organizations(c.Context(), s)
				if err != nil {
					return err
				}
				return list(p, all, viewOrg, []string{"SLUG", "NAME", "ID"}, func(v orgView) []string {
					return []string{v.Slug, v.Name, v.ID}
				})
			})
		},
	})
}

func (p *program) orgAddCommand() *cobra.Command {
	var name, parent string
	c := p.addJSON(&cobra.Command{
		Use: "add SLUG", Short: "Add an organization with the usual ladder of roles", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return p.withStore(c.Context(), func(s *store.Store) error {
				return p.addOrg(c.Context(), s, args[0], name, parent)
			})
		},
	})
	c.Flags().StringVar(&name, "name", "", "the name that people see")
	c.Flags().StringVar(&parent, "parent", "", "the organization above this one")
	return c
}

func (p *program) addOrg(ctx context.Context, s *store.Store, slug, name, parent string) error {
	var parentID string
	if parent != "" {
		above, err := findOrg(ctx, s, parent)
		if err != nil {
			return err
		}
		parentID = above.ID
	}
	var added store.Organization
	err := write(ctx, s, func(tx *store.Tx) (err error) {
		added, err = tx.CreateOrganization(slug, name, parentID)
		return err
	})
	if err != nil {
		return err
	}
	return p.print(viewOrg(added), "Added the organization %s.", added.Slug)
}

func (p *program) orgRemoveCommand() *cobra.Command {
	return &cobra.Command{
		Use: "remove ORGANIZATION", Short: "Remove an organization with its connections, people and groups", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return p.withOrg(c.Context(), args[0], func(s *store.Store, o store.Organization) error {
				err := write(c.Context(), s, func(tx *store.Tx) error { return tx.Organization(o.ID).Remove() })
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(p.stdout, "Removed the organization %s.\n", o.Slug)
				return err
			})
		},
	}
}

// withOrg gives a command the store and the organization that --org or its argument names.
func (p *program) withOrg(ctx context.Context, name string, fn func(s *store.Store, o store.Organization) error) error {
	if name == "" {
		return usagef("--org is missing: the slug of an organization, as in `doorlist org list`")
	}
	return p.withStore(ctx, func(s *store.Store) error {
		o, err := findOrg(ctx, s, name)
		if err != nil {
			return err
		}
		return fn(s, o)
	})
}

package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"doorlist/store"
)

func (p *program) applicationSetCommand() *cobra.Command {
	var org, name, role string
	var factor bool
	c := p.addJSON(&cobra.Command{
		Use: "set APPLICATION", Short: "Change an application's name or what opens it", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			setsFactor := c.Flags().Changed("second-factor")
			if name == "" && role == "" && !setsFactor {
				return usagef("say what to change: --name, --min-role or --second-factor")
			}
			return p.withApplication(c.Context(), org, args[0], func(s *store.Store, o store.Organization, a store.Application) error {
				if name != "" {
					a.Slug = name
				}
				if role != "" {
					least, err := findRole(c.Context(), s, o, role)
					if err != nil {
						return err
					}
					a.Role = least
				}
				if setsFactor {
					a.SecondFactor = factor
				}
				var changed store.Application
				err := write(c.Context(), s, func(tx *store.Tx) (err error) {
					changed, err = tx.Organization(o.ID).UpdateApplication(a)
					return err
				})
				if err != nil {
					return err
				}
				return p.print(viewApplication(changed), "Changed the application %s.", changed.Slug)
			})
		},
	})
	c.Flags().StringVar(&org, "org", "", "the slug of an organization")
	c.Flags().StringVar(&name, "name", "", "the new name")
	c.Flags().StringVar(&role, "min-role", "", "the least role that opens it")
	c.Flags().BoolVar(&factor, "second-factor", false, "open it only after a sign-in with a second factor; =false lifts that")
	return c
}

func (p *program) applicationRemoveCommand() *cobra.Command {
	var org string
	c := &cobra.Command{
		Use: "remove APPLICATION", Short: "Remove an application: the door demands nothing particular there any more", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return p.withApplication(c.Context(), org, args[0], func(s *store.Store, o store.Organization, a store.Application) error {
				err := write(c.Context(), s, func(tx *store.Tx) error { return tx.Organization(o.ID).RemoveApplication(a.ID) })
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(p.stdout, "Removed the application %s.\n", a.Slug)
				return err
			})
		},
	}
	c.Flags().StringVar(&org, "org", "", "the slug of an organization")
	return c
}

func (p *program) applicationAddPathCommand() *cobra.Command {
	var org, host, path, role string
	c := &cobra.Command{
		Use: "add-path APPLICATION", Short: "Add a host and path to an application, with a least role of its own if it has one", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return p.withApplication(c.Context(), org, args[0], func(s *store.Store, o store.Organization, a store.Application) error {
				wanted := store.ApplicationPath{Host: host, Path: path}
				if role != "" {
					least, err := findRole(c.Context(), s, o, role)
					if err != nil {
						return err
					}
					wanted.Role = least
				}
				err := write(c.Context(), s, func(tx *store.Tx) error { return tx.Organization(o.ID).AddApplicationPath(a.ID, wanted) })
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(p.stdout, "Added %s%s to %s.\n", host, path, a.Slug)
				return err
			})
		},
	}
	addPlaceFlags(c, &org, &host, &path)
	c.Flags().StringVar(&role, "min-role", "", "the least role that opens it; the application's if left out")
	return c
}

func (p *program) applicationRemovePathCommand() *cobra.Command {
	var org, host, path string
	c := &cobra.Command{
		Use: "remove-path APPLICATION", Short: "Take a host and path off an application", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return p.withApplication(c.Context(), org, args[0], func(s *store.Store, o store.Organization, a store.Application) error {
				gone := store.ApplicationPath{Host: host, Path: path}
				err := write(c.Context(), s, func(tx *store.Tx) error { return tx.Organization(o.ID).RemoveApplicationPath(a.ID, gone) })
				if errors.Is(err, store.ErrNotFound) {
					return fmt.Errorf("%s has no %s%s; `doorlist application list --org %s` shows what it has", a.Slug, host, path, o.Slug)
				}
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(p.stdout, "Took %s%s off %s.\n", host, path, a.Slug)
				return err
			})
		},
	}
	addPlaceFlags(c, &org, &host, &path)
	return c
}

func addPlaceFlags(c *cobra.Command, org, host, path *string) {
	c.Flags().StringVar(org, "org", "", "the slug of an organization")
	c.Flags().StringVar(host, "host", "", "a host, or *.example.com")
	c.Flags().StringVar(path, "path", "/", "a path, with all below it")
}

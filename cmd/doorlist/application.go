package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"doorlist/store"
)

type applicationView struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	MinRole string `json:"min_role"`
	// SecondFactor says that it opens only after a sign-in with a second factor.
	SecondFactor bool                  `json:"second_factor"`
	Paths        []applicationPathView `json:"paths"`
}

type applicationPathView struct {
	Host    string `json:"host"`
	Path    string `json:"path"`
	MinRole string `json:"min_role"` // "" where it is the application's
}

func viewApplication(a store.Application) applicationView {
	v := applicationView{ID: a.ID, Name: a.Slug, MinRole: a.Role.Name, SecondFactor: a.SecondFactor, Paths: []applicationPathView{}}
	for _, p := range a.Paths {
		v.Paths = append(v.Paths, applicationPathView{Host: p.Host, Path: p.Path, MinRole: p.Role.Name})
	}
	return v
}

// opensTo says in one cell of a table whom an application demands.
func (v applicationView) opensTo() string {
	if v.SecondFactor {
		return v.MinRole + " with a second factor"
	}
	return v.MinRole
}

// places lists in one cell of a table what belongs to an application.
func (v applicationView) places() string {
	var list []string
	for _, p := range v.Paths {
		place := p.Host + p.Path
		if p.MinRole != "" {
			place += " (" + p.MinRole + ")"
		}
		list = append(list, place)
	}
	return strings.Join(list, ", ")
}

func (p *program) applicationCommand() *cobra.Command {
	return group("application", "Applications: what is behind the door, and the least role that opens it",
		p.applicationListCommand(), p.applicationAddCommand(), p.applicationSetCommand(), p.applicationRemoveCommand(),
		p.applicationAddPathCommand(), p.applicationRemovePathCommand())
}

func (p *program) applicationListCommand() *cobra.Command {
	var org string
	c := p.addJSON(&cobra.Command{
		Use: "list", Short: "List an organization's applications", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return p.withOrg(c.Context(), org, func(s *store.Store, o store.Organization) error {
				all, err := s.Organization(o.ID).Applications(c.Context())
				if err != nil {
					return err
				}
				return list(p, all, viewApplication, []string{"NAME", "OPENS TO", "PLACES", "ID"}, func(v applicationView) []string {
					return []string{v.Name, v.opensTo(), v.places(), v.ID}
				})
			})
		},
	})
	c.Flags().StringVar(&org, "org", "", "the slug of an organization")
	return c
}

func (p *program) applicationAddCommand() *cobra.Command {
	var org, name, role string
	var hosts, paths []string
	var factor bool
	c := p.addJSON(&cobra.Command{
		Use: "add", Short: "Add an application: hosts, paths, and the least role that opens it", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if problems := missingFlags(map[string]string{"name": name, "min-role": role}); len(problems) > 0 {
				return &usageError{problems: problems}
			}
			return p.withRole(c.Context(), org, role, func(s *store.Store, o store.Organization, least store.Role) error {
				wanted := store.Application{Slug: name, Role: least, SecondFactor: factor, Paths: everyPlace(hosts, paths)}
				var added store.Application
				err := write(c.Context(), s, func(tx *store.Tx) (err error) {
					added, err = tx.Organization(o.ID).CreateApplication(wanted)
					return err
				})
				if err != nil {
					return err
				}
				return p.print(viewApplication(added), "Added the application %s.", added.Slug)
			})
		},
	})
	f := c.Flags()
	f.StringVar(&org, "org", "", "the slug of an organization")
	f.StringVar(&name, "name", "", "the application's name: lower-case letters, digits and hyphens")
	f.StringVar(&role, "min-role", "", "the least role that opens it")
	f.BoolVar(&factor, "second-factor", false, "open it only after a sign-in with a second factor")
	f.StringArrayVar(&hosts, "host", nil, "a host that belongs to it, or *.example.com (may be repeated)")
	f.StringArrayVar(&paths, "path", []string{"/"}, "a path on each of the hosts, with all below it (may be repeated)")
	return c
}

// everyPlace combines hosts with paths.
func everyPlace(hosts, paths []string) []store.ApplicationPath {
	var places []store.ApplicationPath
	for _, host := range hosts {
		for _, path := range paths {
			places = append(places, store.ApplicationPath{Host: host, Path: path})
		}
	}
	return places
}

// missingFlags says which of the flags were left out.
func missingFlags(flags map[string]string) []string {
	var problems []string
	for flag, value := range flags {
		if value == "" {
			problems = append(problems, fmt.Sprintf("--%s is missing", flag))
		}
	}
	slices.Sort(problems)
	return problems
}

// withApplication gives a command an application of an organization, named by its name or id.
func (p *program) withApplication(ctx context.Context, org, name string,
	fn func(s *store.Store, o store.Organization, a store.Application) error) error {
	return p.withOrg(ctx, org, func(s *store.Store, o store.Organization) error {
		all, err := s.Organization(o.ID).Applications(ctx)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(a store.Application) bool { return a.ID == name || a.Slug == name })
		if i < 0 {
			return fmt.Errorf("%s has no application %q; `doorlist application list --org %s` shows them", o.Slug, name, o.Slug)
		}
		return fn(s, o, all[i])
	})
}

package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"doorlist/store"
)

type roleView struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Rank    int    `json:"rank"`
	Console string `json:"console"`
	// SharedOnly: the role opens only what demands a role of this kind.
	SharedOnly bool `json:"shared_only"`
}

func viewRole(r store.Role) roleView {
	return roleView{ID: r.ID, Name: r.Name, Rank: r.Rank, Console: string(r.Console), SharedOnly: r.SharedOnly}
}

func (p *program) roleCommand() *cobra.Command {
	return group("role", "Roles: the steps of an organization's ladder, higher rank meaning more privileged",
		p.roleListCommand(), p.roleAddCommand(), p.roleSetCommand(), p.roleRemoveCommand())
}

func (p *program) roleListCommand() *cobra.Command {
	var org string
	c := p.addJSON(&cobra.Command{
		Use: "list", Short: "List an organization's roles, the lowest first", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return p.withOrg(c.Context(), org, func(s *store.Store, o store.Organization) error {
				roles, err := s.Organization(o.ID).Roles(c.Context())
				if err != nil {
					return err
				}
				return list(p, roles, viewRole, []string{"NAME", "RANK", "CONSOLE", "SHARED ONLY", "ID"}, func(v roleView) []string {
					return []string{v.Name, strconv.Itoa(v.Rank), v.Console, strconv.FormatBool(v.SharedOnly), v.ID}
				})
			})
		},
	})
	c.Flags().StringVar(&org, "org", "", "the slug of an organization")
	return c
}

func (p *program) roleAddCommand() *cobra.Command {
	var org, console string
	var rank int
	var shared bool
	c := p.addJSON(&cobra.Command{
		Use: "add NAME", Short: "Add a role to an organization's ladder", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if !c.Flags().Changed("rank") {
				return usagef("--rank is missing: a number; roles with a higher rank are more privileged")
			}
			return p.withOrg(c.Context(), org, func(s *store.Store, o store.Organization) error {
				wanted := store.Role{Name: args[0], Rank: rank, Console: store.Console(console), SharedOnly: shared}
				if err := mayShape(c.Context(), wanted); err != nil {
					return err
				}
				var role store.Role
				err := write(c.Context(), s, func(tx *store.Tx) (err error) {
					role, err = tx.Organization(o.ID).CreateRole(wanted)
					return err
				})
				if err != nil {
					return err
				}
				return p.print(viewRole(role), "Added the role %s.", role.Name)
			})
		},
	})
	c.Flags().StringVar(&org, "org", "", "the slug of an organization")
	c.Flags().IntVar(&rank, "rank", 0, "the role's place on the ladder; higher is more privileged")
	c.Flags().StringVar(&console, "console", string(store.ConsoleNone), "what the role may do in the console: none, read, manage or own")
	addSharedOnly(c, &shared)
	return c
}

func addSharedOnly(c *cobra.Command, shared *bool) {
	c.Flags().BoolVar(shared, "shared-only", false, "the role opens only applications and paths that demand a shared-only role, not applications in general")
}

func (p *program) roleSetCommand() *cobra.Command {
	var org, name, console string
	var rank int
	var shared, dryRun bool
	c := p.addJSON(&cobra.Command{
		Use: "set ROLE", Short: "Change a role's name, rank, console right or reach", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			changed := c.Flags().Changed
			if !changed("name") && !changed("rank") && !changed("console") && !changed("shared-only") {
				return usagef("say what to change: --name, --rank, --console or --shared-only")
			}
			return p.withRole(c.Context(), org, args[0], func(s *store.Store, o store.Organization, role store.Role) error {
				if err := mayShape(c.Context(), role); err != nil { // as it is, and as it is wanted
					return err
				}
				if changed("name") {
					role.Name = name
				}
				if changed("rank") {
					role.Rank = rank
				}
				if changed("console") {
					role.Console = store.Console(console)
				}
				if changed("shared-only") {
					role.SharedOnly = shared
				}
				wanted := role
				if err := mayShape(c.Context(), wanted); err != nil {
					return err
				}
				change := func(tx *store.Tx) (err error) {
					role, err = tx.Organization(o.ID).UpdateRole(wanted)
					return err
				}
				if dryRun {
					return p.rehearse(c.Context(), s, o, change)
				}
				if err := write(c.Context(), s, change); err != nil {
					return err
				}
				return p.print(viewRole(role), "Changed the role %s.", role.Name)
			})
		},
	})
	c.Flags().StringVar(&org, "org", "", "the slug of an organization")
	c.Flags().StringVar(&name, "name", "", "the new name")
	c.Flags().IntVar(&rank, "rank", 0, "the role's place on the ladder; higher is more privileged")
	c.Flags().StringVar(&console, "console", string(store.ConsoleNone), "what the role may do in the console: none, read, manage or own")
	addSharedOnly(c, &shared)
	addDryRun(c, &dryRun)
	return c
}

func (p *program) roleRemoveCommand() *cobra.Command {
	var org string
	var dryRun bool
	c := p.addJSON(&cobra.Command{
		Use: "remove ROLE", Short: "Remove a role from an organization's ladder", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return p.withRole(c.Context(), org, args[0], func(s *store.Store, o store.Organization, role store.Role) error {
				if err := mayShape(c.Context(), role); err != nil {
					return err
				}
				change := func(tx *store.Tx) error { return tx.Organization(o.ID).RemoveRole(role.ID) }
				if dryRun {
					return p.rehearse(c.Context(), s, o, change)
				}
				if err := write(c.Context(), s, change); err != nil {
					return err
				}
				return p.print(removedView{role.ID}, "Removed the role %s.", role.Name)
			})
		},
	})
	c.Flags().StringVar(&org, "org", "", "the slug of an organization")
	addDryRun(c, &dryRun)
	return c
}

// withRole gives a command a role of an organization, named by its name or id.
func (p *program) withRole(ctx context.Context, org, name string,
	fn func(s *store.Store, o store.Organization, role store.Role) error) error {
	return p.withOrg(ctx, org, func(s *store.Store, o store.Organization) error {
		role, err := findRole(ctx, s, o, name)
		if err != nil {
			return err
		}
		return fn(s, o, role)
	})
}

func findRole(ctx context.Context, s *store.Store, o store.Organization, name string) (store.Role, error) {
	roles, err := s.Organization(o.ID).Roles(ctx)
	if err != nil {
		return store.Role{}, err
	}
	i := slices.IndexFunc(roles, func(r store.Role) bool { return r.ID == name || store.Fold(r.Name) == store.Fold(name) })
	if i < 0 {
		return store.Role{}, fmt.Errorf("%s has no role %q; `doorlist role list --org %s` shows them", o.Slug, name, o.Slug)
	}
	return roles[i], mayGrant(ctx, roles[i])
}

// noRole is said where --role was left out.
const noRole = "--role is missing: the name of a role, as in `doorlist role list`"

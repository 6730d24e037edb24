package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"doorlist/store"
)

type mappingView struct {
	ID              string `json:"id"`
	Connection      string `json:"connection"`
	Role            string `json:"role"`
	GroupExternalID string `json:"group_external_id,omitempty"`
	GroupID         string `json:"group_id,omitempty"`
	AppRole         string `json:"app_role,omitempty"`
}

// source says in words what the mapping maps.
func (v mappingView) source() string {
	if v.AppRole != "" {
		return "app role " + v.AppRole
	}
	return "group " + v.GroupExternalID + v.GroupID
}

// mappingFlags name what gives a role.
type mappingFlags struct {
	org, connection, groupExternalID, groupID, appRole, role string
	dryRun                                                   bool
}

func (m *mappingFlags) addFlags(f *pflag.FlagSet) {
	f.StringVar(&m.org, "org", "", "the slug of an organization")
	f.StringVar(&m.connection, "connection", "", "the slug of a connection")
	f.StringVar(&m.groupExternalID, "group-external-id", "", "the group's externalId: its object id in Entra; the group may come later")
	f.StringVar(&m.groupID, "group", "", "the group's id at this server")
	f.StringVar(&m.appRole, "app-role", "", "the value of an app role that is pushed over SCIM")
	f.StringVar(&m.role, "role", "", "the name of a role")
}

func (m *mappingFlags) problems() []string {
	var problems []string
	if m.connection == "" {
		problems = append(problems, "--connection is missing: the slug of a connection, as in `doorlist connection list`")
	}
	if m.role == "" {
		problems = append(problems, noRole)
	}
	given := 0
	for _, value := range []string{m.groupExternalID, m.groupID, m.appRole} {
		if value != "" {
			given++
		}
	}
	if given != 1 {
		problems = append(problems, "give exactly one of --group-external-id, --group and --app-role")
	}
	return problems
}

func (p *program) mappingCommand() *cobra.Command {
	return group("mapping", "Mappings: which group or app role gives which role",
		p.mappingListCommand(), p.mappingAddCommand(), p.mappingSetCommand(), p.mappingRemoveCommand())
}

func (p *program) mappingListCommand() *cobra.Command {
	var org string
	c := p.addJSON(&cobra.Command{
		Use: "list", Short: "List an organization's mappings", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return p.withOrg(c.Context(), org, func(s *store.Store, o store.Organization) error {
				mappings, err := s.Organization(o.ID).Mappings(c.Context())
				if err != nil {
					return err
				}
				names, err := loadNames(c.Context(), s, o)
				if err != nil {
					return err
				}
				return list(p, mappings, names.view, []string{"CONNECTION", "FROM", "ROLE", "ID"}, func(v mappingView) []string {
					return []string{v.Connection, v.source(), v.Role, v.ID}
				})
			})
		},
	})
	c.Flags().StringVar(&org, "org", "", "the slug of an organization")
	return c
}

func (p *program) mappingAddCommand() *cobra.Command {
	var flags mappingFlags
	c := p.addJSON(&cobra.Command{
		Use: "add", Short: "Give a role to the members of a group or the holders of an app role", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if problems := flags.problems(); len(problems) > 0 {
				return &usageError{problems: problems}
			}
			return p.withOrg(c.Context(), flags.org, func(s *store.Store, o store.Organization) error {
				return p.addMapping(c.Context(), s, o, flags)
			})
		},
	})
	flags.addFlags(c.Flags())
	addDryRun(c, &flags.dryRun)
	return c
}

func (p *program) addMapping(ctx context.Context, s *store.Store, o store.Organization, flags mappingFlags) error {
	connection, err := findReachable(ctx, s, o, flags.connection)
	if err != nil {
		return err
	}
	role, err := findRole(ctx, s, o, flags.role)
	if err != nil {
		return err
	}
	wanted := store.Mapping{
		ConnectionID: connection.ID, RoleID: role.ID,
		GroupExternalID: flags.groupExternalID, GroupID: flags.groupID, AppRole: flags.appRole,
	}
	var added store.Mapping
	change := func(tx *store.Tx) (err error) {
		added, err = tx.Organization(o.ID).CreateMapping(wanted)
		return err
	}
	if flags.dryRun {
		err = p.rehearse(ctx, s, o, change)
	} else {
		err = write(ctx, s, change)
	}
	if errors.Is(err, store.ErrNotFound) && wanted.GroupID != "" {
		return fmt.Errorf("the connection %s has pushed no group with the id %q; --group takes the id that SCIM answered with, --group-external-id Entra's object id",
			connection.Slug, wanted.GroupID)
	}
	if err != nil || flags.dryRun {
		return err
	}
	view := (&names{connections: []store.Connection{connection}, roles: []store.Role{role}}).view(added)
	return p.print(view, "Added: %s gives %s.", view.source(), role.Name)
}

func (p *program) mappingSetCommand() *cobra.Command {
	var org, roleName string
	var dryRun bool
	c := p.addJSON(&cobra.Command{
		Use: "set MAPPING", Short: "Let a mapping give another role", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if roleName == "" {
				return usagef(noRole)
			}
			return p.withRole(c.Context(), org, roleName, func(s *store.Store, o store.Organization, role store.Role) error {
				if err := mayUnmap(c.Context(), s, o, args[0]); err != nil {
					return err
				}
				var changed store.Mapping
				change := func(tx *store.Tx) (err error) {
					changed, err = tx.Organization(o.ID).UpdateMapping(args[0], role.ID)
					return err
				}
				if dryRun {
					return noMapping(p.rehearse(c.Context(), s, o, change), o, args[0])
				}
				if err := write(c.Context(), s, change); err != nil {
					return noMapping(err, o, args[0])
				}
				names, err := loadNames(c.Context(), s, o)
				if err != nil {
					return err
				}
				view := names.view(changed)
				return p.print(view, "Changed: %s gives %s.", view.source(), role.Name)
			})
		},
	})
	c.Flags().StringVar(&org, "org", "", "the slug of an organization")
	c.Flags().StringVar(&roleName, "role", "", "the name of a role")
	addDryRun(c, &dryRun)
	return c
}

func (p *program) mappingRemoveCommand() *cobra.Command {
	var org string
	var dryRun bool
	c := p.addJSON(&cobra.Command{
		Use: "remove MAPPING", Short: "Remove a mapping; who had a role through it alone loses it at once", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return p.withOrg(c.Context(), org, func(s *store.Store, o store.Organization) error {
				if err := mayUnmap(c.Context(), s, o, args[0]); err != nil {
					return err
				}
				change := func(tx *store.Tx) error { return tx.Organization(o.ID).RemoveMapping(args[0]) }
				if dryRun {
					return noMapping(p.rehearse(c.Context(), s, o, change), o, args[0])
				}
				if err := write(c.Context(), s, change); err != nil {
					return noMapping(err, o, args[0])
				}
				return p.print(removedView{args[0]}, "Removed the mapping %s.", args[0])
			})
		},
	})
	c.Flags().StringVar(&org, "org", "", "the slug of an organization")
	addDryRun(c, &dryRun)
	return c
}

// mayUnmap refuses to take from people the role that a mapping gives, where it is above one's own.
func mayUnmap(ctx context.Context, s *store.Store, o store.Organization, id string) error {
	mappings, err := s.Organization(o.ID).Mappings(ctx)
	if err != nil {
		return err
	}
	for _, m := range mappings {
		if m.ID == id {
			_, err := findRole(ctx, s, o, m.RoleID)
			return err
		}
	}
	return nil // changing it will tell
}

func noMapping(err error, o store.Organization, id string) error {
	if errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("%s has no mapping %q; `doorlist mapping list --org %s` shows them", o.Slug, id, o.Slug)
	}
	return err
}

// names turns the ids in mappings into what people call things.
type names struct {
	connections []store.Connection
	roles       []store.Role
}

func loadNames(ctx context.Context, s *store.Store, o store.Organization) (*names, error) {
	reach, err := s.Organization(o.ID).ReachableConnections(ctx)
	if err != nil {
		return nil, err
	}
	n := &names{}
	for _, r := range reach {
		n.connections = append(n.connections, r.Connection)
	}
	n.roles, err = s.Organization(o.ID).Roles(ctx)
	return n, err
}

func (n *names) view(m store.Mapping) mappingView {
	v := mappingView{ID: m.ID, GroupExternalID: m.GroupExternalID, GroupID: m.GroupID, AppRole: m.AppRole}
	if i := slices.IndexFunc(n.connections, func(c store.Connection) bool { return c.ID == m.ConnectionID }); i >= 0 {
		v.Connection = n.connections[i].Slug
	}
	if i := slices.IndexFunc(n.roles, func(r store.Role) bool { return r.ID == m.RoleID }); i >= 0 {
		v.Role = n.roles[i].Name
	}
	return v
}

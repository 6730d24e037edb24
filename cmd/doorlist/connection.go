package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"doorlist/auth"
	"doorlist/store"
)

func (p *program) connectionCommand() *cobra.Command {
	return group("connection", "Connections: the links to identity providers, each with its own SCIM endpoint",
		p.connectionListCommand(), p.connectionShowCommand(), p.providerCredentialCommand(), p.connectionAddCommand(), p.connectionSetCommand(), p.connectionSCIMCommand(), p.connectionRemoveCommand(),
		p.connectionAttachCommand("attach", "Let people of a connection sign in to an organization and to those below it", true),
		p.connectionAttachCommand("detach", "Let people of a connection no longer sign in to an organization; their sessions in it end", false),
		p.connectionGuideCommand(), p.connectionResyncCommand())
}

func (p *program) connectionListCommand() *cobra.Command {
	var org string
	c := p.addJSON(&cobra.Command{
		Use: "list", Short: "List the connections, of all organizations or of one", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return p.withStore(c.Context(), func(s *store.Store) error {
				all, err := connectionsOf(c.Context(), s, org)
				if err != nil {
					return err
				}
				view, err := p.viewsOf(c.Context(), s, all...)
				if err != nil {
					return err
				}
				return list(p, all, view, []string{"SLUG", "KIND", "ENABLED", "ADMIT", "ARMED", "CEILING", "CREDENTIAL EXPIRES", "DOMAINS", "ISSUER", "ID"}, func(v connectionView) []string {
					return []string{v.Slug, v.Kind, fmt.Sprint(v.Enabled), v.Admit, fmt.Sprint(v.Armed), v.Ceiling, v.newestExpires(), strings.Join(v.Domains, ","), v.Issuer, v.ID}
				})
			})
		},
	})
	c.Flags().StringVar(&org, "org", "", "the slug of an organization")
	return c
}

func connectionsOf(ctx context.Context, s *store.Store, org string) ([]store.Connection, error) {
	if org == "" {
		return connections(ctx, s)
	}
	o, err := findOrg(ctx, s, org)
	if err != nil {
		return nil, err
	}
	return s.Organization(o.ID).Connections(ctx)
}

func (p *program) connectionAddCommand() *cobra.Command {
	var org string
	var attach bool
	var o connectionFlags
	c := p.addJSON(&cobra.Command{
		Use: "add SLUG", Short: "Add a connection to an identity provider", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			wanted, err := o.added(args[0])
			if err != nil {
				return err
			}
			return p.withOrg(c.Context(), org, func(s *store.Store, owner store.Organization) error {
				ceiling, err := o.ceilingRole(c.Context(), s, owner)
				if err != nil {
					return err
				}
				saml, err := p.addedSAML(c.Context(), c.Flags(), &o.saml, wanted)
				if err != nil {
					return err
				}
				var connection store.Connection
				err = write(c.Context(), s, func(tx *store.Tx) (err error) {
					scope := tx.Organization(owner.ID)
					if connection, err = scope.CreateConnection(wanted, o.clientSecret); err != nil {
						return err
					}
					if connection, err = saml.make(scope, connection); err != nil {
						return err
					}
					if err := scope.SetCeiling(connection.ID, ceiling); err != nil {
						return err
					}
					if err := scope.SetConnectionDomains(connection.ID, o.domains); err != nil || attach {
						return err
					}
					return auth.Attach(tx, owner.ID, connection.ID, false)
				})
				if err != nil {
					return err
				}
				if o.clientSecret == "" && wanted.Kind != store.SAMLConnection {
					fmt.Fprintf(p.stderr, noSecretWarning, connection.Slug)
				}
				return p.announce(c.Context(), s, connection, "Added")
			})
		},
	})
	c.Flags().StringVar(&org, "org", "", "the slug of an organization")
	c.Flags().BoolVar(&attach, "attach", true, "let people sign in to the organization through it at once; with =false nobody, until “connection attach”")
	o.addFlags(c.Flags())
	o.addKindFlags(c.Flags())
	return c
}

func (p *program) connectionSetCommand() *cobra.Command {
	var o connectionFlags
	var access scimFlags
	var logDays int
	c := p.addJSON(&cobra.Command{
		Use: "set CONNECTION", Short: "Change a connection's settings", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return p.withConnection(c.Context(), args[0], func(s *store.Store, connection store.Connection) error {
				wanted, err := o.changed(c.Flags(), connection)
				if err != nil {
					return err
				}
				owner, err := findOrg(c.Context(), s, wanted.OrganizationID)
				if err != nil {
					return err
				}
				ceiling, err := o.ceilingRole(c.Context(), s, owner)
				if err != nil {
					return err
				}
				changeAccess, err := access.change(c.Flags(), p.served != nil)
				if err != nil {
					return err
				}
				saml, err := p.changedSAML(c.Context(), s, c.Flags(), &o.saml, wanted)
				if err != nil {
					return err
				}
				err = write(c.Context(), s, func(tx *store.Tx) (err error) {
					scope := tx.Organization(wanted.OrganizationID)
					if c.Flags().Changed("ceiling") {
						if err := scope.SetCeiling(wanted.ID, ceiling); err != nil {
							return err
						}
					}
					if o.clientSecret != "" {
						if err := scope.SetClientSecret(wanted.ID, o.clientSecret); err != nil {
							return err
						}
					}
					if c.Flags().Changed("domain") {
						if err := scope.SetConnectionDomains(wanted.ID, o.domains); err != nil {
							return err
						}
					}
					if err := scope.ChangeSCIMAccess(wanted.ID, changeAccess); err != nil {
						return err
					}
					if c.Flags().Changed("log-retention") {
						if err := scope.SetLogDays(wanted.ID, logDays); err != nil {
							return err
						}
					}
					if connection, err = scope.UpdateConnection(wanted); err != nil {
						return err
					}
					connection, err = saml.make(scope, connection)
					return err
				})
				if err != nil {
					return err
				}
				return p.announce(c.Context(), s, connection, "Changed")
			})
		},
	})
	o.addFlags(c.Flags())
	access.addFlags(c.Flags())
	c.Flags().IntVar(&logDays, "log-retention", 0, "for how many days the provider's requests are kept, from 1 to 365")
	c.Flags().BoolVar(&o.enabled, "enabled", true, "whether people and the provider may use the connection")
	return c
}

func (p *program) connectionRemoveCommand() *cobra.Command {
	return &cobra.Command{
		Use: "remove CONNECTION", Short: "Remove a connection with its people and groups", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return p.withConnection(c.Context(), args[0], func(s *store.Store, connection store.Connection) error {
				err := write(c.Context(), s, func(tx *store.Tx) error {
					return tx.Organization(connection.OrganizationID).RemoveConnection(connection.ID)
				})
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(p.stdout, "Removed the connection %s.\n", connection.Slug)
				return err
			})
		},
	}
}

// announce prints a connection and, to a person, what the provider must be told.
func (p *program) announce(ctx context.Context, s *store.Store, c store.Connection, verb string) error {
	if c.Match == store.MatchUserName {
		fmt.Fprintln(p.stderr, userNameWarning)
	}
	if mutableClaims[c.SubjectClaim] {
		fmt.Fprintf(p.stderr, mutableClaimWarning, c.SubjectClaim)
	}
	if c.Admit == "role_assigned" {
		fmt.Fprint(p.stderr, roleAssignedWarning)
	}
	views, err := p.viewsOf(ctx, s, c)
	if err != nil {
		return err
	}
	base, view := p.config.publicURL(), views(c)
	if view.SAML != nil {
		return p.announceSAML(view, verb)
	}
	return p.print(view, "%s the connection %s.\n  Redirect URI for the app registration: %s/login/callback\n"+
		"  Tenant URL for provisioning:           %s/scim/v2\n  Next: doorlist token create --connection %s",
		verb, c.Slug, base, base, c.Slug)
}

// withConnection gives a command the store and the connection that --connection or its argument names.
func (p *program) withConnection(ctx context.Context, name string, fn func(s *store.Store, c store.Connection) error) error {
	if name == "" {
		return usagef("--connection is missing: the slug of a connection, as in `doorlist connection list`")
	}
	return p.withStore(ctx, func(s *store.Store) error {
		connection, err := findConnection(ctx, s, name)
		if err != nil {
			return err
		}
		return fn(s, connection)
	})
}

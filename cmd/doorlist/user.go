package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"doorlist/auth"
	"doorlist/store"
)

func (p *program) userCommand() *cobra.Command {
	return group("user", "People: what an administrator may decide about one; everything else is the provider's to say",
		p.userReleaseCommand(), p.userAssignCommand(), p.userUnassignCommand(), p.userInviteCommand(),
		p.userResetFactorCommand())
}

func (p *program) userReleaseCommand() *cobra.Command {
	var org string
	c := &cobra.Command{
		Use: "release WHO", Short: "The same as `doorlist review same-person`", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return p.withPerson(c.Context(), org, args[0], func(s *store.Store, who store.PersonRecord) error {
				return p.releaseUser(c.Context(), s, who)
			})
		},
	}
	c.Flags().StringVar(&org, "org", "", "the slug of an organization")
	return c
}

func (p *program) userAssignCommand() *cobra.Command {
	return p.assignment("assign WHO", "Give a person a role by hand", "Gave %s the role %s.\n",
		func(tx *store.Tx, who store.PersonRecord, role store.Role) error {
			return tx.Organization(who.Organization.ID).AssignRole(who.Directory.DirectoryID, who.User.ID, role.ID)
		})
}

func (p *program) userUnassignCommand() *cobra.Command {
	return p.assignment("unassign WHO", "Take back a role that was given by hand", "Took from %s the role %s.\n",
		func(tx *store.Tx, who store.PersonRecord, role store.Role) error {
			err := tx.Organization(who.Organization.ID).UnassignRole(who.Directory.DirectoryID, who.User.ID, role.ID)
			if errors.Is(err, store.ErrNotFound) {
				return fmt.Errorf("nobody gave %s the role %s by hand; `doorlist explain` says where a role comes from",
					who.User.UserName, role.Name)
			}
			return err
		})
}

// assignment makes a command about one person and one role.
func (p *program) assignment(use, short, done string, change func(tx *store.Tx, who store.PersonRecord, role store.Role) error) *cobra.Command {
	var org, roleName string
	c := &cobra.Command{
		Use: use, Short: short, Args: cobra.ExactArgs(1),
		Long: short + ". It counts where the person's connection takes roles from \"local\" or \"hybrid\".",
		RunE: func(c *cobra.Command, args []string) error {
			if roleName == "" {
				return usagef(noRole)
			}
			return p.withVisitor(c.Context(), org, args[0], func(s *store.Store, who store.PersonRecord) error {
				role, err := findRole(c.Context(), s, who.Organization, roleName)
				if err != nil {
					return err
				}
				if err := write(c.Context(), s, func(tx *store.Tx) error { return change(tx, who, role) }); err != nil {
					return err
				}
				_, err = fmt.Fprintf(p.stdout, done, who.User.UserName, role.Name)
				return err
			})
		},
	}
	c.Flags().StringVar(&org, "org", "", "the slug of an organization")
	c.Flags().StringVar(&roleName, "role", "", "the name of a role")
	return c
}

// withPerson gives a command the one person of an organization whom WHO means.
func (p *program) withPerson(ctx context.Context, org, who string, fn func(s *store.Store, person store.PersonRecord) error) error {
	return p.withOrg(ctx, org, func(s *store.Store, o store.Organization) error {
		person, err := onePerson(ctx, s, o, who)
		if err != nil {
			return err
		}
		return fn(s, person)
	})
}

// withVisitor is withPerson for those too who come from above, through a connection that is attached to the organization.
func (p *program) withVisitor(ctx context.Context, org, who string, fn func(s *store.Store, person store.PersonRecord) error) error {
	return p.withOrg(ctx, org, func(s *store.Store, o store.Organization) error {
		people, err := auth.Visitors(ctx, s, o, who)
		if err != nil {
			return err
		}
		person, err := theOne(ctx, people, o.Slug, who)
		if err != nil {
			return err
		}
		return fn(s, person)
	})
}

// withAnybody is withPerson, but that the organization may be left out where WHO means one person of them all.
func (p *program) withAnybody(ctx context.Context, org, who string, fn func(s *store.Store, person store.PersonRecord) error) error {
	if org != "" {
		return p.withPerson(ctx, org, who, fn)
	}
	return p.withStore(ctx, func(s *store.Store) error {
		all, err := organizations(ctx, s)
		if err != nil {
			return err
		}
		var found []store.PersonRecord
		for _, o := range all {
			people, err := s.Organization(o.ID).FindPeople(ctx, who)
			if err != nil {
				return err
			}
			found = append(found, people...)
		}
		person, err := theOne(ctx, found, "this server", who)
		if err != nil {
			return err
		}
		return fn(s, person)
	})
}

func onePerson(ctx context.Context, s *store.Store, o store.Organization, who string) (store.PersonRecord, error) {
	people, err := s.Organization(o.ID).FindPeople(ctx, who)
	if err != nil {
		return store.PersonRecord{}, err
	}
	return theOne(ctx, people, o.Slug, who)
}

// theOne is the only one of the people, whom the command may touch.
func theOne(ctx context.Context, people []store.PersonRecord, where, who string) (store.PersonRecord, error) {
	if len(people) == 0 {
		return store.PersonRecord{}, fmt.Errorf("%s has nobody called %q; give a userName, an e-mail address, an externalId or an id", where, who)
	}
	if len(people) > 1 {
		var ids []string
		for _, person := range people {
			ids = append(ids, person.User.ID)
		}
		return store.PersonRecord{}, fmt.Errorf("%q means several people; give the id of one: %s", who, strings.Join(ids, ", "))
	}
	return people[0], mayChange(ctx, people[0])
}

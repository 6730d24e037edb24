package main

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	"doorlist/store"
)

// orgChange is what `org set` is asked for; "" keeps what is there.
type orgChange struct {
	slug, name, defaultRole, ambiguous, passwords, factor string
	contact                                               *string // "" takes it away
}

// noDefaultRole is what --default-role takes for no role at all.
const noDefaultRole = "none"

func (p *program) orgSetCommand() *cobra.Command {
	var ask orgChange
	var contact string
	c := p.addJSON(&cobra.Command{
		Use: "set ORGANIZATION", Short: "Change an organization's slug, name or settings", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if c.Flags().Changed("contact") {
				ask.contact = &contact
			}
			if ask == (orgChange{}) {
				return usagef("say what to change: --slug, --name, --contact, --default-role, --ambiguous-roles, --scim-passwords or --second-factor")
			}
			if !slices.Contains([]string{"", "on", "off"}, ask.passwords) {
				return usagef("--scim-passwords is %q; give on or off", ask.passwords)
			}
			return p.withOrg(c.Context(), args[0], func(s *store.Store, o store.Organization) error {
				return p.setOrg(c.Context(), s, o, ask)
			})
		},
	})
	f := c.Flags()
	f.StringVar(&ask.slug, "slug", "", "the new slug")
	f.StringVar(&ask.name, "name", "", "the name that people see")
	f.StringVar(&contact, "contact", "", "whom people may ask, as refusals name them, e.g. \"IT help desk, it@contoso.com\"")
	f.StringVar(&ask.defaultRole, "default-role", "", "the role of synced people whom nothing else gives one, or none to refuse them")
	f.StringVar(&ask.ambiguous, "ambiguous-roles", "", "people whose groups point to different roles: highest lets the most privileged role win, refuse keeps them out")
	f.StringVar(&ask.passwords, "scim-passwords", "", "whether SCIM may set passwords: on or off")
	f.StringVar(&ask.factor, "second-factor", "", "who is asked for a code behind a password: owners, all or off")
	return c
}

func (p *program) setOrg(ctx context.Context, s *store.Store, o store.Organization, ask orgChange) error {
	roleID := o.DefaultRoleID
	switch ask.defaultRole {
	case "":
	case noDefaultRole:
		roleID = ""
	default:
		role, err := findRole(ctx, s, o, ask.defaultRole)
		if err != nil {
			return err
		}
		roleID = role.ID
	}
	var changed store.Organization
	err := write(ctx, s, func(tx *store.Tx) error {
		org := tx.Organization(o.ID)
		if _, err := org.Update(ask.slug, ask.name); err != nil {
			return err
		}
		if ask.contact != nil {
			if err := org.SetContact(*ask.contact); err != nil {
				return err
			}
		}
		if ask.defaultRole != "" {
			if err := org.SetDefaultRole(roleID); err != nil {
				return err
			}
		}
		if ask.ambiguous != "" {
			if err := org.SetAmbiguousRoles(ask.ambiguous); err != nil {
				return err
			}
		}
		if ask.passwords != "" {
			if _, err := org.SetSCIMPasswords(ask.passwords == "on"); err != nil {
				return err
			}
		}
		if ask.factor != "" {
			if _, err := org.SetSecondFactorRule(store.SecondFactorRule(ask.factor)); err != nil {
				return err
			}
		}
		var err error
		changed, err = org.Describe()
		return err
	})
	if err != nil {
		return err
	}
	return p.print(viewOrg(changed), "Changed the organization %s.", changed.Slug)
}

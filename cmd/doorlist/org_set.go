package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"doorlist/auth"
	"doorlist/store"
)

// orgChange is what `org set` is asked for; "" keeps what is there.
type orgChange struct {
	retention                                                         *time.Duration
	slug, name, defaultRole, ambiguous, passwords, factor, twoPersons string
	contact                                                           *string  // "" takes it away
	parent                                                            *string  // "" makes it a topmost one
	inherit                                                           []string // settings to give up, as the flags call them
	dryRun                                                            bool
}

// noDefaultRole is what --default-role takes for no role at all.
const noDefaultRole = "none"

func (p *program) orgSetCommand() *cobra.Command {
	var ask orgChange
	var contact, parent string
	var retention time.Duration
	c := p.addJSON(&cobra.Command{
		Use: "set ORGANIZATION", Short: "Change an organization's slug, name or settings", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if c.Flags().Changed("contact") {
				ask.contact = &contact
			}
			if c.Flags().Changed("parent") {
				ask.parent = &parent
			}
			if c.Flags().Changed("audit-retention") {
				ask.retention = &retention
			}
			if ask.isEmpty() {
				return usagef("say what to change: --slug, --name, --parent, --inherit, --contact, --default-role, --ambiguous-roles, --scim-passwords, --second-factor, --two-persons or --audit-retention")
			}
			if !slices.Contains([]string{"", "on", "off"}, ask.passwords) {
				return usagef("--scim-passwords is %q; give on or off", ask.passwords)
			}
			if !slices.Contains([]string{"", "on", "off"}, ask.twoPersons) {
				return usagef("--two-persons is %q; give on or off", ask.twoPersons)
			}
			return p.withOrg(c.Context(), args[0], func(s *store.Store, o store.Organization) error {
				return p.setOrg(c.Context(), s, o, ask)
			})
		},
	})
	f := c.Flags()
	f.StringVar(&parent, "parent", "", "the organization to stand below from now on, with all below this one; '' for none")
	f.StringSliceVar(&ask.inherit, "inherit", nil, "settings to take from the organization above: sso-mode, second-factor, ambiguous-roles, default-role, contact, scim-passwords")
	f.BoolVar(&ask.dryRun, "dry-run", false, "tell what would change, and change nothing")
	f.StringVar(&ask.slug, "slug", "", "the new slug")
	f.StringVar(&ask.name, "name", "", "the name that people see")
	f.StringVar(&contact, "contact", "", "whom people may ask, as refusals name them, e.g. \"IT help desk, it@contoso.com\"")
	f.StringVar(&ask.defaultRole, "default-role", "", "the role of synced people whom nothing else gives one, or none to refuse them")
	f.StringVar(&ask.ambiguous, "ambiguous-roles", "", "people whose groups point to different roles: highest lets the most privileged role win, refuse keeps them out")
	f.StringVar(&ask.passwords, "scim-passwords", "", "whether SCIM may set passwords: on or off")
	spanVar(f, &retention, "audit-retention", 0, "how long audit events are kept, e.g. \"1 year\" or 8760h; 30 days at least, or 0 for ever")
	f.StringVar(&ask.factor, "second-factor", "", "who is asked for a code behind a password: owners, all or off")
	f.StringVar(&ask.twoPersons, "two-persons", "", "whether what an owner changes in the console takes another owner's approval: on or off")
	return c
}

// isEmpty says that nothing is asked for.
func (ask orgChange) isEmpty() bool {
	return ask.slug+ask.name+ask.defaultRole+ask.ambiguous+ask.passwords+ask.factor+ask.twoPersons == "" && ask.contact == nil && ask.retention == nil && ask.parent == nil && len(ask.inherit) == 0
}

func (p *program) setOrg(ctx context.Context, s *store.Store, o store.Organization, ask orgChange) error {
	roleID, parentID := "", ""
	if ask.defaultRole != "" && ask.defaultRole != noDefaultRole {
		role, err := findRole(ctx, s, o, ask.defaultRole)
		if err != nil {
			return err
		}
		roleID = role.ID
	}
	if ask.parent != nil && *ask.parent != "" {
		parent, err := findOrg(ctx, s, *ask.parent)
		if err != nil {
			return err
		}
		parentID = parent.ID
	}
	return p.changeOrg(ctx, s, o, ask.dryRun, func(tx *store.Tx) error {
		if ask.parent != nil {
			if err := auth.Move(tx, o.ID, parentID); err != nil {
				return err
			}
		}
		return ask.apply(tx.Organization(o.ID), roleID)
	})
}

// apply changes what is asked for, but for the place in the tree.
func (ask orgChange) apply(org *store.OrganizationTx, roleID string) error {
	if _, err := org.Update(ask.slug, ask.name); err != nil {
		return err
	}
	for _, name := range ask.inherit {
		if err := org.Inherit(store.Setting(strings.ReplaceAll(name, "-", "_"))); err != nil {
			return err
		}
	}
	if ask.retention != nil {
		if err := org.SetAuditRetention(*ask.retention); err != nil {
			return err
		}
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
	if ask.twoPersons != "" {
		return org.SetTwoPersons(ask.twoPersons == "on")
	}
	return nil
}

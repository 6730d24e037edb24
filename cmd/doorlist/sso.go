package main

import (
	"context"
	"maps"

	"github.com/spf13/cobra"

	"doorlist/auth"
	"doorlist/store"
)

func (p *program) ssoCommand() *cobra.Command {
	return group("sso", "Single sign-on: who must use the organization's provider, and who may keep a password",
		p.ssoShowCommand(), p.ssoSetCommand())
}

// ssoOff is the choice that makes somebody an exception.
const ssoOff = "off"

// inheritMode gives an organization's own mode up.
const inheritMode = "inherit"

// ssoChange is what `sso set` is asked for.
type ssoChange struct {
	org, mode, user string
	except          []string
	setsExceptions  bool
	dryRun          bool
	endSessions     bool
	wipePasswords   bool
	invite          bool
}

func (p *program) ssoSetCommand() *cobra.Command {
	var ask ssoChange
	c := p.addJSON(&cobra.Command{
		Use:   "set [on|off]",
		Short: "Say who signs in through the provider: --mode for the organization, --user USER on|off for one person",
		Long: `Say who signs in through the provider.

  doorlist sso set --org contoso --mode off                  nobody; synced people need a password
  doorlist sso set --org contoso --mode per_user             the people for whom it is switched on
  doorlist sso set --org contoso --mode all --except USER    all synced people, new ones at once, but for exceptions
  doorlist sso set --org contoso --mode inherit              what the organization above has
  doorlist sso set --org contoso --user USER on|off          one person

It tells who would have no way in, of the organizations below that inherit the mode too; --dry-run tells it and changes
nothing. Sessions go on unless --end-password-sessions
is given. People of the local directory keep their own credentials in every mode.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			ask.setsExceptions = c.Flags().Changed("except")
			if (ask.user != "") == (ask.mode != "") {
				return usagef("give either --mode off, per_user, all or inherit, or --user USER with on or off")
			}
			if ask.user != "" {
				return p.setUserSSO(c.Context(), ask, args)
			}
			if len(args) > 0 {
				return usagef("on and off are for --user; the organization has a --mode")
			}
			return p.setSSOMode(c.Context(), ask)
		},
	})
	f := c.Flags()
	f.StringVar(&ask.org, "org", "", "the slug of an organization")
	f.StringVar(&ask.mode, "mode", "", "who signs in through the provider: off, per_user or all; or inherit, for what the organization above has")
	f.StringArrayVar(&ask.except, "except", nil, "with --mode all: somebody who keeps a password (may be repeated; replaces earlier exceptions)")
	f.StringVar(&ask.user, "user", "", "one person: userName, e-mail address, externalId or id")
	addDryRun(c, &ask.dryRun)
	f.BoolVar(&ask.endSessions, "end-password-sessions", false, "end the sessions that synced people began with a password")
	f.BoolVar(&ask.invite, "invite", false, "mail everybody who would have no way in a link to choose a password")
	f.BoolVar(&ask.wipePasswords, "wipe-passwords", false, "remove the passwords of synced people for whom none is good any more")
	return c
}

func (p *program) setUserSSO(ctx context.Context, ask ssoChange, args []string) error {
	if len(args) != 1 || args[0] != "on" && args[0] != "off" {
		return usagef("say on or off behind --user USER")
	}
	return p.withAnybody(ctx, ask.org, ask.user, func(s *store.Store, who store.PersonRecord) error {
		return p.changeSSO(ctx, s, who.Organization, ask, who.Organization.SSOMode, map[string]string{who.User.ID: args[0]})
	})
}

func (p *program) setSSOMode(ctx context.Context, ask ssoChange) error {
	return p.withOrg(ctx, ask.org, func(s *store.Store, o store.Organization) error {
		mode, choices := store.SSOMode(ask.mode), map[string]string{}
		if ask.mode == inheritMode {
			inherited, err := s.Organization(o.ID).Inherited(ctx)
			if err != nil {
				return err
			}
			mode = inherited.SSOMode
		}
		if ask.setsExceptions {
			if ask.mode != string(store.SSOAll) {
				return usagef("--except goes with --mode all")
			}
			people, err := s.Organization(o.ID).SyncedPeople(ctx)
			if err != nil {
				return err
			}
			for _, person := range people {
				if person.WaysIn.Choice == ssoOff {
					choices[person.User.ID] = ""
				}
			}
			for _, name := range ask.except {
				who, err := onePerson(ctx, s, o, name)
				if err != nil {
					return err
				}
				choices[who.User.ID] = ssoOff
			}
		}
		return p.changeSSO(ctx, s, o, ask, mode, choices)
	})
}

// changeSSO tells what the change means, and makes it unless it is a rehearsal. choices are by user id.
func (p *program) changeSSO(ctx context.Context, s *store.Store, o store.Organization, ask ssoChange, mode store.SSOMode, choices map[string]string) error {
	covered, people, err := coveredBy(ctx, s, o, ask)
	if err != nil {
		return err
	}
	preview := auth.PreviewSSO(people, s.Now(), mode, func(person store.SyncedPerson) store.WaysIn {
		ways := person.WaysIn
		ways.Mode = mode
		if choice, ok := choices[person.User.ID]; ok {
			ways.Choice = choice
		}
		return ways
	})
	change := func(tx *store.Tx) error {
		return applySSO(tx, covered, ask, preview, people, maps.Clone(choices))
	}
	v, err := viewSSO(ctx, s, o, mode, preview)
	if err != nil {
		return err
	}
	if ask.dryRun {
		return p.rehearseSSO(ctx, s, o, v, change)
	}
	if err := write(ctx, s, change); err != nil {
		return err
	}
	if ask.invite {
		if err := p.inviteAll(ctx, s, preview.NoWayIn); err != nil {
			return err
		}
	}
	v.Changed = true
	return p.printSSO(v)
}

// coveredBy lists the organization and those that follow it in what is asked for, with their people.
func coveredBy(ctx context.Context, s *store.Store, o store.Organization, ask ssoChange) (covered []store.Organization, people []store.SyncedPerson, err error) {
	covered = []store.Organization{o}
	if ask.mode != "" {
		heirs, err := s.Organization(o.ID).Heirs(ctx, store.SSOModeSetting)
		if err != nil {
			return nil, nil, err
		}
		covered = append(covered, heirs...)
	}
	for _, c := range covered {
		list, err := s.Organization(c.ID).SyncedPeople(ctx)
		if err != nil {
			return nil, nil, err
		}
		people = append(people, list...)
	}
	return covered, people, nil
}

// setMode gives the organization a mode of its own, or the one above's; the choice of a person leaves it alone.
func setMode(o *store.OrganizationTx, ask ssoChange) error {
	switch ask.mode {
	case "":
		return nil
	case inheritMode:
		return o.Inherit(store.SSOModeSetting)
	}
	return o.SetSSOMode(store.SSOMode(ask.mode))
}

// applySSO changes the first of the organizations; the others follow it.
func applySSO(tx *store.Tx, covered []store.Organization, ask ssoChange, preview auth.Preview, people []store.SyncedPerson, choices map[string]string) error {
	scope := tx.Organization(covered[0].ID)
	if err := setMode(scope, ask); err != nil {
		return err
	}
	for _, person := range people {
		choice, ok := choices[person.User.ID]
		if !ok {
			continue
		}
		delete(choices, person.User.ID)
		if err := scope.SetSSOChoice(person.DirectoryID, person.User.ID, choice); err != nil {
			return err
		}
	}
	if len(choices) > 0 {
		return &store.RefusedError{Message: "SSO can be set only for people whom a provider has sent and who are switched on"}
	}
	for _, o := range covered {
		if !ask.endSessions {
			break
		}
		if err := tx.Organization(o.ID).EndPasswordSessions(); err != nil {
			return err
		}
	}
	if !ask.wipePasswords {
		return nil
	}
	for _, person := range preview.IdlePasswords {
		if err := tx.Directory(store.DirectoryKey{OrganizationID: person.OrganizationID, DirectoryID: person.DirectoryID}).WipePassword(person.User.ID); err != nil {
			return err
		}
	}
	return nil
}

func (p *program) ssoShowCommand() *cobra.Command {
	var org string
	c := p.addJSON(&cobra.Command{
		Use: "show", Short: "Show an organization's mode, whom it covers, and who has no way in", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return p.withOrg(c.Context(), org, func(s *store.Store, o store.Organization) error {
				people, err := s.Organization(o.ID).SyncedPeople(c.Context())
				if err != nil {
					return err
				}
				same := func(person store.SyncedPerson) store.WaysIn { return person.WaysIn }
				v, err := viewSSO(c.Context(), s, o, o.SSOMode, auth.PreviewSSO(people, s.Now(), o.SSOMode, same))
				if err != nil {
					return err
				}
				return p.printSSO(v)
			})
		},
	})
	c.Flags().StringVar(&org, "org", "", "the slug of an organization")
	return c
}

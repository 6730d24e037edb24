package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"doorlist/auth"
	"doorlist/store"
)

type invitationView struct {
	UserName string `json:"user_name"`
	Link     string `json:"link"`
	MailedTo string `json:"mailed_to"` // "" when it was not mailed
}

func (p *program) userInviteCommand() *cobra.Command {
	var org, role string
	var send bool
	c := p.addJSON(&cobra.Command{
		Use: "invite WHO", Short: "Make a one-time link for a person to choose a password, and mail it", Args: cobra.ExactArgs(1),
		Long: `Make a one-time link for a person to choose a password with; earlier links lose their use. Somebody to whom single sign-on
applies is led to the provider instead. With --role, an e-mail address that nobody has yet becomes a person of the local
directory with that role. The link is mailed with --mail, and wherever --smtp-url is set.`,
		RunE: func(c *cobra.Command, args []string) error {
			send = send || p.config.SMTPURL != "" && !c.Flags().Changed("mail")
			return p.withOrg(c.Context(), org, func(s *store.Store, o store.Organization) error {
				who, err := p.invitee(c.Context(), s, o, args[0], role)
				if err != nil {
					return err
				}
				return p.invite(c.Context(), s, who, send)
			})
		},
	})
	c.Flags().StringVar(&org, "org", "", "the slug of an organization")
	c.Flags().StringVar(&role, "role", "", "the role of somebody who is new")
	c.Flags().BoolVar(&send, "mail", false, "mail the link")
	p.config.addSMTPFlag(c.Flags())
	return c
}

// invitee is the person who is meant, or a new one of the local directory.
func (p *program) invitee(ctx context.Context, s *store.Store, o store.Organization, who, roleName string) (store.PersonRecord, error) {
	if roleName == "" {
		return onePerson(ctx, s, o, who)
	}
	people, err := s.Organization(o.ID).FindPeople(ctx, who)
	if err != nil {
		return store.PersonRecord{}, err
	}
	if len(people) > 0 {
		return store.PersonRecord{}, fmt.Errorf("%s knows %q already; leave --role out, and give roles with `doorlist user assign`", o.Slug, who)
	}
	role, err := findRole(ctx, s, o, roleName)
	if err != nil {
		return store.PersonRecord{}, err
	}
	var added store.User
	err = write(ctx, s, func(tx *store.Tx) (err error) {
		added, err = tx.Organization(o.ID).AddLocalUser(who, role.ID)
		return err
	})
	if err != nil {
		return store.PersonRecord{}, err
	}
	return s.Organization(o.ID).Person(ctx, o.LocalDirectory.DirectoryID, added.ID)
}

func (p *program) invite(ctx context.Context, s *store.Store, who store.PersonRecord, send bool) error {
	v := invitationView{UserName: who.User.UserName}
	if send {
		if v.MailedTo = auth.AddressOf(who); v.MailedTo == "" {
			return fmt.Errorf("no e-mail address of %s is known; leave --mail out and hand the link over yourself", who.User.UserName)
		}
	}
	err := write(ctx, s, func(tx *store.Tx) (err error) {
		v.Link, err = auth.Invite(tx, p.config.publicURL(), who, send)
		return err
	})
	if err != nil {
		return err
	}
	text := "%s\n  This link works once, for 72 hours: %s chooses a password with it."
	args := []any{v.Link, v.UserName}
	if send {
		text += " It is being mailed to %s."
		args = append(args, v.MailedTo)
	}
	return p.print(v, text, args...)
}

// inviteAll mails a link to each of the people for whom a password is of use now, and says on standard error who has
// no address.
func (p *program) inviteAll(ctx context.Context, s *store.Store, people []store.SyncedPerson) error {
	mailed := 0
	for _, person := range people {
		who, err := s.Organization(person.OrganizationID).Person(ctx, person.DirectoryID, person.User.ID)
		if err != nil {
			return err
		}
		if !auth.MayChoosePassword(who, s.Now()) {
			continue
		}
		if auth.AddressOf(who) == "" {
			fmt.Fprintf(p.stderr, "%s has no e-mail address: `doorlist user invite %s --org %s` prints a link.\n", who.User.UserName, who.User.ID, who.Organization.Slug)
			continue
		}
		err = write(ctx, s, func(tx *store.Tx) error {
			_, err := auth.Invite(tx, p.config.publicURL(), who, true)
			return err
		})
		if err != nil {
			return err
		}
		mailed++
	}
	fmt.Fprintf(p.stderr, "%d people are being mailed a link to choose a password.\n", mailed)
	return nil
}

package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"doorlist/store"
)

type sessionView struct {
	ID           string     `json:"id"`
	Organization string     `json:"organization"`
	UserID       string     `json:"user_id"`
	UserName     string     `json:"user_name"`
	Method       string     `json:"method"`
	Device       string     `json:"device,omitempty"`
	Address      string     `json:"address"`
	UserAgent    string     `json:"user_agent"`
	SignedInAt   *time.Time `json:"signed_in_at"`
	LastSeenAt   *time.Time `json:"last_seen_at"`
	ExpiresAt    *time.Time `json:"expires_at"`
	// IdleExpiresAt is when the session ends if it is not used.
	IdleExpiresAt *time.Time `json:"idle_expires_at"`
}

// sessionsOf is a choice of sessions of one organization.
type sessionsOf struct {
	organization store.Organization
	filter       store.SessionFilter
}

func (w sessionsOf) view(l store.ListedSession) sessionView {
	return sessionView{
		ID: l.ID, Organization: w.organization.Slug, UserID: l.UserID, UserName: l.UserName, Method: l.Method, Device: l.Device,
		Address: l.Address, UserAgent: l.UserAgent, SignedInAt: stamp(l.CreatedAt), LastSeenAt: stamp(l.LastSeenAt),
		ExpiresAt: stamp(l.ExpiresAt), IdleExpiresAt: stamp(l.IdleExpiresAt),
	}
}

// sessionFlags choose sessions. At most one of user, connection and all is given; org alone means all of an organization.
type sessionFlags struct {
	id, org, user, connection string
	all                       bool
}

func (p *program) sessionCommand() *cobra.Command {
	return group("session", "Sessions: who is signed in, and from where", p.sessionListCommand(), p.sessionEndCommand())
}

func (f *sessionFlags) addFlags(c *cobra.Command) {
	c.Flags().StringVar(&f.org, "org", "", "the slug of an organization")
	c.Flags().StringVar(&f.user, "user", "", "one person: userName, e-mail address, externalId or id")
	c.Flags().StringVar(&f.connection, "connection", "", "the slug of a connection")
}

func (p *program) sessionListCommand() *cobra.Command {
	var f sessionFlags
	c := p.addJSON(&cobra.Command{
		Use: "list", Short: "List the living sessions, the newest first: of a person, a connection, an organization or all", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			f.all = f == sessionFlags{}
			return p.withSessions(c.Context(), f, func(s *store.Store, chosen []sessionsOf) error {
				return p.listSessions(c.Context(), s, chosen)
			})
		},
	})
	f.addFlags(c)
	return c
}

func (p *program) sessionEndCommand() *cobra.Command {
	var f sessionFlags
	c := &cobra.Command{
		Use: "end [ID]", Short: "End one session, or those of a person, a connection, an organization or all, at once", Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				f.id = args[0]
			}
			return p.withSessions(c.Context(), f, func(s *store.Store, chosen []sessionsOf) error {
				return p.endSessions(c.Context(), s, f, chosen)
			})
		},
	}
	f.addFlags(c)
	c.Flags().BoolVar(&f.all, "all", false, "the sessions of everybody")
	return c
}

// problem says what is wrong with a choice; "" for nothing.
func (f sessionFlags) problem() string {
	given := 0
	for _, is := range []bool{f.id != "", f.user != "", f.connection != "", f.all} {
		if is {
			given++
		}
	}
	switch {
	case given > 1:
		return "give only one of a session's ID, --user, --connection and --all"
	case given == 0 && f.org == "":
		return "say whose sessions: a session's ID, --user, --connection, --org or --all"
	case f.all && f.org != "":
		return "--all means every organization; leave it out to mean the one of --org"
	}
	return ""
}

// withSessions gives a command the sessions that the flags choose, by organization.
func (p *program) withSessions(ctx context.Context, f sessionFlags, fn func(s *store.Store, chosen []sessionsOf) error) error {
	if problem := f.problem(); problem != "" {
		return usagef("%s", problem)
	}
	switch {
	case f.user != "":
		return p.withAnybody(ctx, f.org, f.user, func(s *store.Store, who store.PersonRecord) error {
			return fn(s, []sessionsOf{{who.Organization, store.SessionFilter{DirectoryID: who.Directory.DirectoryID, UserID: who.User.ID}}})
		})
	case f.connection != "":
		return p.withConnection(ctx, f.connection, func(s *store.Store, c store.Connection) error {
			o, err := findOrg(ctx, s, c.OrganizationID)
			if err != nil {
				return err
			}
			return fn(s, []sessionsOf{{o, store.SessionFilter{DirectoryID: c.DirectoryID}}})
		})
	case f.org != "":
		return p.withOrg(ctx, f.org, func(s *store.Store, o store.Organization) error {
			return fn(s, []sessionsOf{{o, store.SessionFilter{ID: f.id}}})
		})
	}
	return p.withStore(ctx, func(s *store.Store) error {
		all, err := organizations(ctx, s)
		if err != nil {
			return err
		}
		var chosen []sessionsOf
		for _, o := range all {
			chosen = append(chosen, sessionsOf{o, store.SessionFilter{ID: f.id}})
		}
		return fn(s, chosen)
	})
}

func (p *program) listSessions(ctx context.Context, s *store.Store, chosen []sessionsOf) error {
	var views []sessionView
	for _, w := range chosen {
		for {
			page, err := s.Organization(w.organization.ID).ListSessions(ctx, w.filter, s.Now())
			if err != nil {
				return err
			}
			for _, l := range page {
				views = append(views, w.view(l))
			}
			if len(page) < store.SessionPage {
				break
			}
			w.filter.Before = page[len(page)-1].ID
		}
	}
	same := func(v sessionView) sessionView { return v }
	return list(p, views, same, []string{"PERSON", "METHOD", "DEVICE", "ADDRESS", "SINCE", "LAST USED", "ID"}, func(v sessionView) []string {
		return []string{v.UserName, v.Method, v.Device, v.Address, day(v.SignedInAt), day(v.LastSeenAt), v.ID}
	})
}

// mayEnd refuses to end sessions of people above oneself, or of everybody. A person who was named was judged already.
func mayEnd(ctx context.Context, s *store.Store, f sessionFlags, chosen []sessionsOf) error {
	if f.user != "" {
		return nil
	}
	if f.id == "" {
		return mayChangeAll(ctx)
	}
	for _, w := range chosen {
		found, err := s.Organization(w.organization.ID).ListSessions(ctx, w.filter, s.Now())
		if err == nil && len(found) > 0 {
			_, err = onePerson(ctx, s, w.organization, found[0].UserID)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// endSessions ends what was chosen, all of it or nothing.
func (p *program) endSessions(ctx context.Context, s *store.Store, f sessionFlags, chosen []sessionsOf) error {
	if err := mayEnd(ctx, s, f, chosen); err != nil {
		return err
	}
	var ended int
	err := write(ctx, s, func(tx *store.Tx) error {
		ended = 0 // the change may run more than once
		for _, w := range chosen {
			n, err := tx.Organization(w.organization.ID).EndSessions(w.filter, "administrator")
			if err != nil {
				return err
			}
			ended += n
		}
		return nil
	})
	if err != nil {
		return err
	}
	if f.id != "" && ended == 0 {
		return fmt.Errorf("there is no living session %q; `doorlist session list` shows them", f.id)
	}
	_, err = fmt.Fprintf(p.stdout, "Sessions ended: %d.\n", ended)
	return err
}

package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"doorlist/admin"
	"doorlist/auth"
	"doorlist/store"
)

func (p *program) historyCommand() *cobra.Command {
	var org, on string
	c := p.addJSON(&cobra.Command{
		Use: "history [WHO]", Short: "Say who had which role on a day in the past, and through what", Args: cobra.MaximumNArgs(1),
		Long: "Say who had which role at the end of a day, and through which group. WHO is a userName, an e-mail address, an\n" +
			"externalId or an id; without it, everybody is listed. WHO without --on tells how that person's role has changed.",
		Example: "  doorlist history --org contoso --on 2026-03-03\n  doorlist history alice@contoso.com --org contoso",
		RunE: func(c *cobra.Command, args []string) error {
			who := ""
			if len(args) > 0 {
				who = args[0]
			}
			if who == "" && on == "" {
				return usagef("name somebody, or a day with --on, such as --on 2026-03-31")
			}
			return p.withOrg(c.Context(), org, func(s *store.Store, o store.Organization) error {
				if on == "" {
					return p.printTimelines(c.Context(), s.Organization(o.ID), who)
				}
				at, err := parsePast(on, s.Now())
				if err != nil {
					return err
				}
				return p.printPast(c.Context(), s.Organization(o.ID), at, who)
			})
		},
	})
	c.Flags().StringVar(&org, "org", "", "the slug of an organization")
	c.Flags().StringVar(&on, "on", "", "a day, such as 2026-03-31, which means its end by UTC, or a time, such as 2026-03-31T09:00:00Z")
	return c
}

// parsePast reads a time in the past, or the end of a day.
func parsePast(text string, now time.Time) (time.Time, error) {
	at, err := time.Parse(time.RFC3339, text)
	if day, notDay := time.Parse(time.DateOnly, text); notDay == nil {
		if at, err = day, nil; !day.After(now) {
			if at = day.AddDate(0, 0, 1).Add(-time.Microsecond); at.After(now) {
				at = now
			}
		}
	}
	switch {
	case err != nil:
		return at, usagef("--on is %q; give a day, such as 2026-03-31, or a time, such as 2026-03-31T09:00:00Z", text)
	case at.After(now):
		return at, usagef("--on is %q, which is still to come; give a day or a time in the past", text)
	}
	return at, nil
}

// printPast says who was on the list: everybody, or those of a name.
func (p *program) printPast(ctx context.Context, o *store.OrganizationScope, at time.Time, who string) error {
	past, err := o.Past(ctx, at)
	if err != nil {
		return err
	}
	if err := p.warnPast(ctx, past); err != nil {
		return err
	}
	write := func(person store.PersonRecord) error {
		p.printHeld(person)
		return nil
	}
	if p.json {
		e, err := admin.NewExport(p.stdout, admin.JSONLines, admin.HistoryColumns...)
		if err != nil {
			return err
		}
		write = func(person store.PersonRecord) error { return admin.HistoryRow(e, at, person) }
	}
	if who == "" {
		return admin.EachPast(ctx, past, write)
	}
	found, err := past.Find(ctx, who)
	known := false
	for _, person := range found {
		if err == nil && auth.ComesTo(person) {
			known, err = true, write(person)
		}
	}
	if err == nil && !known && !p.json {
		fmt.Fprintf(p.stdout, "%s was not on the list.\n", plain(who))
	}
	return err
}

// warnPast says what the past cannot tell.
func (p *program) warnPast(ctx context.Context, past *store.Past) error {
	if !past.Made.IsZero() {
		fmt.Fprintf(p.stderr, "The organization was made only %s: nobody was on its list yet.\n", moment(past.Made))
		return nil
	}
	if past.At.Before(past.Since) {
		fmt.Fprintf(p.stderr, "The audit trail tells everything only from %s on: what follows may be incomplete.\n", past.Since.Format(time.RFC3339))
	}
	gone, err := past.Gone(ctx)
	for _, connection := range gone {
		fmt.Fprintf(p.stderr, "The connection %s has been removed since, and its people are not listed.\n", plain(connection.Slug))
	}
	return err
}

func (p *program) printHeld(person store.PersonRecord) {
	s := auth.StandingOf(person)
	fmt.Fprintf(p.stdout, "%s: %s\n", plain(person.User.UserName), plain(standingWords(s)))
}

// standingWords say a standing in one line.
func standingWords(s auth.Standing) string {
	words := "no role"
	if s.Role.ID != "" {
		words = fmt.Sprintf("%s, from %s %s", s.Role.Name, s.Grants[0].Source, s.Grants[0].Name)
	}
	if !s.Admits {
		words += "; could not come in: " + s.Words
	}
	return words
}

// stayView is a time in which somebody's role was the same.
type stayView struct {
	User    string     `json:"user"`
	From    *time.Time `json:"from"` // nil: before the trail
	OnList  bool       `json:"on_list"`
	Admits  bool       `json:"admits"`
	Reason  string     `json:"reason,omitempty"`
	Role    string     `json:"role"`
	Source  string     `json:"source,omitempty"`
	Through string     `json:"through,omitempty"`
	Event   string     `json:"event,omitempty"` // that made it so
	Because string     `json:"because,omitempty"`
	By      string     `json:"by,omitempty"`
}

// printTimelines tells how the roles of those of a name have changed, the latest first.
func (p *program) printTimelines(ctx context.Context, o *store.OrganizationScope, who string) error {
	people, err := o.EverCalled(ctx, who)
	if err != nil {
		return err
	}
	told := 0
	for _, person := range people {
		line, more, err := auth.Timeline(ctx, o, person.DirectoryID, person.UserID)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		told++
		for _, stay := range line {
			if err := p.printStay(person.UserID, stay); err != nil {
				return err
			}
		}
		if more {
			fmt.Fprintln(p.stderr, "Earlier changes are left out, because there are very many.")
		}
	}
	if told == 0 {
		return fmt.Errorf("nobody called %q is on the list, or was when they were deleted", who)
	}
	return nil
}

func (p *program) printStay(userID string, s auth.Stay) error {
	v := stayView{User: userID, OnList: s.On, Admits: s.Admits, Reason: s.Reason, Role: s.Role.Name}
	if len(s.Grants) > 0 {
		v.Source, v.Through = string(s.Grants[0].Source), s.Grants[0].Name
	}
	if e := s.Since.Event; e.ID != "" {
		v.From, v.Event, v.Because, v.By = &e.At, e.ID, admin.Summary(e), e.Actor.Name
	}
	if p.json {
		return p.printJSON(v)
	}
	from, words := "before the trail", "not on the list"
	if v.From != nil {
		from = "from " + v.From.Format(time.RFC3339)
	}
	if v.OnList {
		words = standingWords(s.Standing)
	}
	fmt.Fprintf(p.stdout, "%s: %s\n", from, plain(words))
	printLine(p.stdout, "Because", v.Because)
	printLine(p.stdout, "By", v.By)
	return nil
}

package main

import (
	"cmp"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"doorlist/auth"
	"doorlist/store"
)

func (p *program) explainCommand() *cobra.Command {
	var org string
	c := p.addJSON(&cobra.Command{
		Use: "explain WHO", Short: "Say why a person can or cannot sign in now, and with which role", Args: cobra.ExactArgs(1),
		Long: "Say why a person can or cannot sign in now, by which method, with which role and through which group.\n" +
			"WHO is a userName, an e-mail address, an externalId or an id.",
		RunE: func(c *cobra.Command, args []string) error {
			return p.withOrg(c.Context(), org, func(s *store.Store, o store.Organization) error {
				e, err := auth.Explain(c.Context(), s, o, args[0])
				if err != nil {
					return err
				}
				return p.printExplanation(e)
			})
		},
	})
	c.Flags().StringVar(&org, "org", "", "the slug of an organization")
	return c
}

func (p *program) printExplanation(e auth.Explanation) error {
	if p.json {
		return p.printJSON(e)
	}
	verdict := "cannot sign in"
	if e.Admitted {
		verdict = "can sign in as " + e.Role
	}
	who := "Nobody by that name is on the list, so they"
	if e.Person != nil {
		who = e.Person.UserName
	}
	w := p.stdout
	fmt.Fprintf(w, "%s %s (%s).\n", plain(who), plain(verdict), e.Reason)
	printLine(w, "Detail", e.Detail)
	printLine(w, "What to do", e.Fix)
	if e.Person != nil {
		printLine(w, "Connection", e.Person.Connection)
	}
	printLine(w, "Method", e.Method)
	for _, g := range e.Grants {
		printLine(w, "Role "+g.Role, "from "+g.Source+" "+g.Name)
	}
	for _, g := range e.Unmapped {
		printLine(w, "In the group", fmt.Sprintf("%s (%s)", g.Name, cmp.Or(g.ExternalID, g.ID)))
	}
	for _, g := range e.Overridden {
		printLine(w, "Not "+g.Role, "given by hand; the provider's roles win")
	}
	if d := e.LastDecision; d != nil {
		printLine(w, "Last attempt", fmt.Sprintf("%s: %s %s", d.At.Format(time.RFC3339), d.Reason, d.Detail))
		if d.Reason != e.Reason {
			printLine(w, "What to do then", d.Fix)
		}
	}
	for _, other := range e.Others {
		printLine(w, "Also called so", other.UserName+" of the connection "+other.Connection+" ("+other.ID+")")
	}
	return nil
}

func printLine(w io.Writer, name, value string) {
	if value != "" {
		fmt.Fprintf(w, "  %-14s %s\n", plain(name), plain(value))
	}
}

package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"
)

// tour lists who is worth signing in as. The roles are those of the story's beginning.
var tour = []struct{ alias, group, expected string }{
	{"olivia.owner", "Doorlist Owners", "let in as owner"},
	{"adam.admin", "Doorlist Admins", "let in as admin"},
	{"wendy.writer", "Doorlist Writers, Doorlist Readers", "let in as writer, the higher of the two"},
	{"rita.reader", "Doorlist Readers", "let in as reader"},
	{"carl.contributor", "Doorlist Contributors", "let in as contributor"},
	{"nora.norole", "Everyone", "refused: no group gives her a role"},
	{"uma.unassigned", "none", "refused: not on the list"},
	{"dora.disabled", "Doorlist Writers", "turned away by Entra: disabled"},
}

func printTour(ctx context.Context, h *house, out io.Writer) error {
	state, err := h.tenant.state(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, `
The door is open, and the simulated tenant has pushed its people to it.

  Sign in        %s/
  The tenant     %s/      disable people, move them between groups; each change is pushed at once
  Logs           %s

`, h.doorURL, h.tenant.URL, h.log.Name())
	w := tabwriter.NewWriter(out, 2, 0, 2, ' ', 0)
	fmt.Fprintln(w, "  WHO\tIN GROUP\tEXPECTED")
	for _, t := range tour {
		p, err := state.person(t.alias)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "  %s\t%s\t%s\n", p.UPN, t.group, t.expected)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "\nAsk why somebody can or cannot come in:\n  bin/doorlist explain nora.norole@contoso.com --org contoso --database %s\n\nPress Ctrl+C to stop.\n",
		h.database())
	return err
}

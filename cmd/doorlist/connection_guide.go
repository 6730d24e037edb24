package main

import (
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"doorlist/admin"
	"doorlist/store"
)

func (p *program) connectionGuideCommand() *cobra.Command {
	var name string
	c := p.addJSON(&cobra.Command{
		Use: "guide", Short: "Print every value and step to set the provider of a connection up", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return p.withConnection(c.Context(), name, func(s *store.Store, connection store.Connection) error {
				o, err := findOrg(c.Context(), s, connection.OrganizationID)
				if err != nil {
					return err
				}
				ladder, err := s.Organization(o.ID).Roles(c.Context())
				if err != nil {
					return err
				}
				guide := admin.NewGuide(p.config.publicURL(), o, connection, ladder, p.config.shared().Serves(connection))
				if p.json {
					return p.printJSON(guide)
				}
				return writeGuide(p.stdout, guide)
			})
		},
	})
	c.Flags().StringVar(&name, "connection", "", "the slug of a connection")
	return c
}

// writeGuide writes a guide as text: the steps with their values, and the documents behind them.
func writeGuide(w io.Writer, g admin.Guide) error {
	for i, step := range g.Steps {
		fmt.Fprintf(w, "%d. %s\n", i+1, step.Title)
		for _, sentence := range step.Do {
			fmt.Fprintf(w, "   %s\n", sentence)
		}
		for _, v := range g.Values {
			if slices.Contains(step.Uses, v.Name) && v.Value != "" {
				fmt.Fprintf(w, "     %s: %s\n", v.Label, v.Value)
			}
		}
		for _, d := range g.Documents {
			if slices.Contains(step.Uses, d.Name) {
				fmt.Fprintf(w, "     %s: below\n", d.Label)
			}
		}
		if step.Command != "" {
			fmt.Fprintf(w, "   Here: %s\n", step.Command)
		}
	}
	for _, d := range g.Documents {
		text, err := d.Text()
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "\n%s (%s)\n%s", d.Label, d.Where, text)
	}
	return nil
}

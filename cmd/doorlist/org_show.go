package main

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"doorlist/auth"
	"doorlist/store"
)

// orgDetail is an organization with where it stands and where each of its settings comes from.
type orgDetail struct {
	orgView
	Above    []string         `json:"above"` // slugs, the parent first
	Below    []string         `json:"below"` // slugs of all below it
	Settings []settingOrigins `json:"settings"`
	// TwoPersons says that the two-person rule holds, by the organization's own word or by that of one above.
	TwoPersons bool `json:"two_persons"`
	// Connections are the organization's own and those of the organizations above.
	Connections []reachView `json:"connections"`
}

// settingOrigins says what counts for a setting, and why.
type settingOrigins struct {
	Setting string `json:"setting"`
	Value   any    `json:"value"`
	Own     bool   `json:"own"`
	From    string `json:"from"` // the slug of the organization that has set it; "" for what is built in
}

// reachView is a connection as it looks from an organization.
type reachView struct {
	Slug     string `json:"slug"`
	Owner    string `json:"owner"`    // the slug of the organization that it belongs to
	Attached bool   `json:"attached"` // people may sign in to the organization through it
	Own      bool   `json:"own"`      // by what the organization itself says, and not one above
}

// settingName is a setting as the flags call it.
func settingName(s store.Setting) string { return strings.ReplaceAll(string(s), "_", "-") }

func (p *program) orgShowCommand() *cobra.Command {
	return p.addJSON(&cobra.Command{
		Use: "show ORGANIZATION", Short: "Show an organization, its place in the tree, and where each setting comes from", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return p.withOrg(c.Context(), args[0], func(s *store.Store, o store.Organization) error {
				v, err := orgDetails(c.Context(), s, o)
				if err != nil || p.json {
					return p.printUnless(err, v)
				}
				return p.describeOrg(v)
			})
		},
	})
}

// printUnless prints JSON where there was no error.
func (p *program) printUnless(err error, v any) error {
	if err != nil {
		return err
	}
	return p.printJSON(v)
}

func orgDetails(ctx context.Context, s *store.Store, o store.Organization) (orgDetail, error) {
	scope := s.Organization(o.ID)
	v := orgDetail{orgView: viewOrg(o), Above: []string{}, Below: []string{}}
	slugs := map[string]string{o.ID: o.Slug}
	above, err := scope.Above(ctx)
	if err != nil {
		return v, err
	}
	for _, a := range above {
		slugs[a.ID], v.Above = a.Slug, append(v.Above, a.Slug)
	}
	below, err := scope.Below(ctx)
	if err != nil {
		return v, err
	}
	for _, b := range below {
		v.Below = append(v.Below, b.Slug)
	}
	sources, err := scope.SettingSources(ctx)
	for _, setting := range store.Settings {
		v.Settings = append(v.Settings, settingOrigins{settingName(setting), setting.Value(o), sources[setting] == o.ID, slugs[sources[setting]]})
	}
	if err != nil {
		return v, err
	}
	if v.TwoPersons, err = scope.TwoPersons(ctx); err != nil {
		return v, err
	}
	v.Connections = []reachView{}
	reach, err := scope.ReachableConnections(ctx)
	for _, r := range reach {
		v.Connections = append(v.Connections, reachView{r.Connection.Slug, slugs[r.Connection.OrganizationID], auth.Attached(r.Line), r.Line[0] != ""})
	}
	return v, err
}

func (p *program) describeOrg(v orgDetail) error {
	fmt.Fprintf(p.stdout, "%s (%s), id %s\n", v.Slug, v.Name, v.ID)
	for _, line := range []struct {
		words string
		slugs []string
	}{{"Below", v.Above}, {"Above", v.Below}} {
		if len(line.slugs) > 0 {
			fmt.Fprintf(p.stdout, "%s: %s\n", line.words, strings.Join(line.slugs, ", "))
		}
	}
	if v.TwoPersons {
		fmt.Fprintln(p.stdout, "Two persons decide: what an owner changes in the console takes another owner's approval.")
	}
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "SETTING\tVALUE\tFROM")
	for _, s := range v.Settings {
		from := "built in"
		switch {
		case s.Own:
			from = "its own"
		case s.From != "":
			from = s.From
		}
		fmt.Fprintf(w, "%s\t%v\t%s\n", s.Setting, s.Value, from)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, c := range v.Connections {
		state := "not attached"
		if c.Attached {
			state = "attached"
		}
		fmt.Fprintf(p.stdout, "The connection %s of %s is %s.\n", c.Slug, c.Owner, state)
	}
	return nil
}

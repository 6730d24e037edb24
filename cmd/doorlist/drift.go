package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"doorlist/admin"
	"doorlist/store"
)

// driftView is a comparison in JSON.
type driftView struct {
	admin.DriftReport
	Group   string             `json:"group,omitempty"`
	Role    string             `json:"role,omitempty"`
	Details []admin.Difference `json:"details"`
}

func (p *program) driftCommand() *cobra.Command {
	var org, connection, group string
	c := p.addJSON(&cobra.Command{
		Use: "drift FILE", Short: "Compare a CSV file that Entra exported with the list; - is standard input", Args: cobra.ExactArgs(1),
		Long: `Compare a CSV file that Entra exported with the list: who is missing, who is extra, whose record differs, and who is in a group on one
side only. FILE is what "Download users", a group's "Download members" or the provisioning log's "Download" gives. Nothing is changed.`,
		RunE: func(c *cobra.Command, args []string) error {
			content, err := p.readExport(args[0])
			if err != nil {
				return err
			}
			export, err := admin.OpenDriftFile(content)
			if err == nil {
				err = export.Check()
			}
			if err != nil {
				return err
			}
			return p.withConnection(c.Context(), connection, func(s *store.Store, connection store.Connection) error {
				if err := ownedBy(c.Context(), s, connection, org); err != nil {
					return err
				}
				return p.compareExport(c.Context(), s, connection, group, export)
			})
		},
	})
	c.Flags().StringVar(&org, "org", "", "the slug of the organization that the connection belongs to")
	addConnectionFlag(c, &connection)
	c.Flags().StringVar(&group, "group", "", "for an export of a group's members: the group's name, object id or id")
	return c
}

// ownedBy demands that a connection belongs to the organization that a command names, if it names one.
func ownedBy(ctx context.Context, s *store.Store, c store.Connection, org string) error {
	if org == "" {
		return nil
	}
	o, err := findOrg(ctx, s, org)
	if err == nil && o.ID != c.OrganizationID {
		err = fmt.Errorf("the connection %s does not belong to %s; `doorlist connection list` shows whose it is", c.Slug, o.Slug)
	}
	return err
}

// readExport reads a file that admin.OpenDriftFile judges, up to one byte more than that takes.
func (p *program) readExport(name string) ([]byte, error) {
	from := p.stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, fmt.Errorf("the file cannot be read: %w", err)
		}
		defer f.Close()
		from = f
	}
	content, err := io.ReadAll(io.LimitReader(from, admin.MaxDriftBytes+1))
	if err != nil {
		return nil, fmt.Errorf("the file cannot be read: %w", err)
	}
	return content, nil
}

func (p *program) compareExport(ctx context.Context, s *store.Store, connection store.Connection, group string, export *admin.DriftFile) error {
	c := admin.DriftComparison{Directory: s.Directory(connection.Directory())}
	if (export.Kind == admin.DriftMembers) != (group != "") {
		return usagef("the file is an export of %s: --group is for the members of a group, and needed for them", export.Kind)
	}
	if group != "" {
		var err error
		if c.Group, err = admin.FindDriftGroup(ctx, c.Directory, group); errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("%s has no group %q", connection.Slug, group)
		} else if err != nil {
			return err
		}
		if c.Role, err = admin.DriftRoleOf(ctx, s.Organization(connection.OrganizationID), connection, c.Group); err != nil {
			return err
		}
	}
	view := driftView{Group: c.Group.DisplayName, Role: c.Role, Details: []admin.Difference{}}
	var err error
	view.DriftReport, err = c.Run(ctx, export, func(d admin.Difference) error {
		view.Details = append(view.Details, d)
		return nil
	}, nil)
	if err != nil {
		return err
	}
	if p.json {
		return p.printJSON(view)
	}
	return p.printDrift(view)
}

func (p *program) printDrift(v driftView) error {
	fmt.Fprintf(p.stdout, "%s: %d people, %d by object id and %d by user name alone; %d agree.\n", v.File, v.People, v.ByObjectID, v.ByUserName, v.Agree)
	if v.PassedOver > 0 {
		fmt.Fprintf(p.stdout, "%d lines are about something else and were passed over.\n", v.PassedOver)
	}
	if v.Residue > 0 {
		fmt.Fprintf(p.stdout, "%d people are switched off here and not in the file, as it should be.\n", v.Residue)
	}
	for _, kind := range admin.Drifts {
		if v.Counts[kind] == 0 {
			continue
		}
		fmt.Fprintf(p.stdout, "\n%s: %d\n%s\n", kind.Title(), v.Counts[kind], kind.Step())
		var rows [][]string
		for _, d := range v.Details {
			if d.Drift == kind {
				rows = append(rows, []string{cmp.Or(d.UserName, d.DisplayName), d.ObjectID, d.Differs(), d.Note})
			}
		}
		if err := p.printTable([]string{"PERSON", "OBJECT ID", "DIFFERS", "NOTE"}, rows); err != nil {
			return err
		}
	}
	return nil
}

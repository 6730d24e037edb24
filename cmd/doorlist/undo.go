package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"doorlist/admin"
	"doorlist/store"
)

// undoView is an undo, or what it would do, in JSON.
type undoView struct {
	DryRun  bool           `json:"dry_run"`
	Undone  int            `json:"undone"`
	Skipped int            `json:"skipped"`
	Left    int            `json:"left"` // changes that a dry run did not get to
	Steps   []undoStepView `json:"steps"`
}

type undoStepView struct {
	Event  string   `json:"event"`
	Action string   `json:"action"`
	Said   string   `json:"said"`
	Does   string   `json:"does"`
	Stays  string   `json:"stays"`
	People []string `json:"people,omitempty"`
}

func (p *program) undoCommand() *cobra.Command {
	var org, connection, cycle string
	var dry bool
	c := p.addJSON(&cobra.Command{
		Use: "undo [EVENT]", Short: "Undo a change, or a provisioning cycle", Args: cobra.MaximumNArgs(1),
		Long: `Undo a change, or all that a provider changed in a cycle. EVENT is an id as in ` + "`doorlist audit list`" + `; --cycle is an id, or "last", with
--connection. What has changed since is skipped and told. --dry-run says what would happen, and changes nothing.`,
		RunE: func(c *cobra.Command, args []string) error {
			if (len(args) == 1) == (cycle != "") {
				return usagef("say what to undo: the id of an event, or --cycle with --connection")
			}
			if cycle != "" {
				return p.withConnection(c.Context(), connection, func(s *store.Store, connection store.Connection) error {
					plan, err := planCycle(c.Context(), s, connection, cycle)
					if err != nil {
						return err
					}
					return p.undo(c.Context(), s, plan, dry)
				})
			}
			return p.withOrg(c.Context(), org, func(s *store.Store, o store.Organization) error {
				plan, err := s.Organization(o.ID).PlanUndoOf(c.Context(), args[0])
				if errors.Is(err, store.ErrNotFound) {
					return fmt.Errorf("%s has no event %q; `doorlist audit list --org %s --json` shows their ids", o.Slug, args[0], o.Slug)
				}
				if err != nil {
					return err
				}
				return p.undo(c.Context(), s, plan, dry)
			})
		},
	})
	c.Flags().StringVar(&org, "org", "", "the slug of an organization")
	addConnectionFlag(c, &connection)
	c.Flags().StringVar(&cycle, "cycle", "", "the id of a provisioning cycle, or \"last\"")
	c.Flags().BoolVar(&dry, "dry-run", false, "say what would happen")
	return c
}

// planCycle plans to undo a cycle, or the last one that changed something.
func planCycle(ctx context.Context, s *store.Store, c store.Connection, cycle string) (store.UndoPlan, error) {
	scope := s.Organization(c.OrganizationID)
	for before := ""; ; {
		cycles, err := scope.Cycles(ctx, c.ID, before, 0)
		if err != nil {
			return store.UndoPlan{}, err
		}
		if len(cycles) == 0 {
			return store.UndoPlan{}, fmt.Errorf("%s has no cycle %q that changed something", c.Slug, cycle)
		}
		for _, y := range cycles {
			if before = y.ID; y.Noted.First != "" && (cycle == "last" || cycle == y.ID) {
				return scope.PlanUndoSpan(ctx, store.EventSpan{DirectoryID: c.DirectoryID, First: y.Noted.First, Last: y.Noted.Last})
			}
		}
	}
}

// undo carries a plan out, or says what that would do.
func (p *program) undo(ctx context.Context, s *store.Store, plan store.UndoPlan, dry bool) error {
	rules, err := recordsOf(s)(ctx, plan.OrganizationID)
	if err != nil {
		return err
	}
	rules.MayGrant = func(_ string, r store.Role) bool { return mayGrant(ctx, r) == nil }
	var result store.UndoResult
	if dry {
		result, err = s.PreviewUndo(ctx, actorOf(ctx), plan, rules)
	} else {
		result, err = s.Undo(ctx, actorOf(ctx), plan, 0, time.Now().Add(undoLasts), rules)
	}
	if err != nil {
		return err
	}
	view := undoView{DryRun: dry, Undone: result.Done, Skipped: result.Skipped, Left: len(plan.Units) - result.Next, Steps: []undoStepView{}}
	for _, step := range result.Steps {
		view.Steps = append(view.Steps, undoStepView{step.Event.ID, step.Event.Action, admin.Summary(step.Event), step.Does, stays(step), step.People})
	}
	if p.json {
		return p.printJSON(view)
	}
	return p.printUndo(view)
}

// stays says why something stays, and of what was undone already, when and by whom.
func stays(step store.UndoStep) string {
	if step.Earlier.ID == "" {
		return step.Not
	}
	by := step.Earlier.Actor
	return fmt.Sprintf("%s (%s, by %s)", step.Not, moment(step.Earlier.At), cmp.Or(by.Name, by.ID, string(by.Kind)))
}

// undoLasts is more than any cycle takes to undo.
const undoLasts = 24 * time.Hour

func (p *program) printUndo(v undoView) error {
	rows := make([][]string, len(v.Steps))
	for i, s := range v.Steps {
		rows[i] = []string{s.Said, strings.TrimSpace(s.Does + " " + strings.Join(s.People, ", ")), s.Stays}
	}
	if err := p.printTable([]string{"WHAT HAPPENED", "UNDO", "STAYS"}, rows); err != nil {
		return err
	}
	said := "Undone"
	if v.DryRun {
		said = "Nothing is changed. Would be undone"
	}
	_, err := fmt.Fprintf(p.stdout, "%s: %d. Stay as they are: %d. Not looked at: %d.\nThe provider does not notice: change it there too, or it overwrites what is undone.\n", said, v.Undone, v.Skipped, v.Left)
	return err
}

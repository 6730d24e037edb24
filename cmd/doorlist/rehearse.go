package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"doorlist/auth"
	"doorlist/store"
)

// rehearsalView is whom a change would concern, before it is made.
type rehearsalView struct {
	Changed bool `json:"changed"` // false: this was a rehearsal
	foresightView
}

type foresightView struct {
	Summary string        `json:"summary"`
	Kinds   []auth.Kind   `json:"kinds"`
	Changes []auth.Change `json:"changes"`
}

// removedView names what was removed.
type removedView struct {
	ID string `json:"id"`
}

// addDryRun adds --dry-run to a command that changes people's roles.
func addDryRun(c *cobra.Command, dryRun *bool) {
	c.Flags().BoolVar(dryRun, "dry-run", false, "tell who would have another role or way in, by name, and change nothing")
}

// rehearse tells whom a change would concern. Nothing of it stays.
func (p *program) rehearse(ctx context.Context, s *store.Store, o store.Organization, change func(tx *store.Tx) error) error {
	seen, err := p.foresee(ctx, s, o, change)
	if err != nil {
		return err
	}
	if p.json {
		return p.print(rehearsalView{foresightView: viewForesight(seen)}, "")
	}
	return p.describeForesight(seen)
}

// foresee tries a change out, and leaves out the names of those whom the caller does not see.
func (p *program) foresee(ctx context.Context, s *store.Store, o store.Organization, change func(tx *store.Tx) error) (auth.Foresight, error) {
	prospect, err := auth.Try(ctx, s, o.ID, actorOf(ctx), change)
	if err != nil {
		return auth.Foresight{}, err
	}
	asked := auth.Asked{Named: fewNames}
	if p.json {
		asked.Named = 0
	}
	seen, err := prospect.Foresee(ctx, nil, asked)
	if limit := scopeOf(ctx); limit != nil && err == nil {
		seen = seen.Anonymous(func(id string) bool { return id == limit.organizationID })
	}
	return seen, err
}

func viewForesight(seen auth.Foresight) foresightView {
	return foresightView{Summary: seen.Summary(), Kinds: seen.Kinds, Changes: seen.Changes()}
}

func (p *program) describeForesight(seen auth.Foresight) error {
	if _, err := fmt.Fprintln(p.stdout, seen.Summary()); err != nil {
		return err
	}
	for _, k := range seen.Kinds {
		for _, c := range k.Changes {
			if _, err := fmt.Fprintf(p.stdout, "  %s\n", changeLine(c)); err != nil {
				return err
			}
		}
		if more := k.People - len(k.Changes); more > 0 {
			if _, err := fmt.Fprintf(p.stdout, "  and %d more; --json lists all\n", more); err != nil {
				return err
			}
		}
	}
	_, err := fmt.Fprintln(p.stdout, "Nothing was changed.")
	return err
}

func changeLine(c auth.Change) string {
	name := c.UserName
	if name == "" {
		name = "somebody of an organization above"
	}
	words := c.Words()
	return plain(fmt.Sprintf("%s at %s: %s -> %s", name, c.Organization, words[0], words[1]))
}

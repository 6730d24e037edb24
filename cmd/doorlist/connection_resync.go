package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"doorlist/scim"
	"doorlist/store"
)

// resyncView is what a connection still waits for after a restore.
type resyncView struct {
	Connection string        `json:"connection"`
	CopiedAt   *time.Time    `json:"copied_at"` // null where it waits for nothing
	RestoredAt *time.Time    `json:"restored_at"`
	Unnamed    int           `json:"unnamed"`
	People     []unnamedView `json:"people"` // the first of them
}

type unnamedView struct {
	ID       string `json:"id"`
	UserName string `json:"user_name"`
}

func (p *program) connectionResyncCommand() *cobra.Command {
	var done bool
	c := p.addJSON(&cobra.Command{
		Use: "resync CONNECTION", Short: "List whom the provider has not named since a restore, and may have left", Args: cobra.ExactArgs(1),
		Long: `After a restore, list those who can come in and whom the provider has not asked for or changed since. Restart provisioning there first, so that it names everybody who
is still assigned. When everybody was named the connection waits no more, by itself; with --done at once.`,
		RunE: func(c *cobra.Command, args []string) error {
			return p.withConnection(c.Context(), args[0], func(s *store.Store, connection store.Connection) error {
				if done {
					return p.settleResync(c.Context(), s, connection)
				}
				return p.showResync(c.Context(), s, connection)
			})
		},
	})
	c.Flags().BoolVar(&done, "done", false, "the people of the connection are those of today: wait no more")
	return c
}

func (p *program) settleResync(ctx context.Context, s *store.Store, c store.Connection) error {
	err := write(ctx, s, func(tx *store.Tx) error { return tx.Organization(c.OrganizationID).SettleResync(c.ID) })
	if err != nil {
		return err
	}
	return p.print(resyncView{Connection: c.Slug, People: []unnamedView{}}, "%s waits for nothing any more.", c.Slug)
}

func (p *program) showResync(ctx context.Context, s *store.Store, c store.Connection) error {
	waiting, err := awaitedResync(ctx, s, c)
	if err != nil {
		return err
	}
	view := resyncView{Connection: c.Slug, CopiedAt: stamp(waiting.CopiedAt), RestoredAt: stamp(waiting.RestoredAt), Unnamed: waiting.Unnamed, People: []unnamedView{}}
	if view.CopiedAt == nil {
		return p.print(view, "%s waits for nothing.", c.Slug)
	}
	people, err := s.Organization(c.OrganizationID).UnnamedPeople(ctx, c.ID)
	if err != nil {
		return err
	}
	rows := make([][]string, 0, len(people))
	for _, n := range people {
		view.People, rows = append(view.People, unnamedView{n.UserID, n.UserName}), append(rows, []string{n.UserName, n.UserID})
	}
	if p.json {
		return p.printJSON(view)
	}
	fmt.Fprintf(p.stdout, "The people are those of %s. The provider has not named %d of them since the restore:\n", day(view.CopiedAt), view.Unnamed)
	return p.printTable([]string{"USER", "ID"}, rows)
}

// awaitedResync is what a connection waits for; the zero one for nothing.
func awaitedResync(ctx context.Context, s *store.Store, c store.Connection) (store.Resync, error) {
	all, err := s.Organization(c.OrganizationID).Resyncs(ctx)
	for _, r := range all {
		if r.ConnectionID == c.ID {
			return r, err
		}
	}
	return store.Resync{}, err
}

// resync warns that the people of a connection are those of a copy.
func (d *doctor) resync(about string, c store.Connection, all []store.Resync) {
	for _, r := range all {
		if r.ConnectionID == c.ID {
			d.say(isWarning, about, fmt.Sprintf("its people were restored from a copy of %s, and the provider has not named %d of them since: they may have left", r.CopiedAt.Format(time.RFC3339), r.Unnamed),
				"restart provisioning at the provider; who is then still listed by `doorlist connection resync "+c.Slug+"` is not assigned there any more")
		}
	}
}

// resyncRounds is how many rounds of upkeep lie between two looks at what providers have named since a restore.
const resyncRounds = 5

func followResyncs(ctx context.Context, s *store.Store, log *slog.Logger) {
	if err := s.FollowResyncs(ctx, scim.Named); err != nil && ctx.Err() == nil {
		log.WarnContext(ctx, "whom providers have named since the restore could not be looked at; the next try is in five minutes", "error", err)
	}
}

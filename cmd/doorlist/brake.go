package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"doorlist/store"
)

type brakeView struct {
	Connection string     `json:"connection"`
	People     int        `json:"people"`
	Percent    int        `json:"percent"`
	Hold       string     `json:"hold"`
	Held       []heldView `json:"held"`
}

type heldView struct {
	UserID   string `json:"user_id"`
	UserName string `json:"user_name"`
	Deleted  bool   `json:"deleted"` // by the provider; otherwise it has switched them off
	Since    string `json:"since"`   // "" for who is kept by a release
	Until    string `json:"until"`   // when the push takes effect by itself; "" for never
}

func viewBrake(c store.Connection, b store.Brake, held []store.Held) brakeView {
	v := brakeView{Connection: c.Slug, People: b.People, Percent: b.Percent, Hold: hours(b.Hold), Held: []heldView{}}
	for _, h := range held {
		v.Held = append(v.Held, heldView{UserID: h.UserID, UserName: h.UserName, Deleted: h.Deleted, Since: moment(h.Since), Until: moment(h.Until)})
	}
	return v
}

func hours(d time.Duration) string { return fmt.Sprintf("%dh", int(d.Hours())) }

// moment shows a time; "" for none.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339)
}

func (p *program) brakeCommand() *cobra.Command {
	return group("brake", "The brake: what happens when a push switches off many people at once",
		p.brakeShowCommand(), p.brakeSetCommand(), p.brakeApplyCommand(), p.brakeReleaseCommand())
}

func (p *program) brakeShowCommand() *cobra.Command {
	var connection string
	c := p.addJSON(&cobra.Command{
		Use: "show", Short: "Show a connection's brake, and whom it holds", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return p.withConnection(c.Context(), connection, func(s *store.Store, connection store.Connection) error {
				return p.showBrake(c.Context(), s, connection)
			})
		},
	})
	addConnectionFlag(c, &connection)
	return c
}

func (p *program) showBrake(ctx context.Context, s *store.Store, c store.Connection) error {
	b, err := s.Directory(c.Directory()).BrakeOf(ctx)
	if err != nil {
		return err
	}
	held, err := s.Directory(c.Directory()).Held(ctx)
	if err != nil {
		return err
	}
	view := viewBrake(c, b, held)
	if p.json {
		return p.printJSON(view)
	}
	switch {
	case b.Percent == 100:
		fmt.Fprintf(p.stdout, "The brake of %s is off.\n", c.Slug)
	case b.Hold == 0:
		fmt.Fprintf(p.stdout, "The brake of %s holds nobody. It gives the alarm when more than %d people and %d%% of all leave within an hour; --hold 24h makes it hold whoever follows.\n", c.Slug, b.People, b.Percent)
	default:
		fmt.Fprintf(p.stdout, "The brake of %s holds whoever leaves within an hour beyond %d people and %d%% of all, for %s.\n", c.Slug, b.People, b.Percent, store.Span(b.Hold))
	}
	if len(held) == 0 {
		_, err = fmt.Fprintln(p.stdout, "It holds nobody.")
		return err
	}
	rows := make([][]string, len(view.Held))
	for i, h := range view.Held {
		push := "switched off"
		if h.Deleted {
			push = "deleted"
		}
		rows[i] = []string{h.UserName, push, h.Since, h.Until, h.UserID}
	}
	return p.printTable([]string{"HELD", "PROVIDER", "SINCE", "UNTIL", "ID"}, rows)
}

func (p *program) brakeSetCommand() *cobra.Command {
	var connection string
	b := store.DefaultBrake
	c := p.addJSON(&cobra.Command{
		Use: "set", Short: "Change when a connection's brake holds people, and for how long", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			flags := c.Flags()
			if !flags.Changed("people") && !flags.Changed("percent") && !flags.Changed("hold") {
				return usagef("say what to change; `doorlist brake set --help` lists the flags")
			}
			return p.withConnection(c.Context(), connection, func(s *store.Store, connection store.Connection) error {
				wanted, err := s.Directory(connection.Directory()).BrakeOf(c.Context())
				if err != nil {
					return err
				}
				for name, apply := range map[string]func(){
					"people": func() { wanted.People = b.People }, "percent": func() { wanted.Percent = b.Percent }, "hold": func() { wanted.Hold = b.Hold },
				} {
					if flags.Changed(name) {
						apply()
					}
				}
				err = write(c.Context(), s, func(tx *store.Tx) error { return tx.Directory(connection.Directory()).SetBrake(wanted) })
				if err != nil {
					return err
				}
				return p.showBrake(c.Context(), s, connection)
			})
		},
	})
	addConnectionFlag(c, &connection)
	c.Flags().IntVar(&b.People, "people", b.People, "so many people may leave within an hour in any case")
	c.Flags().IntVar(&b.Percent, "percent", b.Percent, "and so many of a hundred; 100 switches the brake off")
	spanVar(c.Flags(), &b.Hold, "hold", b.Hold, "how long people are held, from 1 hour to 30 days, e.g. 24h; then they lose their access. 0 gives the alarm only")
	return c
}

func (p *program) brakeApplyCommand() *cobra.Command {
	return p.brakeDecision("apply [WHO]", "Let a mass departure take effect now, or on one person", "The departure of %d people of %s has taken effect.\n", (*store.DirectoryTx).ApplyHeld)
}

func (p *program) brakeReleaseCommand() *cobra.Command {
	return p.brakeDecision("release [WHO]", "Keep those whom the brake holds, or one of them: it was a mistake", "Kept %d people of %s.\n", (*store.DirectoryTx).ReleaseHeld)
}

// brakeDecision makes a command that decides about those whom a brake holds.
func (p *program) brakeDecision(use, short, done string, decide func(d *store.DirectoryTx, userID string) (int, error)) *cobra.Command {
	var connection string
	c := &cobra.Command{
		Use: use, Short: short, Args: cobra.MaximumNArgs(1),
		Long: short + ". WHO is a userName, an e-mail address, an externalId or an id, as in `doorlist brake show`.",
		RunE: func(c *cobra.Command, args []string) error {
			return p.withConnection(c.Context(), connection, func(s *store.Store, connection store.Connection) error {
				userID, err := heldPerson(c.Context(), s, connection, args)
				if err != nil {
					return err
				}
				n := 0
				err = write(c.Context(), s, func(tx *store.Tx) (err error) {
					n, err = decide(tx.Directory(connection.Directory()), userID)
					return err
				})
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(p.stdout, done, n, connection.Slug)
				return err
			})
		},
	}
	addConnectionFlag(c, &connection)
	return c
}

// heldPerson finds the person whom a command names, as an id; "" for everybody.
func heldPerson(ctx context.Context, s *store.Store, c store.Connection, args []string) (string, error) {
	if len(args) == 0 {
		return "", nil
	}
	who, err := onePerson(ctx, s, store.Organization{ID: c.OrganizationID, Slug: c.Slug}, args[0])
	if err == nil && (who.Connection.ID != c.ID || !who.User.Held) {
		err = fmt.Errorf("the brake of %s does not hold %s; `doorlist brake show --connection %s` lists whom it holds", c.Slug, args[0], c.Slug)
	}
	return who.User.ID, err
}

func addConnectionFlag(c *cobra.Command, connection *string) {
	c.Flags().StringVar(connection, "connection", "", "the slug of a connection")
}

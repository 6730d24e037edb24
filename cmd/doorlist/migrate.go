package main

import (
	"github.com/spf13/cobra"

	"doorlist/store"
)

type schemaView struct {
	Have int64 `json:"have"`
	Want int64 `json:"want"`
}

func (p *program) migrateCommand() *cobra.Command {
	return group("migrate", "The database's schema; safe to change while an older server is up",
		p.migrateUpCommand(), p.migrateStatusCommand())
}

func (p *program) migrateUpCommand() *cobra.Command {
	return p.addJSON(&cobra.Command{
		Use: "up", Short: "Bring the schema up to date", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return p.withSchema(c, func(s *store.Store) error { return migrate(c.Context(), s) })
		},
	})
}

func (p *program) migrateStatusCommand() *cobra.Command {
	return p.addJSON(&cobra.Command{
		Use: "status", Short: "Say which schema the database has and which this version needs", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return p.withSchema(c, func(*store.Store) error { return nil })
		},
	})
}

// withSchema opens the store whatever its schema, runs fn and prints the schema.
func (p *program) withSchema(c *cobra.Command, fn func(s *store.Store) error) error {
	s, err := p.openStore(c.Context())
	if err != nil {
		return err
	}
	defer s.Close()
	if err := fn(s); err != nil {
		return err
	}
	have, want, err := s.Schema(c.Context())
	if err != nil {
		return err
	}
	view := schemaView{Have: have, Want: want}
	switch {
	case have < want:
		return p.print(view, "The database has schema %d and this version needs %d: run `doorlist migrate up`.", have, want)
	case have > want:
		if err := s.Ready(c.Context()); err != nil {
			return err
		}
		return p.print(view, "The database has schema %d, newer than this version's %d, which works on it beside the newer one.", have, want)
	}
	return p.print(view, "The schema is up to date (%d).", have)
}

package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/user"

	"doorlist/store"
)

// openStore opens the database of the settings. It does not look at the schema.
func (p *program) openStore(ctx context.Context) (*store.Store, error) {
	key, err := p.masterKey()
	if err != nil {
		return nil, err
	}
	previous, err := p.previousMasterKey()
	if err != nil {
		return nil, err
	}
	s, err := store.Open(ctx, store.Options{
		URL: p.config.Database, MasterKey: key, PreviousMasterKey: previous, Now: p.now, Logger: p.logger(),
	})
	if err != nil {
		return nil, fmt.Errorf("opening the database: %w", err)
	}
	return s, nil
}

// logger writes to standard error, in the format of the settings.
func (p *program) logger() *slog.Logger {
	if p.config.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(p.stderr, nil))
	}
	return slog.New(slog.NewTextHandler(p.stderr, nil))
}

// requireSchema migrates an empty database, so that the first command needs no other before it, and refuses one that this version does not
// work on: a command that lists something must not change a schema in passing.
func (p *program) requireSchema(ctx context.Context, s *store.Store) error {
	err := s.Ready(ctx)
	if unfit, ok := errors.AsType[*store.SchemaError](err); ok && unfit.Have == 0 {
		return migrate(ctx, s)
	}
	return err
}

// requireMasterKey refuses a master key other than that of the audit trails.
func requireMasterKey(ctx context.Context, s *store.Store) error {
	if err := s.CheckMasterKey(ctx); err != nil {
		return fmt.Errorf("%w; give the --master-key with which this database was set up", err)
	}
	return nil
}

func migrate(ctx context.Context, s *store.Store) error {
	if err := s.Migrate(ctx); err != nil {
		return fmt.Errorf("bringing the database's schema up to date: %w", err)
	}
	return nil
}

// write changes something in the name of whoever runs the command.
func write(ctx context.Context, s *store.Store, fn func(tx *store.Tx) error) error {
	return s.Write(ctx, actorOf(ctx), fn)
}

// administrator is who runs the command, for the audit trail.
func administrator() store.Actor {
	actor := store.Actor{Kind: store.Administrator, ID: fmt.Sprint(os.Getuid()), Name: "terminal"}
	if u, err := user.Current(); err == nil {
		actor.ID, actor.Name = u.Username, u.Username
	}
	return actor
}

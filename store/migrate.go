package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations
var migrations embed.FS

// Migrate brings the schema up to date. Several nodes may call it at once: on PostgreSQL an advisory lock lets one of
// them work; on SQLite the loser of a race sees the winner's work and is content.
func (s *Store) Migrate(ctx context.Context) error {
	return s.withGoose(func(p *goose.Provider) error {
		const tries = 50
		for try := 1; ; try++ {
			_, err := p.Up(ctx)
			if err == nil {
				return nil
			}
			if pending, e := p.HasPending(ctx); e == nil && !pending {
				return nil
			}
			if s.dialect != sqliteDialect || try == tries || ctx.Err() != nil {
				return fmt.Errorf("migrating the schema: %w", err)
			}
			time.Sleep(100 * time.Millisecond)
		}
	})
}

// Schema tells the version of the database's schema (0: empty) and the version that this program needs.
func (s *Store) Schema(ctx context.Context) (have, want int64, err error) {
	// A database that cannot be read is not one that is empty.
	if err := s.read.row(ctx, "SELECT 1", nil, new(int)); err != nil {
		return 0, 0, err
	}
	if have, err = s.read.schemaVersion(ctx); err != nil {
		have = 0
	}
	return have, s.dialect.newestSchema(), nil
}

func (s *Store) withGoose(fn func(p *goose.Provider) error) error {
	var options []goose.ProviderOption
	if s.dialect == postgresDialect {
		// The lock is asked for every second: the standard five make nodes that start together wait for each other in turn.
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300))
		if err != nil {
			return err
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	db, err := s.writer.pool()
	if err != nil {
		return err
	}
	return s.gooseOn(db, fn, options...)
}

// gooseOn has goose work on a database of its own.
func (s *Store) gooseOn(db *sql.DB, fn func(p *goose.Provider) error, more ...goose.ProviderOption) error {
	files, err := fs.Sub(migrations, "migrations/"+s.dialect.name)
	if err != nil {
		return err
	}
	dialect := goose.DialectSQLite3
	if s.dialect == postgresDialect {
		dialect = goose.DialectPostgres
	}
	options := append(more, goose.WithDisableGlobalRegistry(true), goose.WithGoMigrations(s.migrateMembers()))
	p, err := goose.NewProvider(dialect, db, files, options...)
	if err != nil {
		return err
	}
	return fn(p)
}

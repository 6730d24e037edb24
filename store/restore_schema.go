package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// makeEmptySchema gives an empty database the schema of a version, within the transaction of c. *RefusedError if anything is kept in it.
func (s *Store) makeEmptySchema(ctx context.Context, c conn, version, newest int64) error {
	if s.dialect == postgresDialect { // the lock under which servers migrate
		if err := c.row(ctx, "SELECT pg_advisory_xact_lock(?)::text", []any{int64(lock.DefaultLockID)}, new(string)); err != nil {
			return err
		}
	}
	tables, err := c.tables(ctx)
	if err != nil {
		return err
	}
	if len(tables) > 0 {
		if err := c.demandEmpty(ctx, tables); err != nil {
			return err
		}
		have, err := c.schemaVersion(ctx)
		if err != nil {
			return err
		}
		if have > newest {
			return &RefusedError{fmt.Sprintf("the database has schema %d and this version knows %d: restore with the newer version", have, newest)}
		}
		if have == version {
			return nil
		}
		if err := c.dropTables(ctx, slices.Concat(tables, derivedTables, []string{"goose_db_version"})); err != nil {
			return err
		}
	}
	return s.migrateWithin(ctx, c, version)
}

// demandEmpty refuses tables in which there is something.
func (c conn) demandEmpty(ctx context.Context, tables []string) error {
	for _, table := range tables {
		filled, err := found(c.row(ctx, "SELECT 1 FROM "+table+" LIMIT 1", nil, new(int)))
		if err != nil {
			return err
		}
		if filled {
			return &RefusedError{"the database is in use already (there is something in " + table + "): a backup is restored into an empty one, so give a new file or a new database as --database"}
		}
	}
	return nil
}

func (c conn) dropTables(ctx context.Context, tables []string) error {
	for _, table := range tables {
		if _, err := c.exec(ctx, "DROP TABLE IF EXISTS "+table); err != nil {
			return err
		}
	}
	return nil
}

// migrateWithin migrates to a version within the transaction of c.
func (s *Store) migrateWithin(ctx context.Context, c conn, version int64) error {
	if s.dialect == postgresDialect { // which changes no table that has triggers to run yet
		if _, err := c.exec(ctx, "SET CONSTRAINTS ALL IMMEDIATE"); err != nil {
			return err
		}
	}
	db := sql.OpenDB(nested{c.db.Statement.ConnPool})
	defer db.Close()
	err := s.gooseOn(db, func(p *goose.Provider) error {
		_, err := p.UpTo(ctx, version)
		return err
	})
	if err != nil {
		return fmt.Errorf("making the schema: %w", err)
	}
	have, err := c.schemaVersion(ctx)
	if err == nil && have != version {
		err = fmt.Errorf("making the schema: it is at version %d instead of %d", have, version)
	}
	return err
}

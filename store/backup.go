package store

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"
)

// BackupInfo is what a backup says of itself.
type BackupInfo struct {
	Database string    // of which kind: "sqlite" or "postgres"
	Schema   int64     // its version
	At       time.Time // all that was acknowledged before is in the copy
	Rows     int64     // in all tables
}

// formerTables were kept by earlier schemas, of which a copy can still be made.
var formerTables = []string{"scim_exchanges"}

// derivedTables are filled by the database itself, from the others, and by migrations.
var derivedTables = []string{"credential_revisions", "schema_floor"}

// keptTables is everything that is kept: what belongs to an organization, and what stays when it is gone.
var keptTables = without(slices.Concat([]string{"organizations", "retired_slugs", "decisions", "events", "event_concerns", "trail_starts", "audit_keys", "audit_blocks",
	"audit_horizons", "audit_trails", "audit_cursors", "device_requests"}, organizationTables, connectionTables, directoryTables, formerTables), derivedTables)

// Backup writes a copy of everything that is kept, of one moment, while others go on writing. It needs little memory, however much there is.
// progress, which may be nil, is told how many rows of a table are written. The master key is not in the copy, and nothing that it seals can be
// read without it; the copy is proved with it, so that Restore takes nothing that somebody has changed. ErrSealed without a master key.
func (s *Store) Backup(ctx context.Context, w io.Writer, progress func(table string, rows int64)) (BackupInfo, error) {
	info := BackupInfo{Database: s.dialect.name, At: s.Now()}
	have, _, err := s.Schema(ctx)
	switch {
	case err != nil:
		return info, err
	case have == 0:
		return info, &RefusedError{"the database is empty: there is nothing to make a copy of"}
	}
	if err := s.read.demandKnownSchema(ctx, "make the copy"); err != nil {
		return info, err
	}
	err = s.snapshot(ctx, func(c conn) error {
		if info.Schema, err = c.schemaVersion(ctx); err != nil {
			return err
		}
		f, err := newBackupWriter(w, s.backupKeys, info)
		if err != nil {
			return err
		}
		tables, err := c.tables(ctx)
		if err != nil {
			return err
		}
		for _, table := range tables {
			if err := c.copyTable(ctx, f, table, progress); err != nil {
				return fmt.Errorf("copying %s: %w", table, err)
			}
		}
		info.Rows = f.rows
		return f.finish()
	})
	return info, err
}

// snapshot runs fn on the database as it is at one moment. Nobody waits for it.
func (s *Store) snapshot(ctx context.Context, fn func(c conn) error) error {
	err := s.read.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		c := conn{db: tx, d: s.dialect, took: &s.load.reads}
		if err := c.takeTime(ctx); err != nil {
			return err
		}
		return fn(c)
	}, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	return s.dialect.translate(err)
}

// takeTime lifts the limits that keep a statement of a request short.
func (c conn) takeTime(ctx context.Context) error {
	for _, statement := range c.d.unhurried {
		if _, err := c.exec(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// schemaVersion is what the schema is at.
func (c conn) schemaVersion(ctx context.Context) (version int64, err error) {
	err = c.row(ctx, "SELECT max(version_id) FROM goose_db_version WHERE is_applied", nil, &version)
	return version, err
}

// tables lists those of keptTables that the schema has, in order.
func (c conn) tables(ctx context.Context) (names []string, err error) {
	err = c.rows(ctx, c.d.tables, nil, func(scan scanner) error {
		var name string
		err := scan(&name)
		if slices.Contains(keptTables, name) {
			names = append(names, name)
		}
		return err
	})
	slices.Sort(names)
	return names, err
}

// tableColumn is a column of a table with the database's word for its type.
type tableColumn struct{ name, kind string }

func (c conn) columns(ctx context.Context, table string) (list []tableColumn, err error) {
	err = c.rows(ctx, c.d.columns, []any{table}, func(scan scanner) error {
		var column tableColumn
		err := scan(&column.name, &column.kind)
		list = append(list, column)
		return err
	})
	slices.SortFunc(list, func(a, b tableColumn) int { return strings.Compare(a.name, b.name) })
	return list, err
}

// progressEvery is after how many rows somebody is told.
const progressEvery = 10_000

func (c conn) copyTable(ctx context.Context, f *backupWriter, table string, progress func(table string, rows int64)) error {
	columns, err := c.columns(ctx, table)
	if err != nil {
		return err
	}
	names, values, dest := make([]string, len(columns)), make([]any, len(columns)), make([]any, len(columns))
	for i, column := range columns {
		names[i], dest[i] = column.name, &values[i]
	}
	if err := f.table(table, names); err != nil {
		return err
	}
	var n int64
	err = c.rows(ctx, "SELECT "+strings.Join(names, ", ")+" FROM "+table, nil, func(scan scanner) error {
		if err := scan(dest...); err != nil {
			return err
		}
		if n++; progress != nil && n%progressEvery == 0 {
			progress(table, n)
		}
		return f.row(values)
	})
	if progress != nil && n > 0 {
		progress(table, n)
	}
	return err
}

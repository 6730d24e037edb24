package store

import (
	"context"
	"database/sql"
	"slices"

	"github.com/pressly/goose/v3"
)

// migrateMembers is migration 4: the column by which the names of members are compared, and what the planner has to know of
// members. It is no file of SQL because Fold alone folds the names that are there.
func (s *Store) migrateMembers() *goose.Migration {
	up := func(ctx context.Context, tx *sql.Tx) error {
		if err := executeAll(ctx, tx, "ALTER TABLE members ADD COLUMN display_key text"+s.dialect.collate+" NOT NULL DEFAULT ''",
			"CREATE TEMPORARY TABLE folded (display text, display_key text)"); err != nil {
			return err
		}
		if err := s.foldDisplays(ctx, tx); err != nil {
			return err
		}
		return executeAll(ctx, tx, slices.Concat(s.dialect.memberStatistics, []string{
			"UPDATE members SET display_key = f.display_key FROM folded f WHERE f.display = members.display", "DROP TABLE folded"})...)
	}
	down := func(ctx context.Context, tx *sql.Tx) error {
		return executeAll(ctx, tx, "ALTER TABLE members DROP COLUMN display_key") // statistics that stay do no harm
	}
	return goose.NewGoMigration(4, &goose.GoFunc{RunTx: up}, &goose.GoFunc{RunTx: down})
}

func executeAll(ctx context.Context, tx *sql.Tx, statements ...string) error {
	for _, statement := range statements {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// foldDisplays folds each name that was sent for a member.
func (s *Store) foldDisplays(ctx context.Context, tx *sql.Tx) error {
	names, err := sentDisplays(ctx, tx)
	if err != nil {
		return err
	}
	insert := "INSERT INTO folded (display, display_key) VALUES (?, ?)"
	if s.dialect == postgresDialect {
		insert = "INSERT INTO folded (display, display_key) VALUES ($1, $2)"
	}
	for _, name := range names {
		if _, err := tx.ExecContext(ctx, insert, name, Fold(name)); err != nil {
			return err
		}
	}
	return nil
}

func sentDisplays(ctx context.Context, tx *sql.Tx) (names []string, err error) {
	rows, err := tx.QueryContext(ctx, "SELECT DISTINCT display FROM members WHERE display <> ''")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, rows.Err()
}

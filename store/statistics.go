package store

import (
	"context"
	"slices"
)

// peopled are the tables in which people and groups are looked up.
var peopled = []string{"users", "user_emails", "user_app_roles", "groups", "members"}

// FreshenStatistics tells the planner how large the tables of people and groups are that have doubled since it learned
// of them. On PostgreSQL a plan that was made while a table was empty walks a whole directory for each look-up, and each
// connection keeps its plans until there are new statistics. Autovacuum makes some after a minute, in which a first synchronization
// has brought thousands of people. SQLite plans by its indexes, whatever is in the tables.
func (s *Store) FreshenStatistics(ctx context.Context) error {
	if s.dialect.doubled == "" {
		return nil
	}
	var names []string
	err := s.read.rows(ctx, s.dialect.doubled, nil, func(scan scanner) error {
		var name string
		err := scan(&name)
		names = append(names, name)
		return err
	})
	for _, name := range names {
		if err == nil && slices.Contains(peopled, name) {
			_, err = s.read.exec(ctx, "ANALYZE "+name)
		}
	}
	return err
}

package store

import (
	"context"
	"fmt"
	"io/fs"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/pressly/goose/v3"
)

// MigrationWork is something that a migration does to a table in which there is something.
type MigrationWork struct {
	Table string
	What  string // "index", "rewrite" or "alter"
	Rows  int64  // of the table, now
}

// PendingMigration is one that the database has yet to see.
type PendingMigration struct {
	Version int64
	Name    string
	Work    []MigrationWork // what takes the longer the more there is, or locks a table
	Oldest  int64           // schema that a server must know to work on behind it; 0 where that does not change
}

// Upgrade is what becomes of the database when this program migrates it.
type Upgrade struct {
	Pending []PendingMigration
	Skipped []int64 // versions that were never run though later ones were: nothing can be migrated then
}

// Upgrade tells what Migrate would do. It changes nothing.
func (s *Store) Upgrade(ctx context.Context) (Upgrade, error) {
	var u Upgrade
	have, _, err := s.Schema(ctx)
	if err != nil {
		return u, err
	}
	var applied []int64
	if have > 0 {
		if applied, err = s.read.appliedMigrations(ctx); err != nil {
			return u, err
		}
	}
	err = s.withGoose(func(p *goose.Provider) error {
		made := []string{} // tables of pending migrations, which are empty
		for _, source := range p.ListSources() {
			switch {
			case slices.Contains(applied, source.Version):
			case source.Version < have:
				u.Skipped = append(u.Skipped, source.Version)
			default:
				m, err := s.pendingMigration(ctx, source, &made)
				if err != nil {
					return err
				}
				u.Pending = append(u.Pending, m)
			}
		}
		return nil
	})
	return u, err
}

func (c conn) appliedMigrations(ctx context.Context) (versions []int64, err error) {
	err = c.rows(ctx, "SELECT version_id FROM goose_db_version WHERE is_applied", nil, func(scan scanner) error {
		var version int64
		err := scan(&version)
		versions = append(versions, version)
		return err
	})
	return versions, err
}

// pendingMigration reads what a migration does to tables that are there before it.
func (s *Store) pendingMigration(ctx context.Context, source *goose.Source, made *[]string) (PendingMigration, error) {
	m := PendingMigration{Version: source.Version, Name: source.Path}
	work := []MigrationWork{{Table: "members", What: "rewrite"}} // of the only one that is no file, see migrateMembers
	if source.Type == goose.TypeSQL {
		text, err := fs.ReadFile(migrations, "migrations/"+s.dialect.name+"/"+source.Path)
		if err != nil {
			return m, err
		}
		work, m.Oldest = workOf(string(text), made), floorIn(string(text))
	}
	present, err := s.read.tables(ctx)
	if err != nil {
		return m, err
	}
	for _, w := range work {
		if !slices.Contains(present, w.Table) || slices.Contains(*made, w.Table) {
			continue
		}
		if err := s.read.row(ctx, "SELECT count(*) FROM "+w.Table, nil, &w.Rows); err != nil {
			return m, err
		}
		if w.Rows > 0 {
			m.Work = append(m.Work, w)
		}
	}
	if m.Name == "" {
		m.Name = fmt.Sprintf("%05d_members", source.Version)
	}
	m.Name = strings.TrimSuffix(m.Name, ".sql")
	return m, nil
}

// statementsOfWork are the beginnings of statements by what they do.
var statementsOfWork = []struct {
	what    string
	pattern *regexp.Regexp
}{
	{"make", regexp.MustCompile(`^CREATE TABLE (\w+)`)},
	{"index", regexp.MustCompile(`^CREATE (?:UNIQUE )?INDEX \w+ ON (\w+)`)},
	{"rewrite", regexp.MustCompile(`^UPDATE (\w+)`)},
	{"alter", regexp.MustCompile(`^ALTER TABLE (\w+)`)},
}

var sqlComment = regexp.MustCompile(`(?m)--.*$`)

// workOf reads the statements of a migration's file, and adds the tables that it makes.
func workOf(text string, made *[]string) (work []MigrationWork) {
	up, _, _ := strings.Cut(text, "-- +goose Down")
	for statement := range strings.SplitSeq(sqlComment.ReplaceAllString(up, ""), ";") {
		for _, kind := range statementsOfWork {
			found := kind.pattern.FindStringSubmatch(strings.TrimSpace(statement))
			switch {
			case found == nil, found[1] == "schema_floor":
			case kind.what == "make":
				*made = append(*made, found[1])
			case !slices.ContainsFunc(work, func(w MigrationWork) bool { return w.Table == found[1] && w.What == kind.what }):
				work = append(work, MigrationWork{Table: found[1], What: kind.what})
			}
		}
	}
	return work
}

var raisedFloor = regexp.MustCompile(`(?m)^UPDATE schema_floor SET oldest = (\d+);`)

// floorIn is the oldest schema that a migration's file leaves servers working that know it; 0 if it says nothing of that.
func floorIn(text string) int64 {
	up, _, _ := strings.Cut(text, "-- +goose Down")
	found := raisedFloor.FindStringSubmatch(up)
	if found == nil {
		return 0
	}
	oldest, err := strconv.ParseInt(found[1], 10, 64)
	if err != nil {
		return math.MaxInt64 // a number that no server knows
	}
	return oldest
}

// String is the work for people.
func (w MigrationWork) String() string {
	rows := strconv.FormatInt(w.Rows, 10) + " rows"
	switch w.What {
	case "index":
		return "an index of " + w.Table + " (" + rows + ") is built, and changes of it wait meanwhile"
	case "rewrite":
		return w.Table + " (" + rows + ") is rewritten"
	}
	return w.Table + " (" + rows + ") is locked for a moment"
}

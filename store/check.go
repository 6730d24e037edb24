package store

import (
	"context"
	"fmt"
	"time"
)

// DatabaseCheck is what the database says of itself.
type DatabaseCheck struct {
	Version string // such as "PostgreSQL 15.4"
	TooOld  bool   // for what we ask of it
	// Skew is how far our clock is ahead of the database's.
	Skew time.Duration
	// Volatile are settings with which a power cut loses what was acknowledged; nil for none.
	Volatile []string
}

// oldestPostgres is the oldest version of PostgreSQL that the tables and statements work with, as server_version_num.
const oldestPostgres = 130000

// Check asks the database for what a doctor wants to know.
func (s *Store) Check(ctx context.Context) (DatabaseCheck, error) {
	var c DatabaseCheck
	if s.dialect == sqliteDialect { // on this machine, by this clock; every connection is opened with synchronous=FULL
		err := s.read.row(ctx, "SELECT 'SQLite ' || sqlite_version()", nil, &c.Version)
		return c, err
	}
	var at, version int64
	err := s.read.row(ctx, `SELECT 'PostgreSQL ' || current_setting('server_version'), current_setting('server_version_num')::bigint,
		(extract(epoch FROM clock_timestamp()) * 1000000)::bigint`, nil, &c.Version, &version, &at)
	if err != nil {
		return c, err
	}
	c.TooOld = version < oldestPostgres
	c.Skew = s.Now().Sub(fromMicros(at))
	for _, setting := range []string{"fsync", "full_page_writes", "synchronous_commit"} {
		var value string
		if err := s.read.row(ctx, "SELECT current_setting(?)", []any{setting}, &value); err != nil {
			return c, err
		}
		if value == "off" {
			c.Volatile = append(c.Volatile, fmt.Sprintf("%s is off", setting))
		}
	}
	return c, nil
}

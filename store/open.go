package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	sqlite "modernc.org/sqlite"
)

// openDatabase connects as the URL says.
func (s *Store) openDatabase(ctx context.Context, rawURL string) error {
	switch {
	case strings.HasPrefix(rawURL, "sqlite:"):
		return s.openSQLite(ctx, strings.TrimPrefix(rawURL, "sqlite:"))
	case strings.HasPrefix(rawURL, "postgres://"), strings.HasPrefix(rawURL, "postgresql://"):
		return s.openPostgres(ctx, rawURL)
	}
	return &InvalidError{"database", `must begin with "sqlite:" (a file) or "postgres://"`}
}

// poolSize: beyond a few connections a core PostgreSQL only gets slower (measured: 32 clients on 2 cores lose to 8).
func poolSize() int { return max(8, 4*runtime.NumCPU()) }

// jointExchanges is how many exchanges of reads that go together may be under way: one for every two cores. With more, fewer reads meet, and the cores
// are needed for what is done with the answers.
func jointExchanges() int { return max(1, runtime.NumCPU()/2) }

func (s *Store) openPostgres(ctx context.Context, rawURL string) error {
	if err := refuseStandbys(rawURL); err != nil {
		return err
	}
	config, err := pgxpool.ParseConfig(rawURL)
	if err != nil {
		return &InvalidError{"database", "is not a PostgreSQL URL such as postgres://user@host/database"}
	}
	// A statement must not hold a request longer than its proxy waits, nor a lock hold everybody; nor a server that hangs, or whose machine is gone, the
	// locks of the change that it was in: TCP alone gives it up after hours.
	for name, value := range map[string]string{"statement_timeout": "20s", "lock_timeout": "5s", "idle_in_transaction_session_timeout": "30s",
		"application_name": "doorlist"} {
		if params := config.ConnConfig.RuntimeParams; params[name] == "" {
			params[name] = value
		}
	}
	config.MaxConns, config.MaxConnIdleTime = int32(poolSize()), 5*time.Minute
	newest := &primary{}
	newest.guard(config)
	newest.survey(ctx)
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return fmt.Errorf("%w: %v", ErrUnavailable, scrub(err))
	}
	newest.replace(pool.Reset)
	transactions := sql.OpenDB(pipelined{stdlib.GetPoolConnector(pool)})
	transactions.SetMaxIdleConns(-1) // they are the pool's
	closeBoth := func() error {
		err := transactions.Close()
		pool.Close()
		return err
	}
	db, err := gorm.Open(postgres.New(postgres.Config{Conn: transactions}), s.gormConfig())
	if err != nil {
		closeBoth()
		return fmt.Errorf("%w: %v", ErrUnavailable, scrub(err))
	}
	s.dialect = postgresDialect
	s.load.pools = []func() PoolLoad{sharedPool(pool)}
	direct := directReader{pool}
	joint := &jointReader{alone: direct, free: jointExchanges()}
	s.read = conn{db: db, d: postgresDialect, reader: direct, jointly: joint, took: &s.load.reads}
	s.writer = &directWriter{db: db, d: postgresDialect, load: s.load}
	s.close = closeBoth
	return nil
}

func (s *Store) openSQLite(ctx context.Context, path string) error {
	if path == "" || strings.HasPrefix(path, ":memory:") {
		return &InvalidError{"database", "needs a file, as in sqlite:doorlist.db"}
	}
	// SQLite would let everybody read the file, which names people; what it puts beside the file gets the file's mode.
	if f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		return fmt.Errorf("%w: the database file cannot be opened: %v", ErrUnavailable, err)
	} else if err := f.Close(); err != nil {
		return err
	}
	writePool, readPool := openSQLitePool(path, 1, ""), openSQLitePool(path, poolSize(), "&_pragma=query_only(1)")
	closeBoth := func() error { return errors.Join(readPool.Close(), writePool.Close()) }
	// The writer connects first: it creates the file and switches it to write-ahead logging.
	if err := writePool.PingContext(ctx); err != nil {
		closeBoth()
		return fmt.Errorf("%w: the database file cannot be opened: %v", ErrUnavailable, err)
	}
	writeDB, err := gorm.Open(&sqliteDialector{writePool}, s.gormConfig())
	if err == nil {
		s.read.db, err = gorm.Open(&sqliteDialector{readPool}, s.gormConfig())
	}
	if err != nil {
		closeBoth()
		return err
	}
	s.load.pools = []func() PoolLoad{databasePool("read", readPool), databasePool("write", writePool)}
	s.dialect, s.read.d, s.read.took = sqliteDialect, sqliteDialect, &s.load.reads
	w := newGroupWriter(writeDB, sqliteDialect, s.load)
	s.writer = w
	s.close = func() error { w.stop(); return closeBoth() }
	return nil
}

// openSQLitePool opens the file with durable settings: with synchronous below FULL a power cut can lose acknowledged
// commits, and the driver's defaults are neither write-ahead logging nor enforced immediate transactions.
func openSQLitePool(path string, size int, more string) *sql.DB {
	const pragmas = "?_txlock=immediate&_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)" +
		"&_pragma=foreign_keys(1)&_pragma=cache_size(-8192)&_pragma=trusted_schema(0)"
	pool := sql.OpenDB(keeping{&sqlite.Driver{}, "file:" + (&url.URL{Path: path}).EscapedPath() + pragmas + more})
	pool.SetMaxOpenConns(size)
	pool.SetMaxIdleConns(size)
	return pool
}

// gormConfig leaves PrepareStmt off: pgx keeps statements itself and so does keepingConn, while inside a transaction GORM would prepare each one
// again.
func (s *Store) gormConfig() *gorm.Config {
	return &gorm.Config{
		SkipDefaultTransaction: true, DisableNestedTransaction: true, DisableAutomaticPing: true,
		NowFunc: s.Now, Logger: sqlLogger{s.log},
	}
}

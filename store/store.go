// Package store keeps everything that Doorlist keeps, on PostgreSQL or SQLite. It decides what is unique, what may be
// seen from which directory, what a change entails (a deactivation ends sessions) and that no change goes without its
// audit event. It refuses to know SCIM, OIDC or HTTP, and who may do what: it stores documents without reading more of
// them than which attributes differ.
//
// Reads and writes are scoped: [Store.Directory] and [Store.Organization] name the directory or organization first, so
// a lookup without one cannot be expressed. [Store.Write] is the only way to change anything.
package store

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
)

// Options say where the data is and which clock and generators to use.
type Options struct {
	// URL is "sqlite:PATH" or "postgres://...".
	URL string
	// MasterKey is 32 bytes. It seals the secrets that must be read back (client secrets). Empty: such a secret can be
	// neither kept nor read.
	MasterKey []byte
	// PreviousMasterKey opens what MasterKey does not, while the key is being replaced (see Reseal). Nothing is sealed with it.
	PreviousMasterKey []byte
	Now               func() time.Time // nil: time.Now
	NewID             func() string    // nil: UUIDv7. Must give canonical lower-case UUIDs that never repeat
	Logger            *slog.Logger     // nil: nothing is logged
}

// Store is an open database. Its methods may be called from several goroutines.
type Store struct {
	dialect              *dialect
	read                 conn
	writer               writer
	sealer               sealer
	prover               prover
	backupKeys           []backupKey
	chain                *chain
	load                 *load
	sharing              *sharing
	places               *places
	visitSQL, visitAtSQL string
	now                  func() time.Time
	newID                func() string
	log                  *slog.Logger
	close                func() error
}

// Open opens the database at o.URL without changing it: call Migrate, or Ready to see whether the schema is current.
func Open(ctx context.Context, o Options) (*Store, error) {
	s := &Store{now: o.Now, newID: o.NewID, log: o.Logger, chain: &chain{}, load: &load{}, sharing: &sharing{}}
	if s.now == nil {
		s.now = time.Now
	}
	if s.newID == nil {
		s.newID = newUUID
	}
	if s.log == nil {
		s.log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	s.places = &places{now: s.Now}
	if err := s.sealer.init(o.MasterKey, o.PreviousMasterKey); err != nil {
		return nil, err
	}
	var err error
	if s.prover, err = newProver(o.MasterKey, o.PreviousMasterKey); err != nil {
		return nil, err
	}
	if s.backupKeys, err = newBackupKeys(o.MasterKey, o.PreviousMasterKey); err != nil {
		return nil, err
	}
	if err := s.openDatabase(ctx, o.URL); err != nil {
		return nil, err
	}
	s.visitSQL, s.visitAtSQL = s.dialect.visitQuery("s.secret_hash = ?"), s.dialect.visitQuery(atHost)
	return s, nil
}

// Close lets running writes finish and closes the database.
func (s *Store) Close() error { return s.close() }

// Now is the store's clock: UTC, in whole microseconds, as times are stored.
func (s *Store) Now() time.Time { return s.now().UTC().Truncate(time.Microsecond) }

func newUUID() string { return uuid.Must(uuid.NewV7()).String() }

// newSecret makes a secret of 256 random bits behind a prefix by which a leaked one can be recognized.
func newSecret(prefix string) string {
	b := make([]byte, 32)
	if _, err := rand.Read(b); err != nil {
		panic(err) // the operating system has no randomness: nothing safe can follow
	}
	return prefix + base64.RawURLEncoding.EncodeToString(b)
}

// conn runs statements: on the pool, or inside a transaction.
type conn struct {
	db *gorm.DB
	d  *dialect
	// reader runs queries outside of transactions; nil: db does.
	reader reader
	// jointly runs queries of few rows together with those of others; nil: reader does. See joint.
	jointly reader
	// took counts how long statements take.
	took *durations
	// until, where it is set, ends what runs between its statements and never within one: see WhatIf.
	until context.Context
	// eager, where it is set, lets no statement wait for the next: see later.
	eager bool
}

// patience is the context that a statement runs with, unless the time is over.
func (c conn) patience(ctx context.Context) (context.Context, error) {
	if c.until == nil {
		return ctx, nil
	}
	return context.WithoutCancel(ctx), c.until.Err()
}

// exec runs a statement and tells how many rows it changed.
func (c conn) exec(ctx context.Context, sql string, args ...any) (int64, error) {
	if err := checkTexts(args); err != nil {
		return 0, err
	}
	ctx, err := c.patience(ctx)
	if err != nil {
		return 0, err
	}
	changed, err := c.change(ctx, sql, args)
	return changed, c.d.translate(err)
}

// later runs a statement whose outcome nobody waits for: on PostgreSQL it goes with the next one, or with the commit, and its error is theirs.
func (c conn) later(ctx context.Context, sql string, args ...any) error {
	if !c.eager {
		ctx = context.WithValue(ctx, laterKey{}, true)
	}
	_, err := c.exec(ctx, sql, args...)
	return err
}

// surely is later for a statement that must change a row. Where it changes none, the change begins again and waits for every statement, so that this one
// is ErrNotFound.
func (c conn) surely(ctx context.Context, sql string, args ...any) error {
	if c.d.orFail != nil && !c.eager {
		return c.later(ctx, c.d.orFail(sql), args...)
	}
	n, err := c.exec(ctx, sql, args...)
	if err == nil && n == 0 {
		return ErrNotFound
	}
	return err
}

// row scans the one row of a query; ErrNotFound when there is none.
func (c conn) row(ctx context.Context, sql string, args []any, dest ...any) error {
	found := false
	err := c.rows(ctx, sql, args, func(scan scanner) error {
		found = true
		return scan(dest...)
	})
	if err == nil && !found {
		return ErrNotFound
	}
	return err
}

// scanner copies the current row's columns.
type scanner func(dest ...any) error

// rows calls each for every row of a query.
func (c conn) rows(ctx context.Context, sql string, args []any, each func(scan scanner) error) error {
	if err := checkTexts(args); err != nil {
		return err
	}
	ctx, err := c.patience(ctx)
	if err != nil {
		return err
	}
	rows, err := c.query(ctx, sql, args)
	if err != nil {
		return c.d.translate(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := each(rows.Scan); err != nil {
			return fmt.Errorf("reading a row: %w", err)
		}
	}
	return c.d.translate(rows.Err())
}

// checkTexts refuses texts that PostgreSQL refuses, whatever the database, before they become a fault of the server.
func checkTexts(args []any) error {
	for _, arg := range args {
		if text, ok := arg.(string); ok && !isStorable(text) {
			return &InvalidError{"text", "must be valid UTF-8 without NUL characters"}
		}
	}
	return nil
}

// micros and fromMicros translate times to their stored form; the zero time is 0.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func fromMicros(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

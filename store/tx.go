package store

import (
	"context"
	"errors"
	"time"
)

// ActorKind says what acts.
type ActorKind string

// The kinds of actors.
const (
	Provisioner   ActorKind = "provisioner"   // a SCIM token
	Person        ActorKind = "person"        // somebody signed in or signing in
	Administrator ActorKind = "administrator" // at the terminal
	System        ActorKind = "system"
)

// Actor is on whose behalf a change is made; it stands in the audit event.
type Actor struct {
	Kind      ActorKind
	ID        string // token id, user id, or operating-system user
	Name      string
	RequestID string
	Address   string
}

// Tx is a change under way. It is good only inside the function given to Write, and only on its goroutine.
type Tx struct {
	conn
	ctx      context.Context
	store    *Store
	actor    Actor
	now      time.Time
	events   []Event
	concerns []concern   // of the events
	entries  []witnessed // of the events, for the chain
	tally    Tally
	changed  bool
}

// errNoEvent keeps a change from going unrecorded.
var errNoEvent = errors.New("store: a change without an audit event")

// Write makes a change: all of fn or nothing, together with the audit events of what the Tx methods changed. fn may
// run more than once, so it must not act outside of tx. An error of fn is returned as it is.
func (s *Store) Write(ctx context.Context, actor Actor, fn func(tx *Tx) error) error {
	for _, text := range []*string{&actor.ID, &actor.Name, &actor.RequestID, &actor.Address} {
		*text = storable(*text, maxClaimed)
	}
	var tx *Tx
	err := s.writer.write(ctx, func(c conn) error {
		tx = &Tx{conn: c, ctx: s.statementContext(ctx), store: s, actor: actor, now: s.Now()}
		if err := fn(tx); err != nil {
			return err
		}
		return tx.finish()
	})
	if err != nil {
		return err
	}
	s.chain.witness(tx.entries)
	return failpoint(committedUnanswered)
}

// statementContext is the context of a change's statements. SQLite's run in a transaction that others share, so nobody's
// impatience may interrupt them.
func (s *Store) statementContext(ctx context.Context) context.Context {
	if s.dialect == sqliteDialect {
		return context.WithoutCancel(ctx)
	}
	return ctx
}

// bookkeep runs one statement that is no change to audit: when something was last seen, a sign-in under way, expired
// rows.
func (s *Store) bookkeep(ctx context.Context, sql string, args ...any) (changed int64, err error) {
	err = s.writer.write(ctx, func(c conn) error {
		changed, err = c.exec(s.statementContext(ctx), sql, args...)
		return err
	})
	return changed, err
}

// finish writes the events of the change.
func (tx *Tx) finish() error {
	if err := failpoint(changedUnnoted); err != nil {
		return err
	}
	if len(tx.events) == 0 {
		if tx.changed {
			return errNoEvent
		}
		return nil
	}
	if err := tx.insertEvents(); err != nil {
		return err
	}
	if err := tx.insertConcerns(); err != nil {
		return err
	}
	return failpoint(notedUncommitted)
}

// do runs a statement of the change.
func (tx *Tx) do(sql string, args ...any) (int64, error) {
	n, err := tx.conn.exec(tx.ctx, sql, args...)
	if n > 0 {
		tx.changed = true
	}
	return n, err
}

// later runs a statement of the change that certainly changes something, and of which nobody asks how much.
func (tx *Tx) later(sql string, args ...any) error {
	tx.changed = true
	return tx.conn.later(tx.ctx, sql, args...)
}

// surely runs a statement of the change that must change a row, without waiting for it where that is possible; ErrNotFound when it changes none.
func (tx *Tx) surely(sql string, args ...any) error {
	err := tx.conn.surely(tx.ctx, sql, args...)
	tx.changed = tx.changed || err == nil
	return err
}

// doOne runs a statement that must change a row; ErrNotFound when it changes none.
func (tx *Tx) doOne(sql string, args ...any) error {
	n, err := tx.do(sql, args...)
	if err == nil && n == 0 {
		return ErrNotFound
	}
	return err
}

// get scans the one row of a query.
func (tx *Tx) get(sql string, args []any, dest ...any) error {
	return tx.conn.row(tx.ctx, sql, args, dest...)
}

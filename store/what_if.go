package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// whatIfTakes bounds a trial: on SQLite everybody else's changes wait for it.
const whatIfTakes = 5 * time.Second

// errTrialOver ends the transaction of a trial without a commit.
var errTrialOver = errors.New("store: the trial is over")

// WhatIf lets fn try changes out on a store of its own. What fn writes there, audit events included, fn can read and nobody else; when fn
// returns, all of it is rolled back. fn may run more than once, and must use the trial alone: a write to s would wait for fn to end. After
// five seconds the statements of the trial fail, and WhatIf returns ErrUnavailable whatever fn made of that.
func (s *Store) WhatIf(ctx context.Context, fn func(trial *Store) error) error {
	ctx, cancel := context.WithTimeout(ctx, whatIfTakes)
	defer cancel()
	err := s.writer.write(ctx, func(c conn) error {
		if s.dialect == sqliteDialect { // the transaction is shared with others' changes, as in statementContext
			c.until = ctx
		}
		c.eager = true // a failure belongs to the change that it is of, and its savepoint
		trial := *s
		trial.read, trial.writer, trial.close = c, &trialWriter{c}, func() error { return nil }
		trial.chain = &chain{} // what is rolled back must not be witnessed
		trial.sharing, trial.places = &sharing{}, nil
		if err := fn(&trial); err != nil {
			return err
		}
		return errTrialOver
	})
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("%w: trying a change out took longer than %s", ErrUnavailable, whatIfTakes)
	}
	if errors.Is(err, errTrialOver) {
		return nil
	}
	return err
}

// trialWriter runs changes inside the transaction of a trial, each in a savepoint, so that one that fails leaves the rest as it was.
type trialWriter struct{ c conn }

func (w *trialWriter) pool() (*sql.DB, error) { return w.c.db.DB() }

func (w *trialWriter) writeOnce(ctx context.Context, fn func(c conn) error) error {
	return w.write(ctx, fn)
}

func (w *trialWriter) write(ctx context.Context, fn func(c conn) error) error {
	if _, err := w.c.exec(ctx, "SAVEPOINT trial"); err != nil {
		return err
	}
	failed := fn(w.c)
	if failed != nil {
		if _, err := w.c.exec(ctx, "ROLLBACK TO SAVEPOINT trial"); err != nil {
			return errors.Join(failed, err)
		}
	}
	_, err := w.c.exec(ctx, "RELEASE SAVEPOINT trial")
	return errors.Join(failed, err)
}

package store

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"io"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/stdlib"
)

// The driver of PostgreSQL with fewer round trips a transaction: BEGIN goes with the first statement, and statements whose outcome nobody waits
// for (see laterKey) go with the next one, the last of them with COMMIT. The database runs the same statements in the same order, and stops at the
// first that fails. What is sent at once is a transaction without being called one (PostgreSQL's documentation, 55.2.4 Pipelining), so a change that
// waits for nothing needs neither BEGIN nor COMMIT.
//
// A statement that must change a row (conn.surely) is sent like that too, written so that it fails where it changes none (dialect.orFail). Which one
// failed can then not be told, so the change runs again and is eager: each statement goes alone, and its error is its own. Whoever goes on behind a
// statement that fails, as an undo and a what-if do, is eager from the start.

// rollbackTakes is how long a connection may take to undo a transaction before it is given up.
const rollbackTakes = 5 * time.Second

// laterKey marks the context of a statement that may wait for the next one. Its error is that of the one it goes with.
type laterKey struct{}

// pipelined makes connections that save round trips.
type pipelined struct{ driver.Connector }

// Connect implements driver.Connector.
func (p pipelined) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := p.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &pipelinedConn{Conn: c.(*stdlib.Conn)}, nil
}

// pipelinedConn is a connection with the statements that wait.
type pipelinedConn struct {
	*stdlib.Conn
	waiting *pgx.Batch // nil outside of a transaction, and when none wait
}

// BeginTx implements driver.ConnBeginTx.
func (c *pipelinedConn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	if o.ReadOnly || o.Isolation != driver.IsolationLevel(sql.LevelDefault) {
		return c.Conn.BeginTx(ctx, o)
	}
	if c.Conn.Conn().IsClosed() {
		return nil, driver.ErrBadConn
	}
	c.wait("begin", nil)
	return &pipelinedTx{c, ctx}, nil
}

// IsValid implements driver.Validator. Of a driver that has it, database/sql keeps the connection when the context of a transaction ends. It would
// give it up behind the back of whoever holds it as a sql.Conn, and panic if that asks for something just then (goose's SessionUnlock).
func (c *pipelinedConn) IsValid() bool { return !c.Conn.Conn().IsClosed() }

// wait queues a statement.
func (c *pipelinedConn) wait(sql string, args []any) {
	if c.waiting == nil {
		c.waiting = &pgx.Batch{}
	}
	c.waiting.Queue(sql, args...)
}

// ExecContext implements driver.ExecerContext. Of a statement that waits it tells no rows.
func (c *pipelinedConn) ExecContext(ctx context.Context, sql string, named []driver.NamedValue) (driver.Result, error) {
	if g, given := givenIn(named); given {
		return c.copyIn(ctx, sql, g)
	}
	if c.waiting == nil && ctx.Value(laterKey{}) == nil {
		return c.Conn.ExecContext(ctx, sql, named)
	}
	if len(named) == 0 { // perhaps several statements in one text, which only goes by itself
		if err := c.flush(ctx); err != nil {
			return nil, err
		}
		return c.Conn.ExecContext(ctx, sql, named)
	}
	c.wait(sql, valuesOf(named))
	if ctx.Value(laterKey{}) != nil {
		return driver.RowsAffected(0), nil
	}
	results, err := c.send(ctx)
	if err != nil {
		return nil, err
	}
	tag, err := results.Exec()
	return driver.RowsAffected(tag.RowsAffected()), c.sent(cmp.Or(err, results.Close()))
}

// QueryContext implements driver.QueryerContext.
func (c *pipelinedConn) QueryContext(ctx context.Context, sql string, named []driver.NamedValue) (driver.Rows, error) {
	if c.waiting == nil {
		return c.Conn.QueryContext(ctx, sql, named)
	}
	c.wait(sql, valuesOf(named))
	results, err := c.send(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := results.Query()
	if err != nil {
		return nil, c.sent(cmp.Or(err, results.Close()))
	}
	more := rows.Next() // an error shows with the first row
	if err := rows.Err(); err != nil {
		return nil, c.sent(cmp.Or(err, results.Close()))
	}
	return &pipelinedRows{rows: rows, results: results, peeked: true, more: more}, nil
}

func valuesOf(named []driver.NamedValue) []any {
	args := make([]any, len(named))
	for i, v := range named {
		args[i] = v.Value
	}
	return args
}

// flush sends what waits.
func (c *pipelinedConn) flush(ctx context.Context) error {
	batch := c.waiting
	if batch == nil {
		return nil
	}
	c.waiting = nil
	return c.sent(c.Conn.Conn().SendBatch(ctx, batch).Close())
}

// send sends what waits and reads the results of all but the last statement.
func (c *pipelinedConn) send(ctx context.Context) (pgx.BatchResults, error) {
	batch := c.waiting
	c.waiting = nil
	results := c.Conn.Conn().SendBatch(ctx, batch)
	for range batch.Len() - 1 {
		if _, err := results.Exec(); err != nil {
			return nil, c.sent(cmp.Or(err, results.Close()))
		}
	}
	return results, nil
}

// sent says of a failure that the statements never left, if that is known, as package stdlib does.
func (c *pipelinedConn) sent(err error) error {
	if err != nil && pgconn.SafeToRetry(err) {
		return driver.ErrBadConn
	}
	return err
}

// PrepareContext implements driver.ConnPrepareContext. What is prepared is run behind our back.
func (c *pipelinedConn) PrepareContext(ctx context.Context, sql string) (driver.Stmt, error) {
	if err := c.flush(ctx); err != nil {
		return nil, err
	}
	return c.Conn.PrepareContext(ctx, sql)
}

// pipelinedTx is a transaction that has begun with its first statement, if there was one.
type pipelinedTx struct {
	c   *pipelinedConn
	ctx context.Context
}

// Commit implements driver.Tx.
func (tx *pipelinedTx) Commit() error {
	c := tx.c
	if c.idle() && c.waiting != nil {
		return tx.commitAtOnce()
	}
	c.wait("commit", nil)
	results, err := c.send(tx.ctx)
	if err != nil {
		return cmp.Or(err, tx.Rollback())
	}
	tag, err := results.Exec()
	if err == nil && tag.String() == "ROLLBACK" {
		err = pgx.ErrTxCommitRollback
	}
	return c.sent(cmp.Or(err, results.Close()))
}

// commitAtOnce commits a transaction of which nothing was sent yet. driver.ErrBadConn says that it certainly was not committed: the database answers
// in order, so where it gives the connection up instead of the outcome of a statement, it has not come to the end.
func (tx *pipelinedTx) commitAtOnce() error {
	batch := tx.c.waiting
	tx.c.waiting = nil
	if batch.QueuedQueries = batch.QueuedQueries[1:]; batch.Len() == 0 {
		return nil // nothing was done in it
	}
	results := tx.c.Conn.Conn().SendBatch(tx.ctx, batch)
	for range batch.Len() {
		if _, err := results.Exec(); err != nil {
			_ = results.Close() // has nothing to add
			if isShutDown(err) {
				return driver.ErrBadConn
			}
			return tx.c.sent(err)
		}
	}
	return tx.c.sent(results.Close())
}

// Rollback implements driver.Tx.
func (tx *pipelinedTx) Rollback() error {
	tx.c.waiting = nil
	if tx.c.idle() || tx.c.Conn.Conn().IsClosed() {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(tx.ctx), rollbackTakes)
	defer cancel()
	_, err := tx.c.Conn.Conn().Exec(ctx, "rollback")
	if err != nil {
		tx.c.Close()
	}
	return err
}

// idle says that the database knows of no transaction.
func (c *pipelinedConn) idle() bool { return c.Conn.Conn().PgConn().TxStatus() == 'I' }

// pipelinedRows are the rows of the last statement that was sent.
type pipelinedRows struct {
	rows         pgx.Rows
	results      pgx.BatchResults
	peeked, more bool
}

// Columns implements driver.Rows.
func (r *pipelinedRows) Columns() []string {
	names := make([]string, len(r.rows.FieldDescriptions()))
	for i, f := range r.rows.FieldDescriptions() {
		names[i] = f.Name
	}
	return names
}

// Close implements driver.Rows.
func (r *pipelinedRows) Close() error {
	r.rows.Close()
	return cmp.Or(r.rows.Err(), r.results.Close())
}

// Next implements driver.Rows.
func (r *pipelinedRows) Next(dest []driver.Value) error {
	if !r.peeked {
		r.more = r.rows.Next()
	}
	r.peeked = false
	if !r.more {
		if err := r.rows.Err(); err != nil {
			return err
		}
		return io.EOF
	}
	values, err := r.rows.Values()
	if err != nil {
		return err
	}
	for i, v := range values {
		if dest[i], err = r.plain(v, i); err != nil {
			return err
		}
	}
	return nil
}

// plain is the value of a column in one of the types that database/sql knows: the text of one that has none, as package stdlib gives it.
func (r *pipelinedRows) plain(v any, column int) (driver.Value, error) {
	switch v := v.(type) {
	case [16]byte:
		return uuid.UUID(v).String(), nil
	case int32:
		return int64(v), nil
	case int16:
		return int64(v), nil
	case float32:
		return float64(v), nil
	}
	if driver.IsValue(v) {
		return v, nil
	}
	text, err := r.rows.Conn().TypeMap().Encode(r.rows.FieldDescriptions()[column].DataTypeOID, pgtype.TextFormatCode, v, nil)
	return string(text), err
}

package store

import (
	"context"
	"database/sql/driver"
	"strings"

	sqlite "modernc.org/sqlite"
)

// The driver of SQLite with prepared statements that stay. database/sql would keep them too, but prepares each one again for every transaction
// (golang/go#15606), and to SQLite understanding a statement is as much work as running it.

// keptStatements bounds the statements that a connection keeps.
const keptStatements = 256

// keeping makes connections to a file that keep their statements.
type keeping struct {
	driver *sqlite.Driver
	name   string
}

// Connect implements driver.Connector.
func (k keeping) Connect(context.Context) (driver.Conn, error) {
	c, err := k.driver.Open(k.name)
	if err != nil {
		return nil, err
	}
	return &keepingConn{sqliteConn: c.(sqliteConn), kept: map[string]*keptStatement{}}, nil
}

// Driver implements driver.Connector.
func (k keeping) Driver() driver.Driver { return k.driver }

// sqliteConn is what the driver's connections can do.
type sqliteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// keepingConn is a connection with its prepared statements, by their texts.
type keepingConn struct {
	sqliteConn
	kept map[string]*keptStatement
}

// keptStatement is a prepared statement; it is busy until its rows are closed.
type keptStatement struct {
	sqliteStatement
	busy bool
}

type sqliteStatement interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// statement finds or prepares a statement; nil for one that is not kept: several in one text, or one that is busy.
func (c *keepingConn) statement(ctx context.Context, sql string) (*keptStatement, error) {
	if s := c.kept[sql]; s != nil {
		if s.busy {
			return nil, nil
		}
		return s, nil
	}
	if strings.Contains(sql, ";") {
		return nil, nil
	}
	if len(c.kept) >= keptStatements {
		c.forget()
	}
	prepared, err := c.PrepareContext(ctx, sql)
	if err != nil {
		return nil, err
	}
	s := &keptStatement{sqliteStatement: prepared.(sqliteStatement)}
	c.kept[sql] = s
	return s, nil
}

// forget closes the statements that are not busy.
func (c *keepingConn) forget() {
	for sql, s := range c.kept {
		if !s.busy {
			s.Close()
			delete(c.kept, sql)
		}
	}
}

// ExecContext implements driver.ExecerContext.
func (c *keepingConn) ExecContext(ctx context.Context, sql string, args []driver.NamedValue) (driver.Result, error) {
	s, err := c.statement(ctx, sql)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return c.sqliteConn.ExecContext(ctx, sql, args)
	}
	if g, given := givenIn(args); given {
		return s.each(ctx, g)
	}
	return s.ExecContext(ctx, args)
}

// CheckNamedValue implements driver.NamedValueChecker: database/sql converts all that it knows.
func (c *keepingConn) CheckNamedValue(v *driver.NamedValue) error {
	if _, given := v.Value.(givenRows); given {
		return nil
	}
	return driver.ErrSkip
}

// each runs a statement with the values of each row.
func (s *keptStatement) each(ctx context.Context, g givenRows) (driver.Result, error) {
	values := make([]driver.NamedValue, len(g.columns))
	for _, row := range g.rows {
		for i := range values {
			values[i] = driver.NamedValue{Ordinal: i + 1, Value: row[i]}
		}
		if _, err := s.ExecContext(ctx, values); err != nil {
			return nil, err
		}
	}
	return driver.RowsAffected(len(g.rows)), nil
}

// QueryContext implements driver.QueryerContext.
func (c *keepingConn) QueryContext(ctx context.Context, sql string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := c.statement(ctx, sql)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return c.sqliteConn.QueryContext(ctx, sql, args)
	}
	rows, err := s.QueryContext(ctx, args)
	if err != nil {
		return nil, err
	}
	s.busy = true
	return &keptRows{rows, s}, nil
}

// Close implements driver.Conn.
func (c *keepingConn) Close() error {
	c.forget()
	return c.sqliteConn.Close()
}

// keptRows give their statement free when they are closed.
type keptRows struct {
	driver.Rows
	s *keptStatement
}

// Close implements driver.Rows.
func (r *keptRows) Close() error {
	r.s.busy = false
	return r.Rows.Close()
}

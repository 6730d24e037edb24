package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"

	"gorm.io/gorm"
)

// nested is a database that is a transaction under way, for whoever wants a database (goose): what begins in it are savepoints. It is for one
// goroutine.
type nested struct{ in gorm.ConnPool }

// Connect implements driver.Connector.
func (n nested) Connect(context.Context) (driver.Conn, error) { return nestedConn(n), nil }

// Driver implements driver.Connector.
func (n nested) Driver() driver.Driver { return nil }

// nestedConn is a connection to it.
type nestedConn struct{ in gorm.ConnPool }

// ExecContext implements driver.ExecerContext.
func (c nestedConn) ExecContext(ctx context.Context, statement string, args []driver.NamedValue) (driver.Result, error) {
	return c.in.ExecContext(ctx, statement, valuesOf(args)...)
}

// QueryContext implements driver.QueryerContext.
func (c nestedConn) QueryContext(ctx context.Context, statement string, args []driver.NamedValue) (driver.Rows, error) {
	rows, err := c.in.QueryContext(ctx, statement, valuesOf(args)...)
	if err != nil {
		return nil, err
	}
	columns, err := rows.Columns()
	if err != nil {
		return nil, errors.Join(err, rows.Close())
	}
	return nestedRows{rows, columns}, nil
}

// BeginTx implements driver.ConnBeginTx.
func (c nestedConn) BeginTx(ctx context.Context, _ driver.TxOptions) (driver.Tx, error) {
	_, err := c.in.ExecContext(ctx, "SAVEPOINT nested")
	return nestedTx(c), err
}

// Begin implements driver.Conn.
func (c nestedConn) Begin() (driver.Tx, error) {
	return c.BeginTx(context.Background(), driver.TxOptions{})
}

// Prepare implements driver.Conn. Nothing is prepared, as statements are run at once.
func (c nestedConn) Prepare(string) (driver.Stmt, error) { return nil, errors.ErrUnsupported }

// Close implements driver.Conn. The transaction goes on.
func (c nestedConn) Close() error { return nil }

// nestedTx is a savepoint.
type nestedTx struct{ in gorm.ConnPool }

// Commit implements driver.Tx.
func (tx nestedTx) Commit() error {
	_, err := tx.in.ExecContext(context.Background(), "RELEASE SAVEPOINT nested")
	return err
}

// Rollback implements driver.Tx.
func (tx nestedTx) Rollback() error {
	_, err := tx.in.ExecContext(context.Background(), "ROLLBACK TO SAVEPOINT nested")
	return errors.Join(err, tx.Commit())
}

// nestedRows are the rows of a query.
type nestedRows struct {
	*sql.Rows
	columns []string
}

// Columns implements driver.Rows.
func (r nestedRows) Columns() []string { return r.columns }

// Next implements driver.Rows.
func (r nestedRows) Next(dest []driver.Value) error {
	if !r.Rows.Next() {
		if err := r.Err(); err != nil {
			return err
		}
		return io.EOF
	}
	to := make([]any, len(dest))
	for i := range dest {
		to[i] = &dest[i]
	}
	return r.Scan(to...)
}

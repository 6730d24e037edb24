package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"fmt"
	"reflect"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Reads of PostgreSQL go to its driver past database/sql, which starts a goroutine for each and carries every value through three types: that cost
// more than all else that a look-up does here. Changes stay with database/sql and its transactions, on the same connections.

// resultRows are the rows of a statement.
type resultRows interface {
	Next() bool
	Scan(dest ...any) error
	Err() error
	Close() error
}

// reader runs statements that only read, outside of any transaction.
type reader interface {
	query(ctx context.Context, statement string, args []any) (resultRows, error)
}

// directReader reads on the connections of a pool.
type directReader struct{ pool *pgxpool.Pool }

func (r directReader) query(ctx context.Context, statement string, args []any) (resultRows, error) {
	rows, err := r.once(ctx, statement, args)
	if err != nil && isDisconnected(err) && ctx.Err() == nil { // the database was restarted: the others are gone, too
		r.pool.Reset()
		rows, err = r.once(ctx, statement, args)
	}
	if err != nil {
		return nil, err
	}
	return rows, nil
}

// once runs a statement up to its first row, with which errors show.
func (r directReader) once(ctx context.Context, statement string, args []any) (*directRows, error) {
	c, err := r.pool.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := c.Conn().Query(ctx, statement, args...)
	if err != nil {
		c.Release()
		return nil, err
	}
	more := rows.Next()
	if err := rows.Err(); err != nil {
		c.Release()
		return nil, err
	}
	return &directRows{rows: rows, conn: c, peeked: true, more: more}, nil
}

// directRows are rows with the connection that they come from.
type directRows struct {
	rows         pgx.Rows
	conn         *pgxpool.Conn
	peeked, more bool
}

// Next implements resultRows.
func (r *directRows) Next() bool {
	if !r.peeked {
		r.more = r.rows.Next()
	}
	r.peeked = false
	return r.more
}

// Err implements resultRows.
func (r *directRows) Err() error { return r.rows.Err() }

// Close implements resultRows.
func (r *directRows) Close() error {
	r.rows.Close()
	r.conn.Release()
	return r.rows.Err()
}

// Scan implements resultRows.
func (r *directRows) Scan(dest ...any) error {
	fields := r.rows.FieldDescriptions()
	column := func(i int) jointColumn { return jointColumn{fields[i].DataTypeOID, fields[i].Format} }
	return scanValues(r.rows.Conn().TypeMap(), column, r.rows.RawValues(), dest)
}

// scanValues copies the values of a row.
func scanValues(types *pgtype.Map, column func(i int) jointColumn, values [][]byte, dest []any) error {
	if len(dest) != len(values) {
		return fmt.Errorf("%d columns for %d destinations", len(values), len(dest))
	}
	for i, to := range dest {
		c := column(i)
		if copyValue(c.oid, c.format, values[i], to) {
			continue
		}
		if err := types.Scan(c.oid, c.format, values[i], to); err != nil {
			return fmt.Errorf("column %d: %w", i+1, err)
		}
	}
	return nil
}

// copyValue copies a value of the types that most columns have; false leaves it to the driver, which would look for a way anew for each value.
func copyValue(oid uint32, format int16, value []byte, to any) bool {
	if value == nil {
		return false
	}
	switch {
	case oid == pgtype.TextOID || oid == pgtype.VarcharOID:
		return copyText(string(value), to)
	case format != pgx.BinaryFormatCode:
		return false
	case oid == pgtype.UUIDOID && len(value) == 16:
		return copyText(uuid.UUID(value).String(), to)
	case oid == pgtype.Int8OID && len(value) == 8:
		return copyNumber(int64(binary.BigEndian.Uint64(value)), to)
	case oid == pgtype.Int4OID && len(value) == 4:
		return copyNumber(int64(int32(binary.BigEndian.Uint32(value))), to)
	case oid == pgtype.BoolOID && len(value) == 1:
		b, ok := to.(*bool)
		if ok {
			*b = value[0] != 0
		}
		return ok
	}
	return false
}

// copyNumber copies a number; to a truth value, as SQLite has none of its own and statements say 1 and 0.
func copyNumber(n int64, to any) bool {
	switch to := to.(type) {
	case *int64:
		*to = n
	case *int:
		*to = int(n)
	case *bool:
		*to = n != 0
	default:
		return false
	}
	return true
}

// copyText copies a text to a string, whatever its type is called.
func copyText(text string, to any) bool {
	if s, ok := to.(*string); ok {
		*s = text
		return true
	}
	if _, ok := to.(sql.Scanner); ok {
		return false
	}
	v := reflect.ValueOf(to)
	if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.String {
		return false
	}
	v.Elem().SetString(text)
	return true
}

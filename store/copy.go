package store

import (
	"context"
	"database/sql/driver"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/google/uuid"
)

// copyIn runs COPY … FROM STDIN BINARY with rows, behind what waits.
func (c *pipelinedConn) copyIn(ctx context.Context, sql string, g givenRows) (driver.Result, error) {
	if err := c.flush(ctx); err != nil {
		return nil, err
	}
	tag, err := c.Conn.Conn().PgConn().CopyFrom(ctx, &copyReader{rows: g, ready: []byte(copyHeader)}, sql)
	return driver.RowsAffected(tag.RowsAffected()), c.sent(err)
}

// copyHeader begins what COPY reads: its signature, no flags, and nothing more (PostgreSQL's documentation, COPY, Binary Format).
const copyHeader = "PGCOPY\n\xff\r\n\x00" + "\x00\x00\x00\x00" + "\x00\x00\x00\x00"

// copyReader writes rows as COPY reads them, one at a time, however long they are together.
type copyReader struct {
	rows  givenRows
	next  int    // the row that comes behind those in ready
	ready []byte // of which read has been read
	read  int
}

// Read implements io.Reader.
func (r *copyReader) Read(p []byte) (n int, err error) {
	for {
		taken := copy(p[n:], r.ready[r.read:])
		n, r.read = n+taken, r.read+taken
		if n == len(p) {
			return n, nil
		}
		if r.next > len(r.rows.rows) {
			return n, io.EOF
		}
		if r.ready, err = r.appendNext(r.ready[:0]); err != nil {
			return n, err
		}
		r.read = 0
	}
}

// appendNext adds the next row or, behind the last, the end.
func (r *copyReader) appendNext(to []byte) ([]byte, error) {
	i := r.next
	if r.next++; i == len(r.rows.rows) {
		return append(to, 0xff, 0xff), nil
	}
	row := r.rows.rows[i]
	to = binary.BigEndian.AppendUint16(to, uint16(len(row)))
	for n, column := range r.rows.columns {
		var ok bool
		if to, ok = appendCopied(to, column.kind, row[n]); !ok {
			return nil, fmt.Errorf("store: a %T is given for column %s", row[n], column.name)
		}
	}
	return to, nil
}

// appendCopied adds a value of a column, its length first.
func appendCopied(to []byte, kind string, value any) ([]byte, bool) {
	switch value := value.(type) {
	case int64:
		return binary.BigEndian.AppendUint64(append(to, 0, 0, 0, 8), uint64(value)), kind == "bigint"
	case string:
		if kind == ofID {
			id, err := uuid.Parse(value)
			return append(append(to, 0, 0, 0, 16), id[:]...), err == nil
		}
		return append(binary.BigEndian.AppendUint32(to, uint32(len(value))), value...), kind == "text"
	}
	return to, false
}

package store

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// loadAtOnce bounds the bytes of one statement.
const loadAtOnce = 4 << 20

// loader puts the rows of a backup into the tables of its schema.
type loader struct {
	conn     conn
	backup   *backupReader
	progress func(table string, rows int64)

	tables  []string // of the schema
	table   string   // into which rows go now
	kinds   []string // of its columns, as the backup orders them
	insert  string
	rows    int64 // of the table
	args    []any // of the rows that wait
	waiting int   // rows
	size    int   // of those, in bytes
	decoder jsontext.Decoder
	line    bytes.Reader
}

// load reads the backup to its end. Statements run with a context of their own: see Store.statementContext.
func (l *loader) load(ctx, statements context.Context) (err error) {
	if l.tables, err = l.conn.tables(statements); err != nil {
		return err
	}
	for {
		line, err := l.backup.next()
		if errors.Is(err, io.EOF) {
			l.tell()
			return l.flush(statements)
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		if line[0] == '[' {
			err = l.row(statements, line)
		} else {
			err = l.begin(statements, line)
		}
		if err != nil {
			return err
		}
	}
}

// begin goes on with another table.
func (l *loader) begin(ctx context.Context, line []byte) error {
	if err := l.flush(ctx); err != nil {
		return err
	}
	l.tell()
	var t backupTable
	if err := json.Unmarshal(line, &t); err != nil || !slices.Contains(l.tables, t.Table) {
		return errDamaged
	}
	columns, err := l.conn.columns(ctx, t.Table)
	if err != nil {
		return err
	}
	l.table, l.rows, l.kinds = t.Table, 0, l.kinds[:0]
	for _, name := range t.Columns {
		i := slices.IndexFunc(columns, func(c tableColumn) bool { return c.name == name })
		if i < 0 {
			return errDamaged
		}
		l.kinds = append(l.kinds, columns[i].kind)
	}
	l.insert = "INSERT INTO " + t.Table + " (" + strings.Join(t.Columns, ", ") + ") VALUES "
	return nil
}

// row takes a row, and writes those that wait once they are many.
func (l *loader) row(ctx context.Context, line []byte) error {
	values, err := l.values(line)
	if err != nil || len(l.kinds) == 0 {
		return errDamaged
	}
	l.args, l.waiting, l.size = append(l.args, values...), l.waiting+1, l.size+len(line)
	if l.rows++; l.rows%progressEvery == 0 {
		l.tell()
	}
	if l.waiting < l.conn.d.rowsAtOnce && l.size < loadAtOnce {
		return nil
	}
	return l.flush(ctx)
}

func (l *loader) tell() {
	if l.progress != nil && l.rows > 0 {
		l.progress(l.table, l.rows)
	}
}

// flush writes the rows that wait.
func (l *loader) flush(ctx context.Context) error {
	if l.waiting == 0 {
		return nil
	}
	_, err := l.conn.exec(ctx, l.insert+valueRows(l.waiting, len(l.kinds)), l.args...)
	clear(l.args)
	l.args, l.waiting, l.size = l.args[:0], 0, 0
	if err != nil {
		return fmt.Errorf("writing %s: %w", l.table, err)
	}
	return nil
}

// values reads a row.
func (l *loader) values(line []byte) ([]any, error) {
	l.line.Reset(line)
	l.decoder.Reset(&l.line)
	if token, err := l.decoder.ReadToken(); err != nil || token.Kind() != '[' {
		return nil, errDamaged
	}
	values := make([]any, len(l.kinds))
	for i, kind := range l.kinds {
		token, err := l.decoder.ReadToken()
		if err != nil {
			return nil, err
		}
		if values[i], err = storedValue(token, kind); err != nil {
			return nil, err
		}
	}
	if token, err := l.decoder.ReadToken(); err != nil || token.Kind() != ']' {
		return nil, errDamaged
	}
	return values, nil
}

// storedValue is what a value of a backup is in a column of a kind.
func storedValue(token jsontext.Token, kind string) (any, error) {
	switch token.Kind() {
	case 'n':
		return nil, nil
	case '"':
		if kind == "bytea" || kind == "blob" {
			return base64.StdEncoding.DecodeString(token.String())
		}
		return token.String(), nil
	case '0':
		n, err := token.Int()
		if kind == "boolean" {
			return n != 0, err
		}
		return n, err
	}
	return nil, errDamaged
}

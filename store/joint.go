package store

import (
	"context"
	"slices"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// Reads of few rows that callers ask for at the same time go to PostgreSQL together, as one pipeline on one connection: of such a read, waking the
// database and each other costs more than finding the row. Each statement has a snapshot of its own, as it would have alone, and none begins before
// it was asked for.

// joint is the connection with reads that go together, for statements that find few rows by an index: whoever comes along waits for all of them.
func (c conn) joint() conn {
	if c.jointly != nil {
		c.reader = c.jointly
	}
	return c
}

// maxJoint bounds the reads that go together, and so how long each waits for the others.
const maxJoint = 32

// jointReader lets one of those who ask lead the others: their reads go when an exchange has come back, in the order in which they came.
type jointReader struct {
	alone directReader

	mu      sync.Mutex
	free    int // how many more exchanges may be under way
	waiting []*jointRead
}

// jointRead is a read that waits for its exchange.
type jointRead struct {
	statement string
	args      []any
	turn      chan []*jointRead // tells which reads to lead, and is closed when the read was answered, or its exchange failed
	rows      *jointRows        // nil when it failed
	gone      bool              // its caller waits no longer
}

// query implements reader.
func (r *jointReader) query(ctx context.Context, statement string, args []any) (resultRows, error) {
	read := &jointRead{statement: statement, args: args}
	if !r.begin(read) {
		select {
		case led := <-read.turn:
			if led != nil {
				r.lead(ctx, led)
			}
		case <-ctx.Done():
			r.leave(read)
			return nil, ctx.Err()
		}
	} else {
		r.lead(ctx, []*jointRead{read})
	}
	if read.rows == nil { // whatever it is, whoever asked is told about their own
		return r.alone.query(ctx, statement, args)
	}
	return read.rows, nil
}

// begin says whether an exchange may begin at once; else the read waits.
func (r *jointReader) begin(read *jointRead) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.free > 0 {
		r.free--
		return true
	}
	read.turn = make(chan []*jointRead, 1)
	r.waiting = append(r.waiting, read)
	return false
}

// next lets those who wait read.
func (r *jointReader) next() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.handOver(nil)
}

// handOver gives an exchange to the first of those who were to go with it and are still there, or else to those who wait. The lock is held.
func (r *jointReader) handOver(led []*jointRead) {
	isGone := func(read *jointRead) bool { return read.gone }
	if led = slices.DeleteFunc(led, isGone); len(led) == 0 {
		r.waiting = slices.DeleteFunc(r.waiting, isGone)
		n := min(len(r.waiting), maxJoint)
		led, r.waiting = slices.Clone(r.waiting[:n]), slices.Delete(r.waiting, 0, n)
	}
	if len(led) == 0 {
		r.free++
		return
	}
	led[0].turn <- led
}

// leave gives up a read whose caller waits no longer. If it was to lead the others, another of them does.
func (r *jointReader) leave(read *jointRead) {
	r.mu.Lock()
	defer r.mu.Unlock()
	read.gone = true
	select {
	case led, leads := <-read.turn:
		if leads { // else it was answered at that moment, and the exchange is its leader's
			r.handOver(led)
		}
	default:
	}
}

// lead reads for all. If it fails, each reads alone: the leader's context may have ended it, or the statement of one of them.
func (r *jointReader) lead(ctx context.Context, led []*jointRead) {
	defer func() {
		r.next()
		for _, read := range led[1:] {
			close(read.turn)
		}
	}()
	_ = r.exchange(ctx, led)
}

// exchange sends the statements and keeps their rows.
func (r *jointReader) exchange(ctx context.Context, led []*jointRead) error {
	c, err := r.alone.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer c.Release()
	if len(led) == 1 { // a pipeline costs more than a statement
		return led[0].keep(c.Conn().Query(ctx, led[0].statement, led[0].args...))
	}
	batch := &pgx.Batch{}
	for _, read := range led {
		batch.Queue(read.statement, read.args...)
	}
	results := c.Conn().SendBatch(ctx, batch)
	for _, read := range led {
		if read.keep(results.Query()) != nil {
			break // Close tells
		}
	}
	return results.Close()
}

// keep keeps the rows that answer the read.
func (read *jointRead) keep(rows pgx.Rows, err error) error {
	if err != nil {
		return err
	}
	k := &jointRows{}
	for _, f := range rows.FieldDescriptions() {
		k.columns = append(k.columns, jointColumn{f.DataTypeOID, f.Format})
	}
	for rows.Next() {
		k.append(rows.RawValues())
	}
	if err := rows.Err(); err != nil {
		return err
	}
	read.rows = k
	return nil
}

// jointRows are rows that were read from their connection.
type jointRows struct {
	columns []jointColumn
	values  [][]byte // of all rows
	row     int      // of the next
}

type jointColumn struct {
	oid    uint32
	format int16
}

// append copies the values of a row, which are the connection's.
func (k *jointRows) append(values [][]byte) {
	size := 0
	for _, v := range values {
		size += len(v)
	}
	text := make([]byte, 0, size)
	for _, v := range values {
		if v != nil {
			text = append(text, v...)
			v = text[len(text)-len(v) : len(text) : len(text)]
		}
		k.values = append(k.values, v)
	}
}

// Next implements resultRows.
func (k *jointRows) Next() bool {
	if (k.row+1)*len(k.columns) > len(k.values) {
		return false
	}
	k.row++
	return true
}

// typeMaps know how the types of PostgreSQL become those of Go. One is not for several goroutines, and making one takes long.
var typeMaps = sync.Pool{New: func() any { return pgtype.NewMap() }}

// Scan implements resultRows.
func (k *jointRows) Scan(dest ...any) error {
	values := k.values[(k.row-1)*len(k.columns):][:len(k.columns)]
	types := typeMaps.Get().(*pgtype.Map)
	defer typeMaps.Put(types)
	return scanValues(types, func(i int) jointColumn { return k.columns[i] }, values, dest)
}

// Err implements resultRows.
func (k *jointRows) Err() error { return nil }

// Close implements resultRows.
func (k *jointRows) Close() error { return nil }

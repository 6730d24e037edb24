package store

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Statements run on GORM's connections, past its builder: there is nothing to build, and that took a tenth of a look-up.

// query runs a statement and returns its rows.
func (c conn) query(ctx context.Context, statement string, args []any) (rows resultRows, err error) {
	began := time.Now()
	if c.reader != nil {
		rows, err = c.reader.query(ctx, c.d.bound(statement), args)
	} else {
		rows, err = c.db.Statement.ConnPool.QueryContext(ctx, c.d.bound(statement), args...)
	}
	c.ran(ctx, statement, -1, began)
	return rows, err
}

// change runs a statement and tells how many rows it changed.
func (c conn) change(ctx context.Context, statement string, args []any) (int64, error) {
	began := time.Now()
	result, err := c.db.Statement.ConnPool.ExecContext(ctx, c.d.bound(statement), args...)
	changed := int64(0)
	if err == nil {
		changed, err = result.RowsAffected()
	}
	c.ran(ctx, statement, changed, began)
	return changed, err
}

// ran counts a statement, and tells the log of a slow one.
func (c conn) ran(ctx context.Context, statement string, rows int64, began time.Time) {
	c.took.since(began)
	c.db.Logger.Trace(ctx, began, func() (string, int64) { return statement, rows }, nil)
}

// numberedTexts are statements as PostgreSQL gets them. There are few texts, and each is used all day; how many are kept is bounded all the same.
var numberedTexts struct {
	sync.RWMutex
	kept map[string]string
}

const maxNumbered = 1000

// numbered writes the parameters of a statement as PostgreSQL wants them: $1, $2 and so on. No statement has a question mark that is none.
func numbered(statement string) string {
	numberedTexts.RLock()
	text, known := numberedTexts.kept[statement]
	numberedTexts.RUnlock()
	if known {
		return text
	}
	text = withNumbers(statement)
	numberedTexts.Lock()
	defer numberedTexts.Unlock()
	if numberedTexts.kept == nil || len(numberedTexts.kept) >= maxNumbered {
		numberedTexts.kept = map[string]string{}
	}
	numberedTexts.kept[statement] = text
	return text
}

func withNumbers(statement string) string {
	n := strings.Count(statement, "?")
	if n == 0 {
		return statement
	}
	text := make([]byte, 0, len(statement)+2*n)
	for i := 1; ; i++ {
		before, after, found := strings.Cut(statement, "?")
		text = append(text, before...)
		if !found {
			return string(text)
		}
		text = strconv.AppendInt(append(text, '$'), int64(i), 10)
		statement = after
	}
}

// perDialect is SQL that is written once for each database, and not for each use.
func perDialect(write func(d *dialect) string) func(d *dialect) string {
	texts := map[*dialect]string{postgresDialect: write(postgresDialect), sqliteDialect: write(sqliteDialect)}
	return func(d *dialect) string { return texts[d] }
}

package store

import (
	"bytes"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/pressly/goose/v3"
	"gorm.io/gorm"
)

// Rows reads what no method of the API tells: whole tables, the catalog, raw columns. Each row maps column to value.
func Rows(ctx context.Context, s *Store, sql string, args ...any) ([]map[string]any, error) {
	return s.read.maps(ctx, sql, args)
}

// RowsIn is Rows inside a change.
func RowsIn(tx *Tx, sql string, args ...any) ([]map[string]any, error) {
	return tx.conn.maps(tx.ctx, sql, args)
}

// TxOf is the change that a directory is part of.
func TxOf(d *DirectoryTx) *Tx { return d.tx }

// Execute runs a statement of a change that notes no event.
func Execute(tx *Tx, sql string, args ...any) error {
	_, err := tx.do(sql, args...)
	return err
}

// ExecuteLater is Execute of a statement that may wait for the next one.
func ExecuteLater(tx *Tx, sql string, args ...any) error { return tx.later(sql, args...) }

// ExecuteSurely is Execute of a statement that must change a row.
func ExecuteSurely(tx *Tx, sql string, args ...any) error { return tx.surely(sql, args...) }

// EachRow calls each for every row of a query inside a change.
func EachRow(tx *Tx, sql string, args []any, each func() error) error {
	return tx.rows(tx.ctx, sql, args, func(scanner) error { return each() })
}

// MigrateDown undoes the migrations behind a version.
func MigrateDown(ctx context.Context, s *Store, version int64) error {
	return s.withGoose(func(p *goose.Provider) error {
		_, err := p.DownTo(ctx, version)
		return err
	})
}

// Waiting is how many changes wait for the one writer of SQLite.
func Waiting(s *Store) int { return len(s.writer.(*groupWriter).jobs) }

// WriterPool are the connections for changes and migrations.
func WriterPool(t testing.TB, s *Store) *sql.DB {
	t.Helper()
	pool, err := s.writer.pool()
	if err != nil {
		t.Fatal(err)
	}
	return pool
}

// ErrCut is the error of a migration that lost its connection.
var ErrCut = errors.New("the connection was cut")

// MigrateCut migrates to a version, and cuts the connection before the statement behind so many of a migration. nil: there were no more.
func MigrateCut(ctx context.Context, s *Store, version int64, statements int) error {
	pool, err := s.writer.pool()
	if err != nil {
		return err
	}
	db := sql.OpenDB(&cutting{pool: pool, left: statements})
	defer db.Close()
	return s.gooseOn(db, func(p *goose.Provider) error {
		_, err := p.UpTo(ctx, version)
		return err
	})
}

// cutting connects to a pool, and loses a connection after some statements in transactions.
type cutting struct {
	pool *sql.DB
	left int
}

func (c *cutting) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.pool.Conn(ctx)
	return &cutConn{conn: conn, from: c}, err
}

func (c *cutting) Driver() driver.Driver { return nil }

type cutConn struct {
	conn *sql.Conn
	tx   *sql.Tx
	from *cutting
}

// cut says that the connection is no more. What the database has of its transaction it rolls back then, and so does this.
func (c *cutConn) cut() bool {
	if c.tx == nil {
		return false
	}
	c.from.left--
	return c.from.left < 0
}

func (c *cutConn) ExecContext(ctx context.Context, statement string, args []driver.NamedValue) (driver.Result, error) {
	if c.cut() {
		return nil, ErrCut
	}
	return c.conn.ExecContext(ctx, statement, valuesOf(args)...)
}

func (c *cutConn) QueryContext(ctx context.Context, statement string, args []driver.NamedValue) (driver.Rows, error) {
	rows, err := c.conn.QueryContext(ctx, statement, valuesOf(args)...)
	if err != nil {
		return nil, err
	}
	columns, err := rows.Columns()
	return nestedRows{rows, columns}, err
}

func (c *cutConn) BeginTx(ctx context.Context, _ driver.TxOptions) (driver.Tx, error) {
	var err error
	c.tx, err = c.conn.BeginTx(ctx, nil)
	return c, err
}

func (c *cutConn) Begin() (driver.Tx, error) {
	return c.BeginTx(context.Background(), driver.TxOptions{})
}
func (c *cutConn) Prepare(string) (driver.Stmt, error) { return nil, errors.ErrUnsupported }
func (c *cutConn) Close() error                        { return c.conn.Close() }

func (c *cutConn) Commit() error {
	if c.cut() {
		return errors.Join(ErrCut, c.Rollback())
	}
	tx := c.tx
	c.tx = nil
	return tx.Commit()
}

func (c *cutConn) Rollback() error {
	tx := c.tx
	c.tx = nil
	return tx.Rollback()
}

// DatabaseOf is the name of the store's database: "sqlite" or "postgres".
func DatabaseOf(s *Store) string { return s.dialect.name }

func (c conn) maps(ctx context.Context, sql string, args []any) ([]map[string]any, error) {
	rows, err := c.db.WithContext(ctx).Raw(sql, args...).Rows()
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	var list []map[string]any
	for rows.Next() {
		values, dest := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			dest[i] = &values[i]
		}
		if err := rows.Scan(dest...); err != nil {
			return nil, err
		}
		row := make(map[string]any, len(columns))
		for i, name := range columns {
			row[name] = values[i]
		}
		list = append(list, row)
	}
	return list, rows.Err()
}

// Statement is one that the store ran, as the database got it.
type Statement struct {
	SQL  string
	Args []any
}

// FreeWhenAnsweredLeaves is how many exchanges may begin, where none could, once a caller gives up a read at the moment at which it is answered.
func FreeWhenAnsweredLeaves() int {
	r, read := &jointReader{}, &jointRead{turn: make(chan []*jointRead, 1)}
	close(read.turn)
	r.leave(read)
	return r.free
}

// Trace returns a function that takes the statements which were run since it was last called.
func Trace(s *Store) (taken func() []Statement, err error) {
	var mu sync.Mutex
	var list []Statement
	note := func(sql string, args []any) {
		mu.Lock()
		defer mu.Unlock()
		list = append(list, Statement{sql, args})
	}
	s.read.db.Statement.ConnPool = noting{s.read.db.Statement.ConnPool, note}
	if s.read.reader != nil {
		s.read.reader = notingReader{s.read.reader, note}
		s.read.jointly = notingReader{s.read.jointly, note}
	}
	if w := writingDB(s); w != s.read.db {
		w.Statement.ConnPool = noting{w.Statement.ConnPool, note}
	}
	return func() []Statement {
		mu.Lock()
		defer mu.Unlock()
		taken := list
		list = nil
		return taken
	}, nil
}

// notingReader shows the statements that it runs to note.
type notingReader struct {
	reader
	note func(sql string, args []any)
}

func (n notingReader) query(ctx context.Context, statement string, args []any) (resultRows, error) {
	n.note(statement, args)
	return n.reader.query(ctx, statement, args)
}

// noting shows the statements that it runs to note.
type noting struct {
	gorm.ConnPool
	note func(sql string, args []any)
}

func (n noting) ExecContext(ctx context.Context, statement string, args ...any) (sql.Result, error) {
	n.note(statement, args)
	return n.ConnPool.ExecContext(ctx, statement, args...)
}

func (n noting) QueryContext(ctx context.Context, statement string, args ...any) (*sql.Rows, error) {
	n.note(statement, args)
	return n.ConnPool.QueryContext(ctx, statement, args...)
}

// GetDBConn implements gorm.GetDBConnector.
func (n noting) GetDBConn() (*sql.DB, error) {
	if pool, ok := n.ConnPool.(*sql.DB); ok {
		return pool, nil
	}
	return n.ConnPool.(gorm.GetDBConnector).GetDBConn()
}

// BeginTx implements gorm.ConnPoolBeginner.
func (n noting) BeginTx(ctx context.Context, o *sql.TxOptions) (gorm.ConnPool, error) {
	var tx gorm.ConnPool
	var err error
	switch pool := n.ConnPool.(type) {
	case gorm.ConnPoolBeginner:
		tx, err = pool.BeginTx(ctx, o)
	case gorm.TxBeginner:
		tx, err = pool.BeginTx(ctx, o)
	}
	return &notingTx{noting{tx, n.note}, tx.(gorm.TxCommitter)}, err // GORM asks for a pointer
}

// notingTx is a transaction whose statements are noted.
type notingTx struct {
	noting
	gorm.TxCommitter
}

func writingDB(s *Store) *gorm.DB {
	if w, ok := s.writer.(*groupWriter); ok {
		return w.db
	}
	return s.writer.(*directWriter).db
}

// Plan tells how the database would run a statement, a step a line.
func Plan(ctx context.Context, s *Store, st Statement) ([]string, error) {
	pool, err := s.read.db.DB()
	if err != nil {
		return nil, err
	}
	explain := "EXPLAIN QUERY PLAN "
	if s.dialect == postgresDialect {
		explain = "EXPLAIN (COSTS OFF) "
	}
	rows, err := pool.QueryContext(ctx, explain+st.SQL, st.Args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	var steps []string
	for rows.Next() {
		dest, step := make([]any, len(columns)), ""
		for i := range dest {
			dest[i] = new(any)
		}
		dest[len(dest)-1] = &step // SQLite tells it in the last of four columns
		if err := rows.Scan(dest...); err != nil {
			return nil, err
		}
		steps = append(steps, step)
	}
	return steps, rows.Err()
}

// InsertProviderCredential keeps a credential under the connection's id, as the migration of an older schema does.
func InsertProviderCredential(tx *Tx, c Connection, m ProviderCredential, secret string) error {
	m.ID, m.OrganizationID, m.ConnectionID, m.CreatedAt = c.ID, c.OrganizationID, c.ID, tx.now
	return tx.Organization(c.OrganizationID).insertProviderCredential(m, secret)
}

// SealedColumns lists what Reseal goes through, each as "table.column".
func SealedColumns() (names []string) {
	for _, c := range sealedColumns {
		names = append(names, c.table+"."+c.column)
	}
	return names
}

// OpensSealed counts the values of a sealed column that the store's master key, the present one alone, opens and does not.
func OpensSealed(ctx context.Context, s *Store, name string) (open, shut int, err error) {
	for _, c := range sealedColumns {
		if c.table+"."+c.column != name {
			continue
		}
		rows, err := s.read.sealedRows(ctx, c, nil)
		if err != nil {
			return 0, 0, err
		}
		for _, row := range rows {
			if _, err := openWith(s.sealer.aead, row.sealed, c.place(row.id)); err == nil {
				open++
			} else {
				shut++
			}
		}
	}
	return open, shut, nil
}

// Holds is the rule of the brake.
func Holds(b Brake, leavers, people int) bool { return b.holds(leavers, people) }

// Tamper changes the database behind the store's back.
func Tamper(ctx context.Context, s *Store, sql string, args ...any) (changed int64, err error) {
	return s.bookkeep(ctx, sql, args...)
}

// TrimRequests keeps so many of a connection's requests.
func TrimRequests(ctx context.Context, s *Store, c Connection, most int) error {
	return s.trimRequests(ctx, connectionKey{c.OrganizationID, c.ID}, most)
}

// ExecuteAlone runs a statement outside of a change.
func ExecuteAlone(ctx context.Context, s *Store, sql string, args ...any) error {
	return s.writer.write(ctx, func(c conn) error { return c.db.WithContext(ctx).Exec(sql, args...).Error })
}

// ReadJointly is the text that a query gives, read together with what others read.
func ReadJointly(ctx context.Context, s *Store, sql string, args ...any) (text string, err error) {
	err = s.read.joint().row(ctx, sql, args, &text)
	return text, err
}

// KeptTables lists what a backup copies, DerivedTables what the database makes from that.
func KeptTables() []string    { return slices.Clone(keptTables) }
func DerivedTables() []string { return derivedTables }

// BackupOfSchema is a whole backup without rows, of a schema's version.
func BackupOfSchema(t testing.TB, s *Store, schema int64) []byte {
	t.Helper()
	var b bytes.Buffer
	f, err := newBackupWriter(&b, s.backupKeys, BackupInfo{Database: s.dialect.name, Schema: schema, At: s.Now()})
	if err == nil {
		err = f.finish()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// FloorIn is what upgrade-check reads of the oldest servers in the text of a migration.
func FloorIn(text string) int64 { return floorIn(text) }

// Note notes an event of any action, as a newer version may.
func Note(tx *Tx, organizationID, action string) {
	tx.note(organizationID, "", action, organizationID, nil)
}

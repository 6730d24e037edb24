package store

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	sqlite "modernc.org/sqlite"
)

// scrub drops what an error of the driver tells about host and user.
func scrub(err error) string {
	if pe, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pe.Message
	}
	return "cannot connect"
}

func postgresCode(err error, codes ...string) bool {
	pe, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return false
	}
	for _, code := range codes {
		if strings.HasPrefix(pe.Code, code) {
			return true
		}
	}
	return false
}

func postgresLocked(err error) string {
	for code, cause := range map[string]string{"40001": "serialization", "40P01": "deadlock", "55P03": "lock_timeout"} {
		if postgresCode(err, code) {
			return cause
		}
	}
	return ""
}

func postgresConflict(err error) string {
	if pe, ok := errors.AsType[*pgconn.PgError](err); ok && pe.Code == "23505" {
		return pe.ConstraintName
	}
	return ""
}

// postgresUnavailable: no connection, too many of them, shutting down, out of space, or a time-out.
func postgresUnavailable(err error) bool {
	if postgresCode(err, "08", "53", "57P0", "57014", "55P03", "25006", "40001", "40P01") {
		return true
	}
	_, noConnection := errors.AsType[*pgconn.ConnectError](err)
	return noConnection || pgconn.Timeout(err) || isDisconnected(err)
}

// sqliteConflict returns the columns that the message names: SQLite does not tell the index.
func sqliteConflict(err error) string {
	const uniqueIndex, primaryKey = 2067, 1555 // SQLITE_CONSTRAINT_UNIQUE, SQLITE_CONSTRAINT_PRIMARYKEY
	se, ok := errors.AsType[*sqlite.Error](err)
	if !ok || se.Code() != uniqueIndex && se.Code() != primaryKey {
		return ""
	}
	_, columns, _ := strings.Cut(se.Error(), "UNIQUE constraint failed: ")
	columns, _, _ = strings.Cut(columns, " (")
	return columns
}

func sqliteLocked(err error) string {
	const busy = 5 // SQLITE_BUSY
	if se, ok := errors.AsType[*sqlite.Error](err); ok && se.Code()&0xff == busy {
		return "busy"
	}
	return ""
}

// sqliteUnavailable: SQLITE_BUSY, LOCKED, READONLY, IOERR, FULL, CANTOPEN.
func sqliteUnavailable(err error) bool {
	se, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return isDisconnected(err)
	}
	switch se.Code() & 0xff {
	case 5, 6, 8, 10, 13, 14:
		return true
	}
	return false
}

// isDisconnected recognizes a connection that is gone, and the pool's answer after Close, for which database/sql has a
// text only.
func isDisconnected(err error) bool {
	if err == nil {
		return false
	}
	_, network := errors.AsType[*net.OpError](err)
	return network || errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, net.ErrClosed) || pgconn.SafeToRetry(err) || isShutDown(err) ||
		err.Error() == "sql: database is closed" || err.Error() == "closed pool"
}

// isShutDown recognizes the answer of a database that ends the connection, or has not begun.
func isShutDown(err error) bool { return postgresCode(err, "57P01", "57P02", "57P03", "25P03") }

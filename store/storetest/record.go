package storetest

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// recordIn is a folder in which the statements of all stores of a test run are written down, those of PostgreSQL and of SQLite in a file each:
// scripts/record-release asks for that.
var recordIn = os.Getenv("DOORLIST_RECORD_STATEMENTS")

// recorded are the statements that this process has written down.
var recorded sync.Map // of kind of database and text

// record writes a statement down, once, if anybody has asked for that.
func record(url, statement string) {
	if recordIn == "" {
		return
	}
	kind, _, _ := strings.Cut(url, ":")
	line := strings.Join(strings.Fields(statement), " ") + "\n"
	if _, known := recorded.LoadOrStore(kind+line, true); known {
		return
	}
	f, err := os.OpenFile(filepath.Join(recordIn, kind), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err == nil {
		_, err = f.WriteString(line)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		panic(err) // a record with holes shows nothing
	}
}

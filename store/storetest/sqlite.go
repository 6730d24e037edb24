package storetest

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// sqliteTemplate is the file of a migrated database, made once per process: copying it is many times faster than
// migrating for each test.
var sqliteTemplate = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "doorlist-sqlite-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "template.db")
	if err := migrated("sqlite:" + path); err != nil {
		return nil, fmt.Errorf("migrating the template: %w", err)
	}
	return os.ReadFile(path)
})

func sqliteURL(t testing.TB) string {
	t.Helper()
	template, err := sqliteTemplate()
	if err != nil {
		t.Fatalf("storetest: SQLite: %v", err)
	}
	path := filepath.Join(t.TempDir(), "doorlist.db")
	if err := os.WriteFile(path, template, 0o600); err != nil {
		t.Fatalf("storetest: SQLite: %v", err)
	}
	return "sqlite:" + path
}

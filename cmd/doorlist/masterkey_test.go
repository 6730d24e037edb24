package main

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestMasterKey_MadeBesideANewSQLite(t *testing.T) {
	t.Parallel()
	database := filepath.Join(t.TempDir(), "door.db")
	first := execute(t, nil, "org", "add", "contoso", "--database", "sqlite:"+database)
	if first.code != exitDone || !strings.Contains(first.stderr, database+".key") {
		t.Fatalf("the first command: code %d, %q; want a word about the key", first.code, first.stderr)
	}
	info, err := os.Stat(database + ".key")
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != 0o600 {
		t.Errorf("the key's mode is %o, want 600", got)
	}
	second := execute(t, nil, "org", "list", "--database", "sqlite:"+database)
	if second.code != exitDone || second.stderr != "" {
		t.Errorf("the second command: code %d, %q; want silence", second.code, second.stderr)
	}
}

func TestMasterKey_LostIsNotReplaced(t *testing.T) {
	t.Parallel()
	database := filepath.Join(t.TempDir(), "door.db")
	execute(t, nil, "org", "add", "contoso", "--database", "sqlite:"+database)
	if err := os.Remove(database + ".key"); err != nil {
		t.Fatal(err)
	}
	got := execute(t, nil, "org", "list", "--database", "sqlite:"+database)
	if got.code != exitFailed || !strings.Contains(got.stderr, "put the file") {
		t.Errorf("code %d, %q; want 1 and what to do", got.code, got.stderr)
	}
	if _, err := os.Stat(database + ".key"); err == nil {
		t.Error("a second key was made")
	}
}

func TestMasterKey_CommandsAtOnceAgree(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "door.db.key")
	keys := make([]string, 8)
	var all sync.WaitGroup
	for i := range keys {
		all.Go(func() {
			if _, err := makeKeyFile(path); err != nil {
				t.Error(err)
			}
			key, err := readKeyFile(path)
			if err != nil {
				t.Error(err)
			}
			keys[i] = string(key)
		})
	}
	all.Wait()
	for _, key := range keys {
		if key != keys[0] {
			t.Fatal("two commands made two keys")
		}
	}
}

package store_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"

	"github.com/google/go-cmp/cmp"
)

// eachEmpty runs fn on a function that opens stores on an empty database, of each kind.
func eachEmpty(t *testing.T, fn func(t *testing.T, open func() *store.Store)) {
	t.Helper()
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		if strings.HasPrefix(url, "sqlite:") {
			url = "sqlite:" + t.TempDir() + "/empty.db"
		}
		open := func() *store.Store {
			s, err := store.Open(t.Context(), store.Options{URL: url, MasterKey: storetest.MasterKey})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { s.Close() })
			return s
		}
		if strings.HasPrefix(url, "postgres") {
			s := open()
			for _, statement := range []string{"DROP SCHEMA public CASCADE", "CREATE SCHEMA public"} {
				if _, err := store.Rows(t.Context(), s, statement); err != nil {
					t.Fatal(err)
				}
			}
		}
		fn(t, open)
	})
}

func TestMigrate_SeveralNodesAtOnce(t *testing.T) {
	eachEmpty(t, func(t *testing.T, open func() *store.Store) {
		nodes := make([]*store.Store, 8)
		for i := range nodes {
			nodes[i] = open()
		}
		for i, err := range together(len(nodes), func(i int) error { return nodes[i].Migrate(t.Context()) }) {
			if err != nil {
				t.Errorf("node %d: %v", i, err)
			}
		}
		for i, node := range nodes {
			have, want, err := node.Schema(t.Context())
			if err != nil || have != want || want == 0 {
				t.Errorf("node %d: schema %d of %d, %v", i, have, want, err)
			}
			if err := node.Ready(t.Context()); err != nil {
				t.Errorf("node %d: Ready = %v", i, err)
			}
		}
		newWorld(t, nodes[0])
		if err := nodes[1].Migrate(t.Context()); err != nil {
			t.Errorf("migrating again: %v", err)
		}
		if all, err := nodes[1].Organizations(t.Context()); err != nil || len(all) != 2 {
			t.Errorf("after migrating again: %v, %v; want two organizations", all, err)
		}
	})
}

func TestMigrate_InterruptedIsAllOrNothing(t *testing.T) {
	eachEmpty(t, func(t *testing.T, open func() *store.Store) {
		s, interrupted := open(), 0
		tablesAt := map[int64]int{0: 0} // each migration is one transaction, so a version has its tables, all of them
		for wait := time.Millisecond; ; wait += 2 * time.Millisecond {
			ctx, cancel := context.WithTimeout(t.Context(), wait)
			err := open().Migrate(ctx)
			cancel()
			before := catalog(t, s)
			have, want, readErr := s.Schema(t.Context())
			tables := catalog(t, s)
			if len(before) != len(tables) {
				continue // a commit that was under way when its caller gave up has arrived between two looks
			}
			if _, seen := tablesAt[have]; !seen {
				tablesAt[have] = len(tables)
			}
			if readErr != nil || len(tables) != tablesAt[have] || have > 0 && len(tables) == 0 || err == nil && have != want {
				t.Fatalf("interrupted after %v (%v): schema %d of %d (%v) with tables %v", wait, err, have, want, readErr, tables)
			}
			if have == want {
				break
			}
			interrupted++
		}
		if interrupted == 0 {
			t.Error("no migration was interrupted")
		}
		if err := errors.Join(s.Migrate(t.Context()), s.Ready(t.Context())); err != nil {
			t.Errorf("after %d interruptions: %v", interrupted, err)
		}
		newWorld(t, s)
	})
}

func TestReady_SaysWhatToDo(t *testing.T) {
	eachEmpty(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		if have, want, err := s.Schema(t.Context()); have != 0 || want == 0 || err != nil {
			t.Errorf("Schema of an empty database = %d of %d, %v", have, want, err)
		}
		if err := s.Ready(t.Context()); err == nil || !strings.Contains(err.Error(), `run "doorlist migrate up"`) {
			t.Errorf("Ready on an empty database = %v, want what to do", err)
		}
		if have, _, err := s.Schema(t.Context()); have != 0 || err != nil {
			t.Errorf("asking migrated the database: %d, %v", have, err)
		}
	})
}

// aNewerSchema writes down that a newer server has migrated, and which schema servers must know since.
func (w *world) aNewerSchema(oldest int64) {
	w.t.Helper()
	storetest.TamperWith(w.t, w.Store, "DELETE FROM goose_db_version WHERE version_id = 99999")
	storetest.TamperWith(w.t, w.Store, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, true)")
	storetest.TamperWith(w.t, w.Store, fmt.Sprint("UPDATE schema_floor SET oldest = ", oldest))
}

func TestReady_ANewerSchemaSaysWhoMayWork(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		_, want, err := w.Schema(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		w.aNewerSchema(want)
		if err := errors.Join(w.Ready(t.Context()), w.Migrate(t.Context())); err != nil {
			t.Errorf("a newer schema that leaves this program working: %v", err)
		}
		w.aNewerSchema(want + 1)
		err = w.Ready(t.Context())
		unfit, ok := errors.AsType[*store.SchemaError](err)
		if !ok || *unfit != (store.SchemaError{Have: 99999, Want: want, Oldest: want + 1}) || !strings.Contains(err.Error(), "start the newer version") {
			t.Errorf("one that does not: %v", err)
		}
	})
}

// TestNewerSchema_RefusesWhatTakesKnowingAllOfIt: what a newer server keeps elsewhere would stay behind, or be missing.
func TestNewerSchema_RefusesWhatTakesKnowingAllOfIt(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.aNewerSchema(1)
		_, backup := w.Backup(t.Context(), io.Discard, nil)
		inUse(t, "a backup", backup, "99999", "make the copy with the newer version")
		inUse(t, "removing an organization", w.inContoso((*store.OrganizationTx).Remove), "remove the organization with the newer version")
		inUse(t, "removing a connection", w.inContoso(func(o *store.OrganizationTx) error { return o.RemoveConnection(w.entra.ID) }), "remove the connection with the newer version")
	})
}

// TestNewerSchema_ItsEventsAreRead: an older server passes on what it has no words for, and finds the trail whole.
func TestNewerSchema_ItsEventsAreRead(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.must(func(tx *store.Tx) error {
			store.Note(tx, w.contoso.ID, "newer.action")
			return store.Execute(tx, "UPDATE organizations SET name = 'newer' WHERE id = ?", w.contoso.ID)
		})
		w.chainAll()
		if r := w.verify(w.contoso); !r.Sound() {
			t.Errorf("the trail is not sound: %+v", r)
		}
		if actions := w.actions(w.contoso, ""); actions[len(actions)-1] != "newer.action" {
			t.Errorf("the events are %v", actions)
		}
		exported := ""
		err := w.Organization(w.contoso.ID).ExportEvents(t.Context(), store.EventFilter{}, func(e store.Event, _ []byte) error {
			exported += e.Action + " "
			return nil
		})
		if err != nil || !strings.Contains(exported, "newer.action") {
			t.Errorf("exported are %s, %v", exported, err)
		}
	})
}

func TestReady_ADatabaseThatDoesNotAnswerIsUnavailable(t *testing.T) {
	t.Parallel()
	s, err := store.Open(t.Context(), store.Options{URL: "postgres://nobody@/none?host=" + t.TempDir()})
	if err == nil {
		defer s.Close()
		err = s.Ready(t.Context())
	}
	if !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("Open and Ready = %v, want ErrUnavailable", err)
	}
	if _, err := store.Open(t.Context(), store.Options{URL: "sqlite:" + t.TempDir() + "/no/such/folder.db"}); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("a file in no folder: %v, want ErrUnavailable", err)
	}
}

func TestOpen_SaysWhatAURLLooksLike(t *testing.T) {
	t.Parallel()
	for url, words := range map[string]string{
		"": `"sqlite:"`, "doorlist.db": `"sqlite:"`, "mysql://x": `"postgres://"`, "sqlite:": "sqlite:doorlist.db", "sqlite::memory:": "file",
		"postgres://%zz": "postgres://user@host/database",
	} {
		_, err := store.Open(t.Context(), store.Options{URL: url})
		refusedFor(t, "URL "+url, err, "database", words)
	}
}

func TestMigrations_AreTheSameForBothDatabases(t *testing.T) {
	t.Parallel()
	var files [2][]string
	for i, folder := range []string{"migrations/sqlite", "migrations/postgres"} {
		entries, err := os.ReadDir(folder)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			files[i] = append(files[i], e.Name())
		}
	}
	if diff := cmp.Diff(files[0], files[1]); diff != "" || len(files[0]) == 0 {
		t.Errorf("migrations (-sqlite +postgres):\n%s", diff)
	}
}

func TestMigrate_MakesTheSameTablesInBothDatabases(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	catalogs := map[string][]string{}
	t.Run("read", func(t *testing.T) { // returns when both are read
		storetest.Each(t, func(t *testing.T, s *store.Store) {
			columns := columnNames(t, s)
			mu.Lock()
			defer mu.Unlock()
			catalogs[store.DatabaseOf(s)] = columns
		})
	})
	if diff := cmp.Diff(catalogs["sqlite"], catalogs["postgres"]); diff != "" || len(catalogs["sqlite"]) < 100 {
		t.Errorf("%d columns (-sqlite +postgres):\n%s", len(catalogs["sqlite"]), diff)
	}
}

// beginElsewhere are organizations themselves, and what belongs to none until somebody approves it.
var beginElsewhere = []string{"organizations", "device_requests"}

// columnNames lists "table.column" and, for primary keys, in which place: every key begins with its organization or
// directory.
func columnNames(t *testing.T, s *store.Store) []string {
	t.Helper()
	var names []string
	for _, table := range tableNames(t, s) {
		sql := `SELECT c.column_name AS name, coalesce(k.ordinal_position, 0) AS place FROM information_schema.columns c
			LEFT JOIN information_schema.key_column_usage k ON k.table_name = c.table_name AND k.column_name = c.column_name AND k.table_schema = 'public'
			WHERE c.table_schema = 'public' AND c.table_name = ?`
		if store.DatabaseOf(s) == "sqlite" {
			sql = "SELECT name, pk AS place FROM pragma_table_info(?)"
		}
		rows, err := store.Rows(t.Context(), s, sql, table)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			names = append(names, fmt.Sprintf("%s.%s %v", table, row["name"], row["place"]))
			first := fmt.Sprint(row["place"]) == "1"
			if name := fmt.Sprint(row["name"]); first && name != "organization_id" && name != "directory_id" && !slices.Contains(beginElsewhere, table) {
				t.Errorf("the key of %s begins with %s, want its organization or directory", table, name)
			}
		}
	}
	slices.Sort(names)
	return names
}

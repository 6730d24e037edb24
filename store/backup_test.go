package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"

	"github.com/google/go-cmp/cmp"
)

// emptyTarget opens an empty database at a URL. Its clock stands an hour after the world's.
func emptyTarget(t *testing.T, url string, masterKey []byte) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{URL: url, MasterKey: masterKey, Now: func() time.Time { return storetest.Start.Add(time.Hour) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// eachTarget runs fn on an empty database of each kind.
func eachTarget(t *testing.T, fn func(t *testing.T, target *store.Store)) {
	t.Helper()
	sqlite, postgres := storetest.URLs(t)
	t.Run("into sqlite", func(t *testing.T) { fn(t, emptyTarget(t, sqlite, storetest.MasterKey)) })
	t.Run("into postgres", func(t *testing.T) { fn(t, emptyTarget(t, postgres, storetest.MasterKey)) })
}

func backup(t *testing.T, s *store.Store) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := s.Backup(t.Context(), &b, nil); err != nil {
		t.Fatalf("Backup: %v", err)
	}
	return b.Bytes()
}

func restore(t *testing.T, s *store.Store, copied []byte) (store.Restored, error) {
	t.Helper()
	return s.Restore(t.Context(), tester, bytes.NewReader(copied), store.RestoreOptions{})
}

// contents are the rows of all tables, by table, written alike for both databases.
func contents(t *testing.T, s *store.Store) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	for _, table := range tableNames(t, s) {
		if slices.Contains(store.DerivedTables(), table) {
			continue
		}
		rows, err := store.Rows(t.Context(), s, "SELECT * FROM "+table)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			for name, value := range row {
				if truth, ok := value.(bool); ok {
					row[name] = map[bool]int64{true: 1, false: 0}[truth]
				}
			}
			all[table] = append(all[table], rowText(table, row))
		}
		slices.Sort(all[table])
	}
	return all
}

// filled is a world with something in almost every table.
func (w *world) filled() target {
	w.t.Helper()
	x := fillFabrikam(w)
	w.chainAll()
	return x
}

// changedByRestore are the tables that a restore does not leave as they were.
var changedByRestore = []string{"sessions", "one_time_secrets", "sign_ins", "challenges", "handovers", "consents", "device_requests", "saml_answers",
	"proposals", "outbox", "outages", "events", "event_concerns", "resyncs", "unnamed_people"}

func TestRestore_IsTheSameInBothDatabases(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.filled()
		before, copied := contents(t, w.Store), backup(t, w.Store)
		if len(before) < 60 {
			t.Fatalf("only %d tables hold something: too few to prove anything", len(before))
		}
		eachTarget(t, func(t *testing.T, target *store.Store) {
			done, err := restore(t, target, copied)
			if err != nil {
				t.Fatal(err)
			}
			if done.Database != store.DatabaseOf(w.Store) || !done.At.Equal(w.Now()) || done.Rows < 100 || done.Sessions == 0 || done.Unreadable != 0 {
				t.Errorf("Restore tells of %+v", done)
			}
			after := contents(t, target)
			for table, rows := range before {
				if !slices.Contains(changedByRestore, table) {
					if diff := cmp.Diff(rows, after[table]); diff != "" {
						t.Errorf("%s (-before +after):\n%s", table, diff)
					}
				}
			}
			for _, event := range before["events"] {
				if !slices.Contains(after["events"], event) {
					t.Errorf("an event is missing: %s", event)
				}
			}
		})
	})
}

func TestRestore_EndsWhatWasUnderWay(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		x := w.filled()
		copied := backup(t, w.Store)
		eachTarget(t, func(t *testing.T, target *store.Store) {
			if _, err := restore(t, target, copied); err != nil {
				t.Fatal(err)
			}
			v, err := target.Visit(t.Context(), secretHash("victim's"))
			if err != nil || v.Session.RevokedAt.IsZero() || v.Session.RevokedReason != "restored" {
				t.Errorf("the session is %+v, %v; want it ended", v.Session, err)
			}
			if _, err := target.FindDevice(t.Context(), waitingCode); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("a device that waited: %v, want ErrNotFound", err)
			}
			now := target.Now().UnixMicro()
			for question, from := range map[string]string{
				"one-time links that are good":  fmt.Sprintf("one_time_secrets WHERE used_at = 0 AND expires_at > %d", now),
				"sessions that live":            "sessions WHERE revoked_at = 0",
				"outages in force":              fmt.Sprintf("outages WHERE ended_at = 0 AND ends_at > %d", now),
				"mail that waits":               "outbox",
				"changes that wait for another": "proposals",
			} {
				if rows, err := store.Rows(t.Context(), target, "SELECT * FROM "+from); err != nil || len(rows) > 0 {
					t.Errorf("%s: %v, %v", question, rows, err)
				}
			}
			tokens, err := target.Organization(x.Organization).Tokens(t.Context())
			if err != nil || len(tokens) == 0 {
				t.Errorf("the provider's tokens are %v, %v; want them as they were", tokens, err)
			}
		})
	})
}

func TestRestore_KeepsTheTrailAndIsOnIt(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.filled()
		checkpoint, err := w.Organization(w.contoso.ID).Checkpoint(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		w.must(func(tx *store.Tx) error {
			_, err := tx.Organization(w.contoso.ID).Update("", "not chained yet")
			return err
		})
		copied := backup(t, w.Store)
		eachTarget(t, func(t *testing.T, target *store.Store) {
			if _, err := restore(t, target, copied); err != nil {
				t.Fatal(err)
			}
			for _, chained := range []bool{false, true} {
				if chained {
					if err := errors.Join(target.ChainStrays(t.Context()), target.Chain(t.Context())); err != nil {
						t.Fatal(err)
					}
				}
				report, err := target.VerifyAudit(t.Context(), w.contoso.ID, []store.Checkpoint{checkpoint}, nil)
				if err != nil || !report.Sound() || report.Checkpoints != 1 || chained == (report.Waiting > 0) {
					t.Errorf("chained %v: %+v, %v", chained, report, err)
				}
			}
			for _, o := range []store.Organization{w.contoso, w.fabrikam} {
				events, err := target.Organization(o.ID).Events(t.Context(), store.EventQuery{})
				if err != nil || len(events) == 0 {
					t.Fatal(err)
				}
				if last := events[len(events)-1]; last.Action != "organization.restored" || last.Actor.ID != tester.ID || !strings.Contains(last.Detail, `"copied_at":"2026-01-02T03:04:05Z"`) {
					t.Errorf("%s: the last event is %+v", o.Slug, last)
				}
			}
		})
	})
}

func TestRestore_RefusesABrokenTrailUnlessThatIsAccepted(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.filled()
		storetest.TamperWith(t, w.Store, "UPDATE events SET actor_name = 'nobody' WHERE action = 'organization.created'")
		copied := backup(t, w.Store)
		eachTarget(t, func(t *testing.T, target *store.Store) {
			_, err := restore(t, target, copied)
			inUse(t, "a broken trail", err, "was changed", "--accept-broken-trail")
			demandNothing(t, target)
			done, err := target.Restore(t.Context(), tester, bytes.NewReader(copied), store.RestoreOptions{AcceptBrokenTrail: true})
			if err != nil || len(done.Broken) != 2 {
				t.Errorf("accepted: %+v, %v; want two broken trails", done.Broken, err)
			}
		})
	})
}

func TestRestore_IntoAnEmptyDatabaseAlone(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		copied, before := backup(t, w.Store), contents(t, w.Store)
		_, err := restore(t, w.Store, copied)
		inUse(t, "a database in use", err, "in use already", "--database")
		if diff := cmp.Diff(before, contents(t, w.Store)); diff != "" {
			t.Errorf("a restore that was refused changed (-before +after):\n%s", diff)
		}
	})
}

func TestRestore_MakesTheSchemaThatIsMissing(t *testing.T) {
	eachEmpty(t, func(t *testing.T, open func() *store.Store) {
		w := newWorld(t, storetest.New(t))
		target := open()
		if _, err := target.Backup(t.Context(), io.Discard, nil); !errors.As(err, new(*store.RefusedError)) {
			t.Errorf("a copy of nothing: %v", err)
		}
		if _, err := restore(t, target, backup(t, w.Store)); err != nil {
			t.Fatalf("a database without a schema: %v", err)
		}
		if err := target.Ready(t.Context()); err != nil {
			t.Error(err)
		}
		if all, err := target.Organizations(t.Context()); err != nil || len(all) != 2 {
			t.Errorf("restored %v, %v; want two organizations", all, err)
		}
	})
}

// TestRestore_BringsAnOldCopyUpToDate makes the copy of a database that an older version left, with a table that there is no more.
func TestRestore_BringsAnOldCopyUpToDate(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		x := w.filled()
		if err := store.MigrateDown(t.Context(), w.Store, 23); err != nil {
			t.Fatal(err)
		}
		storetest.TamperWith(t, w.Store, fmt.Sprintf("INSERT INTO scim_exchanges VALUES ('%s', '%s', '%s', 1, 'GET', '/Users', 200, '', '')", x.Organization, x.Connection, x.User))
		copied := backup(t, w.Store)
		eachTarget(t, func(t *testing.T, target *store.Store) {
			done, err := restore(t, target, copied)
			if err != nil || done.Schema != 23 {
				t.Fatalf("%+v, %v", done, err)
			}
			if err := target.Ready(t.Context()); err != nil {
				t.Error(err)
			}
			if _, err := target.Directory(w.other.Directory()).User(t.Context(), x.User); err != nil {
				t.Errorf("a user of then: %v", err)
			}
		})
	})
}

func TestRestore_LeavesNewerSchemasToNewerVersions(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		newer := store.BackupOfSchema(t, w.Store, 99999)
		eachTarget(t, func(t *testing.T, target *store.Store) {
			_, err := restore(t, target, newer)
			inUse(t, "a copy of a newer schema", err, "99999", "or a newer one")
			demandNothing(t, target)
		})
		storetest.TamperWith(t, w.Store, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, true)")
		_, err := w.Backup(t.Context(), io.Discard, nil)
		inUse(t, "a database of a newer schema", err, "99999", "with the newer version")
	})
}

// demandNothing demands that a restore that failed has left nothing.
func demandNothing(t *testing.T, s *store.Store) {
	t.Helper()
	if left := contents(t, s); len(left) > 0 {
		t.Fatalf("something was left in %v", slices.Sorted(maps.Keys(left)))
	}
}

func TestRestore_RefusesAnotherMasterKey(t *testing.T) {
	t.Parallel()
	copied := backup(t, newWorld(t, storetest.New(t)).Store)
	other := bytes.Repeat([]byte{7}, store.MasterKeySize)
	sqlite, postgres := storetest.URLs(t)
	for _, url := range []string{sqlite, postgres} {
		target := emptyTarget(t, url, other)
		_, err := restore(t, target, copied)
		inUse(t, "another master key", err, "another master key", "--master-key")
		demandNothing(t, target)
	}
	_, err := store.CheckBackup(bytes.NewReader(copied), other, nil)
	inUse(t, "another master key", err, "another master key", "--master-key")
	if info, err := store.CheckBackup(bytes.NewReader(copied), other, storetest.MasterKey); err != nil || info.Rows == 0 {
		t.Errorf("by the previous master key: %+v, %v", info, err)
	}
	if _, err := emptyTarget(t, "sqlite:"+t.TempDir()+"/keyless.db", nil).Backup(t.Context(), io.Discard, nil); err == nil {
		t.Error("a backup without a master key was made")
	}
}

// TestRestore_RefusesWhatIsNotWhole cuts a backup short at many places, and flips a bit there.
func TestRestore_RefusesWhatIsNotWhole(t *testing.T) {
	t.Parallel()
	copied := backup(t, newWorld(t, storetest.New(t)).Store)
	if _, err := store.CheckBackup(bytes.NewReader(copied), storetest.MasterKey, nil); err != nil {
		t.Fatal(err)
	}
	refused := func(what string, bad []byte) {
		if _, err := store.CheckBackup(bytes.NewReader(bad), storetest.MasterKey, nil); !errors.As(err, new(*store.RefusedError)) {
			t.Errorf("%s: %v, want *RefusedError", what, err)
		}
	}
	for n := range copied {
		if n > 64 && n < len(copied)-64 && n%11 != 0 {
			continue
		}
		refused(fmt.Sprintf("the first %d bytes of %d", n, len(copied)), copied[:n])
		bad := bytes.Clone(copied)
		bad[n] ^= 1 << (n % 8)
		refused(fmt.Sprintf("a flipped bit in byte %d", n), bad)
	}
	refused("a byte too many", append(bytes.Clone(copied), 0))
	refused("two copies", append(bytes.Clone(copied), copied...))
	sqlite, postgres := storetest.URLs(t)
	for _, url := range []string{sqlite, postgres} {
		target := emptyTarget(t, url, storetest.MasterKey)
		for step := range 20 {
			n := (len(copied) - 1) * step / 19
			bad := bytes.Clone(copied)
			bad[n] ^= 0x10
			for _, bad := range [][]byte{copied[:n], bad} {
				if _, err := restore(t, target, bad); !errors.As(err, new(*store.RefusedError)) {
					t.Fatalf("%d of %d bytes: %v, want *RefusedError", n, len(copied), err)
				}
			}
		}
		demandNothing(t, target)
		if _, err := restore(t, target, copied); err != nil {
			t.Errorf("the whole copy after all that: %v", err)
		}
	}
}

// failing fails like a disk, after some bytes.
type failing struct {
	r    io.Reader
	left int
}

var errDisk = errors.New("the disk is gone")

func (f *failing) Read(p []byte) (int, error) {
	if f.left <= 0 {
		return 0, errDisk
	}
	n, err := f.r.Read(p[:min(len(p), f.left)])
	f.left -= n
	return n, err
}

func (f *failing) Write(p []byte) (int, error) {
	if f.left -= len(p); f.left <= 0 {
		return 0, errDisk
	}
	return len(p), nil
}

func TestBackup_TellsOfADiskThatFails(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		copied := backup(t, w.Store)
		if _, err := w.Backup(t.Context(), &failing{left: len(copied) / 2}, nil); !errors.Is(err, errDisk) {
			t.Errorf("writing: %v, want what the disk says", err)
		}
		eachTarget(t, func(t *testing.T, target *store.Store) {
			_, err := target.Restore(t.Context(), tester, &failing{bytes.NewReader(copied), len(copied) / 2}, store.RestoreOptions{})
			if !errors.Is(err, errDisk) {
				t.Errorf("reading: %v, want what the disk says", err)
			}
			demandNothing(t, target)
		})
	})
}

// TestBackup_IsOfOneMoment writes on while a copy is made: each change adds a person, a group with them as its member, and their events,
// so that a copy of several moments shows one without the other.
func TestBackup_IsOfOneMoment(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		stop := make(chan struct{})
		var writers sync.WaitGroup
		for writer := range 3 {
			writers.Go(func() {
				for n := 0; ; n++ {
					select {
					case <-stop:
						return
					default:
					}
					name := fmt.Sprintf("w%d-%d", writer, n)
					err := w.Write(t.Context(), tester, func(tx *store.Tx) error {
						d := tx.Directory(w.entra.Directory())
						u, err := d.CreateUser(person(name+"@contoso.com", ""))
						if err != nil {
							return err
						}
						_, err = d.CreateGroup(groupRecord(name, ""), adding(u.ID).Add)
						return err
					})
					if err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		var copies [][]byte
		for range 3 {
			copies = append(copies, backup(t, w.Store))
		}
		close(stop)
		writers.Wait()
		people := 0
		for i, copied := range copies {
			target := emptyTarget(t, "sqlite:"+t.TempDir()+"/copy.db", storetest.MasterKey)
			if _, err := restore(t, target, copied); err != nil {
				t.Fatal(err)
			}
			all := contents(t, target)
			created := len(slices.DeleteFunc(all["events"], func(e string) bool { return !strings.Contains(e, `action="user.created"`) }))
			if n := len(all["users"]); n != len(all["groups"]) || n != len(all["members"]) || n != created || n < people {
				t.Errorf("copy %d: %d people, %d groups, %d members, %d events of people", i, n, len(all["groups"]), len(all["members"]), created)
			}
			people = len(all["users"])
		}
		if people == 0 {
			t.Error("nothing was written before the last copy")
		}
	})
}

func TestBackup_KnowsEveryTable(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		kept := append(store.KeptTables(), store.DerivedTables()...)
		for _, table := range tableNames(t, w.Store) {
			if !slices.Contains(kept, table) {
				t.Errorf("%s would be missing from every backup: put it among keptTables", table)
			}
		}
	})
}

// TestRestore_HappenedThoughStatisticsAreLocked: what is restored is not reported as lost because the planner cannot learn of it just now.
func TestRestore_HappenedThoughStatisticsAreLocked(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID))
		w.mustExec(`WITH RECURSIVE n(i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 4000)
			INSERT INTO user_emails (directory_id, user_id, ordinal, value, value_key, type_key, is_primary)
			SELECT u.directory_id, u.id, n.i, 'alice@contoso.com', 'alice@contoso.com', '', false FROM users u, n`)
		_, url := storetest.URLs(t)
		target, other := emptyTarget(t, url, storetest.MasterKey), emptyTarget(t, url, storetest.MasterKey)
		if err := target.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		copied, undo := backup(t, w.Store), errors.New("undo")
		err := other.Write(t.Context(), tester, func(tx *store.Tx) error {
			if err := store.Execute(tx, "LOCK TABLE user_emails IN SHARE UPDATE EXCLUSIVE MODE"); err != nil {
				return err
			}
			if _, err := restore(t, target, copied); err != nil {
				t.Errorf("Restore: %v", err)
			}
			return undo
		})
		if !errors.Is(err, undo) {
			t.Fatal(err)
		}
		if u, err := target.Directory(w.entra.Directory()).User(t.Context(), alice.ID); err != nil || u.UserName != alice.UserName {
			t.Errorf("the restored user is %q, %v", u.UserName, err)
		}
	})
}

package store_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

func TestWrite_AFunctionThatEndsItsGoroutineStopsNobody(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		var ended sync.WaitGroup
		ended.Go(func() {
			_ = w.inDirectory(w.entra, func(d *store.DirectoryTx) error {
				if _, err := d.CreateUser(person("alice@contoso.com", aliceOID)); err != nil {
					t.Errorf("CreateUser: %v", err)
				}
				runtime.Goexit() // as testing.T.FailNow does
				return nil
			})
		})
		ended.Wait()
		if page, err := w.Directory(w.entra.Directory()).Users(t.Context(), store.Query{}); err != nil || page.Total != 0 {
			t.Errorf("left behind: %d users, %v", page.Total, err)
		}
		w.addUser(w.entra, person("alice@contoso.com", aliceOID))
	})
}

func TestWrite_SurvivesBrokenConnections(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		other := storetest.Second(t, w.Store)
		told := map[string]error{}
		create := func(name string, meanwhile func(tx *store.Tx) error) func() error {
			return func() error {
				return w.write(func(tx *store.Tx) error {
					if _, err := tx.Directory(w.entra.Directory()).CreateUser(person(name, "")); err != nil {
						return err
					}
					return meanwhile(tx)
				})
			}
		}
		nothing := func(*store.Tx) error { return nil }
		fillPool := together(20, func(i int) error { return create(fmt.Sprint("early", i), nothing)() })
		if err := errors.Join(fillPool...); err != nil {
			t.Fatal(err)
		}
		if _, err := store.Rows(t.Context(), other, endConnections(w.Store, "<>")); err != nil {
			t.Fatal(err)
		}
		late := together(20, func(i int) error { return create(fmt.Sprint("late", i), nothing)() })
		if err := errors.Join(late...); err != nil {
			t.Errorf("writes over connections that broke while idle: %v", err)
		}
		for i, err := range late {
			told[fmt.Sprint("late", i)] = err
		}
		told["midway"] = create("midway", func(tx *store.Tx) error {
			_, err := store.RowsIn(tx, endConnections(w.Store, "="))
			return err
		})()
		for name, err := range told {
			page, readErr := other.Directory(w.entra.Directory()).Users(t.Context(), store.Query{Where: equal(name, "username")})
			if err != nil && !errors.Is(err, store.ErrUnavailable) || readErr != nil || (page.Total == 1) != (err == nil) {
				t.Errorf("%s was told %v, and %d of it are there (%v)", name, err, page.Total, readErr)
			}
		}
		w.addUser(w.entra, person("afterwards", ""))
	})
}

// TestWrite_AtOnceSurvivesBrokenConnections: what a provider creates goes to PostgreSQL in one exchange, and is tried again all the same if the
// connection was gone before it.
func TestWrite_AtOnceSurvivesBrokenConnections(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		other := storetest.Second(t, w.Store)
		pushes := tester
		pushes.Kind = store.Provisioner
		create := func(round string) func(i int) error {
			return func(i int) error {
				return w.Write(t.Context(), pushes, func(tx *store.Tx) error {
					_, err := tx.Directory(w.entra.Directory()).CreateUser(person(fmt.Sprint(round, i), ""))
					return err
				})
			}
		}
		for _, round := range []string{"early", "late"} {
			errs := together(20, create(round))
			if err := errors.Join(errs...); err != nil {
				t.Errorf("%s: %v", round, err)
			}
			for i, err := range errs {
				name := fmt.Sprint(round, i)
				page, readErr := other.Directory(w.entra.Directory()).Users(t.Context(), store.Query{Where: equal(name, "username")})
				if readErr != nil || (page.Total == 1) != (err == nil) {
					t.Errorf("%s was told %v, and %d of it are there (%v)", name, err, page.Total, readErr)
				}
			}
			if _, err := store.Rows(t.Context(), other, endConnections(w.Store, "<>")); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// endConnections is a statement that breaks connections to the database: this one (=) or all others (<>). A file has
// none to break.
func endConnections(s *store.Store, which string) string {
	if store.DatabaseOf(s) == "sqlite" {
		return "SELECT 1"
	}
	return "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid " + which + " pg_backend_pid()"
}

func TestWrite_CancelledBeforeItBeginsChangesNothing(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		err := w.Write(ctx, tester, func(tx *store.Tx) error {
			_, err := tx.Directory(w.entra.Directory()).CreateUser(person("alice@contoso.com", ""))
			return err
		})
		page, readErr := w.Directory(w.entra.Directory()).Users(t.Context(), store.Query{})
		if !errors.Is(err, context.Canceled) || readErr != nil || page.Total != 0 {
			t.Errorf("Write = %v, and %d users (%v); want context.Canceled and none", err, page.Total, readErr)
		}
	})
}

func TestWrite_CancelledMidwayTellsTheTruthAndHarmsNobody(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		const writers = 60
		errs := together(writers, func(i int) error {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			return w.Write(ctx, tester, func(tx *store.Tx) error {
				if i%3 == 0 {
					cancel()
				}
				_, err := tx.Directory(w.entra.Directory()).CreateUser(person(fmt.Sprintf("user%d", i), ""))
				return err
			})
		})
		for i, err := range errs {
			page, readErr := w.Directory(w.entra.Directory()).Users(t.Context(), store.Query{Where: equal(fmt.Sprintf("user%d", i), "username")})
			if readErr != nil || (page.Total == 1) != (err == nil) {
				t.Errorf("writer %d was told %v, and %d users are there (%v)", i, err, page.Total, readErr)
			}
			if i%3 != 0 && err != nil {
				t.Errorf("writer %d failed with another's cancellation: %v", i, err)
			}
		}
	})
}

func TestClose_LetsWaitingWritesFinish(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		const writers = 100
		reader := storetest.Second(t, w.Store)
		var begun atomic.Int32
		finished := make(chan []error, 1)
		go func() {
			finished <- together(writers, func(i int) error {
				begun.Add(1)
				return w.inDirectory(w.entra, func(d *store.DirectoryTx) error {
					_, err := d.CreateUser(person(fmt.Sprintf("user%d", i), ""))
					return err
				})
			})
		}()
		for begun.Load() < writers/2 {
			time.Sleep(time.Millisecond)
		}
		if err := w.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		var errs []error
		select {
		case errs = <-finished:
		case <-time.After(30 * time.Second):
			t.Fatal("writes hang after Close")
		}
		for i, err := range errs {
			page, readErr := reader.Directory(w.entra.Directory()).Users(t.Context(), store.Query{Where: equal(fmt.Sprintf("user%d", i), "username")})
			if readErr != nil || (page.Total == 1) != (err == nil) {
				t.Errorf("writer %d was told %v, and %d users are there (%v)", i, err, page.Total, readErr)
			}
			if err != nil && !errors.Is(err, store.ErrUnavailable) {
				t.Errorf("writer %d: %v, want ErrUnavailable", i, err)
			}
		}
	})
}

func TestClose_RefusesWhatComesLater(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		answers := make(chan error, 50)
		for range cap(answers) {
			go func() {
				answers <- w.write(func(tx *store.Tx) error { _, err := tx.CreateOrganization("late", "", ""); return err })
			}()
		}
		for range cap(answers) {
			select {
			case err := <-answers:
				if !errors.Is(err, store.ErrUnavailable) {
					t.Fatalf("Write after Close = %v, want ErrUnavailable", err)
				}
			case <-time.After(10 * time.Second):
				t.Fatal("a write after Close hangs")
			}
		}
	})
}

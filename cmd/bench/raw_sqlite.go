package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	_ "modernc.org/sqlite" // the driver that the server uses
)

// rawSQLite are the limits of SQLite, by its driver alone, with full durability: selects on a pool, and one writer that commits together what waits.
type rawSQLite struct {
	*rawPeople
	readers, writer *sql.DB
	statements      map[string]*sql.Stmt
	jobs            chan *rawJob
	done            sync.WaitGroup
}

// rawJob is a change that waits for the writer.
type rawJob struct {
	run  func(tx *sql.Tx) error
	err  error
	done chan struct{}
}

// rawGroup bounds what the writer commits together.
const rawGroup = 128

func newRawSQLite(ctx context.Context, path string, users, connections int) (*rawSQLite, error) {
	const settings = "?_txlock=immediate&_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=cache_size(-8192)"
	r := &rawSQLite{rawPeople: newRawPeople(users), statements: map[string]*sql.Stmt{}, jobs: make(chan *rawJob, rawGroup)}
	var err error
	if r.writer, err = sql.Open("sqlite", "file:"+path+settings); err != nil {
		return nil, err
	}
	if r.readers, err = sql.Open("sqlite", "file:"+path+settings); err != nil {
		return nil, errors.Join(err, r.writer.Close())
	}
	r.writer.SetMaxOpenConns(1)
	r.readers.SetMaxIdleConns(connections)
	r.done.Go(r.write)
	if err := r.seed(ctx); err != nil {
		return nil, errors.Join(err, r.close())
	}
	return r, nil
}

// seed makes the tables and their people.
func (r *rawSQLite) seed(ctx context.Context) error {
	if _, err := r.writer.ExecContext(ctx, fmt.Sprintf(rawTables, "text")); err != nil {
		return err
	}
	for text, pool := range map[string]*sql.DB{rawSelect: r.readers, rawInsertUser: r.writer, rawInsertEmail: r.writer, rawUpdate: r.writer, rawMember: r.writer} {
		var err error
		if r.statements[text], err = pool.PrepareContext(ctx, numbered(text)); err != nil {
			return err
		}
	}
	return r.commit(func(tx *sql.Tx) error {
		for i := range r.ids {
			u := r.user(userName(i), int64(i))
			if err := r.insert(tx, u); err != nil {
				return err
			}
			r.ids[i] = u.id
			r.versions[i].Store(1)
		}
		return nil
	})
}

// SQLite has no insert within a WITH; two statements on one connection cost it no round trip.
const (
	rawInsertUser = `INSERT INTO raw_users (directory_id, id, user_name, external_id, display_name, active, document, version, created_at, modified_at)
		VALUES ($1, $2, $3, $4, $5, true, $6, 1, $7, $7)`
	rawInsertEmail = "INSERT INTO raw_emails (directory_id, user_id, ordinal, value, type, is_primary) VALUES ($1, $2, 0, $3, 'work', true)"
)

func (r *rawSQLite) insert(tx *sql.Tx, u rawUser) error {
	_, err := tx.Stmt(r.statements[rawInsertUser]).Exec(r.directory, u.id, u.userName, u.externalID, u.displayName, u.document, u.at)
	if err == nil {
		_, err = tx.Stmt(r.statements[rawInsertEmail]).Exec(r.directory, u.id, u.userName)
	}
	return err
}

func (r *rawSQLite) close() error {
	close(r.jobs)
	r.done.Wait()
	return errors.Join(r.readers.Close(), r.writer.Close())
}

// write commits what waits, together.
func (r *rawSQLite) write() {
	for first := range r.jobs {
		group := []*rawJob{first}
		for len(group) < rawGroup && len(r.jobs) > 0 {
			group = append(group, <-r.jobs)
		}
		err := r.together(group)
		for _, job := range group {
			job.err = err
			close(job.done)
		}
	}
}

func (r *rawSQLite) together(group []*rawJob) error {
	tx, err := r.writer.Begin()
	if err != nil {
		return err
	}
	for _, job := range group {
		if err := job.run(tx); err != nil {
			return errors.Join(err, tx.Rollback())
		}
	}
	return tx.Commit()
}

// commit hands a change to the writer and waits for it.
func (r *rawSQLite) commit(run func(tx *sql.Tx) error) error {
	job := &rawJob{run: run, done: make(chan struct{})}
	r.jobs <- job
	<-job.done
	return job.err
}

func (r *rawSQLite) load(l limit) load {
	do := map[limit]worker{
		selectHit:    func() error { return r.find(userName(rand.IntN(len(r.ids)))) },
		selectMiss:   r.miss,
		insertUser:   r.insertNext,
		updateUser:   r.updateNext,
		insertMember: r.insertMember,
	}[l]
	return func(workers int) (ready []worker, done func(), err error) {
		for range workers {
			ready = append(ready, do)
		}
		return ready, func() {}, nil
	}
}

func (r *rawSQLite) find(name string) error {
	var id, document string
	var version, created, modified int64
	return r.statements[rawSelect].QueryRow(r.directory, name).Scan(&id, &document, &version, &created, &modified)
}

func (r *rawSQLite) miss() error {
	err := r.find(fmt.Sprintf("nobody%07d@bench.example", r.next.Add(1)))
	if !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("somebody was found who is not there: %w", err)
	}
	return nil
}

func (r *rawSQLite) insertNext() error {
	i := r.next.Add(1)
	u := r.user(newcomer(i), i)
	return r.commit(func(tx *sql.Tx) error { return r.insert(tx, u) })
}

func (r *rawSQLite) updateNext() error {
	i := r.next.Add(1)
	k := i % int64(len(r.ids))
	document := string(userBody(userName(int(k)), i))
	var rows int64
	err := r.commit(func(tx *sql.Tx) error {
		result, err := tx.Stmt(r.statements[rawUpdate]).Exec(document, time.Now().UnixMicro(), r.directory, r.ids[k], r.versions[k].Load())
		if err != nil {
			return err
		}
		rows, err = result.RowsAffected()
		return err
	})
	return r.swapped(k, rows, err)
}

func (r *rawSQLite) insertMember() error {
	group, member := r.groups[r.next.Add(1)%groupsAtOnce], newID()
	return r.commit(func(tx *sql.Tx) error {
		_, err := tx.Stmt(r.statements[rawMember]).Exec(r.directory, group, member)
		return err
	})
}

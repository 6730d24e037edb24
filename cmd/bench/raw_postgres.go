package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// rawTables are the tables of the limits: no organization, no audit, and only the indexes that uniqueness and the look-ups need. %s is the type of ids.
const rawTables = `
	CREATE TABLE raw_users (directory_id %[1]s, id %[1]s, user_name text NOT NULL, external_id text NOT NULL, display_name text NOT NULL, active boolean NOT NULL,
		document text NOT NULL, version bigint NOT NULL, created_at bigint NOT NULL, modified_at bigint NOT NULL, PRIMARY KEY (directory_id, id));
	CREATE UNIQUE INDEX raw_users_name ON raw_users (directory_id, lower(user_name));
	CREATE INDEX raw_users_external ON raw_users (directory_id, external_id);
	CREATE TABLE raw_emails (directory_id %[1]s, user_id %[1]s, ordinal integer, value text NOT NULL, type text NOT NULL, is_primary boolean NOT NULL,
		PRIMARY KEY (directory_id, user_id, ordinal));
	CREATE INDEX raw_emails_value ON raw_emails (directory_id, lower(value));
	CREATE TABLE raw_members (directory_id %[1]s, group_id %[1]s, member_id %[1]s, PRIMARY KEY (directory_id, group_id, member_id));
	CREATE INDEX raw_members_member ON raw_members (directory_id, member_id);`

// The statements of the limits, with PostgreSQL's parameters.
const (
	rawSelect = "SELECT id, document, version, created_at, modified_at FROM raw_users WHERE directory_id = $1 AND lower(user_name) = lower($2)"
	rawInsert = `WITH u AS (INSERT INTO raw_users (directory_id, id, user_name, external_id, display_name, active, document, version, created_at, modified_at)
		VALUES ($1, $2, $3, $4, $5, true, $6, 1, $7, $7) RETURNING directory_id, id)
		INSERT INTO raw_emails (directory_id, user_id, ordinal, value, type, is_primary) SELECT directory_id, id, 0, $8, 'work', true FROM u`
	rawUpdate = "UPDATE raw_users SET document = $1, version = version + 1, modified_at = $2 WHERE directory_id = $3 AND id = $4 AND version = $5"
	rawMember = "INSERT INTO raw_members (directory_id, group_id, member_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
)

// rawPeople are the users of the limits.
type rawPeople struct {
	directory string
	ids       []string
	versions  []atomic.Int64
	groups    [groupsAtOnce]string
	next      atomic.Int64
}

func newRawPeople(users int) *rawPeople {
	p := &rawPeople{directory: uuid.NewString(), ids: make([]string, users), versions: make([]atomic.Int64, users)}
	for i := range p.groups {
		p.groups[i] = newID()
	}
	return p
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// user makes a user such as the server keeps of userBody.
func (p *rawPeople) user(name string, n int64) rawUser {
	return rawUser{id: newID(), userName: name, externalID: groupOID(name), displayName: "Person Number", document: string(userBody(name, n)), at: time.Now().UnixMicro()}
}

// rawPostgres are the limits of PostgreSQL, by its driver alone.
type rawPostgres struct {
	*rawPeople
	url string
}

func newRawPostgres(ctx context.Context, url string, users int) (*rawPostgres, error) {
	r := &rawPostgres{newRawPeople(users), url}
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return nil, err
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, fmt.Sprintf(rawTables, "uuid")); err != nil {
		return nil, err
	}
	for i := range r.ids {
		u := r.user(userName(i), int64(i))
		if err := r.insert(ctx, conn, u); err != nil {
			return nil, err
		}
		r.ids[i] = u.id
		r.versions[i].Store(1)
	}
	_, err = conn.Exec(ctx, "ANALYZE")
	return r, err
}

func (r *rawPostgres) insert(ctx context.Context, conn *pgx.Conn, u rawUser) error {
	_, err := conn.Exec(ctx, rawInsert, r.directory, u.id, u.userName, u.externalID, u.displayName, u.document, u.at, u.userName)
	return err
}

func (r *rawPostgres) close() error { return nil }

// load gives each worker a connection of its own.
func (r *rawPostgres) load(l limit) load {
	do := map[limit]func(ctx context.Context, conn *pgx.Conn) error{
		selectHit: func(ctx context.Context, conn *pgx.Conn) error {
			return r.find(ctx, conn, userName(rand.IntN(len(r.ids))))
		},
		selectMiss:   func(ctx context.Context, conn *pgx.Conn) error { return r.miss(ctx, conn) },
		insertUser:   r.insertNext,
		updateUser:   r.updateNext,
		insertMember: r.insertMember,
	}[l]
	return func(workers int) (ready []worker, done func(), err error) {
		ctx := context.Background()
		var open []*pgx.Conn
		done = func() {
			for _, conn := range open {
				conn.Close(ctx)
			}
		}
		for range workers {
			conn, err := pgx.Connect(ctx, r.url)
			if err != nil {
				done()
				return nil, nil, err
			}
			open = append(open, conn)
			ready = append(ready, func() error { return do(ctx, conn) })
		}
		return ready, done, nil
	}
}

func (r *rawPostgres) find(ctx context.Context, conn *pgx.Conn, name string) error {
	var id, document string
	var version, created, modified int64
	return conn.QueryRow(ctx, rawSelect, r.directory, name).Scan(&id, &document, &version, &created, &modified)
}

func (r *rawPostgres) miss(ctx context.Context, conn *pgx.Conn) error {
	err := r.find(ctx, conn, fmt.Sprintf("nobody%07d@bench.example", r.next.Add(1)))
	if !errors.Is(err, pgx.ErrNoRows) {
		return fmt.Errorf("somebody was found who is not there: %w", err)
	}
	return nil
}

func (r *rawPostgres) insertNext(ctx context.Context, conn *pgx.Conn) error {
	i := r.next.Add(1)
	return r.insert(ctx, conn, r.user(newcomer(i), i))
}

// updateNext changes one user after the other; each is one worker's at a time.
func (r *rawPostgres) updateNext(ctx context.Context, conn *pgx.Conn) error {
	i := r.next.Add(1)
	k := i % int64(len(r.ids))
	tag, err := conn.Exec(ctx, rawUpdate, string(userBody(userName(int(k)), i)), time.Now().UnixMicro(), r.directory, r.ids[k], r.versions[k].Load())
	return r.swapped(k, tag.RowsAffected(), err)
}

// swapped counts a version up.
func (p *rawPeople) swapped(k, rows int64, err error) error {
	if err != nil || rows != 1 {
		return errors.Join(err, fmt.Errorf("a compare-and-swap changed %d rows", rows))
	}
	p.versions[k].Add(1)
	return nil
}

func (r *rawPostgres) insertMember(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, rawMember, r.directory, r.groups[r.next.Add(1)%groupsAtOnce], newID())
	return err
}

// numbered turns PostgreSQL's parameters into SQLite's, which have the same numbers.
func numbered(sql string) string { return strings.ReplaceAll(sql, "$", "?") }

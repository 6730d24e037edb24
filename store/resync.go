package store

import (
	"context"
	"strings"
	"time"
)

// Resync is a connection whose people were restored from a copy, and whose provider has not named all of them since: of the others nobody knows whether
// they have left.
type Resync struct {
	ConnectionID string
	CopiedAt     time.Time // what the provider sent later is lost
	RestoredAt   time.Time
	Unnamed      int // people who are switched on
}

// Unnamed is somebody whom the provider has not named since a restore.
type Unnamed struct{ UserID, UserName string }

// stillUnnamed joins the people u of a directory d who are switched on and were not named.
const stillUnnamed = " JOIN unnamed_people n ON n.directory_id = d.id JOIN users u ON u.directory_id = n.directory_id AND u.id = n.user_id AND u.active"

// Resyncs lists the organization's connections that wait to be pushed to anew.
func (o *OrganizationScope) Resyncs(ctx context.Context) ([]Resync, error) {
	if !o.valid() {
		return nil, nil
	}
	return o.resyncs(ctx, " WHERE r.organization_id = ?", o.id)
}

func (c conn) resyncs(ctx context.Context, condition string, args ...any) (list []Resync, err error) {
	err = c.rows(ctx, `SELECT r.connection_id, r.copied_at, r.restored_at, (SELECT count(*) FROM directories d`+stillUnnamed+`
		WHERE d.organization_id = r.organization_id AND d.connection_id = r.connection_id) FROM resyncs r`+condition+" ORDER BY r.connection_id", args, func(scan scanner) error {
		var r Resync
		var copied, restored int64
		err := scan(&r.ConnectionID, &copied, &restored, &r.Unnamed)
		r.CopiedAt, r.RestoredAt = fromMicros(copied), fromMicros(restored)
		list = append(list, r)
		return err
	})
	return list, err
}

// UnnamedPeople lists whom the provider of a connection has not named since a restore, by user name; 1,000 at most.
func (o *OrganizationScope) UnnamedPeople(ctx context.Context, connectionID string) (list []Unnamed, err error) {
	if !o.valid() || !validID(connectionID) {
		return nil, nil
	}
	err = o.rows(ctx, "SELECT u.id, u.user_name FROM directories d"+stillUnnamed+" WHERE d.organization_id = ? AND d.connection_id = ? ORDER BY u.user_name_key, u.id LIMIT 1000",
		[]any{o.id, connectionID}, func(scan scanner) error {
			var n Unnamed
			err := scan(&n.UserID, &n.UserName)
			list = append(list, n)
			return err
		})
	return list, err
}

// SettleResync says that the people of a connection are those of today. Repeating it changes nothing.
func (o *OrganizationTx) SettleResync(connectionID string) error {
	return o.settleResync(connectionID, false)
}

func (o *OrganizationTx) settleResync(connectionID string, byItself bool) error {
	if !validID(o.id) || !validID(connectionID) {
		return ErrNotFound
	}
	list, err := o.tx.resyncs(o.tx.ctx, " WHERE r.organization_id = ? AND r.connection_id = ?", o.id, connectionID)
	if err != nil || len(list) == 0 {
		return err
	}
	n, err := o.tx.do("DELETE FROM resyncs WHERE organization_id = ? AND connection_id = ?", o.id, connectionID)
	if err != nil || n == 0 { // another server was first
		return err
	}
	if _, err := o.tx.do("DELETE FROM unnamed_people WHERE directory_id IN (SELECT id FROM directories WHERE organization_id = ? AND connection_id = ?)", o.id, connectionID); err != nil {
		return err
	}
	o.note("connection.resynced", connectionID, detail{"copied_at": list[0].CopiedAt, "unnamed": list[0].Unnamed, "by_itself": byItself})
	return nil
}

// awaitResyncs marks every connection whose provider had sent people, within a restore.
func (tx *Tx) awaitResyncs(copiedAt time.Time) error {
	const sent = "FROM connections c JOIN users u ON u.directory_id = c.directory_id WHERE u.active AND u.origin = 'scim' AND u.parted = ''"
	for _, table := range []string{"resyncs", "unnamed_people"} {
		if _, err := tx.exec(tx.ctx, "DELETE FROM "+table); err != nil {
			return err
		}
	}
	if _, err := tx.exec(tx.ctx, "INSERT INTO unnamed_people (directory_id, user_id) SELECT u.directory_id, u.id "+sent); err != nil {
		return err
	}
	_, err := tx.exec(tx.ctx, `INSERT INTO resyncs (organization_id, connection_id, copied_at, restored_at, counted_to)
		SELECT DISTINCT c.organization_id, c.id, CAST(? AS bigint), CAST(? AS bigint), CAST(? AS `+tx.d.idType+") "+sent, micros(copiedAt), micros(tx.now), idAt(tx.now))
	return err
}

// FollowResyncs looks at the requests of providers that are awaited, and settles those that have named everybody. named tells by what a request's
// target names a person, "" for by nothing; other requests say themselves whom they are about.
func (s *Store) FollowResyncs(ctx context.Context, named func(target string) string) error {
	var awaited []awaitedPush
	err := s.read.rows(ctx, `SELECT r.organization_id, r.connection_id, d.id, r.counted_to FROM resyncs r
		JOIN directories d ON d.organization_id = r.organization_id AND d.connection_id = r.connection_id ORDER BY r.organization_id, r.connection_id`, nil, func(scan scanner) error {
		var a awaitedPush
		err := scan(&a.organizationID, &a.connectionID, &a.directoryID, &a.countedTo)
		awaited = append(awaited, a)
		return err
	})
	for _, a := range awaited {
		if err == nil {
			err = s.follow(ctx, a, named)
		}
	}
	return err
}

type awaitedPush struct{ organizationID, connectionID, directoryID, countedTo string }

// Requests are looked at in batches, and only once all servers have surely written theirs of that time.
const (
	followBatch = 500
	followAfter = time.Minute
)

func (s *Store) follow(ctx context.Context, a awaitedPush, named func(target string) string) error {
	until := idAt(s.Now().Add(-followAfter))
	for {
		batch, err := s.read.namings(ctx, a, until, named)
		if err != nil {
			return err
		}
		if batch.requests > 0 {
			if err := s.strikeNamed(ctx, a, batch); err != nil {
				return err
			}
			a.countedTo = batch.last
		}
		if batch.requests < followBatch {
			break
		}
	}
	left, err := s.read.resyncs(ctx, " WHERE r.organization_id = ? AND r.connection_id = ?", a.organizationID, a.connectionID)
	if err != nil || len(left) == 0 || left[0].Unnamed > 0 {
		return err
	}
	return s.Write(ctx, Actor{Kind: System}, func(tx *Tx) error { return tx.Organization(a.organizationID).settleResync(a.connectionID, true) })
}

// namings are whom requests name: by id, and by user name or external id.
type namings struct {
	requests  int
	last      string // of their ids
	ids, keys []string
}

func (c conn) namings(ctx context.Context, a awaitedPush, until string, named func(target string) string) (n namings, err error) {
	err = c.rows(ctx, `SELECT id, target, subject_kind, subject_id, status FROM scim_requests
		WHERE organization_id = ? AND connection_id = ? AND id > ? AND id < ? ORDER BY id LIMIT ?`, []any{a.organizationID, a.connectionID, a.countedTo, until, followBatch},
		func(scan scanner) error {
			var target, kind, subject string
			var status int
			if err := scan(&n.last, &target, &kind, &subject, &status); err != nil {
				return err
			}
			n.requests++
			if status >= 400 || kind != "user" {
				return nil
			}
			if validID(subject) {
				n.ids = append(n.ids, subject)
			} else if name := named(target); name != "" && isStorable(name) {
				n.keys = append(n.keys, Fold(name), externalKey(name))
			}
			return nil
		})
	return n, err
}

// strikeNamed takes those off the list who were named.
func (s *Store) strikeNamed(ctx context.Context, a awaitedPush, n namings) error {
	return s.writer.write(ctx, func(c conn) error {
		ctx := s.statementContext(ctx)
		strike := func(condition string, values []string) error {
			if len(values) == 0 {
				return nil
			}
			args := []any{a.directoryID, a.directoryID}
			for _, v := range values {
				args = append(args, v)
			}
			_, err := c.exec(ctx, "DELETE FROM unnamed_people WHERE directory_id = ? AND user_id IN (SELECT u.id FROM users u WHERE u.directory_id = ? AND u."+condition+
				" IN (?"+strings.Repeat(", ?", len(values)-1)+"))", args...)
			return err
		}
		for condition, values := range map[string][]string{"id": n.ids, "user_name_key": n.keys, "external_key": n.keys} {
			if err := strike(condition, values); err != nil {
				return err
			}
		}
		_, err := c.exec(ctx, "UPDATE resyncs SET counted_to = ? WHERE organization_id = ? AND connection_id = ?", n.last, a.organizationID, a.connectionID)
		return err
	})
}

package store

import (
	"context"
	"time"
)

// ApplyDue lets pushes take effect on people whose time is over, once however many servers do it, and forgets leavers of
// long ago.
func (s *Store) ApplyDue(ctx context.Context) error {
	_, err := s.bookkeep(ctx, "DELETE FROM leavers WHERE apply_at = 0 AND left_at <= ?", micros(s.Now().Add(-brakeWindow)))
	if err != nil {
		return err
	}
	if _, err := s.bookkeep(ctx, "DELETE FROM role_losses WHERE lost_at <= ?", micros(s.Now().Add(-brakeWindow))); err != nil {
		return err
	}
	due, err := s.read.dueDirectories(ctx, s.Now())
	if err != nil {
		return err
	}
	for _, key := range due {
		if err := s.applyDueIn(ctx, key); err != nil {
			return err
		}
	}
	return nil
}

// dueAtOnce bounds how many people one transaction is about: a mass departure must not keep everybody else's changes waiting.
const dueAtOnce = 200

func (s *Store) applyDueIn(ctx context.Context, key DirectoryKey) error {
	for applied := dueAtOnce; applied == dueAtOnce; {
		err := s.Write(ctx, Actor{Kind: System}, func(tx *Tx) (err error) {
			applied, err = tx.Directory(key).applyDue()
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (c conn) dueDirectories(ctx context.Context, now time.Time) ([]DirectoryKey, error) {
	var list []DirectoryKey
	err := c.rows(ctx, `SELECT DISTINCT d.organization_id, d.id FROM leavers l JOIN directories d ON d.id = l.directory_id
		WHERE l.apply_at > 0 AND l.apply_at <= ?`, []any{micros(now)}, func(scan scanner) error {
		var key DirectoryKey
		err := scan(&key.OrganizationID, &key.DirectoryID)
		list = append(list, key)
		return err
	})
	return list, err
}

// applyDue lets pushes take effect on people whose time is over, and tells on how many.
func (d *DirectoryTx) applyDue() (applied int, err error) {
	people, err := d.heldNow(` AND u.id IN (SELECT h.id FROM leavers l JOIN users h ON h.directory_id = l.directory_id AND h.id = l.user_id AND h.held
		WHERE l.directory_id = ? AND l.apply_at > 0 AND l.apply_at <= ? LIMIT CAST(? AS bigint))`, d.key.DirectoryID, micros(d.tx.now), dueAtOnce)
	for _, h := range people {
		if err == nil {
			err = d.takeEffect(h)
		}
	}
	return len(people), err
}

// CountHeld counts whom the brakes of all connections keep.
func (s *Store) CountHeld(ctx context.Context) (n int, err error) {
	err = s.read.row(ctx, "SELECT count(*) FROM users WHERE held", nil, &n)
	return n, err
}

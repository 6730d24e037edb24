package store

import (
	"context"
	"fmt"
	"io"
	"time"
)

// RestoreOptions are what a restore may be told.
type RestoreOptions struct {
	// AcceptBrokenTrail restores a copy whose audit trail somebody had changed before it was made.
	AcceptBrokenTrail bool
	// Progress, which may be nil, is told how many rows of a table are read.
	Progress func(table string, rows int64)
}

// Restored is what a restore did.
type Restored struct {
	BackupInfo
	Sessions   int64         // that lived when the copy was made, and were ended
	Unreadable int           // sealed values that the master key does not open
	Broken     []AuditReport // of the trails that are, where that was accepted
}

// Restore fills an empty database, of either kind, with a backup: all of it or nothing. The schema becomes this program's. Whatever was under way
// when the copy was made has ended: sessions, one-time links, sign-ins, requests of devices, mail that waited. Each organization gets an event.
// *RefusedError if the database is not empty, the backup is not whole, or an audit trail in it is broken. Call
// FreshenStatistics, ChainStrays and Chain afterwards.
func (s *Store) Restore(ctx context.Context, actor Actor, r io.Reader, o RestoreOptions) (Restored, error) {
	b, err := openBackup(r, s.backupKeys)
	if err != nil {
		return Restored{}, err
	}
	_, want, err := s.Schema(ctx)
	if err != nil {
		return Restored{}, err
	}
	if b.info.Schema > want {
		return Restored{}, &RefusedError{fmt.Sprintf("the backup has schema %d and this version knows %d: restore it with the version that made it, or a newer one", b.info.Schema, want)}
	}
	var tx *Tx
	var done Restored
	err = s.writer.writeOnce(ctx, func(c conn) error {
		tx = &Tx{conn: c, ctx: s.statementContext(ctx), store: s, actor: actor, now: s.Now()}
		if err := c.takeTime(tx.ctx); err != nil {
			return err
		}
		if err := s.makeEmptySchema(tx.ctx, c, b.info.Schema, want); err != nil {
			return err
		}
		l := loader{conn: c, backup: b, progress: o.Progress}
		if err := l.load(ctx, tx.ctx); err != nil {
			return b.blame(err)
		}
		if err := s.migrateWithin(tx.ctx, c, want); err != nil {
			return err
		}
		done.BackupInfo = b.info
		return s.settle(tx, o, &done)
	})
	if err != nil {
		return Restored{}, err
	}
	s.chain.witness(tx.entries)
	return done, nil
}

// settle judges what was restored, ends what was under way, and puts the restore on record.
func (s *Store) settle(tx *Tx, o RestoreOptions, done *Restored) error {
	inside := *s
	inside.read = tx.conn
	inside.now = func() time.Time { return done.At } // what was a second old then may be without a chain
	if err := inside.judgeTrails(tx.ctx, o, done); err != nil {
		return err
	}
	var err error
	if _, done.Unreadable, err = inside.CountSealed(tx.ctx); err != nil {
		return err
	}
	ended, err := tx.endAll()
	if err != nil {
		return err
	}
	if err := tx.awaitResyncs(done.At); err != nil {
		return err
	}
	organizations, err := tx.organizations(tx.ctx, "")
	if err != nil {
		return err
	}
	for _, org := range organizations {
		done.Sessions += ended[org.ID]
		tx.note(org.ID, "", "organization.restored", org.ID, detail{"copied_at": done.At, "database": done.Database, "schema": done.Schema, "sessions": ended[org.ID]})
	}
	return tx.finish()
}

// judgeTrails verifies the trails of all organizations.
func (s *Store) judgeTrails(ctx context.Context, o RestoreOptions, done *Restored) error {
	trails, err := s.Trails(ctx)
	for _, organization := range trails {
		if err != nil {
			return err
		}
		var report AuditReport
		if report, err = s.VerifyAudit(ctx, organization, nil, nil); err == nil && !report.Sound() {
			done.Broken = append(done.Broken, report)
		}
	}
	if err == nil && len(done.Broken) > 0 && !o.AcceptBrokenTrail {
		worst := done.Broken[0]
		return &RefusedError{fmt.Sprintf("the audit trail of organization %s was broken when the copy was made: %s; use an older copy, or accept the broken trail (--accept-broken-trail)",
			worst.OrganizationID, worst.Fault.Message)}
	}
	return err
}

// endings end what was under way, each at a time.
var endings = []string{
	"UPDATE sessions SET revoked_at = ?, revoked_reason = 'restored' WHERE revoked_at = 0",
	"UPDATE one_time_secrets SET expires_at = ? WHERE used_at = 0",
	"UPDATE outages SET ends_at = ? WHERE ended_at = 0", // what was ended since must not begin again
}

// underWay hold nothing but what was.
var underWay = []string{"sign_ins", "challenges", "handovers", "consents", "device_requests", "saml_answers", "proposals", "outbox"}

// endAll ends what was under way, and counts the sessions of each organization.
func (tx *Tx) endAll() (sessions map[string]int64, err error) {
	sessions = map[string]int64{}
	err = tx.rows(tx.ctx, "SELECT organization_id, count(*) FROM sessions WHERE revoked_at = 0 AND expires_at > ? GROUP BY organization_id", []any{micros(tx.now)},
		func(scan scanner) error {
			var organization string
			var n int64
			err := scan(&organization, &n)
			sessions[organization] = n
			return err
		})
	for _, statement := range endings {
		if err == nil {
			_, err = tx.exec(tx.ctx, statement, micros(tx.now))
		}
	}
	for _, table := range underWay {
		if err == nil {
			_, err = tx.exec(tx.ctx, "DELETE FROM "+table)
		}
	}
	return sessions, err
}

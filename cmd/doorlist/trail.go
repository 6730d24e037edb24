package main

import (
	"context"
	"encoding/hex"
	"errors"
	"log/slog"
	"time"

	"doorlist/store"
)

// How often a server looks after the trail.
const (
	chainEvery      = 400 * time.Millisecond // an event is in the chain within a second
	strayEvery      = time.Minute
	checkpointEvery = 2 * time.Minute
	verifyEvery     = 24 * time.Hour
	verifyLook      = 10 * time.Minute
)

// trailKeeper puts events into their chains behind the writes, tells checkpoints, removes what is too old, and verifies each
// trail once a day. Several servers may do so at once.
type trailKeeper struct {
	store       *store.Store
	log         *slog.Logger
	checkpoints string           // a file to append them to; "" for none
	told        map[string]int64 // the newest checkpoint that was told, by organization
	fault       string           // the last one, so that it is told once
}

func newTrailKeeper(s *store.Store, checkpoints string, log *slog.Logger) *trailKeeper {
	return &trailKeeper{store: s, log: log, checkpoints: checkpoints, told: map[string]int64{}}
}

// run works until ctx ends, and then puts what was written last into the chain.
func (k *trailKeeper) run(ctx context.Context) {
	tick := time.NewTicker(chainEvery)
	defer tick.Stop()
	var strays, checkpoints, verified time.Time
	for {
		now := time.Now()
		if now.Sub(strays) >= strayEvery {
			strays = now
			k.warn(ctx, "events that a stopped server left could not be put into the chain", k.store.ChainStrays(ctx))
		}
		k.chain(ctx)
		if now.Sub(checkpoints) >= checkpointEvery {
			checkpoints = now
			k.tell(ctx)
		}
		if now.Sub(verified) >= verifyLook {
			verified = now
			k.verifyDue(ctx)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			last := context.WithoutCancel(ctx)
			k.chain(last)
			k.tell(last)
			return
		}
	}
}

func (k *trailKeeper) chain(ctx context.Context) {
	err := k.store.Chain(ctx)
	if err == nil {
		k.fault = ""
		return
	}
	if err.Error() != k.fault {
		k.fault = err.Error()
		k.warn(ctx, "events could not be put into the chain of the audit trail; the next second tries again", err)
	}
}

func (k *trailKeeper) warn(ctx context.Context, what string, err error) {
	if err != nil && ctx.Err() == nil {
		k.log.WarnContext(ctx, what, "error", err)
	}
}

// tell logs the heads of all chains that have grown, and appends them to the file: what is logged elsewhere shows when the end
// of a trail is cut off here.
func (k *trailKeeper) tell(ctx context.Context) {
	trails, err := k.store.Trails(ctx)
	k.warn(ctx, "the audit trails could not be listed", err)
	for _, organization := range trails {
		c, err := k.store.Organization(organization).Checkpoint(ctx)
		if isNotFound(err) || err == nil && c.Seq == k.told[organization] {
			continue
		}
		if err == nil && k.checkpoints != "" {
			err = appendCheckpoint(k.checkpoints, c)
		}
		if err != nil {
			k.warn(ctx, "a checkpoint of the audit trail could not be told; it is tried again in two minutes", err)
			continue
		}
		v := viewCheckpoint(c)
		k.log.InfoContext(ctx, "audit checkpoint", "organization_id", v.OrganizationID, "seq", v.Seq, "at", v.At, "hash", v.Hash,
			"public_key", hex.EncodeToString(v.PublicKey), "signature", hex.EncodeToString(v.Signature))
		k.told[organization] = c.Seq
	}
}

// verifyDue verifies the trails that nobody has verified for a day, and removes what is too old.
func (k *trailKeeper) verifyDue(ctx context.Context) {
	n, err := k.store.ExpireAudit(ctx)
	k.warn(ctx, "old events could not be removed; it is tried again in ten minutes", err)
	if n > 0 {
		k.log.InfoContext(ctx, "removed events whose time was over", "events", n)
	}
	trails, err := k.store.Trails(ctx)
	k.warn(ctx, "the audit trails could not be listed", err)
	for _, organization := range trails {
		last, err := k.store.Organization(organization).LastAuditReport(ctx)
		if err == nil && k.store.Now().Sub(last.At) < verifyEvery || ctx.Err() != nil {
			continue
		}
		k.verify(ctx, organization)
	}
}

func (k *trailKeeper) verify(ctx context.Context, organization string) {
	r, err := k.store.VerifyAudit(ctx, organization, nil, nil)
	if err == nil {
		err = k.store.KeepAuditReport(ctx, r)
	}
	if err != nil {
		k.warn(ctx, "an audit trail could not be verified; it is tried again in ten minutes", errors.Join(err))
		return
	}
	if !r.Sound() {
		k.log.ErrorContext(ctx, "the audit trail is broken: somebody changed it in the database; see doorlist audit verify",
			"organization_id", organization, "kind", r.Fault.Kind, "record", r.Fault.Record, "block", r.Fault.Seq, "event_id", r.Fault.EventID)
	}
}

package store

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"time"
)

// VerifyAudit compares an organization's trail with its chain of blocks, and the chain with checkpoints that were kept
// elsewhere. It stops at the first record that is broken. Servers may run meanwhile. progress, which may be nil, is told how many
// events were compared. The memory that it needs does not grow with the trail.
func (s *Store) VerifyAudit(ctx context.Context, organizationID string, known []Checkpoint, progress func(events int64)) (AuditReport, error) {
	const tries = 3
	for try := 1; ; try++ {
		v := &verification{store: s, organization: organizationID, progress: progress, checkpoints: map[int64][]Checkpoint{},
			report: AuditReport{OrganizationID: organizationID, At: s.Now()}}
		for _, c := range known {
			if c.OrganizationID == organizationID {
				v.checkpoints[c.Seq] = append(v.checkpoints[c.Seq], c)
			}
		}
		fault, err := v.run(ctx)
		if err != nil {
			return v.report, err
		}
		if fault != nil && try < tries && v.overtaken(ctx, fault) {
			continue
		}
		v.report.Fault = fault
		return v.report, nil
	}
}

// overtaken says that a fault may be none: a chain that begins meanwhile looks as if its key were missing, and old events that
// are removed meanwhile look deleted.
func (v *verification) overtaken(ctx context.Context, fault *AuditFault) bool {
	if fault.Record == "key" {
		return true
	}
	now, err := v.store.read.horizon(ctx, v.organization)
	return err == nil && now.Seq > v.start.seq
}

// verification is one under way.
type verification struct {
	store        *Store
	organization string
	key          ed25519.PublicKey
	start, head  auditHead
	checkpoints  map[int64][]Checkpoint
	report       AuditReport
	named        idSet // the events that blocks name
	progress     func(events int64)
}

func (v *verification) run(ctx context.Context) (*AuditFault, error) {
	if fault, err := v.readKey(ctx); fault != nil || err != nil {
		return fault, err
	}
	if v.key == nil {
		return v.withoutChain(ctx)
	}
	if fault, err := v.readHorizon(ctx); fault != nil || err != nil {
		return fault, err
	}
	var events int64
	if err := v.store.read.row(ctx, "SELECT count(*) FROM events WHERE organization_id = ?", []any{v.organization}, &events); err != nil {
		return nil, err
	}
	v.named = newIDSet(events)
	if fault, err := v.eachBlock(ctx, v.verifyBlock); fault != nil || err != nil {
		return fault, err
	}
	if fault := v.beyondHead(); fault != nil {
		return fault, nil
	}
	return v.unnamed(ctx)
}

// readKey finds the key of the chain; it stays nil where no chain has begun.
func (v *verification) readKey(ctx context.Context) (*AuditFault, error) {
	key, err := v.store.read.auditKey(ctx, &v.store.sealer, v.organization)
	switch {
	case errors.Is(err, errNoAuditKey):
		return nil, nil
	case errors.Is(err, errForgedAuditKey):
		return &AuditFault{Kind: AuditEdited, Record: "key", Message: "the key that signs the chain was replaced in the database"}, nil
	case errors.Is(err, ErrSealed):
		return &AuditFault{Kind: AuditEdited, Record: "key",
			Message: "the key that signs the chain does not open: either the master key is another one than the servers', or the key was changed in the database"}, nil
	case err != nil:
		return nil, err
	}
	v.key = publicKey(key)
	if _, err := v.store.read.auditKey(ctx, &v.store.sealer, originID); err != nil {
		return &AuditFault{Kind: AuditDeleted, Record: "key", Message: "the mark that the chains of this database have begun is gone or changed"}, unlessKey(err)
	}
	return nil, nil
}

// unlessKey passes on errors that are not about the key itself.
func unlessKey(err error) error {
	if errors.Is(err, errNoAuditKey) || errors.Is(err, errForgedAuditKey) || errors.Is(err, ErrSealed) {
		return nil
	}
	return err
}

// freshFor is how long the first events of an organization may be without a chain: a server makes it within a second.
const freshFor = time.Minute

// withoutChain judges a trail that has no chain.
func (v *verification) withoutChain(ctx context.Context) (*AuditFault, error) {
	gone := func(what string) *AuditFault {
		return &AuditFault{Kind: AuditTruncated, Record: "key", Message: what}
	}
	if len(v.checkpoints) > 0 {
		return gone("the chain is gone, although a checkpoint knows it"), nil
	}
	c := v.store.read
	blocks, err := c.blocks(ctx, v.organization, " LIMIT 1")
	if err != nil {
		return nil, err
	}
	if len(blocks) > 0 {
		return gone("the key that signed the chain is gone"), nil
	}
	var oldest int64
	if err := c.row(ctx, "SELECT coalesce(min(at), 0) FROM events WHERE organization_id = ?", []any{v.organization}, &oldest); err != nil {
		return nil, err
	}
	if oldest > 0 && v.report.At.Sub(fromMicros(oldest)) > freshFor {
		return gone("there are events, and no chain: either no server has run since the upgrade to the chain, or the chain was deleted"), nil
	}
	v.named = newIDSet(0)
	return v.unnamedOfPart(ctx)
}

func (v *verification) readHorizon(ctx context.Context) (*AuditFault, error) {
	h, err := v.store.read.horizon(ctx, v.organization)
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if !h.valid(v.key) {
		return &AuditFault{Kind: AuditEdited, Record: "horizon", Seq: h.Seq, Message: "what says up to where old events were removed was changed"}, nil
	}
	v.start, v.report.From = auditHead{h.Seq, h.Hash}, h.At
	return nil, nil
}

// blockPage is how many blocks are read at a time.
const blockPage = 20

// eachBlock calls judge for every block, and checks that their numbers have no gaps.
func (v *verification) eachBlock(ctx context.Context, judge func(context.Context, storedBlock) (*AuditFault, error)) (*AuditFault, error) {
	if older, err := v.store.read.blocks(ctx, v.organization, " AND seq <= ? ORDER BY seq LIMIT 1", v.start.seq); err != nil || len(older) > 0 {
		if err != nil {
			return nil, err
		}
		return blockFault(AuditInserted, older[0].seq, "is there, although the chain begins behind it"), nil
	}
	v.head = v.start
	for {
		page, err := v.store.read.blocks(ctx, v.organization, " AND seq > ? ORDER BY seq LIMIT ?", v.head.seq, blockPage)
		if err != nil || len(page) == 0 {
			return nil, err
		}
		for _, b := range page {
			if b.seq != v.head.seq+1 {
				return blockFault(AuditDeleted, v.head.seq+1, "is gone"), nil
			}
			if fault, err := judge(ctx, b); fault != nil || err != nil {
				return fault, err
			}
			v.head = auditHead{b.seq, b.hash}
		}
	}
}

func blockFault(kind AuditFaultKind, seq int64, what string) *AuditFault {
	return &AuditFault{Kind: kind, Record: "block", Seq: seq, Message: fmt.Sprintf("block %d %s", seq, what)}
}

// verifyBlock checks a block by itself and against the one before, the checkpoints of its number, and its events.
func (v *verification) verifyBlock(ctx context.Context, b storedBlock) (*AuditFault, error) {
	signed := b.checkpoint()
	signed.PublicKey = v.key
	switch {
	case !b.sound || b.computeHash() != b.hash || !signed.Valid():
		return blockFault(AuditEdited, b.seq, "was changed, or was not made by one of our servers"), nil
	case b.previous != v.head.hash:
		return blockFault(AuditEdited, b.seq, "does not follow the one before it"), nil
	}
	for _, c := range v.checkpoints[b.seq] {
		if c.Hash != b.hash || !c.PublicKey.Equal(v.key) {
			return blockFault(AuditRewritten, b.seq, "is another one than the checkpoint of "+c.At.Format(time.RFC3339)+" says: the chain was made anew from there or before"), nil
		}
		v.report.Checkpoints++
	}
	if fault, err := v.verifyEvents(ctx, b); fault != nil || err != nil {
		return fault, err
	}
	v.report.Blocks, v.report.Seq, v.report.Events = v.report.Blocks+1, b.seq, v.report.Events+int64(len(b.entries))
	if v.progress != nil {
		v.progress(v.report.Events)
	}
	return nil, nil
}

// verifyEvents compares the events of a block with what it says of them.
func (v *verification) verifyEvents(ctx context.Context, b storedBlock) (*AuditFault, error) {
	found := make(map[[16]byte]digest, len(b.entries))
	ids := make([]string, len(b.entries))
	for i, e := range b.entries {
		ids[i] = e.id.String()
		v.named.add(e.id)
	}
	for rest := ids; len(rest) > 0; {
		batch := rest[:min(insertBatch, len(rest))]
		rest = rest[len(batch):]
		err := v.store.read.provenEvents(ctx, v.organization, batch, func(event Event, d digest, proof []byte) error {
			e, err := newEntry(event, d, proof)
			found[e.id] = e.digest
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	for _, e := range b.entries {
		is, there := found[e.id]
		if there && is == e.digest {
			continue
		}
		fault := &AuditFault{Kind: AuditDeleted, Record: "event", Seq: b.seq, EventID: e.id.String(),
			Message: fmt.Sprintf("event %s, which block %d names, is gone", e.id, b.seq)}
		if there {
			fault.Kind, fault.Message = AuditEdited, fmt.Sprintf("event %s, which block %d names, is not what was written: it was changed, or another one stands in its place", e.id, b.seq)
		}
		return fault, nil
	}
	return nil, nil
}

// beyondHead finds checkpoints of blocks that are not there.
func (v *verification) beyondHead() *AuditFault {
	for seq, list := range v.checkpoints {
		switch {
		case seq > v.head.seq:
			return &AuditFault{Kind: AuditTruncated, Record: "block", Seq: v.head.seq + 1, Message: fmt.Sprintf(
				"the chain ends with block %d, and the checkpoint of %s knows block %d: the end was cut off", v.head.seq, list[0].At.Format(time.RFC3339), seq)}
		case seq <= v.start.seq:
			v.report.Older += len(list)
		}
	}
	return nil
}

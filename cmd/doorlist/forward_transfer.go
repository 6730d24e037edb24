package main

import (
	"context"
	"errors"
	"time"

	"doorlist/store"
)

// transfer is what is sent over one connection.
type transfer struct {
	*forwarder
	link     *syslogLink
	host     string
	until    time.Time        // when another server may take over
	position map[string]int64 // the last block that was sent, by organization
	recent   []sentBlock      // of which it is not known yet whether they arrived
}

// sentBlock is a block and when it was sent.
type sentBlock struct {
	organizationID string
	seq            int64
	at             time.Time
}

// turnBlocks is how many blocks of an organization are sent before it is the turn of the next.
const turnBlocks = 20

var errTurnOver = errors.New("it is the turn of the next organization")

func (t *transfer) run(ctx context.Context) error {
	tick := time.NewTicker(t.every)
	defer tick.Stop()
	for {
		more, err := t.turn(ctx)
		if err != nil {
			return err
		}
		if more {
			continue
		}
		select {
		case <-tick.C:
		case <-t.link.gone:
			return t.link.lost()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// turn sends what is new, of each organization so much at most.
func (t *transfer) turn(ctx context.Context) (more bool, err error) {
	if err := t.keep(ctx); err != nil {
		return false, err
	}
	behind, err := t.store.TrailsBehind(ctx, t.receiver.name())
	if err != nil {
		return false, err
	}
	for _, c := range behind {
		o, blocks := t.store.Organization(c.OrganizationID), 0
		err := o.AuditBlocks(ctx, max(c.Seq, t.position[c.OrganizationID]), func(b store.AuditBlock) error {
			if blocks++; blocks > turnBlocks {
				return errTurnOver
			}
			return t.send(ctx, o, b)
		})
		if errors.Is(err, errTurnOver) {
			more = true
		} else if err != nil {
			return false, err
		}
	}
	return more, nil
}

// send sends the events of a block.
func (t *transfer) send(ctx context.Context, o *store.OrganizationScope, b store.AuditBlock) error {
	n := int64(0)
	err := o.EventsIn(ctx, b.Entries, func(e store.Event) error {
		if err := t.keep(ctx); err != nil {
			return err
		}
		n++
		return t.link.send(syslogMessage(t.host, e))
	})
	if err == nil {
		err = t.link.flush()
	}
	if err != nil {
		return err
	}
	t.sent.Add(n)
	if t.told != "" {
		t.told = ""
		t.log.InfoContext(ctx, "the audit trail reaches the syslog receiver again", "receiver", t.receiver.name())
	}
	t.position[b.OrganizationID] = b.Seq
	t.recent = append(t.recent, sentBlock{b.OrganizationID, b.Seq, time.Now()})
	return nil
}

// keep looks after the connection and the lease, and notes what has arrived.
func (t *transfer) keep(ctx context.Context) error {
	if err := t.link.lost(); err != nil {
		return err
	}
	if t.until.Sub(t.store.Now()) < forwardLease*2/3 {
		until, ok, err := t.store.LeaseTrails(ctx, t.receiver.name(), t.until, forwardLease)
		if err != nil {
			return err
		}
		if !ok {
			return errOtherServer
		}
		t.until = until
	}
	return t.arrived(ctx, time.Now().Add(-t.settle))
}

// arrived notes that the receiver has what was sent up to a time.
func (t *transfer) arrived(ctx context.Context, upTo time.Time) error {
	last, n := map[string]int64{}, 0
	for ; n < len(t.recent) && !t.recent[n].at.After(upTo); n++ {
		last[t.recent[n].organizationID] = t.recent[n].seq
	}
	for organization, seq := range last {
		if err := t.store.AdvanceTrail(ctx, t.receiver.name(), organization, seq); err != nil {
			return err
		}
	}
	t.recent = t.recent[n:]
	return nil
}

// finish ends the connection with the server.
func (t *transfer) finish(ctx context.Context) error {
	if !t.link.finish() {
		return nil // the next server sends again what came last
	}
	return t.arrived(ctx, time.Now())
}

func (t *transfer) release(ctx context.Context) {
	if err := t.store.ReleaseTrails(ctx, t.receiver.name(), t.until); err != nil {
		t.log.WarnContext(ctx, "other servers wait for half a minute before they send the audit trail", "error", err)
	}
}

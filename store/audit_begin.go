package store

import (
	"context"
	"errors"
	"fmt"
)

// originID stands for the whole database: the key under it is the mark that events from before there were proofs have been put
// into chains. Nobody but us can seal one. From then on, an event without a proof is not believed, whatever organization it
// is said to be of.
const originID = noID

// begin begins the chains of all organizations that have events, once for the database.
func (s *Store) begin(ctx context.Context) error {
	if s.chain.begun {
		return nil
	}
	_, err := s.read.auditKey(ctx, &s.sealer, originID)
	if errors.Is(err, errNoAuditKey) {
		err = s.beginAll(ctx)
	}
	s.chain.begun = err == nil
	return err
}

// beginAll is one change, so that the mark and the chains are there together.
func (s *Store) beginAll(ctx context.Context) error {
	return s.writer.write(ctx, func(c conn) error {
		ctx := s.statementContext(ctx)
		if _, made, err := c.makeAuditKey(ctx, &s.sealer, originID); err != nil || !made {
			return err
		}
		for organization := noID; ; {
			var err error
			if organization, err = c.nextTrail(ctx, organization); err != nil || organization == "" {
				return err
			}
			if err := s.beginChain(ctx, c, organization); err != nil {
				return err
			}
		}
	})
}

// beginChain makes the key of a chain and puts events from before there were proofs into its first blocks.
func (s *Store) beginChain(ctx context.Context, c conn, organization string) error {
	key, made, err := c.makeAuditKey(ctx, &s.sealer, organization)
	if err != nil || !made {
		return err
	}
	head := auditHead{}
	for after := noID; ; {
		entries, err := c.unprovenBehind(ctx, organization, after)
		if err != nil || len(entries) == 0 {
			return err
		}
		after = entries[len(entries)-1].id.String()
		b := head.link(organization, s.Now(), entries, key)
		if won, err := c.insertBlock(ctx, b); err != nil {
			return err
		} else if !won {
			return fmt.Errorf("the audit trail of %s has blocks without a key: %w", organization, errForgedAuditKey)
		}
		head = auditHead{b.seq, b.hash}
	}
}

// unprovenBehind reads the next entries of events without a proof.
func (c conn) unprovenBehind(ctx context.Context, organization, after string) ([]entry, error) {
	var list []entry
	err := c.rows(ctx, "SELECT "+eventColumns+" FROM events WHERE organization_id = ? AND id > ? AND length(mac) = 0 ORDER BY id LIMIT ?",
		[]any{organization, after, blockEvents}, func(scan scanner) error {
			event, err := scanEvent(scan)
			if err != nil {
				return err
			}
			e, err := newEntry(event, event.digest(), nil)
			list = append(list, e)
			return err
		})
	return list, err
}

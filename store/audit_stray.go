package store

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
)

// strayWindow is how far back events are looked for that no living process remembers: longer than any change lasts, and than
// two servers' clocks differ as a rule.
const strayWindow = 5 * time.Minute

// ChainStrays finds events that are in no block because their writer died before it could put them there, and has the next
// Chain do so. Call it when a server starts and every minute. An event without our proof is not believed, however new it is.
func (s *Store) ChainStrays(ctx context.Context) error {
	var faults []error
	for organization := noID; ; {
		var err error
		if organization, err = s.read.nextTrail(ctx, organization); err != nil || organization == "" {
			return errors.Join(append(faults, err)...)
		}
		if err := s.chainStraysOf(ctx, organization); err != nil {
			faults = append(faults, err)
		}
	}
}

// nextTrail is the organization behind another one that has events; "" behind the last. Organizations that are removed still
// have them.
func (c conn) nextTrail(ctx context.Context, behind string) (organization string, err error) {
	err = c.row(ctx, "SELECT organization_id FROM events WHERE organization_id > ? ORDER BY organization_id, id LIMIT 1", []any{behind}, &organization)
	if errors.Is(err, ErrNotFound) {
		return "", nil
	}
	return organization, err
}

func (s *Store) chainStraysOf(ctx context.Context, organization string) error {
	s.chain.pass.Lock()
	defer s.chain.pass.Unlock()
	if err := s.readyChain(ctx, organization); err != nil {
		return err
	}
	from, err := s.strayStart(ctx, organization)
	if err != nil {
		return err
	}
	known := s.chain.idsOf(organization)
	blocks, err := s.read.blocks(ctx, organization, " AND last_event >= ?", from)
	if err != nil {
		return err
	}
	for _, b := range blocks {
		for _, e := range b.entries {
			known[e.id] = true
		}
	}
	strays, err := s.strays(ctx, organization, from, known)
	s.chain.witness(strays)
	return err
}

// idsOf are the events that wait for a block already.
func (c *chain) idsOf(organization string) map[uuid.UUID]bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	ids := map[uuid.UUID]bool{}
	for _, e := range c.waiting[organization] {
		ids[e.id] = true
	}
	return ids
}

// strayStart is the id from which on events may be strays: a while before now, or before the newest block, whichever is
// earlier.
func (s *Store) strayStart(ctx context.Context, organization string) (string, error) {
	blocks, err := s.read.blocks(ctx, organization, " ORDER BY seq DESC LIMIT 1")
	if err != nil || len(blocks) == 0 {
		return noID, err
	}
	from := idAt(s.Now().Add(-strayWindow))
	if id, err := uuid.Parse(blocks[0].last); err == nil && id.Version() == 7 {
		from = min(from, idAt(time.UnixMilli(millis(id)).Add(-strayWindow)))
	}
	return from, nil
}

// strays reads the events of which nobody knows, and which one of our servers wrote.
func (s *Store) strays(ctx context.Context, organization, from string, known map[uuid.UUID]bool) ([]witnessed, error) {
	unknown, err := s.read.idsNotIn(ctx, organization, from, known)
	if err != nil {
		return nil, err
	}
	var list []witnessed
	for rest := unknown; len(rest) > 0; {
		batch := rest[:min(insertBatch, len(rest))]
		rest = rest[len(batch):]
		err := s.read.provenEvents(ctx, organization, batch, func(event Event, d digest, proof []byte) error {
			if !s.prover.proves(d, proof) {
				return nil
			}
			e, err := newEntry(event, d, proof)
			list = append(list, witnessed{organization, e})
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return list, nil
}

// idsNotIn lists the ids of events that are not among others, as many as may wait for a block.
func (c conn) idsNotIn(ctx context.Context, organization, from string, known map[uuid.UUID]bool) (unknown []string, err error) {
	const page = 10_000
	for n := page; n == page && len(unknown) < maxWitnessed; {
		n = 0
		err := c.rows(ctx, "SELECT id FROM events WHERE organization_id = ? AND id > ? ORDER BY id LIMIT ?", []any{organization, from, page}, func(scan scanner) error {
			n++
			if err := scan(&from); err != nil {
				return err
			}
			if id, err := uuid.Parse(from); err == nil && !known[id] {
				unknown = append(unknown, from)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return unknown, nil
}

// provenEvents reads events with their digests and the proofs that stand beside them.
func (c conn) provenEvents(ctx context.Context, organization string, ids []string, each func(e Event, d digest, proof []byte) error) error {
	return c.rows(ctx, "SELECT "+eventColumns+", mac FROM events WHERE organization_id = ? AND id IN (SELECT ids.id FROM "+c.d.idList+")",
		[]any{organization, c.d.idParam(ids)}, func(scan scanner) error {
			var proof []byte
			e, err := scanEvent(scan, &proof)
			if err != nil {
				return err
			}
			return each(e, e.digest(), proof)
		})
}

package store

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"
)

// strayWindow is how far back events are looked for that no living process remembers: longer than any change lasts, and than
// two servers' clocks differ as a rule. strayOverlap is longer than most changes last.
const (
	strayWindow  = 5 * time.Minute
	strayOverlap = 20 * time.Second
)

// strayPage is how many events are looked at together.
const strayPage = 10_000

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
	now := s.Now()
	spans, err := s.straySpans(ctx, organization, now)
	if err != nil {
		return err
	}
	for _, span := range spans {
		if all, err := s.chainStraysIn(ctx, organization, span); err != nil || !all {
			return err // what is left over is for the next look
		}
	}
	s.chain.looked[organization] = now
	return nil
}

// idSpan are the ids behind one and before another.
type idSpan struct{ after, before string }

// straySpans are where to look for strays: at first in all that is not surely in a block, then at what has come since the last look, and once more
// at what is so old now that no change is under way any more which could still bring an event of that time.
func (s *Store) straySpans(ctx context.Context, organization string, now time.Time) ([]idSpan, error) {
	if last, known := s.chain.looked[organization]; known {
		return []idSpan{
			{idAt(last.Add(-strayWindow)), idAt(now.Add(-strayWindow))},
			{idAt(last.Add(-strayOverlap)), lastID},
		}, nil
	}
	from, err := s.strayStart(ctx, organization)
	return []idSpan{{from, lastID}}, err
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

// chainStraysIn has strays chained; all is false if there are too many for now.
func (s *Store) chainStraysIn(ctx context.Context, organization string, span idSpan) (all bool, err error) {
	for {
		unknown, rest, err := s.read.idsIn(ctx, organization, span)
		if err != nil {
			return false, err
		}
		s.chain.strikeWaiting(organization, unknown)
		if err := s.read.strikeChained(ctx, organization, span.after, unknown); err != nil {
			return false, err
		}
		strays, err := s.proven(ctx, organization, unknown)
		if err != nil || !s.chain.witness(strays) {
			return false, err
		}
		if rest == nil {
			return true, nil
		}
		span = *rest
	}
}

// idsIn reads a page of the ids of events, and tells what is left of the span, nil for nothing.
func (c conn) idsIn(ctx context.Context, organization string, span idSpan) (ids map[uuid.UUID]string, rest *idSpan, err error) {
	ids, last, n := map[uuid.UUID]string{}, "", 0
	err = c.rows(ctx, "SELECT id FROM events WHERE organization_id = ? AND id > ? AND id < ? ORDER BY id LIMIT ?",
		[]any{organization, span.after, span.before, strayPage}, func(scan scanner) error {
			if err := scan(&last); err != nil {
				return err
			}
			n++
			if id, err := uuid.Parse(last); err == nil {
				ids[id] = last
			}
			return nil
		})
	if n == strayPage {
		rest = &idSpan{last, span.before}
	}
	return ids, rest, err
}

// strikeWaiting leaves those out that wait for a block already.
func (c *chain) strikeWaiting(organization string, ids map[uuid.UUID]string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, e := range c.waiting[organization] {
		delete(ids, e.id)
	}
}

// strikeChained leaves those out that are in blocks, some of which are read at a time: the next ones have mostly all of them.
func (c conn) strikeChained(ctx context.Context, organization, after string, ids map[uuid.UUID]string) error {
	const page = 4
	for len(ids) > 0 {
		blocks, err := c.blocks(ctx, organization, " AND last_event > ? ORDER BY last_event LIMIT ?", after, page)
		if err != nil {
			return err
		}
		for _, b := range blocks {
			for _, e := range b.entries {
				delete(ids, e.id)
			}
			after = b.last
		}
		if len(blocks) < page {
			return nil
		}
	}
	return nil
}

// proven reads those of the events that one of our servers wrote.
func (s *Store) proven(ctx context.Context, organization string, ids map[uuid.UUID]string) (list []witnessed, err error) {
	for batch := range slices.Chunk(slices.Collect(maps.Values(ids)), insertBatch) {
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
